"""Every way to convolve is the sum as it is written; chunks pass on the state that a step would reach."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from hippo_studio.ssm import convolution
from hippo_studio.ssm.convolution import (
    ChunkFactors,
    chunked_convolution,
    convolution_direct,
    fft_convolution,
    toeplitz_convolution,
)


@pytest.fixture(params=["one block", "a channel at a time"], autouse=True)
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(convolution._BLOCK, "cpu", 1 if request.param == "a channel at a time" else 1 << 20)
    return


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def factors(dense: bool, chunk: int = 3, order: int = 4) -> list[Tensor]:
    """Random factors of three channels: kernel, inward, outward, carry."""
    carry = random(3, order, order, seed=4) / order if dense else random(3, 2, order // 2, seed=4) / 2
    return [random(3, chunk), random(3, chunk, order, seed=2), random(3, order, chunk, seed=3), carry]


def carried_by_hand(u: Tensor, given: ChunkFactors, state: Tensor) -> tuple[Tensor, Tensor]:
    chunk, outputs = given.kernel.shape[1], []
    for piece in u.split(chunk, 2):
        own = convolution_direct(piece, given.kernel)
        outputs.append(own + torch.einsum("hbn,hnt->hbt", state, given.outward))
        carry = given.carry
        if carry.shape[1] == 2 and carry.shape[2] != state.shape[2]:
            re, im = carry.unbind(1)
            x = torch.complex(*state.chunk(2, 2)) * torch.complex(re, im)[:, None]
            state = torch.cat([x.real, x.imag], 2)
        else:
            state = torch.einsum("hbn,hnm->hbm", state, carry)
        state = state + torch.einsum("hbt,htn->hbn", piece, given.inward)
    return torch.cat(outputs, 2), state


@pytest.mark.parametrize("length", [1, 2, 5, 64, 101])
@pytest.mark.parametrize("convolve", [fft_convolution, toeplitz_convolution])
def test_a_convolution_is_its_sum(convolve, length: int) -> None:
    u, kernel = random(3, 2, length), random(3, length, seed=1)
    torch.testing.assert_close(convolve(u, kernel), convolution_direct(u, kernel), rtol=0, atol=1e-12)


@pytest.mark.parametrize("convolve", [fft_convolution, toeplitz_convolution])
def test_gradients_of_a_convolution(convolve) -> None:
    u, kernel = random(3, 2, 7).requires_grad_(), random(3, 7, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(convolve, (u, kernel))
    assert torch.autograd.gradcheck(lambda k: convolve(u.detach(), k), kernel)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("chunks", [1, 2, 5])
def test_chunks_pass_their_state_on(dense: bool, chunks: int) -> None:
    given, u, state = ChunkFactors(*factors(dense)), random(3, 2, 3 * chunks, seed=5), random(3, 2, 4, seed=6)
    wanted = carried_by_hand(u, given, state)
    for convolve in (chunked_convolution, convolution._chunked_in_few_operations):
        for found, right in zip(convolve(u, given, state), wanted, strict=True):
            torch.testing.assert_close(found, right, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dense", [False, True])
def test_gradients_through_chunks(dense: bool) -> None:
    given = [random(3, 2, 9, seed=5), *factors(dense), random(3, 2, 4, seed=6)]

    def convolve(u: Tensor, *rest: Tensor) -> tuple[Tensor, Tensor]:
        return chunked_convolution(u, ChunkFactors(*rest[:-1]), rest[-1])

    assert torch.autograd.gradcheck(convolve, [part.requires_grad_() for part in given])
