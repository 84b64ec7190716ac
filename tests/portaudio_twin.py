"""PortAudio's Python module as the tests play it: streams that a test turns by hand, and faults on demand."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np


class PortAudioError(Exception):
    pass


class _Stream:
    def __init__(self, module, kind, *, device, samplerate, channels, dtype, latency, callback, **_):
        if module.refusal:
            raise PortAudioError(module.refusal, -9985)
        self.device, self.samplerate, self.channels, self.kind = device, samplerate, channels, kind
        self.latency, self.active, self.closed = 0.0, False, False
        self._callback = callback
        module.streams.append(self)

    @property
    def time(self):
        return time.perf_counter()

    def start(self):
        self.active = True

    def abort(self):
        self.active = False

    stop = abort

    def close(self):
        self.closed = True

    def pull(self, frames, *, lead=0.01, underflow=False):
        """Ask for frames as the sound card does; (frames, channels)."""
        out = bytearray(4 * frames * self.channels)
        stamps = SimpleNamespace(outputBufferDacTime=time.perf_counter() + lead)
        self._callback(out, frames, stamps, SimpleNamespace(output_underflow=underflow))
        return np.frombuffer(bytes(out), np.float32).reshape(frames, self.channels)

    def push(self, block, *, overflow=False):
        """Hand over frames (frames, channels) as the sound card does."""
        data = np.ascontiguousarray(block, np.float32).tobytes()
        stamps = SimpleNamespace(inputBufferAdcTime=time.perf_counter())
        self._callback(data, len(block), stamps, SimpleNamespace(input_overflow=overflow))


class PortAudioTwin(SimpleNamespace):
    """Stands for `sounddevice` in `sys.modules`."""

    PortAudioError = PortAudioError

    def __init__(self, rate=1000.0):
        super().__init__(streams=[], refusal="", lost="", looked=0)
        self.found = [
            {"name": name, "max_input_channels": 2, "max_output_channels": 2, "default_samplerate": rate}
            for name in ("built in", "headset")
        ]
        self.default = SimpleNamespace(device=[0, 0])

    def query_devices(self):
        return self.found

    def RawOutputStream(self, **options):
        return _Stream(self, "output", **options)

    def RawInputStream(self, **options):
        return _Stream(self, "input", **options)

    def check_output_settings(self, **_):
        if self.lost:
            raise PortAudioError(self.lost, -9985)

    check_input_settings = check_output_settings

    def _terminate(self):
        self.looked += 1

    def _initialize(self):
        pass
