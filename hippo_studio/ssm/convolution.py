"""A causal convolution y_i = Σ_{l ≤ i} K_l u_{i−l}: as a matrix, by FFT, or by chunks that pass a state on.

`toeplitz_convolution` multiplies by the matrix of the K_{i−j}, O(L²): for short sequences.

`fft_convolution` takes any kernel: a product of spectra, padded so that nothing wraps around, O(L log L).

`chunked_convolution` takes a state space instead. Within a chunk of T samples the convolution is a product
with the T × T Toeplitz matrix of K_0 … K_{T−1}; what earlier chunks add comes from the state x at its start:

    y = U · Toeplitz(K) + x · outward        x_next = carry(x) + U · inward

All of it is matrix products, T + 2N multiply-adds per sample, without any kernel of length L; and it is what
a live stream needs: the state goes in and comes out.

Signals are channel-first, (H, batch, L). The latter two keep their input alone for backward, and work on
blocks of channels that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from hippo_studio.ssm.dplr import fast_length

_BLOCK = {"cpu": 1 << 20}
"""Samples of a block of channels, so that its few copies fit in a core's cache; elsewhere all at once."""


@dataclass(frozen=True)
class ChunkFactors:
    """A state space over a chunk of T samples. Real tensors of one precision, H channels, N state numbers."""

    kernel: Tensor
    """K_0 … K_{T−1}, with the skip D added to K_0: (H, T)."""
    inward: Tensor
    """Ā^{T−1−j} B̄ for input j of the chunk: (H, T, N)."""
    outward: Tensor
    """C Ā^{i+1} for output i of the chunk: (H, N, T)."""
    carry: Tensor
    """Ā^T, from one chunk's start to the next one's. Diagonal: (H, 2, M), real and imaginary parts, on states
    [Re x, Im x]. Dense: (H, N, N), transposed."""


def toeplitz_convolution(u: Tensor, kernel: Tensor) -> Tensor:
    """Return the causal convolution of `u` (H, batch, L) with `kernel` (H, L): (H, batch, L)."""
    return torch.bmm(u, toeplitz(kernel))


def fft_convolution(u: Tensor, kernel: Tensor) -> Tensor:
    """Return the causal convolution of `u` (H, batch, L) with `kernel` (H, L): (H, batch, L)."""
    y: Tensor = _FFTConvolution.apply(u, kernel)  # type: ignore[no-untyped-call]
    return y


def chunked_convolution(u: Tensor, factors: ChunkFactors, state: Tensor) -> tuple[Tensor, Tensor]:
    """Return y (H, batch, L) and the state after the last sample, (H, batch, N).

    `u` is (H, batch, L) with L a multiple of the chunk T; `state` (H, batch, N) is the state before it.
    """
    if u.device.type != "cpu" or torch.compiler.is_compiling():
        return _chunked_in_few_operations(u, factors, state)
    y, after = _ChunkedConvolution.apply(  # type: ignore[no-untyped-call]
        u, factors.kernel, factors.inward, factors.outward, factors.carry, state
    )
    return y, after


def convolution_direct(u: Tensor, kernel: Tensor) -> Tensor:
    """The sum as it is written: the oracle of both."""
    length = u.shape[-1]
    y = torch.zeros_like(u)
    for lag in range(length):
        y[..., lag:] += kernel[:, None, lag, None] * u[..., : length - lag]
    return y


class _FFTConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, kernel: Tensor) -> Tensor:
        ctx.save_for_backward(u, kernel)
        length = u.shape[-1]
        points = fast_length(2 * length - 1)
        y = torch.empty_like(u, memory_format=torch.contiguous_format)
        for block in _blocks(u):
            spectrum = torch.fft.rfft(u[block], points)
            spectrum *= torch.fft.rfft(kernel[block], points)[:, None]
            y[block] = torch.fft.irfft(spectrum, points)[..., :length]
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        u, kernel = ctx.saved_tensors
        length = u.shape[-1]
        points = fast_length(2 * length - 1)
        u_grad, kernel_grad = torch.empty_like(grad), torch.empty_like(kernel)
        for block in _blocks(u):
            back = torch.fft.rfft(grad[block], points)
            if ctx.needs_input_grad[1]:
                spectrum = torch.fft.rfft(u[block], points).conj_physical_()
                spectrum *= back
                kernel_grad[block] = torch.fft.irfft(spectrum.sum(1), points)[..., :length]
            back *= torch.fft.rfft(kernel[block], points).conj_physical_()[:, None]
            u_grad[block] = torch.fft.irfft(back, points)[..., :length]
        return u_grad, kernel_grad


class _ChunkedConvolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, u: Tensor, kernel: Tensor, inward: Tensor, outward: Tensor, carry: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        u = u.contiguous()
        ctx.save_for_backward(u, kernel, inward, outward, carry, state)
        y, after = torch.empty_like(u), torch.empty_like(state)
        scratch = _Scratch(u, inward)
        for block in _blocks(u):
            chunks = _chunks(u[block], kernel)
            states = torch.bmm(chunks, inward[block], out=scratch.take(0, block)).view(scratch.shape)
            after[block] = _scan(states, carry[block], state[block])
            out = _chunks(y[block], kernel)
            torch.bmm(states.flatten(1, 2), outward[block], out=out)
            torch.baddbmm(out, chunks, _toeplitz(kernel[block]), out=out)
        return y, after

    @staticmethod
    def backward(ctx: Any, grad: Tensor, after_grad: Tensor) -> tuple[Tensor, ...]:
        u, kernel, inward, outward, carry, state = ctx.saved_tensors
        grad = grad.contiguous()
        u_grad, kernel_grad, inward_grad, outward_grad, carry_grad, state_grad = (
            torch.empty_like(t) for t in (u, kernel, inward, outward, carry, state)
        )
        scratch = _Scratch(u, inward)
        for block in _blocks(u):
            chunks, back = _chunks(u[block], kernel), _chunks(grad[block], kernel)
            states = torch.bmm(chunks, inward[block], out=scratch.take(0, block)).view(scratch.shape)
            _scan(states, carry[block], state[block])
            # Into the states, and back through time: from d/d(state at a chunk's start) of its own outputs to
            # d/d(what the chunk adds to the state at its end), in the same memory.
            added_grad = torch.bmm(back, outward[block].mT, out=scratch.take(1, block)).view(scratch.shape)
            state_grad[block] = _scan_back(added_grad, carry[block], after_grad[block])
            flat_states, flat_added = states.flatten(1, 2), added_grad.flatten(1, 2)

            out = _chunks(u_grad[block], kernel)
            torch.bmm(flat_added, inward[block].mT, out=out)
            torch.baddbmm(out, back, _toeplitz(kernel[block]).mT, out=out)
            kernel_grad[block] = _lag_sums(torch.bmm(chunks.mT, back))
            inward_grad[block] = torch.bmm(chunks.mT, flat_added)
            outward_grad[block] = torch.bmm(flat_states.mT, back)
            carry_grad[block] = _carry_gradient(flat_states, flat_added, carry)
        return u_grad, kernel_grad, inward_grad, outward_grad, carry_grad, state_grad


def toeplitz(kernel: Tensor) -> Tensor:
    """Return the matrices X with (u X)_i = Σ_j K_{i−j} u_j: (H, T) to (H, T, T), X_{ji} = K_{i−j}."""
    matrices: Tensor = _Toeplitz.apply(kernel)  # type: ignore[no-untyped-call]
    return matrices


class _Toeplitz(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernel: Tensor) -> Tensor:
        return _toeplitz(kernel)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return _lag_sums(grad)


def _toeplitz(kernel: Tensor) -> Tensor:
    channels, length = kernel.shape
    padded = torch.cat([kernel.new_zeros(channels, length - 1), kernel], 1)
    rows = padded.as_strided((channels, length, length), (2 * length - 1, 1, 1))
    return rows.flip(1)


def _lag_sums(matrices: Tensor) -> Tensor:
    """Return the sums of X_{ji} over i − j = 0 … T − 1, the adjoint of `toeplitz`: (H, T, T) to (H, T)."""
    channels, length, _ = matrices.shape
    # Written into rows of 2T and read in rows of 2T − 1, row r moves r places to the right.
    padded = matrices.new_zeros(channels, length, 2 * length)
    padded[..., :length] = matrices.flip(1)
    skewed = padded.flatten(1)[:, : length * (2 * length - 1)].view(channels, length, 2 * length - 1)
    return skewed[..., length - 1 :].sum(1)


class _Scratch:
    """Two arrays of states, used again by each block of channels: fresh pages cost as much as the sums."""

    def __init__(self, u: Tensor, inward: Tensor) -> None:
        _, length, order = inward.shape
        channels = next(_blocks(u)).stop
        self.shape = (-1, u.shape[1], u.shape[2] // length, order)
        self._arrays = u.new_empty(2, channels, u.shape[1] * (u.shape[2] // length), order)

    def take(self, which: int, block: slice) -> Tensor:
        """Return array 0 or 1 for a block of channels: (channels, batch · chunks, N)."""
        return self._arrays[which, : block.stop - block.start]


def _scan(added: Tensor, carry: Tensor, state: Tensor) -> Tensor:
    """Replace what each chunk adds by the state before it; return the state after all of them."""
    if _is_dense(carry, state):
        for chunk in added.unbind(2):
            following = torch.baddbmm(chunk, state, carry)
            chunk.copy_(state)
            state = following
        return state
    (re, im), (turn_re, turn_im) = _halves(state), carry[:, :, None].unbind(1)
    for chunk in added.unbind(2):
        chunk_re, chunk_im = _halves(chunk)
        next_re = torch.addcmul(chunk_re, re, turn_re).addcmul_(im, turn_im, value=-1)
        next_im = torch.addcmul(chunk_im, im, turn_re).addcmul_(re, turn_im)
        chunk_re.copy_(re)
        chunk_im.copy_(im)
        re, im = next_re, next_im
    return torch.cat([re, im], 2)


def _scan_back(states_grad: Tensor, carry: Tensor, after_grad: Tensor) -> Tensor:
    """Replace each state's own gradient by that of what the chunk adds; return that of the first state."""
    if _is_dense(carry, after_grad):
        transposed, grad = carry.mT, after_grad
        for chunk in reversed(states_grad.unbind(2)):
            before = torch.baddbmm(chunk, grad, transposed)
            chunk.copy_(grad)
            grad = before
        return grad
    (re, im), (turn_re, turn_im) = _halves(after_grad), carry[:, :, None].unbind(1)
    for chunk in reversed(states_grad.unbind(2)):
        chunk_re, chunk_im = _halves(chunk)
        before_re = torch.addcmul(chunk_re, re, turn_re).addcmul_(im, turn_im)
        before_im = torch.addcmul(chunk_im, im, turn_re).addcmul_(re, turn_im, value=-1)
        chunk_re.copy_(re)
        chunk_im.copy_(im)
        re, im = before_re, before_im
    return torch.cat([re, im], 2)


def _carry_gradient(states: Tensor, added_grad: Tensor, carry: Tensor) -> Tensor:
    """Return the gradient of the carry from states and gradients of what was added, (H, chunks, N) each."""
    if _is_dense(carry, states):
        return torch.bmm(states.mT, added_grad)
    (re, im), (re_grad, im_grad) = _halves(states), _halves(added_grad)
    turn_re = (re * re_grad).add_(im * im_grad).sum(1)
    turn_im = (re * im_grad).sub_(im * re_grad).sum(1)
    return torch.stack([turn_re, turn_im], 1)


def _is_dense(carry: Tensor, state: Tensor) -> bool:
    return carry.shape[-1] == state.shape[-1]


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """Real and imaginary parts of [Re x, Im x]."""
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]


def _chunked_in_few_operations(u: Tensor, factors: ChunkFactors, state: Tensor) -> tuple[Tensor, Tensor]:
    """The same for a GPU and for a traced graph, which count operations: a scan in log₂(chunks) rounds."""
    channels, batch, length = u.shape
    chunks = u.reshape(channels, -1, factors.kernel.shape[1])
    added = torch.bmm(chunks, factors.inward).reshape(channels, batch, -1, state.shape[2])
    states = torch.cat([state[:, :, None], added], 2)  # before the first chunk, then what each adds
    carry, distance = factors.carry, 1
    while distance < states.shape[2]:
        # Each holds what the last `distance` have added; what those before them have added comes from there.
        moved = _carried(states[:, :, :-distance], carry)
        states = torch.cat([states[:, :, :distance], states[:, :, distance:] + moved], 2)
        carry, distance = _carry_twice(carry, state), 2 * distance
    before = states[:, :, :-1].reshape(channels, -1, state.shape[2])
    y = torch.bmm(chunks, toeplitz(factors.kernel)) + torch.bmm(before, factors.outward)
    return y.reshape(channels, batch, length), states[:, :, -1]


def _carried(states: Tensor, carry: Tensor) -> Tensor:
    """Return states (H, batch, chunks, N), each carried over."""
    if _is_dense(carry, states):
        return torch.matmul(states, carry[:, None])
    (re, im), (turn_re, turn_im) = _halves(states), carry[:, :, None, None].unbind(1)
    return torch.cat([re * turn_re - im * turn_im, re * turn_im + im * turn_re], 3)


def _carry_twice(carry: Tensor, state: Tensor) -> Tensor:
    if _is_dense(carry, state):
        return torch.bmm(carry, carry)
    re, im = carry.unbind(1)
    return torch.stack([re * re - im * im, 2 * re * im], 1)


def _chunks(u: Tensor, kernel: Tensor) -> Tensor:
    """Return `u` (H, batch, L) as rows of T samples, (H, batch · chunks, T), in the same memory."""
    return u.view(u.shape[0], -1, kernel.shape[1])


def _blocks(u: Tensor) -> Iterator[slice]:
    """Blocks of channels of `u` (H, batch, L) that fit in the cache."""
    budget = _BLOCK.get(u.device.type, u.numel())
    width = max(1, budget // max(1, u.shape[1] * u.shape[2]))
    for start in range(0, u.shape[0], width):
        yield slice(start, min(start + width, u.shape[0]))
