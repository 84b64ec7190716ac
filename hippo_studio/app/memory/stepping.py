"""What one press of a key, or one notch of a wheel, makes of a number. Free of Qt."""

from __future__ import annotations

import math

from hippo_studio.app.memory.span import ZOOM
from hippo_studio.app.memory.state import LARGEST_ORDER, LONGEST_THETA, SHORTEST_THETA, MemoryState
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE

ORDERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, AS_FAST_AS_POSSIBLE)
SOUND = 4000.0
"""Hz: what is sampled faster is taken for sound."""
LOWEST_VOICE = 100.0
"""Hz: the slowest cycle that a voice or an instrument usually has."""
LOUDNESS_THETA = 2.0
"""Seconds in which loudness tells something: some ten syllables."""
FEWEST_SAMPLES = 32
"""Samples that θ holds at least, before another one is proposed: fewer look like a handful of dots."""
_THETA_STEP = 1.25


def next_order(order: int, direction: int) -> int:
    """The next rounder order above or below."""
    if direction > 0:
        return next((known for known in ORDERS if known > order), LARGEST_ORDER)
    return next((known for known in reversed(ORDERS) if known < order), 1)


def scaled_theta(theta: float, direction: int) -> float:
    """A quarter longer or a fifth shorter, at three figures."""
    return clamped_theta(float(f"{theta * _THETA_STEP**direction:.3g}"))


def clamped_theta(theta: float) -> float:
    """The nearest θ that a state may have."""
    return min(max(theta, SHORTEST_THETA), LONGEST_THETA)


def stepped_speed(speed: float, direction: int) -> float:
    """The next rounder speed; 1 for direction 0. The fastest is as fast as possible."""
    if direction == 0:
        return 1.0
    if direction > 0:
        return next((known for known in SPEEDS if known > speed), AS_FAST_AS_POSSIBLE)
    return next((known for known in reversed(SPEEDS) if known < speed), SPEEDS[0])


def step_samples(sample_rate: float, shown: float) -> int:
    """Samples in a step: one sixtieth of a second, or a hundredth of what is shown; at least one sample."""
    return max(round(min(1 / 60, shown / 100) * sample_rate), 1)


def zoomed(shown: float, duration: float, steps: float) -> dict[str, object]:
    """What a wheel turned over the past changes: from any view into the recent past, and out to all of it."""
    span = shown * ZOOM**-steps
    if span >= duration:
        return {"view": "signal", "span": 0.0}
    return {"view": "window", "span": float(f"{span:.4g}")}


def fitted(state: MemoryState, sample_rate: float, duration: float) -> dict[str, object]:
    """What to change so that a new signal shows something: θ within it, and the view that tells most."""
    theta, enough = state.theta, max(FEWEST_SAMPLES, state.order) / sample_rate
    if not enough <= theta <= duration:  # N coefficients of fewer samples remember nothing that was not seen
        theta = max(duration / 8, 8 / sample_rate, min(enough, duration / 2))
        theta = clamped_theta(float(f"{theta:.2g}"))
    view = "signal" if duration <= 20 * theta else "window"
    return {"theta": theta, "view": view, "span": 0.0}


def first_place(state: MemoryState, duration: float) -> float:
    """Seconds at which the playhead of a new signal stands, so that its past is not an empty picture."""
    return 0.0 if state.view == "signal" else min(state.shown_span(), duration)


def telling(state: MemoryState, sample_rate: float, duration: float) -> dict[str, object]:
    """What to change where every memory would draw a flat line: follow the loudness of a sound instead.

    The waveform of a sound has more cycles in a long θ than N coefficients can hold. What is no sound has no
    loudness.
    """
    if sample_rate < SOUND:
        return {"follow": "waveform"}
    hopeless = state.theta > state.order / math.pi / LOWEST_VOICE
    if state.follow != "waveform" or not hopeless:
        return {}
    return {"follow": "envelope", "theta": clamped_theta(float(f"{min(LOUDNESS_THETA, duration / 4):.2g}"))}


def fitted_live(state: MemoryState, sample_rate: float, page: float) -> dict[str, object]:
    """What to change so that what is live shows something: a sound over a θ that N can hold."""
    if sample_rate < SOUND:
        return {**fitted(state, sample_rate, page), "follow": "waveform", "view": "window"}
    hopeful = max(state.order / math.pi / LOWEST_VOICE, 8 / sample_rate)
    theta = (
        state.theta if 8 / sample_rate <= state.theta <= hopeful else clamped_theta(float(f"{hopeful:.2g}"))
    )
    return {**fitted(state.replace(theta=theta), sample_rate, page), "follow": "waveform"}
