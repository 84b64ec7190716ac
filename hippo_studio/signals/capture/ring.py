"""A ring buffer between two threads, one of which must never wait: the sound card's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]


class RingBuffer:
    """Frames of sound, (frames, channels) float32; one thread writes, another reads.

    `written` and `taken` count frames since the start and never wrap; each is changed by one thread alone, so
    that neither needs a lock.
    """

    def __init__(self, frames: int, channels: int) -> None:
        self._frames = np.zeros((frames, channels), np.float32)
        self.written = self.taken = 0

    @property
    def capacity(self) -> int:
        """How many frames it can hold."""
        return len(self._frames)

    @property
    def channels(self) -> int:
        """Samples in a frame."""
        return int(self._frames.shape[1])

    @property
    def available(self) -> int:
        """Frames that can be read now."""
        return self.written - self.taken

    @property
    def room(self) -> int:
        """Frames that can be written now."""
        return self.capacity - self.available

    def write(self, block: Frames) -> int:
        """Put in as many frames of a block (frames, channels) as there is room for, and return how many."""
        count = min(len(block), self.room)
        self._copy_in(self.written, block[:count])
        self.written += count
        return count

    def read_into(self, out: Frames) -> int:
        """Fill the beginning of `out` (frames, channels) with what there is, and return how many frames."""
        count = min(len(out), self.available)
        start = self.taken % self.capacity
        head = min(count, self.capacity - start)
        out[:head] = self._frames[start : start + head]
        out[head:count] = self._frames[: count - head]
        self.taken += count
        return count

    def withdraw(self, keep: int) -> Frames:
        """Take back all but the next `keep` frames, and return those; only while nobody reads."""
        count = min(keep, self.available)
        self.written = self.taken + count
        at = (self.taken + np.arange(count)) % self.capacity
        return self._frames[at]

    def overwrite(self, position: int, block: Frames) -> None:
        """Replace frames that were written and not read yet; `position` counts as `written` does."""
        if not self.taken <= position <= position + len(block) <= self.written:
            raise ValueError(
                f"frames {position} to {position + len(block)} are not in the ring, "
                f"which holds {self.taken} to {self.written}"
            )
        self._copy_in(position, block)

    def _copy_in(self, position: int, block: Frames) -> None:
        start = position % self.capacity
        head = min(len(block), self.capacity - start)
        self._frames[start : start + head] = block[:head]
        self._frames[: len(block) - head] = block[head:]
