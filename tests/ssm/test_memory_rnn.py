"""The memory in the HiPPO-RNN against dense matrices and `OnlineMemory`, and what time stamps mean to it."""

import numpy as np
import pytest
import torch

from hippo_studio.hippo import OnlineMemory, discretize, transition
from hippo_studio.ssm import build_model
from hippo_studio.ssm.memory_rnn import HippoRNN, Transition

MEASURES = ("legs", "legt", "lagt", "fout")


@pytest.mark.parametrize("order", [2, 10, 64])
@pytest.mark.parametrize("measure", MEASURES)
def test_a_step_of_any_size_is_the_dense_bilinear_step(measure: str, order: int) -> None:
    generator = torch.Generator().manual_seed(order)
    steps = 10 ** (4 * torch.rand(2, 12, generator=generator, dtype=torch.float64) - 3)
    u = torch.randn(2, 12, generator=generator, dtype=torch.float64)
    memory = Transition(measure, order).double()
    m, c = torch.zeros(2, 1, order, dtype=torch.float64), np.zeros((2, order))
    for k, advance in enumerate(memory.varying(steps)):
        m = advance(m, u[:, k, None])
        for stream in range(2):
            Ad, Bd = discretize(*transition(measure, order), float(steps[stream, k]), "bilinear")
            c[stream] = Ad @ c[stream] + Bd * float(u[stream, k])
    np.testing.assert_allclose(memory.coefficients(m)[:, 0].numpy(), c, atol=1e-11 * max(1, np.abs(c).max()))


@pytest.mark.parametrize("measure", ["legs", "legt", "lagt"])
def test_the_memory_is_the_online_memory_of_what_is_written(measure: str) -> None:
    u = np.random.default_rng(0).standard_normal(90)
    oracle = OnlineMemory(measure, 16, sample_rate=1.0, theta=40.0, method="bilinear")
    oracle.push(u)
    layer = HippoRNN(4, 16, measure, theta=40.0).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.write_input.weight[0, 2] = 1.0  # writes channel 2 as it is
        x = torch.zeros(1, 90, 4, dtype=torch.float64)
        x[0, :, 2] = torch.from_numpy(u)
        _, state = layer.chunk(x, layer.initial_state(1))
    np.testing.assert_allclose(layer.coefficients(state)[0].numpy(), oracle.coefficients, atol=1e-10)


@pytest.mark.parametrize("measure", MEASURES)
def test_even_time_stamps_change_nothing(measure: str) -> None:
    model = build_model(
        {"model": "hippo-rnn", "measure": measure, "d_model": 8, "d_state": 8, "theta": 20.0}, seed=0
    ).double()
    x = torch.randn(2, 30, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    even = torch.arange(5.0, 35.0, dtype=torch.float64).expand(2, -1)
    torch.testing.assert_close(model(x, timestamps=even), model(x), rtol=0, atol=1e-11)
    uneven = even + 0.4 * torch.rand(2, 30, generator=torch.Generator().manual_seed(1))
    assert (model(x, timestamps=uneven) - model(x)).abs().max() > 1e-6


def test_legs_does_not_mind_the_unit_of_time() -> None:
    layer = HippoRNN(4, 8, "legs").double()
    u = torch.randn(2, 30, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    intervals = 0.1 + torch.rand(2, 30, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(layer(u, 250 * intervals), layer(u, intervals), rtol=0, atol=1e-11)


@pytest.mark.parametrize("measure", ["legs", "legt"])
def test_time_stamped_moments_can_be_followed_one_by_one(measure: str) -> None:
    layer = HippoRNN(4, 8, measure, theta=9.0).double()
    u = torch.randn(2, 30, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    intervals = 0.1 + torch.rand(2, 30, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    state, outputs = layer.initial_state(2), []
    for k in range(30):
        y, state = layer.step(u[:, k], state, intervals[:, k])
        outputs.append(y)
    torch.testing.assert_close(torch.stack(outputs, 1), layer(u, intervals), rtol=0, atol=1e-12)


def test_padded_time_stamps_count_for_nothing() -> None:
    model = build_model(
        {"model": "hippo-rnn", "measure": "legt", "d_model": 8, "d_state": 8}, seed=0
    ).double()
    x = torch.randn(2, 12, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    stamps = torch.cumsum(0.5 + torch.rand(2, 12, generator=torch.Generator().manual_seed(1)), 1).double()
    alone = torch.cat([model(x[:1], timestamps=stamps[:1]), model(x[1:, :5], timestamps=stamps[1:, :5])])
    stamps[1, 5:] = 0.0
    padded = model(x, torch.tensor([12, 5]), stamps)
    torch.testing.assert_close(padded, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("measure", ["legt", "legs"])
def test_a_window_follows_the_sampling_rate(measure: str) -> None:
    layer = HippoRNN(4, 8, measure, theta=20.0).double()
    u = torch.randn(1, 30, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    once = layer(u)
    layer.rate = 2.0
    torch.testing.assert_close(layer(u, torch.full((1, 30), 2.0, dtype=torch.float64)), layer(u))
    if measure == "legs":  # knows no rate
        torch.testing.assert_close(layer(u), once)


def test_casting_there_and_back_loses_no_digit_of_the_memory() -> None:
    memory = Transition("legs", 16).double()
    before = memory.eigenvalues.clone()
    assert torch.equal(memory.float().double().eigenvalues, before)


def test_gradients_against_finite_differences() -> None:
    for measure in ("legs", "legt"):
        layer = HippoRNN(3, 4, measure, theta=5.0).double()
        u = torch.randn(2, 6, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(layer, (u,))


def test_half_precision_leaves_the_memory_alone() -> None:
    layer = HippoRNN(4, 8).eval()
    u = torch.randn(1, 20, 4, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(layer(u), layer(u.float()))
        assert layer(u).dtype == torch.float32


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"measure": "chebyshev"}, "'chebyshev'; one of legs"),
        ({"theta": 0.0}, "theta is 0 moments; a number above 0"),
        ({"order": 5}, "5; an even number"),
    ],
)
def test_what_is_no_memory_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HippoRNN(**({"width": 4, "order": 8} | arguments))
