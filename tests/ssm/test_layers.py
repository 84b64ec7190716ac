"""What a layer does besides its mathematics: compiled steps, what is kept, precision, seeds, hints."""

import copy
import math

import pytest
import torch
from layers import CAUSAL, LAYERS, apart, build, layer_of, signal
from torch import Tensor

from hippo_studio.ssm.h3 import H3
from hippo_studio.ssm.parameters import hint_of, parameter_groups
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D

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
