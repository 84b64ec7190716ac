"""The first steps of every memory: what they call is machine code from then on, and on the disk.

Free of Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from hippo_studio.app.memory.frame import compose
from hippo_studio.app.memory.moments import prepare_for_files
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import Source, follow
from hippo_studio.app.memory.state import Memory, MemoryState
from hippo_studio.hippo import MEASURES, OnlineMemory
from hippo_studio.hippo.compiled import kept_on_disk
from hippo_studio.signals import Signal

_SHOWN_FIRST = MemoryState().measures


def compiled_before() -> bool:
    """Whether an earlier run has left machine code on this machine's disk."""
    from hippo_studio.app.memory import columns

    return kept_on_disk(columns.last_compiled)


def first_steps() -> Iterator[Callable[[], object]]:
    """Steps to call one after the other; what a first picture needs comes first."""
    names = sorted(MEASURES, key=lambda name: name not in _SHOWN_FIRST)
    for dtype in (np.float32, np.float64):
        source = _source(dtype)
        for method in ("zoh", "bilinear"):
            state = MemoryState(measures=tuple(names), order=8, theta=0.1, method=method, optimum=True)
            yield from (partial(_remember, memory, source, state) for memory in state.memories())
    yield prepare_for_files
    for memory in MemoryState(measures=tuple(names), order=64, theta=0.5).memories():
        yield partial(_take_home, memory)


def _source(dtype: type) -> Source:
    samples = np.zeros((1, 3000), dtype)
    samples.flags.writeable = False  # as those of a file are: for numba another type
    return follow(Signal(samples, 1000.0))


def _remember(memory: Memory, source: Source, state: MemoryState) -> None:
    while not source.moments.build():
        pass
    moving = PlayheadMemory(memory, source)
    for position in (1, 2, 40, 1100, 1101, 3000):
        moving.move_to(position)
        compose(0, state, source, position, (moving,), 64)


def _take_home(memory: Memory) -> None:
    online = OnlineMemory.from_settings(memory.settings(1000.0))
    online.push(np.zeros(2000))
    online.trajectory(np.zeros(100))
