"""Signals that arrive while one looks on: lines of numbers over UDP, TCP, a serial port or a pipe, and LSL.

    stream = Stream("udp://:9000?rate=100")
    stream.open()
    stream.take()          # (frames, channels), evenly spaced, since the last call
    stream.state           # rows, garbled lines, gaps, rate, and what the sender is doing

Importing this package imports NumPy alone; pyserial and pylsl come with the first address that needs them.
"""

from hippo_studio.signals.streams.address import EXAMPLES, Address, StreamError, is_address, parse_address
from hippo_studio.signals.streams.gathered import gather
from hippo_studio.signals.streams.state import StreamState
from hippo_studio.signals.streams.stream import Stream

__all__ = [
    "EXAMPLES",
    "Address",
    "Stream",
    "StreamError",
    "StreamState",
    "gather",
    "is_address",
    "parse_address",
]
