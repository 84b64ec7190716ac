"""Where the playhead is: play, pause, step, scrub, loop, at a speed, by a clock that is passed in.

Free of Qt. A position is a whole number of samples *seen*: at position p the samples 0 … p−1 belong to the
past, so `position / sample_rate` is the time of a memory that has taken them. Between two calls of `advance`
nothing moves; the place is computed from the clock each time, never summed up, so a slow window loses no time
and no sample.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

SLOWEST, FASTEST = 0.1, 16.0
AS_FAST_AS_POSSIBLE = math.inf
"""The speed at which the memories, not the clock, move the playhead: see `Transport.arrived`."""


class Transport:
    """The playhead of one signal.

    Parameters
    ----------
    clock : returns seconds that never run backwards: a monotonic clock, or the audio clock while sound plays.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._samples, self._rate = 0, 1.0
        self._position = 0
        self._begin = 0.0
        self._speed = 1.0
        self._playing = False
        self._loop = False
        self._region: tuple[int, int] | None = None
        self._known: Callable[[], int] | None = None  # while the signal is being recorded
        self._start_clock, self._start_place = 0.0, 0.0  # where the place was when the clock was read last

    def take_up(self, speed: float, loop: bool) -> None:
        """Go on as an earlier run ended; at 1× where that was no speed, or as fast as possible.

        At the latter all would be over in an instant, before anybody has looked.
        """
        self.speed = speed if SLOWEST <= speed <= FASTEST else 1.0
        self.loop = loop

    def load(self, samples: int, sample_rate: float, *, position: int = 0, begin: float = 0.0) -> None:
        """Take a signal of so many samples at a rate in Hz; pauses at `position`, drops the loop region.

        `begin` is what the clock on screen says at its first sample, in seconds.
        """
        if samples < 0 or not (math.isfinite(sample_rate) and sample_rate > 0):
            raise ValueError(
                f"a transport needs samples ≥ 0 and a rate above 0; received {samples!r}, {sample_rate!r}"
            )
        self._samples, self._rate, self._begin = int(samples), float(sample_rate), begin
        self._playing, self._region, self._known = False, None, None
        self._position = self._limited(position)
        self._tell()

    def follow(self, known: Callable[[], int]) -> None:
        """Take a signal that is being recorded, as loaded, and of which `known()` samples are there by now.

        Playing is to stay with what comes; pausing or seeking leaves it, and `play` goes back to it.
        """
        self._known, self._playing = known, True
        self._position = known()
        self._tell()

    @property
    def following(self) -> bool:
        """Whether the signal is being recorded."""
        return self._known is not None

    @property
    def samples(self) -> int:
        """How long the signal is, in samples."""
        return self._samples

    @property
    def sample_rate(self) -> float:
        """Samples per second of the signal, in Hz."""
        return self._rate

    @property
    def duration(self) -> float:
        """How long the signal is, in seconds."""
        return self._samples / self._rate

    @property
    def position(self) -> int:
        """Samples seen, as of the last `advance`."""
        return self._position

    @property
    def seconds(self) -> float:
        """The position in seconds."""
        return self._position / self._rate

    @property
    def clock_begin(self) -> float:
        """What the clock on screen says at the first sample, in seconds."""
        return self._begin

    @property
    def clock_seconds(self) -> float:
        """What the clock on screen says at the position."""
        return self._begin + self.seconds

    @property
    def playing(self) -> bool:
        """Whether the playhead moves."""
        return self._playing

    @property
    def at_end(self) -> bool:
        """Whether every sample was seen."""
        return self._position >= self._samples

    @property
    def speed(self) -> float:
        """Seconds of signal per second: 0.1 to 16, or infinity for as fast as the memories can."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        if not (SLOWEST <= value <= FASTEST or value == AS_FAST_AS_POSSIBLE):
            raise ValueError(
                f"speed must lie between {SLOWEST:g} and {FASTEST:g}, or be infinite; received {value!r}"
            )
        self.advance()
        self._speed = float(value)
        self._hold()
        self._tell()

    @property
    def flat_out(self) -> bool:
        """Whether the memories move the playhead, as fast as they can."""
        return self._speed == AS_FAST_AS_POSSIBLE and self._known is None

    @property
    def loop(self) -> bool:
        """Whether the end (of the region, if there is one) leads back to the start."""
        return self._loop

    @loop.setter
    def loop(self, value: bool) -> None:
        self.advance()
        self._loop = bool(value)
        self._hold()
        self._tell()

    @property
    def region(self) -> tuple[int, int]:
        """What is looped, from and to, in samples; the whole signal unless `set_region` said otherwise."""
        return self._region or (0, self._samples)

    def set_region(self, region: tuple[int, int] | None) -> None:
        """Loop between two positions in samples; None for the whole signal. Raises ValueError if empty."""
        if region is not None:
            start, stop = self._limited(region[0]), self._limited(region[1])
            if stop <= start:
                raise ValueError(f"a loop needs start < stop within the signal; received {region!r}")
            region = (start, stop)
        self.advance()
        self._region = region
        self._hold()
        self._tell()

    def loop_between(self, start: float, stop: float) -> tuple[float, float] | None:
        """Loop between two times in seconds; all of the signal if no sample lies between them.

        Returns the region in seconds, or None for all.
        """
        first, last = self._limited(round(start * self._rate)), self._limited(round(stop * self._rate))
        if last <= first:
            self.set_region(None)
            return None
        self.set_region((first, last))
        self.loop = True
        return first / self._rate, last / self._rate

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change that was asked for, not for mere playing; returns its end."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def use_clock(self, clock: Callable[[], float]) -> None:
        """Go on from here by another clock: the audio clock while sound plays, a monotonic one otherwise."""
        self.advance()
        self._clock = clock
        self._hold()

    def play(self) -> None:
        """Start; from the start of the signal (or loop) again, if the end was reached."""
        if self._playing or not self._samples:
            return
        start, stop = self.region
        if self._known is not None:
            self._position = self._known()
        elif self._position >= (stop if self._loop else self._samples):
            self._position = start if self._loop else 0
        self._playing = True
        self._hold()
        self._tell()

    def pause(self) -> None:
        """Stop where the clock says."""
        if not self._playing:
            return
        self.advance()
        self._playing = False
        self._tell()

    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def seek(self, position: int) -> None:
        """Put the playhead there, in samples, limited to the signal; playing goes on, following does not."""
        if self._known is not None:
            self._playing = False
        self._position = self._limited(position)
        self._hold()
        self._tell()

    def seek_seconds(self, seconds: float) -> None:
        """Put the playhead there, in seconds, at the nearest whole sample."""
        if not math.isfinite(seconds):
            raise ValueError(f"a place to go to must be finite seconds; received {seconds!r}")
        self.seek(round(seconds * self._rate))

    def step(self, samples: int) -> None:
        """Pause, and move by so many samples, backwards if negative."""
        self.pause()
        self.seek(self._position + samples)

    def advance(self) -> int:
        """Read the clock, move the playhead to where it says, and return it; stops at the end, or loops.

        As fast as possible, only `arrived` moves it.
        """
        if self._playing and self._known is not None:
            self._position = self._known()
        elif self._playing and not self.flat_out:
            elapsed = self._clock() - self._start_clock
            self._move_to(self._start_place + max(elapsed, 0.0) * self._speed * self._rate)
        return self._position

    def arrived(self, position: int) -> None:
        """As fast as possible: say how far the memories have come; counts only while playing."""
        if self._playing and self.flat_out and self._known is None:
            self._move_to(float(position))

    def _move_to(self, place: float) -> None:
        start, stop = self.region
        inside = self._position < stop  # a playhead beyond the region plays on to the end of the signal
        if self._loop and inside and place >= stop:
            self._start_clock += (place - self._start_place) / (self._speed * self._rate)
            self._start_place = place = start + math.fmod(place - stop, stop - start)
        elif place >= self._samples:
            place = float(self._samples)
            self._playing = False
        self._position = min(int(place + 1e-6), self._samples)  # 1e-6: a clock of 0.1 + 0.2 s means 0.3 s
        if not self._playing:
            self._tell()

    def _hold(self) -> None:
        """Let the clock count from here."""
        self._start_clock, self._start_place = self._clock(), float(self._position)

    def _limited(self, position: int) -> int:
        return min(max(int(position), 0), self._samples if self._known is None else self._known())

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
