"""Where a signal comes from: files, generators, the bundled samples; and how a long one is summarised.

from hippo_studio.signals import read, generate, bundled_samples
signal = read("walk.csv")                     # Signal: samples (channels, T), sample_rate, channel_names …
signal = generate("mackey-glass", seed=1)
"""

from hippo_studio.signals.read_warnings import ReadWarning
from hippo_studio.signals.readers import READERS, SUFFIXES, read
from hippo_studio.signals.signal import Signal, SignalError

__all__ = ["READERS", "SUFFIXES", "ReadWarning", "Signal", "SignalError", "read"]
