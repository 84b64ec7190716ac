"""What the Memory tab shows: one frozen value, the single truth behind widgets, presets and saved sessions.

Free of Qt. A state that cannot be true cannot be made: `MemoryState(order=0)` raises a sentence. Widgets are
views of it; a change is `state.replace(order=64)`, checked like any other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from hippo_studio.hippo import MAX_ORDER, MEASURES, METHODS, Measure, MemorySettings, get_measure

LARGEST_ORDER = min(512, MAX_ORDER)
"""The studio's slider ends here; the library goes further."""
SHORTEST_THETA, LONGEST_THETA = 1e-4, 1e5
"""Bounds of θ in seconds: a few samples of sound, about a day of a sensor."""

FOLLOW = {"waveform": "Waveform", "envelope": "Loudness envelope"}
"""What of the signal the memories hear."""
VIEWS = {"window": "Recent past", "past": "Whole past", "signal": "Whole signal"}
"""What of the time axis the past is drawn on."""


@dataclass(frozen=True)
class Memory:
    """One memory that is asked for: everything that decides its coefficients, hashable."""

    measure: Measure
    order: int
    theta: float | None
    """In seconds; None for LegS, which has none, so that a change of θ leaves it alone."""
    method: str
    alpha: float = 0.5
    """GBT's; counts for method "gbt" alone."""

    def settings(self, sample_rate: float) -> MemorySettings:
        """What makes this memory for a signal; ValueError, one sentence, if there can be no such memory."""
        return MemorySettings(
            self.measure, self.order, sample_rate, self.theta, self.method, alpha=self.alpha
        )


@dataclass(frozen=True)
class MemoryState:
    """The choices a person makes in the Memory tab. Times are in seconds.

    Attributes
    ----------
    measures : names of the measures shown, in the order of the registry; may be empty.
    order : N, the number of coefficients, 1 to 512, the same for every measure.
    theta : θ, the window or decay time.
    method : discretization; "zoh" is exact for a sampled signal, so it is the default.
    alpha : GBT's α, used by method "gbt" alone.
    normalization : LegT's scaling, "orthonormal" or "lmu".
    lagt_alpha, lagt_beta : GLagT's α (−1 to 1, exclusive) and β (above 0).
    channel : name of the channel; empty for the first. A channel that a signal lacks is its first, too.
    follow : "waveform", or "envelope" for the loudness envelope.
    view : "window" (the recent past, scrolling), "past" (from the start to now), "signal" (all of it).
    span : seconds shown by view "window"; 0 lets θ decide.
    ages : label the time axis of the past by age instead of by the signal's time.
    optimum : draw what the best memory of this kind would hold, too.
    """

    measures: tuple[str, ...] = ("legt", "legs")
    order: int = 64
    theta: float = 0.5
    method: str = "zoh"
    alpha: float = 0.5
    normalization: str = "orthonormal"
    lagt_alpha: float = 0.0
    lagt_beta: float = 1.0
    channel: str = ""
    follow: str = "waveform"
    view: str = "window"
    span: float = 0.0
    ages: bool = False
    optimum: bool = False

    def __post_init__(self) -> None:
        self._check_measures()
        self._set("order", _whole("order N", self.order, 1, LARGEST_ORDER))
        self._set("theta", _number("window θ", self.theta, SHORTEST_THETA, LONGEST_THETA, " s"))
        self._set("alpha", _number("GBT's α", self.alpha, 0.0, 1.0))
        self._set("span", _number("the time shown", self.span, 0.0, math.inf, " s"))
        _one_of("discretization", self.method, METHODS)
        _one_of("what is followed", self.follow, FOLLOW)
        _one_of("view", self.view, VIEWS)
        get_measure("legt", normalization=self.normalization)
        lagt = get_measure("lagt", alpha=self.lagt_alpha, beta=self.lagt_beta)
        self._set("lagt_alpha", lagt.options["alpha"])
        self._set("lagt_beta", lagt.options["beta"])
        if not isinstance(self.channel, str):
            raise ValueError(f"a channel is named by text; received {self.channel!r}")  # noqa: TRY004
        for name in ("ages", "optimum"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is true or false; received {getattr(self, name)!r}")  # noqa: TRY004

    def replace(self, **changes: Any) -> MemoryState:
        """Return this state with some values changed; ValueError, one sentence, if that cannot be."""
        return replace(self, **changes)

    def toggled(self, measure: str) -> MemoryState:
        """Return this state with one measure shown if it was hidden, hidden if it was shown."""
        shown = set(self.measures) ^ {measure}
        return self.replace(measures=tuple(shown))

    def measure(self, name: str) -> Measure:
        """A measure with the options chosen for it."""
        options: dict[str, Any] = {
            "legt": {"normalization": self.normalization},
            "lagt": {"alpha": self.lagt_alpha, "beta": self.lagt_beta},
        }.get(name, {})
        return get_measure(name, **options)

    def memories(self) -> tuple[Memory, ...]:
        """The memories that are asked for, one per measure shown."""
        measures = [self.measure(name) for name in self.measures]
        alpha = {"alpha": self.alpha} if self.method == "gbt" else {}
        return tuple(
            Memory(measure, self.order, self.theta if measure.time_invariant else None, self.method, **alpha)
            for measure in measures
        )

    def shown_span(self) -> float:
        """Seconds of past in view "window": as asked for, else a little more than θ."""
        return self.span or 1.25 * self.theta

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for TOML and JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "measures": list(self.measures)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MemoryState:
        """The state of a preset: defaults where nothing is said. Raises ValueError, one sentence."""
        return cls().updated(values)

    def updated(self, values: Mapping[str, Any]) -> MemoryState:
        """Return this state with a preset laid over it; ValueError for a name or a value that cannot be."""
        known = {field.name for field in fields(self)}
        for name in values:
            if name not in known:
                raise ValueError(f"the Memory tab has no setting {name!r}; it has {', '.join(sorted(known))}")
        return self.replace(**values)

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> MemoryState:
        """The state of an earlier session: what is no longer possible is left at its default."""
        state = cls()
        for name, value in values.items():
            try:
                state = state.updated({name: value})
            except ValueError:
                continue
        return state

    def _check_measures(self) -> None:
        names = self.measures
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"measures is a list of names; received {names!r}")
        for name in names:
            _one_of("measure", name, MEASURES)
        self._set("measures", tuple(name for name in MEASURES if name in names))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _one_of(what: str, value: object, accepted: Mapping[str, object]) -> None:
    if not isinstance(value, str) or value not in accepted:
        raise ValueError(f"{what} must be one of {', '.join(accepted)}; received {value!r}")


def _whole(what: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or value % 1:
        raise ValueError(f"{what} must be a whole number; received {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{what} must lie between {low} and {high}; received {value!r}")
    return int(value)


def _number(what: str, value: object, low: float, high: float, unit: str = "") -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{what} must be a finite number; received {value!r}")
    if not low <= value <= high:
        reach = f"between {low:g} and {high:g}{unit}" if math.isfinite(high) else f"at least {low:g}{unit}"
        raise ValueError(f"{what} must lie {reach}; received {value!r}")
    return float(value)
