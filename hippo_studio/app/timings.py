"""Frame times and lateness of the event loop, in numbers. Free of Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie, interpolated; NaN for none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def frame_summary(ends: Sequence[float]) -> dict[str, float | None]:
    """Frames per second and times from one painting to the next, from the ends of paintings in seconds."""
    gaps = [1e3 * (later - earlier) for earlier, later in pairwise(ends)]
    span = ends[-1] - ends[0] if len(ends) > 1 else 0.0
    return _known(
        fps=len(gaps) / span if span else math.nan,
        p50_ms=percentile(gaps, 0.5),
        p95_ms=percentile(gaps, 0.95),
        p99_ms=percentile(gaps, 0.99),
        max_ms=max(gaps, default=math.nan),
    )


def lateness_summary(late: Sequence[float]) -> dict[str, float | None]:
    """How late the event loop answered a timer; `late` in seconds."""
    milliseconds = [1e3 * value for value in late]
    return _known(
        p50_ms=percentile(milliseconds, 0.5),
        p99_ms=percentile(milliseconds, 0.99),
        max_ms=max(milliseconds, default=math.nan),
    )


def _known(**values: float) -> dict[str, Any]:
    """The same numbers, rounded to a microsecond; what is not known is null, for JSON has no NaN."""
    return {name: round(value, 3) if math.isfinite(value) else None for name, value in values.items()}
