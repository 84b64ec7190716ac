"""How a memory is doing: numbers for the health line, and plain sentences where something is unwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hippo_studio.hippo.discretization import METHODS, gbt_alpha
from hippo_studio.hippo.settings import MemorySettings
from hippo_studio.hippo.stability import spectral_radius

FEW_SAMPLES = 8
"""A window shorter than this holds too few samples to speak of a memory of it."""


@dataclass(frozen=True)
class Health:
    """What the health line shows of a memory."""

    spectral_radius: float
    """The largest |eigenvalue| of Ā; for LegS that of the newest step."""
    cycles_resolved: float
    """How many cycles of a sine N coefficients resolve across θ (LegS: across the past), roughly."""
    samples_in_window: float
    """Samples in θ; for LegS, samples seen."""
    warnings: tuple[str, ...]
    """Sentences for the user; empty if all is well."""


def examine(settings: MemorySettings, samples: int) -> Health:
    """Return the health of a memory of these settings once it has seen `samples`."""
    window = settings.samples_in_window(samples)
    radius = spectral_radius(
        settings.measure, settings.order, settings.step(samples), settings.method, settings.alpha
    )
    if not settings.measure.time_invariant and settings.method == "zoh":
        radius = 1 - 1 / samples if samples > 1 else 0.0  # e^(A ln(k/(k−1))), its eigenvalue n = 1
    return Health(
        spectral_radius=radius,
        cycles_resolved=settings.measure.cycles(settings.order),
        samples_in_window=window,
        warnings=tuple(_warnings(settings, window)),
    )


def _warnings(settings: MemorySettings, window: float) -> list[str]:
    found = []
    time_invariant = settings.measure.time_invariant
    if settings.verdict.warning:
        found.append(settings.verdict.warning)
    if time_invariant and window < FEW_SAMPLES:
        found.append(f"θ is shorter than {FEW_SAMPLES} samples ({window:.3g}).")
    if window and settings.order > window:
        holds = f"there are in θ ({window:.5g})" if time_invariant else f"were seen ({window:.0f})"
        found.append(f"N = {settings.order} is more than the samples that {holds}; the surplus says nothing.")
    if settings.measure.name == "lagt" and settings.order >= 8:
        reach = 4 * settings.order * window / settings.sample_rate
        found.append(
            f"LagT spreads its N functions over some 4Nθ ({reach:.4g} s), so few are left for the last θ; "
            "a shorter θ tells more of the recent past."
        )
    if time_invariant:
        kept, resolved = _cycles_kept(settings), settings.measure.cycles(settings.order)
        if kept < 0.8 * resolved:
            found.append(
                f"{METHODS[settings.method].title} at {window:.5g} samples per θ blurs all beyond {kept:.3g} "
                f"of the {resolved:.3g} cycles that N resolves; zoh does not."
            )
    return found


def _cycles_kept(settings: MemorySettings) -> float:
    """Up to how many cycles across θ the discretization leaves a sine in place.

    A GBT replaces the frequency ω by i ω + (α − ½) Δ ω² + i Δ² ω³/12 + …: over one θ a sine of frequency ω
    decays, or turns, by the rest. Half a neper or half a radian is allowed here.
    """
    place = gbt_alpha(settings.method, settings.alpha)
    if place is None:
        return math.inf
    step = settings.step(0)
    turned = math.cbrt(6 / step**2)
    decayed = math.sqrt(0.5 / (abs(place - 0.5) * step)) if place != 0.5 else math.inf
    return min(turned, decayed) / (2 * math.pi)
