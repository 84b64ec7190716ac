"""Where a signal comes from: files, generators, the bundled samples; and how a long one is summarised.

    from hippo_studio.signals import read, generate, bundled_samples
    signal = read("walk.csv")         # samples (channels, T), sample_rate, channel_names, units …
    signal = generate("mackey-glass", duration=300)
    signal = read(bundled_samples()[0].path)

Importing this package imports NumPy and nothing heavier; a format's library comes with its first file.
"""

from hippo_studio.signals.generators import GENERATORS, generate
from hippo_studio.signals.overview import Pyramid
from hippo_studio.signals.parts import Contents, Part
from hippo_studio.signals.read_warnings import ReadWarning
from hippo_studio.signals.readers import READERS, SUFFIXES, contents, read, sniff
from hippo_studio.signals.readers.table_format import TableFormat
from hippo_studio.signals.regions import Region
from hippo_studio.signals.samples import Sample, bundled_samples
from hippo_studio.signals.signal import Signal, SignalError

__all__ = [
    "GENERATORS",
    "READERS",
    "SUFFIXES",
    "Contents",
    "Part",
    "Pyramid",
    "ReadWarning",
    "Region",
    "Sample",
    "Signal",
    "SignalError",
    "TableFormat",
    "bundled_samples",
    "contents",
    "generate",
    "read",
    "sniff",
]
