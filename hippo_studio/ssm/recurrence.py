"""One step of a state space, in real arithmetic: what a live stream runs, and what is exported.

x' = Ā x + B̄ u,  y = C x' + D u  with u and y (batch, H) and x (batch, H, N). Complex states are written as
[Re x, Im x]. A step is a handful of tensor operations without branches, and differentiable.

A mode of a long memory only just fades, so what rounding Ā to float32 would add or take from it at each step
adds up. Kept is therefore the small difference from where a mode stays as it is: Ā − I, or for a diagonal,
which may lie near −1 too, from the sign of its real part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Recurrence(Protocol):
    """Constants of one step."""

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y (batch, H) and the next state (batch, H, N)."""
        ...


@dataclass(frozen=True)
class DiagonalRecurrence:
    """Ā = diag(μ), or diag(μ) − Σ_r P̂_r Q̂_rᵀ: O(N) either way."""

    sign: Tensor
    """That of Re μ, 1 or −1, for both halves of x: (H, N)."""
    turn_re: Tensor
    """Re μ minus its sign, for both halves of x: (H, N)."""
    turn_im: Tensor
    """[−Im μ, Im μ], what x with its halves exchanged is multiplied by: (H, N)."""
    inward: Tensor
    """B̄: (H, N)."""
    outward: Tensor
    """(2 Re C, −2 Im C): (H, N)."""
    skip: Tensor
    """D: (H,)."""
    low_out: tuple[Tensor, ...] = ()
    """P̂_r: (H, N) each."""
    low_into: tuple[Tensor, ...] = ()
    """Q̂_r, of the real product Q̂_r·x: (H, N) each."""

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

        def parts(values: Tensor, conjugate: int = 1) -> Tensor:
            return torch.cat([values.real, conjugate * values.imag], 1).to(row.dtype)

        real = torch.cat([mu.real, mu.real], 1)
        sign = torch.where(real < 0, -1.0, 1.0).to(real.dtype)
        return cls(
            sign=sign.to(row.dtype),
            turn_re=(real - sign).to(row.dtype),
            turn_im=torch.cat([-mu.imag, mu.imag], 1).to(row.dtype),
            inward=parts(inward),
            outward=row,
            skip=skip,
            low_out=() if low_out is None else tuple(parts(out) for out in low_out.unbind(1)),
            low_into=() if low_into is None else tuple(2 * parts(into, -1) for into in low_into.unbind(1)),
        )

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the next state: x' = μ x − P̂ (Q̂·x) + B̄ u."""
        # At batch 1 what counts is the number of operations, each 3 to 6 µs whatever it does.
        following = torch.addcmul(state * self.sign, u.unsqueeze(2), self.inward)
        following = torch.addcmul(following, state, self.turn_re)
        following = torch.addcmul(following, state.roll(state.shape[2] // 2, 2), self.turn_im)
        for out, into in zip(self.low_out, self.low_into, strict=True):
            following = torch.addcmul(following, (state * into).sum(2, keepdim=True), out, value=-1)
        return torch.addcmul((following * self.outward).sum(2), u, self.skip), following


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
        following = torch.cat([u.unsqueeze(2), state[:, :, :-1]], 2)
        return torch.addcmul((following * self.outward).sum(2), u, self.skip), following
