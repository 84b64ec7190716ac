"""Signals made by formula: test tones, noise, chaos, and models of heart, gait and voice.

Each generator is a plain function `(duration, sample_rate, …, seed) -> Signal`; the same arguments give the
same samples. A new one is a function and a line in GENERATORS.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.checks import check_at_least, check_positive, check_steps, sample_count
from hippo_studio.signals.physiology import ecg, walking
from hippo_studio.signals.signal import Signal
from hippo_studio.signals.speech import speech


def generate(name: str, **parameters: Any) -> Signal:
    """The signal of a named generator; `origin` is the call that makes it again.

    Raises
    ------
    ValueError
        No such generator, no such parameter, or a value that it does not accept.
    """
    key = name.lower().replace("_", "-")
    if key not in GENERATORS:
        raise ValueError(f"No generator {name!r}; there are {', '.join(GENERATORS)}.")
    return GENERATORS[key](**parameters)


@dataclass(frozen=True)
class Generator:
    """A named way to make a signal, with the words to show for it."""

    name: str
    title: str
    summary: str
    make: Callable[..., Signal]

    @property
    def defaults(self) -> dict[str, Any]:
        """Every parameter with its default, in order."""
        import inspect

        return {key: value.default for key, value in inspect.signature(self.make).parameters.items()}

    def __call__(self, **parameters: Any) -> Signal:
        """Make the signal; see the function itself for parameters, units and errors."""
        from dataclasses import replace

        known = self.defaults
        for parameter in parameters:
            if parameter not in known:
                raise ValueError(
                    f"The generator {self.name} has no parameter {parameter!r}; it has {', '.join(known)}."
                )
        call = ", ".join([repr(self.name), *(f"{key}={value!r}" for key, value in parameters.items())])
        return replace(self.make(**parameters), origin=f"generate({call})")


def sine(
    duration: float = 10.0,
    sample_rate: float = 1000.0,
    frequency: float = 1.0,
    amplitude: float = 1.0,
    phase: float = 0.0,
) -> Signal:
    """A tone: amplitude · sin(2π · frequency · t + phase); duration in s, rates in Hz, phase in radians."""
    times = _times(duration, sample_rate)
    _check_below_nyquist("frequency", frequency, sample_rate)
    return Signal(amplitude * np.sin(2 * np.pi * frequency * times + phase), sample_rate)


def chirp(
    duration: float = 10.0,
    sample_rate: float = 1000.0,
    first: float = 0.5,
    last: float = 20.0,
    sweep: str = "linear",
) -> Signal:
    """A unit sine whose frequency goes from `first` to `last` Hz, linearly or exponentially in time."""
    times = _times(duration, sample_rate)
    _check_below_nyquist("first", first, sample_rate)
    _check_below_nyquist("last", last, sample_rate)
    if sweep not in ("linear", "exponential"):
        raise ValueError(f"sweep is 'linear' or 'exponential'; got {sweep!r}.")
    if sweep == "linear" or first == last:
        cycles = first * times + (last - first) / (2 * duration) * times**2
    else:
        check_positive("first", first)
        check_positive("last", last)
        growth = math.log(last / first) / duration
        cycles = first * np.expm1(growth * times) / growth
    return Signal(np.sin(2 * np.pi * cycles), sample_rate)


def noise(
    duration: float = 10.0, sample_rate: float = 1000.0, low: float = 0.0, high: float = 10.0, seed: int = 0
) -> Signal:
    """Gaussian noise with a flat spectrum from `low` to `high` Hz and none outside; unit variance."""
    count = sample_count(duration, sample_rate)
    if not 0 <= low < high <= sample_rate / 2:
        raise ValueError(
            f"A band lies within 0 … {sample_rate / 2:g} Hz (half the sample rate), low below high; "
            f"got {low!r} … {high!r}."
        )
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / sample_rate)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    samples = np.fft.irfft(spectrum, count)
    power = math.sqrt(float(np.mean(samples**2)))
    if power == 0:
        raise ValueError(
            f"The band {low:g} … {high:g} Hz is narrower than {duration:g} s can resolve; "
            f"widen it to {1 / duration:g} Hz or lengthen the signal."
        )
    return Signal(samples / power, sample_rate)


def piecewise(
    duration: float = 10.0, sample_rate: float = 1000.0, hold: float = 0.8, seed: int = 0
) -> Signal:
    """Steps between levels drawn uniformly from [−1, 1], each held for `hold` s on average (Poisson)."""
    count = sample_count(duration, sample_rate)
    check_positive("hold", hold)
    random = np.random.default_rng(seed)
    jumps = random.random(count) < -math.expm1(-1 / (hold * sample_rate))
    jumps[0] = False
    levels = random.uniform(-1, 1, int(jumps.sum()) + 1)
    return Signal(levels[np.cumsum(jumps)], sample_rate)


def mackey_glass(
    duration: float = 500.0,
    sample_rate: float = 2.0,
    delay: float = 17.0,
    beta: float = 0.2,
    gamma: float = 0.1,
    exponent: float = 10.0,
    first: float = 1.2,
    settle: float = 500.0,
) -> Signal:
    """The Mackey–Glass equation x' = β x(t−τ)/(1 + x(t−τ)ⁿ) − γ x, chaotic for τ ≥ 17.

    Times in the equation's own unit, written as seconds: `delay` τ, `duration`, and `settle`, which is left
    out at the beginning; `sample_rate` per unit. x = `first` up to time 0.

    Method of steps: over one delay the delayed term is known, so what is left is linear in x and is
    integrated by its exponential, the forcing by Simpson's rule with Hermite midpoints: of fourth order.
    Source: Mackey and Glass, Science 197 (1977) 287.
    """
    count = sample_count(duration, sample_rate)
    for name, value in (("delay", delay), ("beta", beta), ("gamma", gamma), ("exponent", exponent)):
        check_positive(name, value)
    check_at_least("settle", settle, 0.0)
    check_positive("first", first)
    # Steps divide the delay, not the sample interval: samples are interpolated between them.
    per_delay = max(math.ceil(delay * max(sample_rate, 10.0)), 16)
    step = delay / per_delay
    check_steps((settle + duration) / step)
    decay, half = math.exp(-gamma * step), math.exp(-gamma * step / 2)
    values = np.full(per_delay + 1, float(first))
    slopes = np.zeros(per_delay + 1)
    history, history_slopes = [values[-1:]], [_feedback(values[-1:], beta, exponent) - gamma * values[-1:]]
    for _ in range(math.ceil((settle + duration) / delay) + 1):
        middle = (values[:-1] + values[1:]) / 2 + step / 8 * (slopes[:-1] - slopes[1:])
        forcing, at_middle = _feedback(values, beta, exponent), _feedback(middle, beta, exponent)
        gained = step / 6 * (decay * forcing[:-1] + 4 * half * at_middle + forcing[1:])
        values = np.array(
            list(accumulate(gained.tolist(), lambda x, gain: decay * x + gain, initial=values[-1]))
        )
        slopes = forcing - gamma * values
        history.append(values[1:])
        history_slopes.append(slopes[1:])
    times = settle + np.arange(count) / sample_rate
    return Signal(
        _hermite(np.concatenate(history), np.concatenate(history_slopes), times / step, step), sample_rate
    )


def lorenz(
    duration: float = 50.0,
    sample_rate: float = 100.0,
    sigma: float = 10.0,
    rho: float = 28.0,
    beta: float = 8.0 / 3.0,
    settle: float = 10.0,
    seed: int = 0,
) -> Signal:
    """The Lorenz system x' = σ(y−x), y' = x(ρ−z) − y, z' = xy − βz: three channels x, y, z.

    Times in the equation's own unit, written as seconds; `settle` is left out at the beginning, which is
    drawn near (1, 1, 25). Fourth-order Runge–Kutta with steps of at most 0.005.
    Source: Lorenz, J. Atmos. Sci. 20 (1963) 130.
    """
    count = sample_count(duration, sample_rate)
    check_at_least("settle", settle, 0.0)
    substeps = math.ceil(1 / (0.005 * sample_rate))
    check_steps((settle + duration) * sample_rate * substeps)
    step = 1 / (sample_rate * substeps)
    x, y, z = (np.array([1.0, 1.0, 25.0]) + np.random.default_rng(seed).normal(0, 0.5, 3)).tolist()
    skipped = round(settle * sample_rate)
    states = np.empty((skipped + count, 3))
    for index in range(skipped + count):
        states[index] = x, y, z
        for _ in range(substeps):
            x, y, z = _lorenz_step(x, y, z, step, sigma, rho, beta)
    if not np.isfinite(states).all():
        raise ValueError(f"The Lorenz system runs away at σ = {sigma!r}, ρ = {rho!r}, β = {beta!r}.")
    return Signal(np.ascontiguousarray(states[skipped:].T), sample_rate, ("x", "y", "z"))


def _lorenz_step(
    x: float, y: float, z: float, step: float, sigma: float, rho: float, beta: float
) -> tuple[float, float, float]:
    def slope(x: float, y: float, z: float) -> tuple[float, float, float]:
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    a, b, c = slope(x, y, z)
    half = step / 2
    d, e, f = slope(x + half * a, y + half * b, z + half * c)
    g, h, i = slope(x + half * d, y + half * e, z + half * f)
    j, k, m = slope(x + step * g, y + step * h, z + step * i)
    sixth = step / 6
    return (
        x + sixth * (a + 2 * (d + g) + j),
        y + sixth * (b + 2 * (e + h) + k),
        z + sixth * (c + 2 * (f + i) + m),
    )


def _feedback(delayed: NDArray[np.float64], beta: float, exponent: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = beta * delayed / (1 + delayed**exponent)
    return result


def _hermite(
    values: NDArray[np.float64], slopes: NDArray[np.float64], positions: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """Cubic interpolation at `positions`, in steps, through values with their slopes."""
    index = np.minimum(positions.astype(np.intp), len(values) - 2)
    s = positions - index
    left, right = values[index], values[index + 1]
    rise = right - left
    p, q = step * slopes[index] - rise, rise - step * slopes[index + 1]
    result: NDArray[np.float64] = left + s * rise + s * (1 - s) * ((1 - s) * p + s * q)
    return result


def _times(duration: float, sample_rate: float) -> NDArray[np.float64]:
    return np.arange(sample_count(duration, sample_rate)) / sample_rate


def _check_below_nyquist(name: str, frequency: float, sample_rate: float) -> None:
    if not 0 <= frequency <= sample_rate / 2:
        raise ValueError(
            f"{name} lies within 0 … {sample_rate / 2:g} Hz, half the sample rate; got {frequency!r}."
        )


def _table(*generators: Generator) -> Mapping[str, Generator]:
    return MappingProxyType({generator.name: generator for generator in generators})


GENERATORS: Mapping[str, Generator] = _table(
    Generator("sine", "Sine", "One frequency, for ever: the simplest thing to remember.", sine),
    Generator("chirp", "Chirp", "A sine that speeds up until the memory's order gives out.", chirp),
    Generator("noise", "Band-limited noise", "Random, but no faster than its band allows.", noise),
    Generator("piecewise", "Steps", "Levels that jump: hard for smooth bases.", piecewise),
    Generator("mackey-glass", "Mackey–Glass", "Chaos from a delayed feedback.", mackey_glass),
    Generator("lorenz", "Lorenz", "Three coupled channels of chaos.", lorenz),
    Generator("ecg", "Electrocardiogram", "A heart model with breathing and rhythm variation.", ecg),
    Generator("walking", "Walking", "Acceleration at the hip of a person who walks.", walking),
    Generator("speech", "Speech", "A sentence from a source-filter synthesizer.", speech),
)
