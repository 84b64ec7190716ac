"""Diagonal plus low rank: A = Λ − P P*, discretized by the bilinear rule (S4, arXiv 2111.00396).

With h = Δ/2 and D = (1 − hΛ)⁻¹, Woodbury's identity gives (I − hA)⁻¹ = D − h D P G P* D with the small matrix
G = (I + h P* D P)⁻¹, and because Ā = 2(I − hA)⁻¹ − I, the step is diagonal plus low rank too:

    Ā = μ − P̂ Q̂*,   μ = (1 + hΛ)/(1 − hΛ),   P̂ = 2h D P G,   Q̂ = D* P,   B̄ = 2h (D B − h D P G P* D B)

which is a recurrent step in O(N). The kernel's generating function K(z) = Σ K_l z^l = C (I − z Ā)⁻¹ B̄ is

    K(z) = 2h [ r_CB − h(1 + z) r_CP (I + h(1 + z) r_PP)⁻¹ r_PB ]
    r_vw = Σ_n v_n w_n / ((1 − z) − h(1 + z)λ_n)

Each sum r_vw is a Cauchy sum; and since (1 − z) − h(1 + z)λ = (1 − hλ)(1 − zμ), at the points z^M = ρ^M it is
the discrete Fourier transform of one geometric sequence, v w /(1 − hλ) (ρμ)^l / (1 − (ρμ)^M): for r = 1 four
Vandermonde products and four real FFTs, without a singularity at z = −1.

S4 takes ρ = 1 and M = L and pays with C̃ = C(I − Ā^L), a dense power of Ā; where an eigenvalue is 0, as in
FouT, it divides by 0. Here ρ < 1 instead: the kernel beyond M returns damped by ρ^M, and undoing ρ^l costs
rounding, up to ρ^−L ε. Both are ε^{M/(M + L)} at ln ρ = ln ε/(M + L): in float64 2e-12 with M = 3 L, and 1e-8
with M = L, which is plenty for a result in float32. No matrix is ever formed.

Shapes: H channels, M = N/2 conjugate pairs (sums over n include the conjugates), rank r = 1 or 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from hippo_studio.ssm.vandermonde import vandermonde_kernel


@dataclass(frozen=True)
class DPLRStep:
    """One bilinear step, by one of each conjugate pair: x' = μ x − P̂ (2 Re Σ Q̂ x) + B̄ u. All complex."""

    mu: Tensor
    """(H, M)."""
    out: Tensor
    """P̂: (H, r, M)."""
    into: Tensor
    """Q̂*, so that no conjugate is left to take: (H, r, M)."""
    input: Tensor
    """B̄: (H, M)."""


def discretize(eigenvalues: Tensor, low_rank: Tensor, input: Tensor, delta: Tensor) -> DPLRStep:
    """Return the bilinear step of A = Λ − P P*, B.

    `eigenvalues` and `input` (H, M), `low_rank` (H, r, M), complex128; `delta` (H,) float64.
    """
    h = (delta / 2)[:, None]
    D = 1 / (1 - h * eigenvalues)
    into = low_rank.conj() * D[:, None]
    G = _small_inverse(h[..., None] * _inner(into, low_rank))
    out = 2 * h[..., None] * torch.einsum("hrm,hrs->hsm", D[:, None] * low_rank, G.to(D.dtype))
    fed_back = _inner(into, input[:, None])  # (H, r, 1): P* D B
    stepped = 2 * h * D * input - h * (out * fed_back).sum(1)
    return DPLRStep((1 + h * eigenvalues) * D, out, into, stepped)


def dense_step(step: DPLRStep) -> tuple[Tensor, Tensor]:
    """Return Ā (H, N, N) and B̄ (H, N), real, on states written as [Re x, Im x]."""
    into = 2 * torch.cat([step.into.real, -step.into.imag], -1)
    return rotation(step.mu) - halves(step.out).mT @ into, halves(step.input)


def dplr_kernel(
    eigenvalues: Tensor, low_rank: Tensor, input: Tensor, output: Tensor, delta: Tensor, length: int
) -> Tensor:
    """Return K_l = 2 Re Σ C Ā^l B̄ for l = 0 … length − 1: (H, length).

    As for `discretize`, with `output` C (H, M) in complex64 or complex128, whose precision is the kernel's.
    """
    # A kernel in single precision is computed in double too: M = L then suffices, and that is faster.
    turns = 3 if output.dtype == torch.complex128 else 1
    points = fast_length(max(turns * length, 256))
    damping = math.log(torch.finfo(delta.dtype).eps) / (points + length)  # ln ρ
    h = (delta / 2)[:, None]
    D = 1 / (1 - h * eigenvalues)
    log_mu = torch.log((1 + h * eigenvalues) * D) + damping
    closing = D / (1 - torch.exp(points * log_mu))
    left = torch.cat([output.to(D.dtype)[:, None], low_rank.conj()], 1)  # (H, 1 + r, M): C, P*
    right = torch.cat([input[:, None], low_rank], 1)  # (H, 1 + r, M): B, P
    weights = left[:, :, None] * right[:, None] * closing[:, None, None]
    kernel: Tensor = _DampedKernel.apply(  # type: ignore[no-untyped-call]
        log_mu, weights, h, points, length, damping
    )
    return kernel.to(output.real.dtype)


class _DampedKernel(torch.autograd.Function):
    """From the weights of the geometric sequences to the kernel, a few channels at a time.

    The spectra are a hundred times the size of the kernel, so backward computes them again, in blocks of
    channels that stay in the cache, instead of keeping them.
    """

    @staticmethod
    def forward(
        ctx: Any, log_mu: Tensor, weights: Tensor, h: Tensor, points: int, length: int, damping: float
    ) -> Tensor:
        ctx.save_for_backward(log_mu, weights, h)
        ctx.sizes = points, length, damping
        circle = _Circle(points, length, damping, h.device, weights.dtype)
        kernel = weights.real.new_empty(h.shape[0], length)
        for block in _blocks(weights, points):
            sequences = vandermonde_kernel(log_mu[block], weights[block].flatten(1, 2), points)
            r = torch.fft.rfft(sequences).unflatten(1, weights.shape[1:3])
            w = h[block].to(circle.dtype) * circle.turn
            kernel[block] = torch.fft.irfft(_woodbury(r, w), points)[:, :length] * circle.scale(h[block])
        return kernel

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        log_mu, weights, h = ctx.saved_tensors
        points, length, damping = ctx.sizes
        circle = _Circle(points, length, damping, h.device, weights.dtype)
        grads = torch.empty_like(log_mu), torch.empty_like(weights), torch.empty_like(h)
        for block in _blocks(weights, points):
            leaves = log_mu[block].detach().requires_grad_(), weights[block].detach().requires_grad_()
            with torch.enable_grad():
                sequences = vandermonde_kernel(leaves[0], leaves[1].flatten(1, 2), points)
            r = torch.fft.rfft(sequences.detach()).unflatten(1, weights.shape[1:3])
            w = h[block].to(circle.dtype) * circle.turn
            # rfft and irfft are each other's adjoint but for inner bins, which stand for two: in the way back
            # to the sequences that cancels, in sums over bins it is `count`.
            unscaled = torch.fft.rfft(grad[block] * circle.scale(h[block]), points)
            r_grad, w_grad, spectrum = _woodbury_adjoint(r, w, unscaled)
            back = torch.fft.irfft(r_grad, points).flatten(1, 2)
            grads[0][block], grads[1][block] = torch.autograd.grad(sequences, leaves, back)
            by_scale = (spectrum * unscaled.conj() * circle.count).real.sum(-1, keepdim=True) / h[block]
            by_turn = (w_grad * circle.turn.conj() * circle.count).real.sum(-1, keepdim=True)
            grads[2][block] = by_scale + by_turn
        return *grads, None, None, None


class _Circle:
    """What is the same for every channel at the points z_k = ρ e^{−2πik/M}."""

    def __init__(
        self, points: int, length: int, damping: float, device: torch.device, dtype: torch.dtype
    ) -> None:
        turns = torch.arange(points // 2 + 1, device=device, dtype=torch.float64) / points
        z = torch.polar(torch.full_like(turns, math.exp(damping)), -2 * math.pi * turns)
        self.turn = (1 + z).to(dtype)
        self.dtype = self.turn.real.dtype
        self.count = torch.full_like(turns, 2 / points).to(self.dtype)
        self.count[0] = self.count[-1] = 1 / points
        self.unwind = torch.exp(-damping * torch.arange(length, device=device, dtype=torch.float64))

    def scale(self, h: Tensor) -> Tensor:
        """Return 2h ρ^−l: (channels, length)."""
        return (2 * h * self.unwind).to(self.dtype)


def _blocks(weights: Tensor, points: int) -> list[slice]:
    """Blocks of channels whose sequences fill a core's cache, or a share of a GPU's memory."""
    budget = 1 << (20 if weights.device.type == "cpu" else 26)
    width = max(1, budget // (points * weights.shape[1] * weights.shape[2]))
    return [slice(start, start + width) for start in range(0, weights.shape[0], width)]


def generating_function(
    eigenvalues: Tensor, low_rank: Tensor, input: Tensor, output: Tensor, delta: Tensor, z: Tensor
) -> Tensor:
    """Return K(z) at any points |z| ≤ 1, by the Cauchy sums as they are written: (H, len(z)).

    At z = e^{−iω} this is the frequency response. It costs N products per point and channel: the oracle of
    `dplr_kernel`, and what that replaces. Close to an eigenvalue of the diagonal, where the sums are large
    and cancel, it solves with the dense matrix instead.
    """
    h = (delta / 2)[:, None]
    left = torch.cat([output[:, None], low_rank.conj()], 1)
    right = torch.cat([input[:, None], low_rank], 1)
    v = left[:, :, None] * right[:, None]  # (H, 1 + r, 1 + r, M)
    once, twice = 1 - z, h * (1 + z)  # (points,), (H, points)
    poles = once - twice[..., None, :] * eigenvalues[..., None]  # (H, M, points)
    mirrored = once - twice[..., None, :] * eigenvalues.conj()[..., None]
    r = torch.einsum("habm,hmz->habz", v, 1 / poles)
    r = r + torch.einsum("habm,hmz->habz", v.conj(), 1 / mirrored)
    values = 2 * h * _woodbury(r, twice)
    nearest = torch.minimum(poles.detach().abs().amin((0, 1)), mirrored.detach().abs().amin((0, 1)))
    close = (nearest < _CLOSE).nonzero()[:, 0]
    if not close.numel():
        return values
    A, B = dense_step(discretize(eigenvalues, low_rank, input, delta))
    C = 2 * torch.cat([output.real, -output.imag], -1)
    return values.index_copy(1, close, resolvent(A, B, C.to(A.dtype), z[close]).to(values.dtype))


_CLOSE = 1e-5
"""Nearer to a pole than this the Cauchy sums lose more than a third of float64's digits."""


def resolvent(A: Tensor, B: Tensor, C: Tensor, z: Tensor) -> Tensor:
    """Return C (I − z Ā)⁻¹ B̄ at points z: Ā (H, N, N), B̄ and C (H, N) to (H, len(z))."""
    A, B, C = (part.to(z.dtype) for part in (A, B, C))
    identity = torch.eye(A.shape[-1], dtype=z.dtype, device=z.device)
    return torch.stack([(C * _solve(identity - point * A, B)).sum(1) for point in z.unbind()], 1)


def _solve(matrices: Tensor, B: Tensor) -> Tensor:
    """Return x with matrices x = B, (H, N). FouT has a slot that B never reaches: at z = 1 x is 0 there."""
    solution: Tensor
    solution, failed = torch.linalg.solve_ex(matrices, B)
    if bool(failed.any()):
        solution = (torch.linalg.pinv(matrices) @ B[..., None])[..., 0]
    return solution


def dplr_kernel_direct(
    eigenvalues: Tensor, low_rank: Tensor, input: Tensor, output: Tensor, delta: Tensor, length: int
) -> Tensor:
    """S4's own way: C̃ = C(I − Ā^L), Cauchy sums at the L-th roots of unity, one inverse FFT. The oracle."""
    A, _ = dense_step(discretize(eigenvalues, low_rank, input, delta))
    C = 2 * torch.cat([output.real, -output.imag], -1)
    C = C - (C[:, None] @ torch.linalg.matrix_power(A, length))[:, 0]
    modes = output.shape[-1]
    truncated = torch.complex(C[:, :modes], -C[:, modes:]) / 2
    turns = torch.arange(length // 2 + 1, device=delta.device, dtype=torch.float64) / length
    z = torch.polar(torch.ones_like(turns), -2 * math.pi * turns)
    spectrum = generating_function(eigenvalues, low_rank, input, truncated, delta, z)
    kernel: Tensor = torch.fft.irfft(spectrum, length)
    return kernel


def fast_length(length: int) -> int:
    """Return the smallest 2^a 3^b 5^c ≥ length that is even: lengths that FFTs are fast at."""
    best = 1 << max(1, (length - 1).bit_length())
    five = 1
    while five < best:
        three = five
        while three < best:
            two = max(1, math.ceil(length / three) - 1).bit_length()
            candidate = three << max(1, two)
            if length <= candidate < best:
                best = candidate
            three *= 3
        five *= 5
    return best


def halves(values: Tensor) -> Tensor:
    """Return [Re, Im] along the last dimension: (…, M) complex to (…, N) real."""
    return torch.cat([values.real, values.imag], -1)


def rotation(mu: Tensor) -> Tensor:
    """Return multiplication by μ (H, M) as a real matrix on [Re x, Im x]: (H, N, N)."""
    re, im = torch.diag_embed(mu.real), torch.diag_embed(mu.imag)
    return torch.cat([torch.cat([re, -im], -1), torch.cat([im, re], -1)], -2)


def _inner(left: Tensor, right: Tensor) -> Tensor:
    """Return 2 Re Σ_n left_n right_n, the sum over both of each pair: (H, r, M), (H, s, M) to (H, r, s)."""
    return 2 * torch.einsum("hrm,hsm->hrs", left, right).real


def _small_inverse(X: Tensor) -> Tensor:
    """Return (I + X)⁻¹ for the r × r matrices X (…, r, r), r = 1 or 2."""
    if X.shape[-1] == 1:
        return torch.reciprocal(1 + X)
    a, b, c, d = 1 + X[..., 0, 0], X[..., 0, 1], X[..., 1, 0], 1 + X[..., 1, 1]
    adjugate = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    return adjugate / (a * d - b * c)[..., None, None]


def _woodbury(r: Tensor, w: Tensor) -> Tensor:
    """Return r_CB − w r_CP (I + w r_PP)⁻¹ r_PB from r (H, 1 + r, 1 + r, points) and w (H, points)."""
    if r.shape[1] == 2:
        return r[:, 0, 0] - w * r[:, 0, 1] * r[:, 1, 0] / (1 + w * r[:, 1, 1])
    p, _ = _solved(r, w)
    return r[:, 0, 0] - w * (r[:, 0, 1:] * p).sum(1)


def _woodbury_adjoint(r: Tensor, w: Tensor, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients with respect to r and w, and the value itself.

    With G = (I + w r_PP)⁻¹, p = G r_PB and q = Gᵀ r_CP, the value is r_CB − w r_CP·p, and its derivatives are
    1 by r_CB, −w p by r_CP, −w q by r_PB, w² q pᵀ by r_PP and −q·p by w.
    """
    p, q = _solved(r, w)
    value = r[:, 0, 0] - w * (r[:, 0, 1:] * p).sum(1)
    w_grad = -grad * (q * p).sum(1).conj()
    p, q = p * w[:, None], q * w[:, None]
    r_grad = torch.empty_like(r)
    r_grad[:, 0, 0] = grad
    torch.mul(p.conj(), -grad[:, None], out=r_grad[:, 0, 1:])
    torch.mul(q.conj(), -grad[:, None], out=r_grad[:, 1:, 0])
    torch.mul(q.conj()[:, :, None] * grad[:, None, None], p.conj()[:, None], out=r_grad[:, 1:, 1:])
    return r_grad, w_grad, value


def _solved(r: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Return p = G r_PB and q = Gᵀ r_CP, (H, r, points) each, for r = 1 or 2."""
    if r.shape[1] == 2:
        G = 1 / (1 + w * r[:, 1, 1])
        return (r[:, 1, 0] * G)[:, None], (r[:, 0, 1] * G)[:, None]
    a, d = 1 + w * r[:, 1, 1], 1 + w * r[:, 2, 2]
    b, c = w * r[:, 1, 2], w * r[:, 2, 1]
    inverse = 1 / (a * d - b * c)
    p = torch.stack([d * r[:, 1, 0] - b * r[:, 2, 0], a * r[:, 2, 0] - c * r[:, 1, 0]], 1)
    q = torch.stack([d * r[:, 0, 1] - c * r[:, 0, 2], a * r[:, 0, 2] - b * r[:, 0, 1]], 1)
    return p * inverse[:, None], q * inverse[:, None]
