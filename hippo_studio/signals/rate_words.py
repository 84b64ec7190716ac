"""A sample rate as people say it."""

from __future__ import annotations

SLOW = 1 / 60 * (1 + 1e-9)
"""Hz: one sample a minute; slower rates are told by their step."""
_SPANS = ((86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"))
"""Seconds in each span in which slow rates are told."""


def rate_in_words(rate: float) -> str:
    """A rate in Hz: `250 Hz`, and from one sample a minute down `one sample every 31 days`."""
    if not 0 < rate <= SLOW:
        return f"{rate:g} Hz"
    step = 1 / rate
    span, name = next((one for one in _SPANS if step >= one[0] * (1 - 1e-6)), _SPANS[-1])
    count = f"{step / span:.4g}"
    return f"one sample every {name}" if count == "1" else f"one sample every {count} {name}s"
