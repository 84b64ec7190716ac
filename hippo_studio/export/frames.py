"""A whole signal through a memory, and the frames of coefficients that are taken on the way.

The walk is in blocks of bounded size, so that a signal of any length and a trajectory of any number of frames
pass through the same few megabytes.
"""

import bisect
import itertools
import math
import os
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.formats.format import Append, FloatArray
from hippo_studio.export.record import CoefficientMetadata
from hippo_studio.hippo import MemorySettings, OnlineMemory
from hippo_studio.signals.signal import default_names

__all__ = ["Report", "coefficients_at", "describe", "frame_positions", "stream_frames", "write_frames"]

#: Called with the fraction done, 0 to 1; what it raises ends the work.
Report = Callable[[float], None]

#: After how many samples frames are taken, ascending; a range where that is after every one.
Positions = NDArray[np.int64] | range

#: Numbers in a block: 8 MiB.
BLOCK_VALUES = 1 << 20

#: Frames closer than this many samples are cheaper as a trajectory than as one push each.
DENSE_HOP = 64


def describe(
    memory: OnlineMemory, channel_names: Sequence[str], units: Sequence[str], source: str
) -> CoefficientMetadata:
    """Return what a coefficient file says of this memory and of the signal it listens to."""
    options = {f"measure_{name}": value for name, value in memory.measure.options.items()}
    if memory.method == "gbt":
        options["alpha"] = memory.settings.alpha
    return CoefficientMetadata(
        sample_rate=memory.sample_rate,
        measure=memory.measure.name,
        order=memory.order,
        theta=memory.settings.span(0) if memory.measure.time_invariant else math.nan,
        method=memory.method,
        channel_names=tuple(channel_names),
        units=tuple(units),
        source=source,
        options=options,
    )


def frame_positions(
    length: int, sample_rate: float, *, every: float | None = None, count: int | None = None
) -> Positions:
    """Return after how many samples each frame is taken: (frames,), ascending, in 1 … `length`.

    `every` seconds, to the nearest sample; or `count` frames, evenly spaced, the last at the end of the
    signal. With neither: one frame, at the end. A frame per sample is a range, which takes no memory.

    Raises
    ------
    ValueError
        If both are given, or fit no frame, or ask for more frames than there are samples.
    """
    if every is not None and count is not None:
        raise ValueError("frames come either every so many seconds or so many in all; give one of the two")
    positions: NDArray[np.int64]
    if every is not None:
        if not (math.isfinite(every) and every > 0):
            raise ValueError(f"the time between frames must be a positive number of seconds, not {every!r}")
        if every * sample_rate < 1 - 1e-9:
            raise ValueError(
                f"a frame every {every:g} s is more often than a sample (every {1 / sample_rate:g} s)"
            )
        frames = math.floor(length / (every * sample_rate) + 1e-9)
        if frames < 1:
            raise ValueError(
                f"the signal lasts {length / sample_rate:g} s, too short for a frame every {every:g} s"
            )
        if frames == length:
            return range(1, length + 1)
        positions = np.rint(np.arange(1, frames + 1) * (every * sample_rate)).astype(np.int64)
        return positions.clip(max=length)
    count = 1 if count is None else count
    if not 1 <= count <= length:
        raise ValueError(f"the signal has {length} samples, so it gives 1 to {length} frames, not {count}")
    if count == length:
        return range(1, length + 1)
    positions = np.arange(1, count + 1, dtype=np.int64) * length // count
    return positions


def stream_frames(
    memory: OnlineMemory,
    samples: NDArray[Any],
    positions: Positions,
    append: Append,
    *,
    pause_at: Collection[int] = (),
    on_pause: Callable[[], None] = lambda: None,
    progress: Report | None = None,
) -> None:
    """Push all of `samples`, (channels, T), into a new memory; hand over the coefficients at `positions`.

    `append(times, coefficients)` gets (n,) and (n, channels, N): see `coefficient_writer`. When the memory
    has seen as many samples as `pause_at` names, `on_pause` may look at it. At the end it has seen every
    sample, also those after the last frame.
    """
    length = samples.shape[1]
    step = max(1, BLOCK_VALUES // (memory.channels * memory.order))
    stops = sorted({*range(step, length, step), *pause_at, length})
    for start, stop in itertools.pairwise([0, *stops]):
        first, last = (bisect.bisect_right(positions, end) for end in (start, stop))
        wanted = np.asarray(positions[first:last])
        frames = _push(memory, np.asarray(samples[:, start:stop]), wanted - start)
        if wanted.size:
            append(wanted / memory.sample_rate, frames)
        if stop in pause_at:
            on_pause()
        if progress is not None:
            progress(stop / length)


def write_frames(
    path: str | os.PathLike[str],
    settings: MemorySettings,
    samples: NDArray[Any],
    positions: Positions,
    *,
    length: int | None = None,
    channel_names: Sequence[str] = (),
    units: Sequence[str] = (),
    source: str = "",
    progress: Report | None = None,
) -> None:
    """Write the coefficients at `positions` of a new memory of `samples`, (channels, T), to a file.

    The memory hears `length` samples, by default all. Raises as `coefficient_writer` and `stream_frames` do.
    """
    from hippo_studio.export.coefficients import coefficient_writer

    memory = OnlineMemory.reproducible(settings)
    names = tuple(channel_names) or default_names(memory.channels)
    metadata = describe(memory, names, tuple(units) or ("",) * memory.channels, source)
    heard = samples if length is None else samples[:, :length]
    with coefficient_writer(path, metadata, len(positions)) as append:
        stream_frames(memory, heard, positions, append, progress=progress)


def coefficients_at(settings: MemorySettings, samples: NDArray[Any], position: int) -> FloatArray:
    """Return what a new memory holds after `position` of `samples`, (channels, T): (channels, N).

    To the same bits each time, and as in a file of `write_frames` with that one position.
    """
    memory = OnlineMemory.reproducible(settings)
    if position:
        found: list[FloatArray] = []
        stream_frames(
            memory, samples[:, :position], np.array([position]), lambda _, frames: found.append(frames[0])
        )
        return found[0]
    return memory.coefficients.astype(np.float64)


def _push(memory: OnlineMemory, block: NDArray[Any], wanted: NDArray[np.int64]) -> FloatArray:
    """Push a block; return the coefficients after so many samples of it: (frames, channels, N)."""
    if wanted.size * DENSE_HOP > block.shape[1]:
        states = memory.trajectory(block)
        if wanted.size < block.shape[1]:
            states = states[:, wanted - 1]
        return states.transpose(1, 0, 2).astype(np.float64, copy=False)
    frames = np.empty((wanted.size, memory.channels, memory.order))
    *pieces, rest = np.split(block, wanted, axis=1)
    for index, piece in enumerate(pieces):
        memory.push(piece)
        frames[index] = memory.coefficients
    memory.push(rest)
    return frames
