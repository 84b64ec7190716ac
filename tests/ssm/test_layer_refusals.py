"""What the layers refuse: each error quotes what was received, and says what is needed."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from layers import CAUSAL, build, layer_of, signal

from hippo_studio.ssm.baselines import GRU, LSTM, Attention, LinearAttention
from hippo_studio.ssm.h3 import H3
from hippo_studio.ssm.lmu import LMU
from hippo_studio.ssm.lssl import LSSL
from hippo_studio.ssm.memory_rnn import HippoRNN
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.rate import at_rate
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D

RIVALS: dict[str, Callable[[], Mixer]] = {
    "hippo-rnn": lambda: HippoRNN(4, 8),
    "lmu": lambda: LMU(4, 8),
    "lstm": lambda: LSTM(4),
    "gru": lambda: GRU(4),
    "attention": lambda: Attention(4, 2, True),
    "linear attention": lambda: LinearAttention(4, 2, True),
}
EVERY = {**CAUSAL, **RIVALS}


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


@pytest.mark.parametrize("name", EVERY)
def test_what_is_no_tensor_of_the_width_is_refused_in_every_view(name: str) -> None:
    layer = build(EVERY[name])
    width, state = layer.width, layer.initial_state(2)
    views = {
        3: [layer, lambda u: layer.chunk(u, state)],
        2: [lambda u: layer.step(u, state)],
    }
    for dimensions, runs in views.items():
        for run in runs:
            wanted = rf"\(batch, length, {width}\)" if dimensions == 3 else rf"\(batch, {width}\)"
            for shape in ((2, 5, width + 1)[3 - dimensions :], (2,), (0,) * dimensions):
                with pytest.raises(ValueError, match=f"has shape .*{wanted} is needed"):
                    run(torch.zeros(shape, dtype=torch.float64))
            with pytest.raises(ValueError, match=rf"is array.*, no tensor; {wanted}"):
                run(np.zeros((2, 5, width)[3 - dimensions :]))
            with pytest.raises(ValueError, match=r"is of type torch.int64; floating-point numbers"):
                run(torch.zeros((2, 5, width)[3 - dimensions :], dtype=torch.int64))


@pytest.mark.parametrize("name", EVERY)
def test_a_state_that_is_none_of_the_layer_s_is_refused(name: str) -> None:
    layer = build(EVERY[name])
    u = torch.zeros(2, 3, layer.width, dtype=torch.float64)
    for state in (
        None,
        3,
        (),
        torch.zeros(2, 5),
        (torch.zeros(2, 5), torch.zeros(2, 5)),
        layer.initial_state(3),
    ):
        for run in (lambda s: layer.chunk(u, s), lambda s: layer.step(u[:, 0], s)):
            with pytest.raises(
                ValueError, match=r"The state .* is needed beside this input, as initial_state\(2\)"
            ):
                run(state)
    for batch in (0, -1, 2.5, "a"):
        with pytest.raises(ValueError, match=f"The batch is {batch!r}; a whole number ≥ 1"):
            layer.initial_state(batch)


@pytest.mark.parametrize("name", ["h3", "lstm", "gru", "attention", "linear attention"])
def test_another_precision_than_the_layer_s_is_refused_where_it_counts(name: str) -> None:
    layer = build(EVERY[name])
    with pytest.raises(ValueError, match=r"torch.float32; torch.float64 is needed, as of the layer"):
        layer(torch.zeros(2, 3, layer.width))


@pytest.mark.parametrize("name", ["s4", "lssl", "shift", "h3"])
def test_a_state_of_another_precision_is_refused(name: str) -> None:
    layer, other = build(EVERY[name]), build(EVERY[name], torch.float32)
    u = torch.zeros(2, 3, layer.width, dtype=torch.float64)
    for run in (lambda s: layer.chunk(u, s), lambda s: layer.step(u[:, 0], s)):
        with pytest.raises(ValueError, match=r"state is of type torch.float32; torch.float64 is needed"):
            run(other.initial_state(2))


def test_a_state_of_another_batch_is_refused() -> None:
    layer = layer_of("s4d lin")
    with pytest.raises(ValueError, match=r"\(3, 2, 8\); \(2, 2, 8\)"):
        layer.step(torch.zeros(2, 2, dtype=torch.float64), layer.initial_state(3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: S4D(4, 7), "is 7; an even number"),
        (lambda: S4D(4, 8.0), r"state size N is 8\.0; a whole number"),
        (lambda: S4(4, "x"), "state size N is 'x'; a whole number"),
        (lambda: LSSL(4, 8, dt_min="a"), "timescale is 'a'; a number"),
        (lambda: LSTM(0), "d_model is 0; a whole number"),
        (lambda: GRU("a"), "d_model is 'a'; a whole number"),
        (lambda: Attention(8, 0, True), "n_heads is 0; a whole number"),
        (lambda: HippoRNN(4, 8, channels=0), "memory_channels is 0; a whole number"),
        (lambda: LMU(4, 0), "d_state is 0; a whole number from 1"),
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
        (lambda: S4D(4, 8).kernel(10**13), "length is 10000000000000; a whole number from 1 to 268435456"),
        (lambda: S4D(4, 8).kernel(8, rate=0), "The rate is 0"),
        (lambda: S4D(4, 8).state_space(4), "channel is 4"),
        (lambda: S4D(4, 8).frequency_response([math.inf]), "inf at index"),
        (lambda: S4D(4, 8).frequency_response(torch.tensor([1j])), "ω is of type torch.complex64; real"),
        (lambda: S4D(4, 8).frequency_response("a"), "ω holds values of type <U1; real numbers"),
        (lambda: at_rate(S4D(4, 8), -1).__enter__(), "The rate is -1"),
    ],
)
def test_bad_arguments_are_quoted(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
