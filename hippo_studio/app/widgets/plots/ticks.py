"""Where an axis puts its ticks and what they say, and ranges that do not jump. Free of Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NICE = (1.0, 2.0, 5.0, 10.0)
_CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


@dataclass(frozen=True)
class Ticks:
    """Values along an axis, and a label for each."""

    values: tuple[float, ...]
    labels: tuple[str, ...]


Ticker = Callable[[float, float, int], Ticks]
"""Ticks for a range (low, high), at most so many."""


def number_ticks(low: float, high: float, most: int) -> Ticks:
    """Plain numbers at steps of 1, 2 or 5 times a power of ten."""
    step = nice_step((high - low) / max(most, 1))
    values = _multiples(low, high, step)
    largest = max((abs(value) for value in values), default=1.0)
    if largest >= 1e5 or 0 < largest < 1e-3:
        return Ticks(values, tuple(_minus(f"{value:.3g}") for value in values))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return Ticks(values, tuple(_minus(f"{value:.{digits}f}") for value in values))


def no_ticks(low: float, high: float, most: int) -> Ticks:
    """None at all."""
    return Ticks((), ())


def order_ticks(low: float, high: float, most: int) -> Ticks:
    """Whole numbers n, at powers of two apart: 0, 64, 128 …"""
    step = 1
    while (high - low) / step > max(most, 1):
        step *= 2
    first = math.ceil(max(low, 0) / step) * step
    values = tuple(float(value) for value in range(first, math.floor(high) + 1, step))
    return Ticks(values, tuple(f"{value:.0f}" for value in values))


def name_ticks(names: Sequence[str], most: int, at: Callable[[int], float] = float) -> Ticks:
    """Names, the n-th one at `at(n)`: as many as have room, long ones cut."""
    shown = range(0, len(names), max(1, -(-len(names) // max(most, 1))))
    return Ticks(
        tuple(at(place) for place in shown),
        tuple(name if len(name) <= 8 else f"{name[:7]}…" for name in (names[place] for place in shown)),
    )


def time_ticks(low: float, high: float, most: int, begin: float = 0.0) -> Ticks:
    """Seconds, written as `0.25 s`, or as `1:30` where minutes are shown; at 0 the clock says `begin`."""
    if begin:
        ticks = time_ticks(low + begin, high + begin, most)
        return Ticks(tuple(value - begin for value in ticks.values), ticks.labels)
    rough = (high - low) / max(most, 1)
    if high < 90 or rough < 1:
        ticks = number_ticks(low, high, most)
        return Ticks(ticks.values, tuple(f"{label} s" for label in ticks.labels))
    step = next((step for step in _CLOCK_STEPS if step >= rough), nice_step(rough))
    values = _multiples(low, high, step)
    return Ticks(values, tuple(_clock(value) for value in values))


def age_ticks(low: float, high: float, most: int, present: float = 0.0) -> Ticks:
    """Seconds before the present, which is `now`; later times are in the future, written with a plus."""
    ticks = time_ticks(low - present, high - present, most)
    labels = tuple(
        "now" if value == 0 else f"+{label}" if value > 0 else label
        for value, label in zip(ticks.values, ticks.labels, strict=True)
    )
    return Ticks(tuple(value + present for value in ticks.values), labels)


def percent_log_ticks(low: float, high: float, most: int) -> Ticks:
    """Per cent on an axis of decimal logarithms: −2 is `1 %`."""
    every = max(1, math.ceil((high - low) / max(most, 1)))
    values = tuple(float(v) for v in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1, every))
    return Ticks(values, tuple(f"{10 ** (value + 2):.6g} %" for value in values))


def log_ticks(low: float, high: float, most: int) -> Ticks:
    """Plain numbers on an axis of decimal logarithms: −1 is `0.1`; also 2 and 5 where there is room."""
    first, last = math.floor(low), math.ceil(high)
    every = max(1, math.ceil((high - low) / max(most, 1)))
    factors = (1, 2, 5) if 3 * (high - low) <= most else (1,)
    values = tuple(
        exponent + math.log10(factor)
        for exponent in range(first, last + 1)
        for factor in factors
        if exponent % every == 0 and low - 1e-9 <= exponent + math.log10(factor) <= high + 1e-9
    )
    if len(values) < 2 <= most:  # less than a decade is shown: even steps of the number itself
        even = number_ticks(10**low, 10**high, most)
        pairs = [pair for pair in zip(even.values, even.labels, strict=True) if pair[0] > 0]
        return Ticks(tuple(math.log10(value) for value, _ in pairs), tuple(label for _, label in pairs))
    return Ticks(values, tuple(f"{10**value:.3g}" for value in values))


def percent_ticks(low: float, high: float, most: int) -> Ticks:
    """Shares of a whole as per cent: 0.5 is `50 %`; there is nothing above the whole."""
    ticks = number_ticks(100 * low, min(100 * high, 100.0), most)
    return Ticks(tuple(value / 100 for value in ticks.values), tuple(f"{label} %" for label in ticks.labels))


def lane_ticks(lanes: int, reach: float, fill: float, most: int) -> Ticks:
    """Lanes two units apart, the first around 0: its base line, and the reach above where there is room."""
    if most < 2 * lanes or reach < 1e-8:  # no room, or nothing but zeros
        values = tuple(-2.0 * lane for lane in range(lanes))
        return Ticks(values, ("0",) * lanes)
    values = tuple(-2.0 * lane + fill * side for lane in range(lanes) for side in (1, 0))
    return Ticks(values, (f"{reach:.3g}", "0") * lanes)


def strip_ticks(lanes: int, order: int, gap: float, most: int) -> Ticks:
    """Lanes of height 1 below 0, in which n runs upwards: the first and the last n of each."""
    values = tuple(-lane - 1 + gap / 2 + (1 - gap) * part for lane in range(lanes) for part in (0.08, 0.92))
    if most < 2 * lanes:
        return Ticks(values[::2], ("n",) * lanes)
    return Ticks(values, ("n = 0", str(order - 1)) * lanes)


def nice_step(rough: float) -> float:
    """The step of 1, 2 or 5 times a power of ten that is at least `rough`."""
    if not (math.isfinite(rough) and rough > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in _NICE if factor * power >= rough * (1 - 1e-9))


class SteadyRange:
    """A half range ±r that holds what it is given, in steps of 1, 2, 5, and does not shiver.

    It grows at once. It shrinks only when much less was needed for `patience` calls in a row.
    """

    def __init__(self, least: float = 1e-9, patience: int = 30) -> None:
        self.value = least
        self._least, self._patience = least, patience
        self._small = 0
        self._needed = 0.0

    def reset(self) -> None:
        """Forget: the next value is taken as it is."""
        self.value, self._small, self._needed = self._least, 0, 0.0

    def hold(self, needed: float) -> float:
        """The half range now that `needed` must fit."""
        if not math.isfinite(needed):
            return self.value
        wanted = max(nice_step(1.05 * needed), self._least) if needed > 0 else self._least
        if wanted > self.value or self.value == self._least:
            self.value, self._small, self._needed = wanted, 0, 0.0
        elif wanted < 0.5 * self.value:
            self._small += 1
            self._needed = max(self._needed, wanted)
            if self._small >= self._patience:
                self.value, self._small, self._needed = self._needed, 0, 0.0
        else:
            self._small, self._needed = 0, 0.0
        return self.value


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return tuple(round(index * step, 12) + 0.0 for index in range(first, min(last, first + 100) + 1))


def _minus(label: str) -> str:
    return label.replace("-", "−")


def _clock(seconds: float) -> str:
    sign = "−" if seconds < 0 else ""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}" if hours else f"{sign}{minutes}:{rest:02d}"
