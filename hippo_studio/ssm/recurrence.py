"""One step of a state space, in real arithmetic: what a live stream runs, and what is exported.

x' = Ā x + B̄ u,  y = C x' + D u  with u and y (batch, H) and x (batch, H, N). Complex states are written as
[Re x, Im x]. A step is a handful of tensor operations without branches, and differentiable.
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

    turn_re: Tensor
    """Re μ: (H, 1, M)."""
    turn_im: Tensor
    """[−Im μ, Im μ], what Im x and Re x are multiplied by: (H, 2, M)."""
    inward: Tensor
    """B̄: (H, 2, M)."""
    outward: Tensor
    """(2 Re C, −2 Im C): (H, 2, M)."""
    skip: Tensor
    """D: (H,)."""
    low_out: tuple[Tensor, ...] = ()
    """P̂_r: (H, 2, M) each."""
    low_into: tuple[Tensor, ...] = ()
    """Q̂_r, of the real product Q̂_r·x: (H, 2, M) each."""

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
            return torch.stack([values.real, conjugate * values.imag], 1).to(row.dtype)

        return cls(
            turn_re=mu.real[:, None].to(row.dtype),
            turn_im=torch.stack([-mu.imag, mu.imag], 1).to(row.dtype),
            inward=parts(inward),
            outward=row.view(row.shape[0], 2, -1),
            skip=skip,
            low_out=() if low_out is None else tuple(parts(out) for out in low_out.unbind(1)),
            low_into=() if low_into is None else tuple(2 * parts(into, -1) for into in low_into.unbind(1)),
        )

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the next state: x' = μ x − P̂ (Q̂·x) + B̄ u."""
        x = state.reshape(state.shape[0], state.shape[1], 2, -1)
        following = torch.addcmul(u[:, :, None, None] * self.inward, x, self.turn_re)
        following = torch.addcmul(following, x.flip(2), self.turn_im)
        for out, into in zip(self.low_out, self.low_into, strict=True):
            following = torch.addcmul(following, (x * into).sum((2, 3), keepdim=True), out, value=-1)
        y = torch.addcmul((following * self.outward).sum((2, 3)), u, self.skip)
        return y, following.flatten(2)


@dataclass(frozen=True)
class DenseRecurrence:
    """Any Ā: O(N²)."""

    transition: Tensor
    """Ā: (H, N, N)."""
    inward: Tensor
    """B̄: (H, N)."""
    outward: Tensor
    """C: (H, N)."""
    skip: Tensor
    """D: (H,)."""

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y and the next state."""
        turned = torch.matmul(self.transition, state[..., None])[..., 0]
        following = torch.addcmul(turned, u[..., None], self.inward)
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
        following = torch.cat([u[..., None], state[..., :-1]], 2)
        return torch.addcmul((following * self.outward).sum(2), u, self.skip), following
