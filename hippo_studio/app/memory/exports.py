"""What the Memory tab writes: coefficients at the playhead or over time, and what a memory tells, as sound.

Free of Qt; each function runs off the GUI thread, reports how far it is, and ends at once when it is told to.
Memories are run anew from the first sample, so that a file holds what the command line would write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory
from hippo_studio.hippo import OnlineMemory

FRAMES_PER_SECOND = 60
"""Of a trajectory: one per picture that the studio draws, or one per sample if those are fewer."""


class Context(Protocol):
    """The part of a job that an export needs."""

    def check(self) -> None:
        """Raise if nobody wants the result any more."""

    def report(self, fraction: float | None, text: str = "") -> None:
        """Tell how far it is."""


Write = Callable[[Path, Memory, Source, int, Context], None]


def write_state(path: Path, memory: Memory, source: Source, position: int, context: Context) -> None:
    """Write the coefficients at a position as one frame."""
    _stream(path, memory, source, np.array([position]), position, context)


def write_trajectory(path: Path, memory: Memory, source: Source, _: int, context: Context) -> None:
    """Write the coefficients over the whole signal, 60 frames a second."""
    from hippo_studio.export.frames import frame_positions

    every = max(1 / FRAMES_PER_SECOND, 1 / source.sample_rate)
    if every > source.duration:
        positions = frame_positions(source.length, source.sample_rate)
    else:
        positions = frame_positions(source.length, source.sample_rate, every=every)
    _stream(path, memory, source, positions, source.length, context)


def write_reconstruction(path: Path, memory: Memory, source: Source, position: int, context: Context) -> None:
    """Write what the memory holds at a position as WAV: the last θ seconds, or the whole past (LegS)."""
    from hippo_studio.export.reconstruction import draw, window_start
    from hippo_studio.export.sound import writing_wav

    online = _online(memory, source)
    step = 1 << 16
    for start in range(0, position, step):
        _tell(context, 0.5 * start / position)
        online.push(np.asarray(source.samples[start : min(start + step, position)]))
    length = position - window_start(online)
    with writing_wav(path, 1, length, source.sample_rate) as append:
        draw(online, append, lambda fraction: _tell(context, 0.5 + 0.5 * fraction))


def samples_back(age: float, sample_rate: float) -> int:
    """How many samples lie between the newest and the one that is `age` seconds old."""
    return max(round(age * sample_rate - 0.5), 0)


def write_through(path: Path, memory: Memory, source: Source, back: int, context: Context) -> None:
    """Write the whole signal as WAV, each sample as the memory tells it `back` samples later."""
    from hippo_studio.export.reconstruction import draw_through
    from hippo_studio.export.sound import writing_wav
    from hippo_studio.hippo.readout import Readout

    readout = Readout(memory.settings(source.sample_rate), back)
    with writing_wav(path, 1, source.length, source.sample_rate) as append:
        draw_through(readout, source.samples[None], append, lambda part: _tell(context, part))


def targets(path: Path, memories: Sequence[Memory]) -> list[tuple[Path, Memory]]:
    """A file per memory: the path itself for one, with the measure's name before the suffix for several."""
    if len(memories) == 1:
        return [(path, memories[0])]
    return [
        (path.with_name(f"{path.stem}-{memory.measure.name}{path.suffix}"), memory) for memory in memories
    ]


def _stream(
    path: Path, memory: Memory, source: Source, positions: np.ndarray, length: int, context: Context
) -> None:
    from hippo_studio.export.frames import write_frames

    write_frames(
        path,
        memory.settings(source.sample_rate),
        source.samples[None],
        positions,
        length=length,
        channel_names=(source.channel,),
        units=(source.unit,),
        source=source.origin,
        progress=lambda fraction: _tell(context, fraction),
    )


def _online(memory: Memory, source: Source) -> OnlineMemory:
    return OnlineMemory.from_settings(memory.settings(source.sample_rate))


def _tell(context: Context, fraction: float) -> None:
    context.check()
    context.report(fraction)
