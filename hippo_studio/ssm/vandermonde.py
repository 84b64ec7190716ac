"""The kernel of a diagonal state space: K_l = 2 Re Σ_n w_n μ_n^l, in two levels.

Splitting l = m q + r turns the sum over N/2 modes into one real matrix product per channel,

    K[q, r] = 2 Re Σ_n (w_n μ_n^{m q}) (μ_n^r) = [Re, −Im](w μ^{mq}) · [Re, Im](μ^r),

with N (m + L/m) powers instead of N L (the direct sum is S4D's, arXiv 2206.11893). The powers themselves come
from doubling: [1 … μ^{k−1}] times μ^k is the next half, in complex128 whatever the layer's precision, so that
the phases of long kernels keep their digits.

Shapes: H channels, M = N/2 conjugate pairs, S weightings of the same powers.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def vandermonde_kernel(log_mu: Tensor, weights: Tensor, length: int) -> Tensor:
    """Return K_l = 2 Re Σ_n w_n e^{l ln μ_n} for l = 0 … length − 1.

    `log_mu` (H, M) complex128; `weights` (H, M) or (H, S, M), complex64 or complex128. Returns (H, length) or
    (H, S, length), real, in the precision of `weights`.
    """
    several = weights if weights.dim() == 3 else weights[:, None]
    columns = 1 << max(0, math.ceil(math.log2(length) / 2))
    rows = math.ceil(length / columns)
    fine = powers(log_mu, columns, weights.dtype)  # (H, m, M)
    coarse = powers(log_mu * columns, rows, weights.dtype)  # (H, q, M)
    left = torch.view_as_real(several[:, :, None] * coarse[:, None])  # (H, S, q, M, 2)
    signs = left.new_tensor([2.0, -2.0])
    left = (left * signs).flatten(1, 2).flatten(2)  # (H, S q, N)
    right = torch.view_as_real(fine).flatten(2)  # (H, m, N)
    kernel = torch.bmm(left, right.mT).view(several.shape[0], several.shape[1], rows * columns)
    return kernel[..., :length].reshape(*weights.shape[:-1], length)


def vandermonde_kernel_direct(log_mu: Tensor, weights: Tensor, length: int) -> Tensor:
    """The sum as it is written, N L exponentials: what `vandermonde_kernel` replaces, and its oracle."""
    lags = torch.arange(length, device=log_mu.device)
    table = torch.exp(log_mu[..., None] * lags).to(weights.dtype)  # (H, M, L)
    return 2 * torch.einsum("h...m,hml->h...l", weights, table).real


def powers(log_mu: Tensor, count: int, dtype: torch.dtype) -> Tensor:
    """Return μ^j for j = 0 … count − 1: (H, count, M), computed in complex128, returned in `dtype`."""
    table: Tensor = _Powers.apply(log_mu, count, dtype)  # type: ignore[no-untyped-call]
    return table


class _Powers(torch.autograd.Function):
    """exp(j ln μ) by doubling; ∂/∂ ln μ of μ^j is j μ^j, so the table is all that is kept."""

    @staticmethod
    def forward(ctx: Any, log_mu: Tensor, count: int, dtype: torch.dtype) -> Tensor:
        table = _flushed(power_table(log_mu, count), dtype)
        ctx.save_for_backward(table)
        ctx.source = log_mu.dtype
        return table

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (table,) = ctx.saved_tensors
        j = torch.arange(table.shape[1], device=table.device, dtype=table.real.dtype)
        return (grad * table.conj() * j[:, None]).sum(1).to(ctx.source), None, None


def _flushed(table: Tensor, dtype: torch.dtype) -> Tensor:
    """Return `table` in `dtype`, with 0 for what has faded below the root of the smallest normal number.

    Products of what stays are normal numbers. Subnormal ones slow a CPU's matrix products down eightfold.
    """
    real = torch.view_as_real(table.to(dtype))
    smallest = math.sqrt(torch.finfo(real.dtype).tiny)
    return torch.view_as_complex(torch.nn.functional.hardshrink(real, smallest))


def power_table(log_mu: Tensor, count: int) -> Tensor:
    """Return μ^j, j = 0 … count − 1: (H, count, M), each half of the table from the half before."""
    first = torch.exp(log_mu)[:, None]
    table = torch.cat([torch.ones_like(first), first], 1)
    while (done := table.shape[1]) < count:
        step = table[:, done // 2] * table[:, done - done // 2]  # μ^done
        table = torch.cat([table, table[:, : count - done] * step[:, None]], 1)
    return table[:, :count]
