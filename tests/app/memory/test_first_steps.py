"""After the first steps nothing that a picture needs is left to compile."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from hippo_studio.app.memory import columns, moments, past
from hippo_studio.app.memory.first_steps import compiled_before, first_steps
from hippo_studio.app.memory.frame import compose
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.hippo import MEASURES, block_steps, legs_exact
from hippo_studio.hippo.compiled import _Compiled
from hippo_studio.signals import Signal, bundled_samples, read
from hippo_studio.signals.file_samples import FileSamples, SampleFile

ROOMS = (columns, moments, past, block_steps, legs_exact)


def specializations() -> dict[str, int]:
    """How many argument types each compiled function is ready for."""
    kernels = {f"{room.__name__}.{name}": one for room in ROOMS for name, one in vars(room).items()}
    return {
        name: len(kernel._dispatcher.signatures) if kernel._dispatcher else 0
        for name, kernel in kernels.items()
        if isinstance(kernel, _Compiled)
    }


def test_nothing_of_a_picture_is_compiled_after_the_first_steps(tmp_path: Path) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for step in first_steps():
            step()
    ready = specializations()
    assert compiled_before()
    np.zeros(3000, np.float32).tofile(tmp_path / "raw")
    kept = FileSamples(SampleFile(tmp_path / "raw", "<f4", 1, 0, 3000, 1000.0))
    for signal in (*(read(sample.path) for sample in bundled_samples()[::3]), Signal(kept, 1000.0)):
        source = follow(signal)  # float32 from sound, float64 from a table, and what stays in its file
        while not source.moments.build():
            pass
        state = MemoryState(measures=tuple(MEASURES), order=24, theta=0.05, optimum=True)
        memories = tuple(PlayheadMemory(memory, source) for memory in state.memories())
        for position in (1, 700, 1500, 1516):
            for memory in memories:
                memory.move_to(position)
            compose(0, state, source, position, memories, 300)
    assert specializations() == ready
