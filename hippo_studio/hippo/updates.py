"""Which compiled update carries a memory over a block of samples.

    time-invariant measures, any method    `blocks`       c ← Ā^L c + K_L u, a product per block
    LegS, GBT (forward … backward)         `recurrence`   O(N) per sample, A/k and B/k at step k
    LegS, ZOH                              `legs_exact`   the exact projection, re-projected per block

Updates hold no state of a memory, so that all memories of the same settings share one. They take and return
C-contiguous arrays of one dtype: c (channels, N), u (channels, L).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from hippo_studio.hippo.discretization import discretize, gbt_alpha
from hippo_studio.hippo.gates import Floats, only_finite
from hippo_studio.hippo.settings import MemorySettings

if TYPE_CHECKING:
    from hippo_studio.hippo.blocks import BlockUpdate


class Update(Protocol):
    """What a memory asks of its mathematics."""

    def prepare(self, length: int) -> None:
        """Build now what blocks of `length` samples need; without it, their first uses do."""

    def postponed(self) -> AbstractContextManager[None]:
        """Until this is left, blocks build nothing but what they cannot do without; `prepare` does."""

    def advance(self, c: Floats, u: Floats, samples_seen: int) -> Floats:
        """Return the coefficients after the block, a new array; FloatingPointError if one is not finite."""

    def trajectory(self, c: Floats, u: Floats, samples_seen: int, out: Floats) -> Floats:
        """Fill and return `out` (channels, L, N) with the coefficients after each sample."""


def update_for(settings: MemorySettings, *, shared: bool = True) -> Update:
    """Return the update for a memory of these settings; the first of its kind may take a while to make.

    One that is shared learns from all its memories which blocks to make tables for, and a table rounds
    otherwise than the plain product; one that is not gives the same bits for the same blocks.
    """
    if settings.measure.time_invariant:
        return _blockwise(settings, shared)
    place = gbt_alpha(settings.method, settings.alpha)
    return ExactLegS(settings.order) if place is None else SteppedLegS(place)


def _blockwise(settings: MemorySettings, shared: bool) -> BlockUpdate:
    """Discretization, powers and Krylov blocks: shared by memories that differ in channels, or made anew."""
    from hippo_studio.hippo.blocks import BlockUpdate, block_update
    from hippo_studio.hippo.structured_steps import structured_step

    measure, order, method, alpha = settings.measure, settings.order, settings.method, settings.alpha
    step, place = settings.step(0), gbt_alpha(method, alpha)

    def make() -> BlockUpdate:
        A, B = measure.transition(order)
        structured = None if place is None else structured_step(A, B, step, place)
        return BlockUpdate(*discretize(A, B, step, method, alpha), structured)

    if not shared:
        return make()
    return block_update((measure, order, step, method, alpha), make)


@final
@dataclass(frozen=True)
class SteppedLegS:
    """LegS by the literature's rule: GBT(α) with A/k and B/k at step k, the first sample being k = 1."""

    alpha: float

    def prepare(self, length: int) -> None:
        """Nothing to build."""

    def postponed(self) -> AbstractContextManager[None]:
        """Nothing to put off."""
        return nullcontext()

    def advance(self, c: Floats, u: Floats, samples_seen: int) -> Floats:
        """One step per sample."""
        from hippo_studio.hippo import recurrence

        return only_finite(recurrence.legs_steps(c, u, samples_seen + 1, self.alpha))

    def trajectory(self, c: Floats, u: Floats, samples_seen: int, out: Floats) -> Floats:
        """One step per sample, each kept."""
        from hippo_studio.hippo import recurrence

        return recurrence.legs_trajectory(c, u, samples_seen + 1, self.alpha, out)


@final
@dataclass(frozen=True)
class ExactLegS:
    """LegS of the piecewise-constant signal, without discretization error."""

    order: int

    def prepare(self, length: int) -> None:
        """The tables of every length."""
        from hippo_studio.hippo import legs_exact

        legs_exact.prepare(self.order)

    def postponed(self) -> AbstractContextManager[None]:
        """Nothing to put off: no block does without its tables."""
        return nullcontext()

    def advance(self, c: Floats, u: Floats, samples_seen: int) -> Floats:
        """One re-projection per block."""
        from hippo_studio.hippo import legs_exact

        with np.errstate(over="ignore", invalid="ignore"):  # looked at once it is done
            after = legs_exact.advance(c, u, samples_seen)
        return only_finite(after)

    def trajectory(self, c: Floats, u: Floats, samples_seen: int, out: Floats) -> Floats:
        """Every state of the same."""
        from hippo_studio.hippo import legs_exact

        with np.errstate(over="ignore", invalid="ignore"):  # a memory looks at what comes out
            return legs_exact.trajectory(c, u, samples_seen, out)
