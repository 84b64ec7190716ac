"""What an online memory is made of: a checked, frozen, hashable value that can be made before the memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hippo_studio.hippo import gates
from hippo_studio.hippo.discretization import gbt_alpha
from hippo_studio.hippo.measure import Measure
from hippo_studio.hippo.measures import get_measure
from hippo_studio.hippo.stability import Verdict, judge


@dataclass(frozen=True)
class MemorySettings:
    """The measure, order, window and method of a memory; ValueError where they cannot make one.

    `theta` is in seconds. LegS has no θ and needs none; one that is given is kept, as what to go back to.
    `alpha` is GBT's, and counts for method "gbt" only.
    """

    measure: Measure
    order: int
    sample_rate: float
    theta: float | None = None
    method: str = "bilinear"
    channels: int = 1
    dtype: str = "float64"
    alpha: float = 0.5

    def __post_init__(self) -> None:
        for name, value in self._checked().items():
            object.__setattr__(self, name, value)
        if self.verdict.refusal:
            raise ValueError(self.verdict.refusal)

    def _checked(self) -> dict[str, Any]:
        measure = get_measure(self.measure)
        sample_rate = gates.positive("the sample rate", self.sample_rate, "Hz")
        alpha = gates.finite_number("GBT's α", self.alpha)
        gbt_alpha(self.method, alpha)
        return {
            "measure": measure,
            "order": gates.order(self.order),
            "sample_rate": sample_rate,
            "theta": _window(measure, self.theta, sample_rate),
            "channels": gates.whole_number(
                "the number of channels", self.channels, least=1, most=gates.MAX_CHANNELS
            ),
            "dtype": dtype_name(self.dtype),
            "alpha": alpha,
        }

    @property
    def verdict(self) -> Verdict:
        """What `stability` says of this combination."""
        step = 1.0 if self.theta is None else 1 / (self.sample_rate * self.theta)
        largest = float(np.finfo(self.dtype).max)
        return judge(self.measure, self.order, step, self.method, self.alpha, largest)

    def step(self, samples: int) -> float:
        """Return the step of A and B at the sample that makes `samples` seen: Δt/θ, for LegS 1/k."""
        return 1 / max(self.samples_in_window(samples), 1.0)

    def samples_in_window(self, samples: int) -> float:
        """Return how many samples θ holds; for LegS, all that were seen."""
        if self.theta is None or not self.measure.time_invariant:
            return float(samples)
        return self.theta * self.sample_rate

    def span(self, samples: int) -> float:
        """Return the unit of age in seconds once `samples` are seen: θ, for LegS the length of the past.

        The literature's rule for LegS, A/k at step k, carries a past of k + ½ samples: its steps in ln t add
        up to Σ 1/k ≈ ln(k + ½), as if half a sample of silence came first. Read so, bilinear LegS is of
        second order; read as k samples, of first. ZOH's past is k samples.
        """
        window = self.samples_in_window(samples)
        if window and not self.measure.time_invariant and self.method != "zoh":
            window += 0.5
        return window / self.sample_rate


def _window(measure: Measure, theta: float | None, sample_rate: float) -> float | None:
    if theta is None:
        if measure.time_invariant:
            raise ValueError(f"{measure.title} needs a window θ in seconds; none was given.")
        return None
    theta = gates.positive("θ", theta, "s")
    if measure.time_invariant and theta * sample_rate < 1 - 1e-9:
        raise ValueError(
            f"θ is {theta:g} s, shorter than one sample ({1 / sample_rate:g} s at {sample_rate:g} Hz); "
            "a θ of at least one sample is needed."
        )
    return theta


def dtype_name(dtype: npt.DTypeLike) -> str:
    """Return "float64" or "float32" for any way of saying so."""
    try:
        name = np.dtype(dtype).name if dtype is not None else "None"
    except TypeError:
        name = repr(dtype)
    if name not in ("float64", "float32"):
        raise ValueError(f"The dtype is {name}; float64 or float32 is needed.")
    return name
