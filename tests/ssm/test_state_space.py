"""Four views of one layer: what the kernel, the step, the chunk and the frequency response say must agree."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from layers import (
    CAUSAL,
    LAYERS,
    PRECISIONS,
    Make,
    apart,
    build,
    dense_kernel,
    discrete,
    layer_of,
    signal,
    stepped,
)
from torch import Tensor

from hippo_studio import hippo
from hippo_studio.ssm import initialization
from hippo_studio.ssm.convolution import convolution_direct
from hippo_studio.ssm.h3 import H3
from hippo_studio.ssm.lssl import LSSL
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.rate import at_rate
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D
from hippo_studio.ssm.state_space import StateSpace


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("name", LAYERS)
@torch.no_grad()
def test_kernel_convolution_and_recurrence_are_the_dense_state_space(
    name: str, dtype: torch.dtype, tolerance: float
) -> None:
    for length in (1, 70, 300):  # a product, and chunks with a rest
        layer = layer_of(name, dtype)
        kernel, u = dense_kernel(layer, length), signal(layer, length)
        assert apart(layer.kernel(length), kernel) < tolerance
        convolved = convolution_direct(u.double().permute(2, 0, 1), kernel).permute(1, 2, 0)
        wanted = convolved + layer.D.double() * u.double()
        by_steps, state = stepped(layer, u)
        assert apart(by_steps, wanted) < tolerance
        for convolution in ("auto", "fft", "chunks"):
            layer.convolution = convolution
            assert apart(layer(u), wanted) < tolerance, convolution
        by_chunk, after = layer.chunk(u, layer.initial_state(2))
        assert apart(by_chunk, wanted) < tolerance
        assert apart(after, state) < tolerance


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("name", LAYERS)
@torch.no_grad()
def test_the_frequency_response_transforms_back_to_the_kernel(
    name: str, dtype: torch.dtype, tolerance: float
) -> None:
    """At M-th roots of unity it is the transform of Σ_m K_{l + mM} = C Ā^l (I − Ā^M)⁻¹ B̄."""
    layer, points = layer_of(name, dtype), 128
    omega = 2 * math.pi * np.arange(points) / points
    found = torch.fft.ifft(layer.frequency_response(omega).to(torch.complex128))
    for channel in range(layer.d_model):
        A, x, C = discrete(layer, channel)
        # FouT has a slot that B does not reach and nothing damps; a least-squares solution leaves it out.
        x = np.linalg.lstsq(np.eye(len(x)) - np.linalg.matrix_power(A, points), x, rcond=1e-9)[0]
        folded = []
        for _ in range(points):
            folded.append(C @ x)
            x = A @ x
        wanted = torch.tensor(np.array(folded))
        assert apart(found[channel].real, wanted) < tolerance
        assert found[channel].imag.abs().max() < tolerance * wanted.abs().max()


@pytest.mark.parametrize("name", CAUSAL)
@torch.no_grad()
def test_any_split_into_chunks_and_steps_is_the_whole(name: str) -> None:
    layer = build(CAUSAL[name])
    u = signal(layer, 200)
    whole = layer(u)
    by_steps, end = stepped(layer, u)
    assert apart(by_steps, whole) < 1e-10
    state, outputs = layer.initial_state(2), []
    for piece in u.split([1, 40, 100, 59], 1):
        y, state = layer.chunk(piece, state)
        outputs.append(y)
    assert apart(torch.cat(outputs, 1), whole) < 1e-10
    pairs = [(state, end)] if isinstance(state, Tensor) else zip(state, end, strict=True)
    for found, wanted in pairs:
        assert apart(found, wanted) < 1e-10


@pytest.mark.parametrize("convolution", ["auto", "chunks", "fft"])
@pytest.mark.parametrize("name", CAUSAL)
def test_no_sample_reaches_an_earlier_one(name: str, convolution: str) -> None:
    layer = build(CAUSAL[name])
    for part in layer.modules():
        if isinstance(part, StateSpace):
            part.convolution = convolution
    u = signal(layer, 80, batch=1).requires_grad_()
    (seen,) = torch.autograd.grad(layer(u)[0, 33].square().sum(), u)
    rounding = 1e-12 if convolution == "fft" else 0.0
    assert seen[0, 34:].abs().max() <= rounding * seen[0, 33].abs().max()
    assert seen[0, 33].any()


@pytest.mark.parametrize("name", ["s4d lin", "s4 legs", "s4 legt", "lssl backward", "lssl zoh", "h3"])
@pytest.mark.parametrize("view", ["forward", "step", "chunk"])
def test_gradients_against_finite_differences(name: str, view: str) -> None:
    makes: dict[str, Callable[[], Mixer]] = {
        "s4d lin": lambda: S4D(2, 4, convolution="chunks"),
        "s4 legs": lambda: S4(2, 4, convolution="chunks"),
        "s4 legt": lambda: S4(2, 4, initialization="legt", convolution="fft"),
        "lssl backward": lambda: LSSL(2, 3, learn_transition=True, method="backward"),
        "lssl zoh": lambda: LSSL(2, 3, learn_transition=True, method="zoh", convolution="fft"),
        "h3": lambda: H3(2, 4, head_dim=2),
    }
    layer = build(makes[name])
    u = signal(layer, 5, batch=1)
    names = [key for key, parameter in layer.named_parameters() if parameter.requires_grad]
    values = [layer.get_parameter(key).detach().clone().requires_grad_() for key in names]

    class Viewed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, u: Tensor) -> Tensor:
            if view == "forward":
                return layer(u)
            if view == "step":
                return stepped(layer, u)[0]
            return layer.chunk(u, layer.initial_state(1))[0]

    def output(u: Tensor, *given: Tensor) -> Tensor:
        renamed = {f"layer.{key}": value for key, value in zip(names, given, strict=True)}
        return torch.func.functional_call(Viewed(), renamed, (u,))

    assert torch.autograd.gradcheck(output, (u.requires_grad_(), *values), atol=1e-6)


@pytest.mark.parametrize("make", [lambda: S4D(3, 8), lambda: LSSL(2, 7, method="zoh")])
@torch.no_grad()
def test_at_half_the_sampling_rate_the_kernel_is_summed_in_pairs(make: Make) -> None:
    """Exact with ZOH: a signal held over two samples is the signal at half the rate."""
    layer = build(make)
    pairs = layer.kernel(80).unflatten(1, (-1, 2)).sum(2)
    torch.testing.assert_close(layer.kernel(40, rate=2), pairs, rtol=0, atol=1e-12)
    with at_rate(layer, 2):
        torch.testing.assert_close(layer.kernel(40), pairs, rtol=0, atol=1e-12)
        slow = signal(layer, 30)
        found = layer(slow) - layer.D * slow
    held = slow.repeat_interleave(2, 1)
    wanted = (layer(held) - layer.D * held)[:, 1::2]
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
    assert layer.rate == 1


@pytest.mark.parametrize("rate", [0.5, 2.0])
@pytest.mark.parametrize("name", LAYERS)
@torch.no_grad()
def test_at_another_rate_all_views_change_together(name: str, rate: float) -> None:
    layer, length = layer_of(name), 150
    with at_rate(layer, rate):
        kernel, u = dense_kernel(layer, length), signal(layer, length)
        assert apart(layer.kernel(length), kernel) < 1e-10
        convolved = convolution_direct(u.permute(2, 0, 1), kernel).permute(1, 2, 0)
        wanted = convolved + layer.D * u
        for found in (layer(u), stepped(layer, u)[0], layer.chunk(u, layer.initial_state(2))[0]):
            assert apart(found, wanted) < 1e-10
        omega = np.array([0.3, 3.0])
        for channel in range(layer.d_model):
            A, B, C = discrete(layer, channel)
            solved = [
                C @ np.linalg.solve(np.eye(len(B)) - np.exp(-1j * w) * A, np.exp(0j) * B) for w in omega
            ]
            found = layer.frequency_response(omega)[channel]
            torch.testing.assert_close(found, torch.tensor(np.array(solved)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("measure", ["legs", "legt", "lagt", "fout"])
def test_s4_starts_as_hippo(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With x = 2 Re(V z), on [Re z, Im z] the matrix [2 Re V, −2 Im V], one A and B become the other."""
    monkeypatch.setattr(torch, "get_default_dtype", lambda: torch.float64)
    A, B, *_ = S4(1, 64, initialization=measure).double().state_space(0)
    V = initialization.dplr(measure, 64).basis
    W = np.hstack([2 * V.real, -2 * V.imag])
    A_hippo, B_hippo = hippo.transition(measure, 64)
    np.testing.assert_allclose(W @ A, A_hippo @ W, rtol=0, atol=1e-10 * np.abs(A_hippo).max())
    np.testing.assert_allclose(W @ B, B_hippo, rtol=0, atol=1e-10 * np.abs(B_hippo).max())


@pytest.mark.parametrize("learned", [False, True])
@torch.no_grad()
def test_what_never_fades_is_solved_for(learned: bool) -> None:
    """The response of a dense state space is summed up while that ends, and solved for where it does not."""
    layer = build(lambda: LSSL(1, 4, learn_transition=learned))
    if learned:
        layer.A.copy_(torch.tensor([[0.0, 1], [-1, 0]]).to(layer.A).repeat(2, 2).triu())
    A, B, C = discrete(layer, 0)
    omega = np.array([0.3, 3.0])
    wanted = [C @ np.linalg.solve(np.eye(4) - np.exp(-1j * w) * A, B) for w in omega]
    found = layer.frequency_response(omega)[0]
    torch.testing.assert_close(found, torch.tensor(np.array(wanted)), rtol=1e-9, atol=1e-9)


@torch.no_grad()
def test_a_mode_that_hardly_fades_keeps_its_phase_in_float32() -> None:
    """The bilinear rule brings LegS's fastest modes close to −1, where they take 10⁵ steps to fade."""
    layer = build(lambda: S4D(2, 64, initialization="legs", method="bilinear", dt_min=0.1), torch.float32)
    impulse = torch.zeros(1, 2000, 2)
    impulse[0, 0] = 1
    by_steps, _ = stepped(layer, impulse)
    by_steps[0, 0] -= layer.D
    assert apart(by_steps[0].T, layer.kernel(2000)) < 1e-5


def test_legt_and_fout_learn_their_damping_from_none() -> None:
    """Re Λ = 0 at the start; a parameter there must still have a gradient, and no view may divide by 0."""
    for measure in ("legt", "fout"):
        layer = build(lambda measure=measure: S4(2, 8, initialization=measure))
        layer(signal(layer, 40)).square().sum().backward()
        assert layer.decay_root.grad.abs().min() > 0
        assert layer.frequency_response([0.0, 1e-9, 1e-3]).isfinite().all()


def test_the_band_limit_mutes_what_turns_faster() -> None:
    layer = S4D(4, 64, dt_min=0.1, dt_max=0.2, band_limit=0.5)
    turn = layer.eigenvalues().imag * layer.timescales()[:, None]
    assert ((layer._output() == 0) == (turn > math.pi / 2)).all()
    assert (turn > math.pi / 2).any()
