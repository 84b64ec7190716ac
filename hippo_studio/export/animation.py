"""Moving pictures: MP4 (H.264, and AAC if there is sound) and GIF, frame by frame, whole or not at all.

The pictures are what someone else painted; this file encodes them. PyAV, which brings the encoders, is the
extra `video`.
"""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.atomic import ExportError, atomic_path
from hippo_studio.learning.extras import missing_package

__all__ = ["FORMATS", "SoundTrack", "even", "fastest", "refuse_unfit_animation", "writing_animation"]

#: What an animation may be called, and what each is.
FORMATS = {".mp4": "MP4 video", ".gif": "GIF animation"}
LEAST_SIDE, MOST_SIDE = 64, 8192
MOST_FRAMES_PER_SECOND = {".mp4": 120, ".gif": 50}  # a GIF counts in hundredths of a second
SOUND_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)  # Hz that AAC knows
SOUND_BLOCK = 1024
_BT709 = 1  # H.273's number for the colours, transfer curve and matrix of ordinary video

#: ``append(picture (height, width, 3) uint8)``: the next frame, red, green and blue.
AppendFrame = Callable[[NDArray[np.uint8]], None]


@dataclass(frozen=True, eq=False)
class SoundTrack:
    """Sound for a video: (T,) or (channels, T) samples, full scale 1, and their rate in Hz."""

    samples: NDArray[np.floating[Any]]
    sample_rate: float


def even(side: float) -> int:
    """The even number of pixels nearest to a side: H.264 shares a colour between two by two pixels."""
    return max(2 * round(side / 2), 2)


def fastest(path: Path) -> int:
    """Frames per second that a file of this name takes at most; ExportError for a name of no format."""
    try:
        return MOST_FRAMES_PER_SECOND[path.suffix.lower()]
    except KeyError:
        known = " or ".join(FORMATS)
        raise ExportError(f"There is no animation format {path.suffix!r}; end the name in {known}.") from None


def refuse_unfit_animation(path: Path, size: tuple[int, int], rate: float) -> None:
    """Raise ExportError, one sentence, before any work, if such an animation cannot be written."""
    most = fastest(path)
    if not all(LEAST_SIDE <= side <= MOST_SIDE and side % 2 == 0 for side in size):
        raise ExportError(
            f"An animation's width and height are even, each from {LEAST_SIDE} to {MOST_SIDE} pixels; "
            f"received {size[0]}×{size[1]}."
        )
    if not (math.isfinite(rate) and 0 < rate <= most):
        raise ExportError(
            f"{FORMATS[path.suffix.lower()]} takes up to {most} frames per second; received {rate:g}."
        )
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise ExportError(missing_package(error) or str(error)) from error


@contextmanager
def writing_animation(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    rate: float,
    sound: SoundTrack | None = None,
) -> Iterator[AppendFrame]:
    """Write an animation frame by frame; the file appears when the block ends, an exception leaves none.

    Parameters
    ----------
    path : ends in .mp4 or .gif.
    size : width and height in pixels, even.
    rate : frames per second; a GIF stores times in whole hundredths of a second.
    sound : of an MP4; as long as the frames, or cut off where they end. A GIF is silent.

    Yields
    ------
    ``append(picture)``, taking (height, width, 3) uint8.

    Raises
    ------
    ExportError
        What cannot be, in one sentence; the extra `video` is missing; the disk does not take the file.
    ValueError
        A picture of another size or type.
    """
    target = Path(path)
    refuse_unfit_animation(target, size, rate)
    import av

    with atomic_path(target) as temporary:
        try:
            movie = _Gif if target.suffix.lower() == ".gif" else _Mp4
            with movie(temporary, size, rate, sound) as writer:
                yield writer.append
                writer.finish()
        except av.FFmpegError as error:  # the atomic file knows the sentence for each number
            raise OSError(error.errno, str(error)) from error


class _Movie(ABC):
    """What both formats share: the container, and pictures that are numbered."""

    container_format = ""
    option = ("", "")

    def __init__(self, path: Path, size: tuple[int, int], rate: float, sound: SoundTrack | None) -> None:
        import av

        self._size, self._rate = size, Fraction(rate).limit_denominator(1001)
        self._frames = 0
        self._container = av.open(str(path), "w", format=self.container_format, options=dict([self.option]))

    def __enter__(self) -> _Movie:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def append(self, picture: NDArray[np.uint8]) -> None:
        """Encode the next picture."""
        width, height = self._size
        if picture.shape != (height, width, 3) or picture.dtype != np.uint8:
            raise ValueError(
                f"A picture of this animation is ({height}, {width}, 3) uint8; "
                f"got {picture.dtype} of shape {picture.shape}."
            )
        import av

        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.time_base = 1 / self._rate
        frame.pts = self._frames
        self._frames += 1
        self._encode(frame)

    def finish(self) -> None:
        """Write what the encoders still hold."""
        if not self._frames:
            raise ValueError("An animation has at least one frame; none was appended.")

    @abstractmethod
    def _encode(self, frame: Any) -> None:
        """Encode a frame, and write what the encoder gives."""


class _Mp4(_Movie):
    """H.264 in 4:2:0, which every player knows, its index in front, so that it plays while it loads."""

    container_format = "mp4"
    option = ("movflags", "faststart")

    def __init__(self, path: Path, size: tuple[int, int], rate: float, sound: SoundTrack | None) -> None:
        super().__init__(path, size, rate, sound)
        self._stream = self._container.add_stream(
            "libx264", rate=self._rate, options={"crf": "18", "preset": "veryfast"}
        )
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = 1  # 16 to 235, as video has it
        self._sound = None if sound is None else _Sound(self._container, sound)

    def _encode(self, frame: Any) -> None:
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        self._container.mux(self._stream.encode(frame))
        if self._sound is not None:
            self._sound.go_on(float(self._frames / self._rate))

    def finish(self) -> None:
        super().finish()
        self._container.mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.finish()


class _Gif(_Movie):
    """A palette of its own for every frame, so that thin lines keep their colours."""

    container_format = "gif"
    option = ("loop", "0")  # for ever

    def __init__(self, path: Path, size: tuple[int, int], rate: float, sound: SoundTrack | None) -> None:
        super().__init__(path, size, rate, sound)
        import av

        self._stream = self._container.add_stream("gif", rate=self._rate)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "pal8"
        width, height = size
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(
            width=width, height=height, format=av.VideoFormat("rgb24"), time_base=1 / self._rate
        )
        split = self._graph.add("split")
        palette = self._graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
        use = self._graph.add("paletteuse", "new=1:dither=none")
        sink = self._graph.add("buffersink")
        source.link_to(split)
        split.link_to(use, 0, 0)
        split.link_to(palette, 1, 0)
        palette.link_to(use, 0, 1)
        use.link_to(sink)
        self._graph.configure()

    def _encode(self, frame: Any) -> None:
        self._graph.push(frame)
        self._drain()

    def finish(self) -> None:
        super().finish()
        self._graph.push(None)
        self._drain()
        self._container.mux(self._stream.encode(None))

    def _drain(self) -> None:
        import av

        while True:
            try:
                frame: Any = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._container.mux(self._stream.encode(frame))


class _Sound:
    """The sound beside the pictures, handed over as far as they have come."""

    def __init__(self, container: Any, track: SoundTrack) -> None:
        samples = np.atleast_2d(np.asarray(track.samples, np.float32))[:2]
        rate = round(track.sample_rate)
        if rate not in SOUND_RATES or abs(rate - track.sample_rate) > 1e-4 * rate:
            import soxr

            rate = SOUND_RATES[-1]
            samples = soxr.resample(samples.T, track.sample_rate, rate).T
        self._samples, self._rate, self._at = np.clip(samples, -1.0, 1.0), rate, 0
        self._container, self._stop = container, 0
        layout = "mono" if len(samples) == 1 else "stereo"
        self._layout = layout
        self._stream = container.add_stream("aac", rate=rate, layout=layout)
        self._stream.bit_rate = 96_000 * len(samples)

    def go_on(self, seconds: float) -> None:
        """Encode the sound up to that time, in whole blocks."""
        stop = min(round(seconds * self._rate), self._samples.shape[1])
        while self._at + SOUND_BLOCK <= stop:
            self._encode(self._at + SOUND_BLOCK)
        self._stop = stop

    def finish(self) -> None:
        """Encode the rest of what the pictures cover."""
        if self._at < self._stop:
            self._encode(self._stop)
        self._container.mux(self._stream.encode(None))

    def _encode(self, stop: int) -> None:
        import av

        block = np.ascontiguousarray(self._samples[:, self._at : stop])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
        self._container.mux(self._stream.encode(frame))
        self._at = stop
