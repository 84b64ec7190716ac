"""One step in compiled code: each channel's numbers pass through the processor once. Twins of `recurrence`.

At batch 1 each operation of torch takes 3 to 15 µs whatever it does, and a step needs ten; here it is one
call. Without gradients and on a CPU only: elsewhere torch does it. Compiled at the first step, and kept on
disk.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hippo_studio.hippo.compiled import compiled
from hippo_studio.ssm.checks import check_finite

Reals = NDArray[np.floating[Any]]


def suits(u: Tensor, state: Tensor) -> bool:
    """Whether a step can be taken here: plain numbers on a CPU, of which no gradient is wanted."""
    return (
        state.is_cpu
        and not torch.is_grad_enabled()
        and not torch.compiler.is_compiling()
        and not (u.requires_grad or state.requires_grad)
        and u.dtype == state.dtype
        and state.dtype in (torch.float32, torch.float64)
    )


def diagonal_step(u: Tensor, state: Tensor, table: Reals, skip: Reals) -> tuple[Tensor, Tensor]:
    """Return y (batch, H) and the next state (batch, H, N): the step of a `DiagonalRecurrence`.

    `table` (H, 5 + 2r, N) and `skip` (H,) as there. Raises ValueError for a sample that is not finite.
    """
    y, following = torch.empty_like(u), torch.empty_like(state)
    finite = _diagonal(u.numpy(), state.numpy(), table, skip, y.numpy(), following.numpy())
    if not finite:
        check_finite("The sample", u)
    return y, following


def shift_step(u: Tensor, state: Tensor, taps: Reals, skip: Reals) -> tuple[Tensor, Tensor]:
    """Return y (batch, H) and the next state (batch, H, N): the step of a `ShiftRecurrence`.

    `taps` (H, N) and `skip` (H,). Raises ValueError for a sample that is not finite.
    """
    y, following = torch.empty_like(u), torch.empty_like(state)
    if not _shift(u.numpy(), state.numpy(), taps, skip, y.numpy(), following.numpy()):
        check_finite("The sample", u)
    return y, following


@compiled
def _diagonal(u: Reals, state: Reals, table: Reals, skip: Reals, y: Reals, following: Reals) -> bool:
    """Fill y and the next state; return whether the sum of the samples is finite."""
    batch, channels, order = state.shape
    half = order // 2
    total = state.dtype.type(0)
    for b in range(batch):
        for h in range(channels):
            sample = u[b, h]
            total += sample
            for n in range(half):
                re, im = state[b, h, n], state[b, h, half + n]
                following[b, h, n] = re * table[h, 1, n] + im * table[h, 2, n] + sample * table[h, 3, n]
                following[b, h, half + n] = (
                    im * table[h, 1, half + n] + re * table[h, 2, half + n] + sample * table[h, 3, half + n]
                )
            # In a loop of its own: within one, sums may be reordered, and μ − sign be rounded to μ again.
            for n in range(order):
                following[b, h, n] += state[b, h, n] * table[h, 0, n]
            for row in range(5, table.shape[1], 2):
                fed_back = state.dtype.type(0)
                for n in range(order):
                    fed_back += state[b, h, n] * table[h, row + 1, n]
                for n in range(order):
                    following[b, h, n] -= fed_back * table[h, row, n]
            output = sample * skip[h]
            for n in range(order):
                output += following[b, h, n] * table[h, 4, n]
            y[b, h] = output
    return bool(np.isfinite(total))


@compiled
def _shift(u: Reals, state: Reals, taps: Reals, skip: Reals, y: Reals, following: Reals) -> bool:
    """Fill y and the next state; return whether the sum of the samples is finite."""
    batch, channels, order = state.shape
    total = state.dtype.type(0)
    for b in range(batch):
        for h in range(channels):
            sample = u[b, h]
            total += sample
            following[b, h, 0] = sample
            output = sample * (skip[h] + taps[h, 0])
            for n in range(1, order):
                following[b, h, n] = state[b, h, n - 1]
                output += state[b, h, n - 1] * taps[h, n]
            y[b, h] = output
    return bool(np.isfinite(total))
