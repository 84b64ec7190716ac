"""Each fast kernel against its slow twin, in values and in gradients."""

import numpy as np
import pytest
import torch
from torch import Tensor

from hippo_studio import hippo
from hippo_studio.hippo.discretization import exponential
from hippo_studio.ssm import choices, dense, dplr, feedback, initialization
from hippo_studio.ssm.vandermonde import powers, vandermonde_kernel, vandermonde_kernel_direct

LENGTHS = [1, 2, 7, 64, 333]
DTYPES = [(torch.complex128, 1e-10), (torch.complex64, 2e-5)]


def apart(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).abs().max() / wanted.abs().max())


def modes(channels: int, pairs: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    real, imag = torch.rand(2, channels, pairs, generator=generator, dtype=torch.float64)
    weights = torch.randn(channels, 3, pairs, generator=generator, dtype=torch.complex128)
    return torch.complex(-0.05 * real, 3 * imag), weights


def terms(name: str, order: int, dtype: torch.dtype = torch.complex128) -> tuple[Tensor, ...]:
    """Λ, P, B, C and Δ of three channels."""
    form = initialization.dplr(name, order)
    eigenvalues, low_rank, inward = (
        torch.as_tensor(part.T.copy()).expand(3, *part.T.shape)
        for part in (form.eigenvalues, form.low_rank, form.input)
    )
    generator = torch.Generator().manual_seed(1)
    output = torch.randn(3, order // 2, generator=generator, dtype=torch.complex128).to(dtype)
    return eigenvalues, low_rank, inward, output, torch.tensor([0.3, 0.01, 0.001], dtype=torch.float64)


def stepped(name: str, order: int, length: int) -> Tensor:
    """The kernel, one dense step after the other."""
    *continuous, output, delta = terms(name, order)
    A, B = dplr.dense_step(dplr.discretize(*continuous, delta))
    return dense.krylov_kernel_direct(A, B, 2 * torch.cat([output.real, -output.imag], 1), length)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_two_levels_give_the_vandermonde_sum(length: int, dtype: torch.dtype, tolerance: float) -> None:
    log_mu, weights = modes(3, 5)
    for some in (weights, weights[:, 0]):
        direct = vandermonde_kernel_direct(log_mu, some, length)
        assert direct.shape == (*some.shape[:-1], length)
        assert apart(vandermonde_kernel(log_mu, some.to(dtype), length), direct) < tolerance


def test_phases_keep_their_digits_over_long_kernels() -> None:
    log_mu = torch.tensor([[3.0j - 1e-6]], dtype=torch.complex128)
    kernel = vandermonde_kernel(log_mu, torch.ones(1, 1, dtype=torch.complex64), 100_000)
    assert apart(kernel, 2 * torch.exp(log_mu * torch.arange(100_000)).real) < 1e-6


def test_what_has_faded_is_zero_and_never_subnormal() -> None:
    table = powers(torch.tensor([[-1.0 + 0j]], dtype=torch.complex128), 200, torch.complex64)
    size = table.abs()
    assert not ((size > 0) & (size < 1e-19)).any()
    assert size[0, -1, 0] == 0


def test_gradients_of_the_vandermonde_kernel() -> None:
    log_mu, weights = (part.requires_grad_() for part in modes(2, 3))
    assert torch.autograd.gradcheck(lambda *given: vandermonde_kernel(*given, 11), (log_mu, weights))


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("order", [2, 32])
@pytest.mark.parametrize("name", choices.DPLR_INITIALIZATIONS)
def test_the_dplr_kernel_is_that_of_the_recurrence(name: str, order: int, length: int) -> None:
    wanted = stepped(name, order, length)
    for dtype, tolerance in DTYPES:
        assert apart(dplr.dplr_kernel(*terms(name, order, dtype), length), wanted) < tolerance


@pytest.mark.parametrize(
    "name", ["legs", "legt", "lagt"]
)  # FouT has an eigenvalue 0, where S4's way divides by 0
def test_the_dplr_kernel_is_the_direct_cauchy_sum(name: str) -> None:
    given = terms(name, 16)
    assert apart(dplr.dplr_kernel(*given, 100), dplr.dplr_kernel_direct(*given, 100)) < 1e-10


@pytest.mark.parametrize("name", ["legs", "legt"])  # ranks 1 and 2
def test_gradients_of_the_dplr_kernel(name: str) -> None:
    given = [part.clone().requires_grad_() for part in terms(name, 4)]
    assert torch.autograd.gradcheck(lambda *g: dplr.dplr_kernel(*g, 9), given, atol=1e-6)


@pytest.mark.parametrize("length", [1, 2, 5, 48, 64])
@pytest.mark.parametrize("name", choices.DPLR_INITIALIZATIONS)
def test_closing_the_loop_gives_the_chunks_of_the_dense_matrix(name: str, length: int) -> None:
    *continuous, output, delta = terms(name, 16)
    step = dplr.discretize(*continuous, delta)
    row = 2 * torch.cat([output.real, -output.imag], 1)
    wanted = dense.chunk_factors(*dplr.dense_step(step), row, length)
    for dtype, tolerance in DTYPES:
        found = feedback.chunk_factors(step, output.to(dtype), length)
        for part in ("kernel", "inward", "outward", "carry"):
            assert apart(getattr(found, part), getattr(wanted, part)) < tolerance, part


@pytest.mark.parametrize("name", ["legs", "legt"])
def test_gradients_of_closing_the_loop(name: str) -> None:
    def factors(*given: Tensor) -> tuple[Tensor, ...]:
        *continuous, output, delta = given
        found = feedback.chunk_factors(dplr.discretize(*continuous, delta), output, 5)
        return found.kernel, found.inward, found.outward, found.carry

    given = [part[:2].clone().requires_grad_() for part in terms(name, 4)]
    assert torch.autograd.gradcheck(factors, given, atol=1e-6)


@pytest.mark.parametrize("length", LENGTHS)
def test_doubling_gives_the_krylov_kernel(length: int) -> None:
    A, B = dplr.dense_step(dplr.discretize(*terms("legs", 8)[:3], terms("legs", 8)[4]))
    C = torch.randn(3, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    wanted = dense.krylov_kernel_direct(A, B, C, length)
    assert apart(dense.krylov_kernel(A, B, C, length), wanted) < 1e-12


@pytest.mark.parametrize("exponent", [1, 2, 3, 12, 100])
def test_powers_from_however_many_squares(exponent: int) -> None:
    A = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 2
    for count in (1, 4, 128):
        power = dense.matrix_power(dense.squares(A, count), exponent)
        torch.testing.assert_close(power, torch.linalg.matrix_power(A, exponent))


@pytest.mark.parametrize("method", dense.METHODS)
def test_discretization_is_that_of_the_memories(method: str) -> None:
    A, B = hippo.transition("legs", 9)
    steps = np.array([0.001, 0.05, 0.4])
    batched = (torch.tensor(np.array(part)).expand(3, *part.shape) for part in (A, B))
    Ad, Bd = dense.discretize(*batched, torch.tensor(steps), method, 0.7)
    for index, step in enumerate(steps):
        A_wanted, B_wanted = hippo.discretize(A, B, step, method, 0.7)
        np.testing.assert_allclose(Ad[index], A_wanted, rtol=0, atol=1e-12 * max(1, np.abs(A_wanted).max()))
        np.testing.assert_allclose(Bd[index], B_wanted, rtol=0, atol=1e-12)


def test_the_exponential_and_its_gradient() -> None:
    M = 3 * torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for found, wanted in zip(dense.exponential(M), M, strict=True):
        np.testing.assert_allclose(found, exponential(wanted.numpy()), rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(
        dense.exponential(torch.zeros(1, 2, 2, dtype=torch.float64))[0], torch.eye(2).double()
    )
    assert torch.autograd.gradcheck(dense.exponential, M.requires_grad_())


def test_fast_lengths_are_even_and_have_small_factors() -> None:
    for length in (*range(1, 200), 4097, 99_991):
        fast = rest = dplr.fast_length(length)
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        assert (rest, fast % 2) == (1, 0)
        assert length <= fast <= max(2, 1.2 * length + 1)
