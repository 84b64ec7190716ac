"""Four views of one layer: what the kernel, the step, the chunk and the frequency response say must agree."""

import copy
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from hippo_studio import hippo
from hippo_studio.ssm import initialization
from hippo_studio.ssm.convolution import convolution_direct
from hippo_studio.ssm.h3 import H3, ShiftSSM
from hippo_studio.ssm.initialization import DIAGONAL_INITIALIZATIONS, DPLR_INITIALIZATIONS
from hippo_studio.ssm.lssl import LSSL
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.parameters import hint_of, parameter_groups
from hippo_studio.ssm.rate import at_rate
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D
from hippo_studio.ssm.state_space import StateSpace

Make = Callable[[], StateSpace]

LAYERS: dict[str, Make] = {
    **{f"s4d {name}": lambda name=name: S4D(2, 8, initialization=name) for name in DIAGONAL_INITIALIZATIONS},
    "s4d bilinear, shared, N = 64": lambda: S4D(4, 64, method="bilinear", n_ssm=2),
    "s4d band limit": lambda: S4D(2, 32, dt_min=0.1, dt_max=0.2, band_limit=0.5),
    **{f"s4 {name}": lambda name=name: S4(2, 8, initialization=name) for name in DPLR_INITIALIZATIONS},
    "s4 two copies, N = 64": lambda: S4(4, 64, n_ssm=2),
    "s4 N = 66": lambda: S4(2, 66, band_limit=0.8),
    "lssl odd": lambda: LSSL(4, 7, n_timescales=2),
    "lssl zoh, N = 64": lambda: LSSL(2, 64, method="zoh"),
    "lssl gbt": lambda: LSSL(2, 8, initialization="legt", method="gbt", alpha=0.8),
    "lssl fout": lambda: LSSL(2, 6, initialization="fout", method="zoh"),  # B never reaches one of its slots
    "lssl backward, learned": lambda: LSSL(
        4, 5, initialization="fout", method="backward", learn_transition=True, n_ssm=2
    ),
    "shift": lambda: ShiftSSM(2, 8),
    "shift odd": lambda: ShiftSSM(2, 5),
}
CAUSAL: dict[str, Callable[[], Mixer]] = {
    "s4d": LAYERS["s4d lin"],
    "s4": LAYERS["s4 legs"],
    "lssl": LAYERS["lssl odd"],
    "shift": LAYERS["shift"],
    "h3": lambda: H3(4, 8),
    "h3 heads": lambda: H3(4, 8, head_dim=2),
}
PRECISIONS = [(torch.float64, 1e-10), (torch.float32, 2e-5)]


def build(make: Callable[[], Mixer], dtype: torch.dtype = torch.float64) -> Mixer:
    torch.manual_seed(0)
    return make().to(dtype)


def layer_of(name: str, dtype: torch.dtype = torch.float64) -> StateSpace:
    layer = build(LAYERS[name], dtype)
    assert isinstance(layer, StateSpace)
    return layer


def discrete(layer: StateSpace, channel: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ā, B̄ and C of the continuous view, discretized by the room of the memories."""
    A, B, C, _, delta = layer.state_space(channel)
    return *hippo.discretize(A, B, delta, layer.method, getattr(layer, "alpha", 0.5)), C


def dense_kernel(layer: StateSpace, length: int) -> Tensor:
    """The oracle: one dense step after the other."""
    rows = []
    for channel in range(layer.d_model):
        A, x, C = discrete(layer, channel)
        row = []
        for _ in range(length):
            row.append(C @ x)
            x = A @ x
        rows.append(row)
    return torch.tensor(np.array(rows))


def signal(layer: Mixer, length: int, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    width = layer.d_model  # type: ignore[attr-defined]
    dtype = next(layer.parameters()).dtype
    return torch.randn(batch, length, width, generator=generator, dtype=torch.float64).to(dtype)


def apart(found: Tensor, wanted: Tensor) -> float:
    found, wanted = found.detach().double(), wanted.detach().double()
    return float((found - wanted).abs().max() / wanted.abs().max())


def stepped(layer: Mixer, u: Tensor) -> tuple[Tensor, object]:
    state, outputs = layer.initial_state(u.shape[0]), []
    for moment in u.unbind(1):
        y, state = layer.step(moment, state)
        outputs.append(y)
    return torch.stack(outputs, 1), state


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


@pytest.mark.parametrize("convolution", ["auto", "chunks"])
@pytest.mark.parametrize("name", CAUSAL)
def test_no_sample_reaches_an_earlier_one(name: str, convolution: str) -> None:
    layer = build(CAUSAL[name])
    for part in layer.modules():
        if isinstance(part, StateSpace):
            part.convolution = convolution
    u = signal(layer, 80, batch=1).requires_grad_()
    (seen,) = torch.autograd.grad(layer(u)[0, 33].square().sum(), u)
    assert not seen[0, 34:].any()
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


COMPILED = ["s4d bilinear, shared, N = 64", "s4d real", "s4 legs", "s4 legt", "s4 N = 66", "shift odd"]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-13), (torch.float32, 1e-5)])
@pytest.mark.parametrize("name", COMPILED)
def test_the_compiled_step_is_that_of_torch(name: str, dtype: torch.dtype, tolerance: float) -> None:
    layer = layer_of(name, dtype)
    for batch in (1, 3):
        u = signal(layer, 5, batch).unbind(1)[2]  # strided, as streams side by side are
        start = torch.randn(layer.d_state, batch, layer.d_model, dtype=dtype).permute(1, 2, 0)
        wanted = layer.step(u, start)
        assert wanted[0].requires_grad
        with torch.no_grad():
            y, after = layer.step(u, start)
        assert apart(y, wanted[0]) < tolerance
        assert apart(after, wanted[1]) < tolerance
        assert (y.dtype, after.shape) == (dtype, start.shape)


@pytest.mark.parametrize("name", ["s4 legs", "shift"])
def test_the_compiled_step_takes_what_is_finite_and_nothing_else(name: str) -> None:
    layer = layer_of(name, torch.float32)
    u, state = torch.full((2, layer.d_model), 3e38), layer.initial_state(2)  # whose sum is not finite
    with torch.inference_mode():
        layer.step(u, state)
        u[1, 0] = -math.inf
        with pytest.raises(ValueError, match=r"The sample holds -inf at index \(1, 0\) \(1 of 4"):
            layer.step(u, state)
    assert not state.any()


@pytest.mark.parametrize("name", ["s4d lin", "s4 legs", "lssl odd"])
def test_what_is_kept_without_gradients_follows_the_parameters(name: str) -> None:
    layer = layer_of(name)
    with torch.no_grad():
        before, u = layer.kernel(20), signal(layer, 1)[:, 0]
        assert layer.kernel(20) is before
        y, _ = layer.step(u, layer.initial_state(2))
        layer.log_delta.add_(0.5)
        assert apart(layer.kernel(20), before) > 1e-3
        assert apart(layer.step(u, layer.initial_state(2))[0], y) > 1e-6
    assert layer.kernel(20).requires_grad
    assert len(copy.deepcopy(layer)._kept) == 0


@pytest.mark.parametrize("name", ["s4d lin", "s4 legs", "shift"])
def test_what_is_kept_follows_a_fused_optimizer_which_tells_nothing(name: str) -> None:
    layer = layer_of(name, torch.float32)
    u, state = torch.ones(2, layer.d_model), layer.initial_state(2)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, fused=True)
    for _ in range(2):
        with torch.no_grad():
            layer.kernel(20), layer.step(u, state)
        layer(torch.ones(2, 20, layer.d_model)).square().sum().backward()
        optimizer.step()
        with torch.no_grad():
            kernel, (y, _) = layer.kernel(20), layer.step(u, state)
        assert apart(kernel, layer.kernel(20)) < 1e-6
        assert apart(y, layer.step(u, state)[0]) < 1e-5


@pytest.mark.parametrize("name", ["s4 legs", "s4d lin", "lssl odd", "shift"])
def test_a_layer_made_in_inference_mode_follows_its_parameters_too(name: str) -> None:
    with torch.inference_mode():
        layer = layer_of(name)
        before = layer.kernel(9).clone()
        for parameter in layer.parameters():
            parameter.mul_(1.1)
        kernel = layer.kernel(9)
        assert not torch.allclose(kernel, before)
        y, _ = layer.step(torch.ones(1, layer.d_model, dtype=torch.float64), layer.initial_state(1))
    assert torch.allclose(y[0], kernel[:, 0] + layer.D)


def test_parameters_carry_their_learning_rate() -> None:
    for layer in (S4D(4, 8), copy.deepcopy(S4D(4, 8)), S4D(4, 8).double()):
        slow = {name for name, parameter in layer.named_parameters() if hint_of(parameter)}
        assert slow == {"log_delta", "decay_root", "frequency", "input"}
    usual, slow_group = parameter_groups(H3(4, 8), lr=4e-3, weight_decay=0.05)
    assert (usual["lr"], usual["weight_decay"]) == (4e-3, 0.05)
    assert (slow_group["lr"], slow_group["weight_decay"]) == (1e-3, 0.0)
    assert len(slow_group["params"]) == 4  # the shift's Δ is fixed
    (fine, *rest) = parameter_groups(S4(4, 8), lr=1e-4, weight_decay=0.0)
    assert rest == []
    assert fine["lr"] == 1e-4


def test_parameters_are_real_and_fixed_transitions_stay() -> None:
    for make in LAYERS.values():
        assert not any(tensor.is_complex() for tensor in make().state_dict().values())
    fixed = S4(2, 4, learn_transition=False)
    assert [name for name, parameter in fixed.named_parameters() if not parameter.requires_grad] == [
        "decay_root",
        "frequency",
        "input",
        "low_rank",
    ]


def test_mixed_precision_leaves_the_state_space_in_float32() -> None:
    layer = build(LAYERS["s4 legs"], torch.float32)
    u = signal(layer, 100)
    wanted = layer(u)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer(u), wanted)
        assert layer(u.bfloat16()).dtype == torch.bfloat16
        assert apart(layer(u.bfloat16()), layer(u.bfloat16().float())) < 2e-2
        for name in ("s4", "s4d", "lssl"):
            layer = build(CAUSAL[name], torch.float32)
            moment, state = signal(layer, 1)[:, 0], torch.randn(2, layer.d_model, layer.d_state)
            y, after = layer.step(moment, state)
            with torch.autocast("cpu", enabled=False):
                assert all(map(torch.equal, (y, after), layer.step(moment, state)))
        h3 = build(CAUSAL["h3"], torch.float32)
        assert h3(signal(h3, 9)).isfinite().all()


def test_a_seed_decides_everything() -> None:
    def trained() -> Tensor:
        layer = build(lambda: S4(4, 8, initialization="random"), torch.float32)
        u = signal(layer, 300)
        return torch.autograd.grad(layer(u).square().sum(), layer.get_parameter("low_rank"))[0]

    assert torch.equal(trained(), trained())


@pytest.mark.parametrize("name", CAUSAL)
def test_bad_input_is_refused_in_a_sentence(name: str) -> None:
    layer = build(CAUSAL[name])
    u = signal(layer, 6)
    width = u.shape[2]
    for shape in ((2, 6), (2, 6, width + 1), (2, 0, width), (0, 6, width)):
        with pytest.raises(
            ValueError, match=f"{shape}".replace("(", r"\(").replace(")", r"\)") + f".*{width}"
        ):
            layer(torch.zeros(shape, dtype=u.dtype))
    with pytest.raises(ValueError, match=rf"{2}, {width + 1}"):
        layer.step(torch.zeros(2, width + 1, dtype=u.dtype), layer.initial_state(2))
    u[1, 4, 0] = math.nan
    for attempt in (lambda: layer(u), lambda: layer.chunk(u, layer.initial_state(2))):
        with pytest.raises(ValueError, match=r"nan at index \(1, 4, 0\) \(1 of"):
            attempt()
    with pytest.raises(ValueError, match=r"nan at index"):
        layer.step(u[:, 4], layer.initial_state(2))
    with pytest.raises(ValueError, match="batch is 0"):
        layer.initial_state(0)


def test_a_state_of_another_batch_is_refused() -> None:
    layer = layer_of("s4d lin")
    with pytest.raises(ValueError, match=r"\(3, 2, 8\); \(2, 2, 8\)"):
        layer.step(torch.zeros(2, 2, dtype=torch.float64), layer.initial_state(3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: S4D(4, 7), "is 7; an even number"),
        (lambda: S4(4, 8, initialization="lin"), "'lin'; one of legs"),
        (lambda: S4D(4, 8, initialization="hippo"), "'hippo'; one of lin"),
        (lambda: S4D(4, 8, method="gbt"), "'gbt'; one of zoh, bilinear"),
        (lambda: S4D(4, 8, n_ssm=3), "n_ssm is 3; a divisor of d_model = 4"),
        (lambda: S4D(0, 8), "d_model is 0"),
        (lambda: S4D(4, 8, convolution="conv"), "'conv'; one of auto"),
        (lambda: S4D(4, 8, band_limit=-1), "band_limit is -1"),
        (lambda: S4D(4, 8, dt_min=0), "from 0 to 0.1"),
        (lambda: LSSL(4, 8, method="euler"), "'euler'; one of"),
        (lambda: LSSL(4, 8, method="forward"), "α ≥ ½"),
        (lambda: LSSL(4, 8, n_timescales=3), "n_timescales 3"),
        (lambda: H3(4, 8, head_dim=3), "head_dim is 3; a divisor of d_model = 4"),
        (lambda: S4D(4, 8).kernel(0), "length is 0"),
        (lambda: S4D(4, 8).kernel(8, rate=0), "The rate is 0"),
        (lambda: S4D(4, 8).state_space(4), "channel is 4"),
        (lambda: S4D(4, 8).frequency_response([math.inf]), "inf at index"),
        (lambda: S4D(4, 8).frequency_response("a"), "ω holds values of type <U1; real numbers"),
        (lambda: at_rate(S4D(4, 8), -1).__enter__(), "The rate is -1"),
    ],
)
def test_bad_arguments_are_quoted(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
