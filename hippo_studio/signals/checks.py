"""Checks of arguments that the generators share: each refusal quotes the value and says what is accepted."""

from __future__ import annotations

import math

MOST_SAMPLES = 10**8  # what a generator makes at most, 800 MB: a slip of the unit should not fill the memory


def check_positive(name: str, value: float) -> None:
    """Refuse what is not a positive, finite number."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} is a positive number; got {value!r}.")


def check_at_least(name: str, value: float, least: float) -> None:
    """Refuse what is not a finite number of at least `least`."""
    if not (math.isfinite(value) and value >= least):
        raise ValueError(f"{name} is a number of at least {least:g}; got {value!r}.")


def sample_count(duration: float, sample_rate: float) -> int:
    """Samples in `duration` seconds at `sample_rate` Hz, both checked."""
    check_positive("duration", duration)
    check_positive("sample_rate", sample_rate)
    count = round(duration * sample_rate)
    if not 1 <= count <= MOST_SAMPLES:
        raise ValueError(
            f"{duration!r} s at {sample_rate!r} Hz are {duration * sample_rate:g} samples; "
            f"between 1 and {MOST_SAMPLES} are made."
        )
    return count


def check_steps(steps: float) -> None:
    """Refuse an equation that would take more steps than samples are made."""
    if not steps <= MOST_SAMPLES:
        raise ValueError(
            f"These parameters ask for {steps:.3g} steps of the equation, of which at most {MOST_SAMPLES} "
            "are taken; shorten duration and settle, or choose a slower equation."
        )
