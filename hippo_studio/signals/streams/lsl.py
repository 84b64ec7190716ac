"""Lab Streaming Layer: an inlet whose samples have times already, on the clock of this machine."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.extras import not_installed
from hippo_studio.signals.streams.address import Address, StreamError
from hippo_studio.signals.streams.sources import GATHER

PATIENCE = 5.0
"""Seconds in which a stream must be found."""
_MOST = 1 << 16


class LslInlet:
    """One stream of numbers. After `open`: `names`, `units`, and `rate`, 0 if its sender keeps none."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.status, self.dropped = "", 0
        self.names: tuple[str, ...] = ()
        self.units: tuple[str, ...] = ()
        self.rate = 0.0
        self._inlet: Any = None
        self._lost: type[Exception] = Exception

    def open(self) -> None:
        """Find the stream. Raises StreamError, one sentence."""
        try:
            import pylsl
        except (ImportError, RuntimeError):  # the package, or its library, is not there
            raise StreamError(not_installed("Lab Streaming Layer needs pylsl", "streams")) from None
        address, self._lost = self._address, pylsl.util.LostError
        wanted = {**({"name": address.place} if address.place else {}), **address.wanted}
        predicate = " and ".join(f"{key}='{_plain(value)}'" for key, value in wanted.items()) or "true()"
        found = pylsl.resolve_bypred(predicate, minimum=1, timeout=PATIENCE)
        if not found:
            kind = f"stream {address.text!r}" if wanted else "stream at all"
            raise StreamError(f"No LSL {kind} was found within {PATIENCE:g} s; is its sender running?")
        if found[0].channel_format() == pylsl.cf_string:
            raise StreamError(f"The LSL stream {found[0].name()!r} sends words, and no numbers.")
        self._inlet = pylsl.StreamInlet(
            found[0], max_buflen=60, processing_flags=pylsl.proc_clocksync | pylsl.proc_dejitter
        )
        info = self._inlet.info(timeout=PATIENCE)
        self.rate = max(float(info.nominal_srate()), 0.0)
        count = info.channel_count()
        labels, units = info.get_channel_labels() or [], info.get_channel_units() or []
        self.names = (
            tuple(label or f"ch{k + 1}" for k, label in enumerate(labels)) if len(labels) == count else ()
        )
        self.units = tuple(unit or "" for unit in units) if len(units) == count else ()

    def read(self, patience: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times (rows,) in seconds and values (rows, channels) that came within `patience` seconds."""
        end = time.monotonic() + patience
        while True:
            try:
                values, times = self._inlet.pull_chunk(timeout=0.0, max_samples=_MOST)
            except self._lost:
                self.status, values, times = "the sender is gone", [], []
            if len(times):
                self.status = ""
                return np.array(times, np.float64), np.array(values, np.float64)
            if time.monotonic() > end:
                return np.empty(0), np.empty((0, len(self.names)))
            time.sleep(GATHER)

    def close(self) -> None:
        """Let go of the stream."""
        if self._inlet is not None:
            self._inlet.close_stream()
            self._inlet = None


def _plain(value: str) -> str:
    """A value that can stand between quotes in a query."""
    return value.replace("'", "").replace('"', "")
