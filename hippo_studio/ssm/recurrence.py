"""One step of a state space, in real arithmetic: what a live stream runs, and what is exported.

x' = Ā x + B̄ u,  y = C x' + D u  with u and y (batch, H) and x (batch, H, N). Complex states are written as
[Re x, Im x]. A step is a handful of tensor operations, differentiable and on any device; where neither is
wanted `compiled_steps` takes it, in a quarter of the time.

A mode of a long memory only just fades, so what rounding Ā to float32 would add or take from it at each step
adds up. Kept is therefore the small difference from where a mode stays as it is: Ā − I, or for a diagonal,
which may lie near −1 too, from the sign of its real part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from hippo_studio.ssm.checks import check_finite
from hippo_studio.ssm.compiled_steps import Reals, diagonal_step, shift_step, suits
from hippo_studio.ssm.dplr import halves


class Recurrence(Protocol):
    """Constants of one step."""

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y (batch, H) and the next state (batch, H, N).

        Raises ValueError for a sample that is not finite.
        """
        ...


@dataclass(frozen=True)
class DiagonalRecurrence:
    """Ā = diag(μ), or diag(μ) − Σ_r P̂_r Q̂_rᵀ: O(N) either way."""

    table: Tensor
    """(H, 5 + 2r, N), the rows in this order: the sign of Re μ, 1 or −1; Re μ minus its sign; [−Im μ, Im μ],
    what x with its halves exchanged is multiplied by; B̄; (2 Re C, −2 Im C); then P̂_r and Q̂_r by turns, the
    latter as that of the real product Q̂_r·x."""
    skip: Tensor
    """D: (H,)."""

    @classmethod
    def of(
        cls,
        mu: Tensor,
        inward: Tensor,
        row: Tensor,
        skip: Tensor,
        low_out: Tensor | None = None,
        low_into: Tensor | None = None,
    ) -> DiagonalRecurrence:
        """From complex μ and B̄ (H, M), P̂ and Q̂* (H, r, M), and the row (H, N) of `ModalStateSpace`."""
        real = torch.cat([mu.real, mu.real], 1)
        sign = torch.where(real < 0, -1.0, 1.0).to(real.dtype)
        rows = [sign, real - sign, torch.cat([-mu.imag, mu.imag], 1), halves(inward), row]
        if low_out is not None and low_into is not None:
            for out, into in zip(low_out.unbind(1), low_into.unbind(1), strict=True):
                rows += [halves(out), 2 * halves(into.conj())]
        return cls(torch.stack([values.to(row.dtype) for values in rows], 1), skip)

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the next state: x' = μ x − P̂ (Q̂·x) + B̄ u."""
        if suits(u, state):
            return diagonal_step(u.contiguous(), state.contiguous(), *self._arrays)
        check_finite("The sample", u)
        sign, turn_re, turn_im, inward, outward, *low_rank = self.table.unbind(1)
        following = torch.addcmul(state * sign, u.unsqueeze(2), inward)
        following = torch.addcmul(following, state, turn_re)
        following = torch.addcmul(following, state.roll(state.shape[2] // 2, 2), turn_im)
        for out, into in zip(low_rank[::2], low_rank[1::2], strict=True):
            following = torch.addcmul(following, (state * into).sum(2, keepdim=True), out, value=-1)
        return torch.addcmul((following * outward).sum(2), u, self.skip), following

    @cached_property
    def _arrays(self) -> tuple[Reals, Reals]:
        return self.table.numpy(), self.skip.detach().numpy()


@dataclass(frozen=True)
class DenseRecurrence:
    """Any Ā: O(N²)."""

    change: Tensor
    """(Ā − I)ᵀ: (H, N, N)."""
    inward: Tensor
    """B̄: (H, N)."""
    outward: Tensor
    """C: (H, N)."""
    skip: Tensor
    """D: (H,)."""

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the next state."""
        check_finite("The sample", u)
        # Per channel all of the batch at once: matmul would copy the matrices to give each stream its own.
        x = state.transpose(0, 1)
        turned = torch.baddbmm(x, x, self.change).transpose(0, 1)
        following = torch.addcmul(turned, u.unsqueeze(2), self.inward)
        return torch.addcmul((following * self.outward).sum(2), u, self.skip), following


@dataclass(frozen=True)
class ShiftRecurrence:
    """Ā moves each number one place on, B̄ = e₁: the state is the last N inputs, newest first."""

    outward: Tensor
    """C: (H, N)."""
    skip: Tensor
    """D: (H,)."""

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the next state."""
        if suits(u, state):
            return shift_step(u.contiguous(), state.contiguous(), *self._arrays)
        check_finite("The sample", u)
        following = torch.cat([u.unsqueeze(2), state[:, :, :-1]], 2)
        return torch.addcmul((following * self.outward).sum(2), u, self.skip), following

    @cached_property
    def _arrays(self) -> tuple[Reals, Reals]:
        return self.outward.detach().numpy(), self.skip.detach().numpy()
