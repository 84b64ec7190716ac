"""The LMU against its linear memory, and against its equations written out."""

import numpy as np
import pytest
import torch

from hippo_studio.hippo import OnlineMemory, discretize, transition
from hippo_studio.ssm.lmu import LMU


def test_the_memory_is_the_legendre_memory_of_what_is_written() -> None:
    u = np.random.default_rng(0).standard_normal((2, 80))
    oracle = OnlineMemory(
        "legt",
        12,
        sample_rate=1.0,
        theta=30.0,
        method="zoh",
        channels=2,
        measure_options={"normalization": "lmu"},
    )
    oracle.push(u)
    layer = LMU(2, 12, theta=30.0, channels=2).double()
    with torch.no_grad():
        layer.write_input.weight.copy_(torch.eye(2))
        layer.write_hidden.weight.zero_()
        _, (_, m) = layer.chunk(torch.from_numpy(u.T[None].copy()), layer.initial_state(1))
    np.testing.assert_allclose(m[0].numpy(), oracle.coefficients, atol=1e-11)


def test_a_layer_is_its_equations() -> None:
    torch.manual_seed(0)
    layer = LMU(3, 6, theta=8.0, channels=2).double()
    torch.nn.init.normal_(layer.write_memory.weight, std=0.1)
    x = torch.randn(1, 10, 3, dtype=torch.float64)
    A, B = discretize(*transition("legt", 6, normalization="lmu"), 1 / 8, "zoh")
    weights = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    h, m = np.zeros(3), np.zeros((2, 6))
    for x_t in x[0].numpy():
        u = (
            weights["write_input.weight"] @ x_t
            + weights["write_hidden.weight"] @ h
            + weights["write_memory.weight"] @ m.ravel()
        )
        m = m @ A.T + np.outer(u, B)
        h = np.tanh(
            weights["read_input.weight"] @ x_t
            + weights["read_input.bias"]
            + weights["read_hidden.weight"] @ h
            + weights["read_memory.weight"] @ m.ravel()
        )
    np.testing.assert_allclose(layer(x)[0, -1].detach().numpy(), h, atol=1e-12)


def test_a_window_follows_the_sampling_rate() -> None:
    layer, shorter = LMU(2, 6, theta=8.0), LMU(2, 6, theta=4.0)
    layer.rate = 2.0
    assert torch.equal(layer.A_transposed, shorter.A_transposed)


def test_casting_there_and_back_loses_no_digit_of_the_memory() -> None:
    layer = LMU(2, 6).double()
    before = layer.A_transposed.clone()
    assert torch.equal(layer.float().double().A_transposed, before)


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="theta is inf; a finite number"):
        LMU(2, 6, theta=float("inf"))
