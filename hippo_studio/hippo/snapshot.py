"""A memory as plain arrays and scalars: what `np.savez` writes and `np.load` reads back without pickle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hippo_studio.hippo import gates
from hippo_studio.hippo.gates import Floats
from hippo_studio.hippo.measures import get_measure
from hippo_studio.hippo.settings import MemorySettings

VERSION = 1

MOST_SAMPLES = 2**53
"""Up to here every count is a float64; at 1 GHz it takes three months."""


def pack(settings: MemorySettings, samples: int, coefficients: Floats) -> dict[str, Any]:
    """Return the snapshot of a memory; a measure's options stand as `measure_…`, no θ as NaN."""
    return {
        "snapshot_version": VERSION,
        "measure": settings.measure.name,
        **{f"measure_{name}": value for name, value in settings.measure.options.items()},
        "order": settings.order,
        "sample_rate": settings.sample_rate,
        "theta": math.nan if settings.theta is None else settings.theta,
        "method": settings.method,
        "alpha": settings.alpha,
        "channels": settings.channels,
        "dtype": settings.dtype,
        "samples": samples,
        "coefficients": coefficients,
    }


def unpack(snapshot: Mapping[str, Any]) -> tuple[MemorySettings, int, Floats]:
    """Return settings, samples seen and coefficients (channels, N) of a snapshot.

    Raises ValueError for entries that are missing, of another version, or at odds with each other.
    """
    if not isinstance(snapshot, Mapping):
        raise ValueError(  # noqa: TRY004 - every bad argument of this library is a ValueError
            f"The snapshot is a {type(snapshot).__name__}; a dict of `snapshot`, or the same read back by "
            "`np.load`, is needed."
        )
    version = _entry(snapshot, "snapshot_version")
    if version != VERSION:
        raise ValueError(f"The snapshot is of version {version!r}; {VERSION} is needed.")
    measure = get_measure(_entry(snapshot, "measure"))
    options = {name: _entry(snapshot, f"measure_{name}") for name in measure.options}
    theta = _entry(snapshot, "theta")
    settings = MemorySettings(
        measure=get_measure(measure, **options),
        order=_entry(snapshot, "order"),
        sample_rate=_entry(snapshot, "sample_rate"),
        theta=None if theta != theta else theta,
        method=_entry(snapshot, "method"),
        channels=_entry(snapshot, "channels"),
        dtype=_entry(snapshot, "dtype"),
        alpha=_entry(snapshot, "alpha"),
    )
    seen = _entry(snapshot, "samples")
    samples = gates.whole_number("the snapshot's count of samples", seen, most=MOST_SAMPLES)
    coefficients = gates.numbers("the snapshot's coefficients", _entry(snapshot, "coefficients"))
    if coefficients.shape != (settings.channels, settings.order):
        raise ValueError(
            f"The snapshot's coefficients have shape {coefficients.shape}; "
            f"{(settings.channels, settings.order)} is needed."
        )
    gates.finite("the snapshot's coefficients", coefficients)
    if samples == 0 and coefficients.any():
        raise ValueError("The snapshot has seen no samples, yet its coefficients are not zero.")
    return settings, samples, np.array(coefficients, dtype=settings.dtype, order="C")


def _entry(snapshot: Mapping[str, Any], name: str) -> Any:
    if name not in snapshot:
        raise ValueError(f"The snapshot has no entry {name!r}.")
    value = np.asarray(snapshot[name])
    return value.item() if value.ndim == 0 else value
