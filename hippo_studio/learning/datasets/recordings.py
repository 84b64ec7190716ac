"""Files of which each, or a span of each, is one example: sound, tables, arrays, whatever can be read.

All are brought to the rate and the number of channels that most of them have. What they hold is known from
their headers where those say it, and else once they are decoded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import remarks
from hippo_studio.learning.datasets.collection import Collection, Indices, UnusableError
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.signals import SUFFIXES, ReadWarning, Signal, SignalError, read
from hippo_studio.signals.readers import READERS

AUDIO = READERS[0].suffixes
MOST_HEADERS = 4000
"""Headers looked at before anything is decoded, evenly chosen; the others are like those."""
QUIETEST = 2.0 / 32768
"""Peak to peak: a sound that moves by no more than a step of 16 bits is silence."""
SAME_RATE = 0.01
"""Rates that differ by less are the same: clocks of sensors."""


@dataclass(frozen=True)
class Clip:
    """One example: a file, or a span of it in seconds."""

    path: Path
    name: str
    label: int
    role: Role = Role.OPEN
    group: str = ""
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Form:
    """What all clips are brought to."""

    sample_rate: float | None
    channel_names: tuple[str, ...]

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return len(self.channel_names)


@dataclass(frozen=True, eq=False)
class Recordings:
    """Clips as a collection, and what was found out about them."""

    collection: Collection
    roles: NDArray[np.int8]
    form: Form
    warnings: tuple[ReadWarning, ...]


def is_readable(path: Path) -> bool:
    """Whether the name promises a signal."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def collect(clips: Sequence[Clip], form: Form | None = None) -> Recordings:
    """Return the clips as a collection in one form: the given one, or that of most of them.

    Raises
    ------
    DataError
        If none of those looked at can be read.
    """
    headers = _headers(clips)
    warnings: list[ReadWarning] = []
    if form is None:
        form = _commonest(clips, headers)
        warnings = _mixed(headers, form)
    lengths = np.zeros(len(clips), np.int64)
    for row, header in headers.items():
        lengths[row] = _length(header, clips[row], form.sample_rate)
    collection = Collection(
        decoder(clips, form),
        np.array([clip.label for clip in clips], np.int64),
        lengths,
        [clip.name for clip in clips],
        [str(clip.path) for clip in clips],
        _groups(clips),
        sample_rate=form.sample_rate,
        key=[[(str(c.path), c.span, *_stamp(c.path)) for c in clips], form.sample_rate, form.channels],
    )
    roles = np.array([clip.role for clip in clips], np.int8)
    return Recordings(collection, roles, form, tuple(warnings))


@dataclass(frozen=True)
class _Header:
    sample_rate: float
    channels: int
    frames: int


def _headers(clips: Sequence[Clip]) -> dict[int, _Header]:
    """What the headers of sound files say, by row, without decoding."""
    import soundfile

    rows = [row for row, clip in enumerate(clips) if clip.path.suffix.lower() in AUDIO]
    if len(rows) > MOST_HEADERS:
        rows = [rows[place] for place in np.linspace(0, len(rows) - 1, MOST_HEADERS).astype(int)]
    found: dict[int, _Header] = {}
    known: dict[Path, _Header | None] = {}
    for row in rows:
        path = clips[row].path
        if path not in known:
            try:
                info = soundfile.info(str(path))
                known[path] = _Header(float(info.samplerate), int(info.channels), int(info.frames))
            except (soundfile.SoundFileError, OSError, RuntimeError):
                known[path] = None
        header = known[path]
        if header is not None and header.sample_rate > 0 and header.frames > 0:
            found[row] = header
    return found


def _commonest(clips: Sequence[Clip], headers: dict[int, _Header]) -> Form:
    """The rate and channels of most sound files; without any, those of the first file that can be read."""
    if headers:
        rate = _most(header.sample_rate for header in headers.values())
        channels = int(_most(header.channels for header in headers.values()))
        names = {1: ("mono",), 2: ("left", "right")}
        return Form(rate, names.get(channels, tuple(f"ch{index + 1}" for index in range(channels))))
    tried: list[str] = []
    for clip in clips[:20]:
        try:
            signal = read(clip.path)
        except (SignalError, ValueError) as error:
            tried.append(str(error))
            continue
        return Form(_rate(signal), signal.channel_names)
    raise DataError(f"None of the {len(clips)} files can be read; the first says: {tried[0]}")


def _most(values: Iterable[float]) -> float:
    """The commonest; of equally common ones the larger."""
    return max(Counter(values).items(), key=lambda entry: (entry[1], entry[0]))[0]


def _mixed(headers: dict[int, _Header], form: Form) -> list[ReadWarning]:
    """What has to be said if sounds are not all alike."""
    found: list[ReadWarning] = []
    rates = Counter(header.sample_rate for header in headers.values())
    if form.sample_rate is not None and len(rates) > 1:
        others = sum(count for rate, count in rates.items() if rate != form.sample_rate)
        listed = ", ".join(f"{rate:g}" for rate in sorted(rates) if rate != form.sample_rate)
        found.append(
            remarks.Resampled(
                f"{others} of {len(headers)} recordings are at {listed} Hz; they are resampled to "
                f"{form.sample_rate:g} Hz, the rate of most."
            )
        )
    others = sum(header.channels != form.channels for header in headers.values())
    if others:
        done = "mixed to one channel" if form.channels == 1 else f"brought to {form.channels} channels"
        found.append(
            remarks.ChannelsMixed(
                f"{others} of {len(headers)} recordings have another number of channels; they are {done}."
            )
        )
    return found


def _length(header: _Header, clip: Clip, rate: float | None) -> int:
    frames = float(header.frames)
    if clip.span is not None:
        begin, end = (round(second * header.sample_rate) for second in clip.span)
        frames = max(min(end, header.frames) - max(begin, 0), 0)
    return max(round(frames * (rate or header.sample_rate) / header.sample_rate), 1)


def _groups(clips: Sequence[Clip]) -> Indices | None:
    """A number per group; clips without one stand alone. None if no clip has one."""
    if not any(clip.group for clip in clips):
        return None
    names = [f"g{clip.group}" if clip.group else f"c{row}" for row, clip in enumerate(clips)]
    _, numbers = np.unique(names, return_inverse=True)
    return numbers.astype(np.int64)


def _stamp(path: Path) -> tuple[int, int]:
    """What changes if the file does."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def decoder(clips: Sequence[Clip], form: Form) -> Callable[[int], NDArray[np.float32]]:
    """The function that decodes a clip; the file read last is kept, as the next clip may be of it too."""
    last: dict[Path, Signal] = {}

    def decode(row: int) -> NDArray[np.float32]:
        clip = clips[row]
        signal = last.get(clip.path)
        if signal is None:
            try:
                signal = read(clip.path)
            except (SignalError, ValueError):
                raise UnusableError("unreadable") from None
            last.clear()
            if clip.span is not None:
                last[clip.path] = signal
        samples = signal.samples
        if clip.span is not None:
            begin, end = (round(second * signal.sample_rate) for second in clip.span)
            samples = samples[:, max(begin, 0) : max(end, 0)]
            if samples.shape[1] == 0:
                raise UnusableError("outside its recording")
        sound = clip.path.suffix.lower() in AUDIO
        if sound and float(np.ptp(samples)) <= QUIETEST:
            raise UnusableError("silent")
        samples = _with_channels(samples, form.channels, sound)
        return _at_rate(samples, _rate(signal), form.sample_rate)

    return decode


def _with_channels(samples: NDArray[np.floating], channels: int, sound: bool) -> NDArray[np.floating]:
    if len(samples) == channels:
        return samples
    if not sound:
        raise UnusableError(f"not of {channels} channel{'s' * (channels > 1)}")
    mono = samples.mean(axis=0, keepdims=True)
    return mono if channels == 1 else np.repeat(mono, channels, axis=0)


def _at_rate(samples: NDArray[np.floating], rate: float | None, wanted: float | None) -> NDArray[np.float32]:
    """Return (L, channels) at the wanted rate."""
    values = np.ascontiguousarray(samples.T, np.float32)
    if rate is None or wanted is None or abs(rate / wanted - 1) < SAME_RATE:
        return values
    import soxr

    resampled: NDArray[np.float32] = soxr.resample(values, rate, wanted)
    return resampled if len(resampled) else values[:1]


def _rate(signal: Signal) -> float | None:
    """The rate of a signal, None if its reader had to assume one."""
    assumed = any(warning.kind == "assumed-rate" for warning in signal.warnings)
    return None if assumed else signal.sample_rate
