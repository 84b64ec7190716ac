"""Every model in the one frame: shapes, causality, streams, padding, seeds, and what it refuses."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor

from hippo_studio.ssm import (
    MODELS,
    ModelConfig,
    SequenceModel,
    StateSpace,
    at_rate,
    build_model,
    parameter_groups,
)

NAMES = tuple(MODELS)
LENGTH = 70  # longer than a chunk of linear attention, and a multiple of nothing


def small(name: str, **changes: object) -> SequenceModel:
    keys = {
        "model": name,
        "d_input": 3,
        "d_model": 8,
        "n_layers": 2,
        "d_state": 6,
        "n_classes": 4,
        "theta": 20.0,
        "n_heads": 2,
        "causal": True,
    }
    return build_model(keys | changes, seed=1).double().eval()


def signal(batch: int = 3, length: int = LENGTH, channels: int = 3, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, length, channels, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", NAMES)
def test_logits_of_whole_sequences_and_of_moments(name: str) -> None:
    assert small(name)(signal()).shape == (3, 4)
    assert small(name, pool="none")(signal()).shape == (3, LENGTH, 4)
    assert small(name)(signal(batch=1, length=1)).shape == (1, 4)


@pytest.mark.parametrize("name", NAMES)
def test_no_moment_of_a_causal_model_sees_a_later_one(name: str) -> None:
    model, x = small(name, pool="none"), signal(batch=1).requires_grad_()
    moment = 41
    (seen,) = torch.autograd.grad(model(x)[0, moment].square().sum(), x)
    assert not seen[0, moment + 1 :].any()
    assert seen[0, : moment + 1].abs().sum(-1).min() > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_is_not_causal_sees_the_whole_sequence(name: str) -> None:
    model, x = small(name, pool="none", causal=False), signal(batch=1).requires_grad_()
    (seen,) = torch.autograd.grad(model(x)[0, 41].square().sum(), x)
    assert seen[0].abs().sum(-1).min() > 0
    with pytest.raises(ValueError, match="is not causal"):
        model.initial_state(1)


@pytest.mark.parametrize("pool", ["mean", "last", "max", "none"])
@pytest.mark.parametrize("name", NAMES)
def test_a_stream_gives_what_the_whole_sequence_gives(name: str, pool: str) -> None:
    model, x = small(name, pool=pool, feedforward=8), signal()
    state, logits = model.initial_state(3), []
    for moment in x.unbind(1):
        now, state = model.step(moment, state)
        logits.append(now)
    stepped = torch.stack(logits, dim=1)
    trajectory, _ = model.trajectory(x, model.initial_state(3))
    torch.testing.assert_close(trajectory, stepped, rtol=0, atol=1e-10)

    first, between = model.chunk(x[:, :33], model.initial_state(3))
    second, after = model.chunk(x[:, 33:], between)
    whole = model(x)
    if pool == "none":
        torch.testing.assert_close(stepped, whole, rtol=0, atol=1e-10)
        torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=0, atol=1e-10)
    else:
        torch.testing.assert_close(stepped[:, -1], whole, rtol=0, atol=1e-10)
        torch.testing.assert_close(first, model(x[:, :33]), rtol=0, atol=1e-10)
        torch.testing.assert_close(second, whole, rtol=0, atol=1e-10)
    more = signal(length=5, seed=1)
    torch.testing.assert_close(model.chunk(more, after)[0], model.chunk(more, state)[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_padding_counts_for_nothing(name: str, causal: bool) -> None:
    lengths = torch.tensor([LENGTH, 20, 1])
    for pool in ("mean", "last", "max"):
        model, x = small(name, causal=causal, pool=pool), signal()
        alone = torch.cat([model(x[i : i + 1, :length]) for i, length in enumerate(lengths.tolist())])
        torch.testing.assert_close(model(x, lengths), alone, rtol=0, atol=1e-10)


def test_tokens_are_embedded_and_followed() -> None:
    model = small("gru", vocabulary=10, pool="none")
    tokens = torch.randint(10, (2, 12), generator=torch.Generator().manual_seed(0))
    logits, state = model.chunk(tokens[:, :11], model.initial_state(2))
    last, _ = model.step(tokens[:, 11], state)
    torch.testing.assert_close(torch.cat([logits, last[:, None]], 1), model(tokens), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_decides_the_parameters_and_disturbs_nothing(name: str) -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    one, two = small(name), small(name)
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    other = build_model(one.config, seed=2).double()
    assert any(not torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_learns_and_a_step_of_training_is_reproducible(name: str) -> None:
    def trained() -> list[Tensor]:
        model = build_model(small(name).config, seed=3).train()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loss = torch.nn.functional.cross_entropy(model(signal().float()), torch.tensor([0, 1, 2]))
        loss.backward()
        for parameter_name, parameter in model.named_parameters():
            assert not parameter.requires_grad or parameter.grad.isfinite().all(), parameter_name
        optimizer.step()
        return [parameter.detach() for parameter in model.parameters()]

    assert all(torch.equal(a, b) for a, b in zip(trained(), trained(), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_predicts_the_same(name: str) -> None:
    model, x = small(name), signal()
    assert torch.equal(copy.deepcopy(model)(x), model(x))


@pytest.mark.parametrize("name", NAMES)
def test_state_space_parameters_learn_slowly_and_without_decay_in_copies_too(name: str) -> None:
    for model in (small(name), copy.deepcopy(small(name))):
        groups = parameter_groups(model, lr=1e-2, weight_decay=0.05)
        assert groups[0]["lr"] == 1e-2
        assert groups[0]["weight_decay"] == 0.05
        assert sum(len(group["params"]) for group in groups) == sum(
            parameter.requires_grad for parameter in model.parameters()
        )
        slow = {id(parameter) for group in groups[1:] for parameter in group["params"]}
        timescales = [
            layer.log_delta for layer in model.state_spaces().values() if layer.log_delta.requires_grad
        ]
        assert bool(slow) == bool(timescales)
        assert all(id(timescale) in slow for timescale in timescales)
        assert all(group["lr"] == 1e-3 and group["weight_decay"] == 0.0 for group in groups[1:])
        assert parameter_groups(model, lr=1e-4, weight_decay=0.0)[0]["lr"] == 1e-4


@pytest.mark.parametrize("name", ["s4", "s4d", "lssl", "hippo-rnn", "lmu"])
def test_a_model_at_half_the_rate_hears_the_same_slow_signal(name: str) -> None:
    # Every second sample at rate 2 is nearer to the whole signal than the same samples at rate 1.
    t = torch.arange(600, dtype=torch.float64) / 100
    x = torch.stack([torch.sin(0.9 * t), torch.cos(0.5 * t), torch.sin(0.3 * t)], dim=-1)[None]
    model = small(
        name, d_state=16, n_layers=1, measure="legt", theta=150.0, initialization="legs", dt_max=1e-2
    )
    expected, state = model(x), dict(model.named_parameters())
    with at_rate(model, 2.0):
        scaled = model(x[:, ::2])
    assert (scaled - expected).abs().max() < 0.5 * (model(x[:, ::2]) - expected).abs().max()
    assert torch.equal(model(x), expected)
    assert all(torch.equal(value, state[key]) for key, value in model.named_parameters())


def test_a_model_without_timescales_refuses_another_rate() -> None:
    model = small("lstm")
    assert not model.follows_rate
    assert small("lmu").follows_rate
    with (
        pytest.raises(ValueError, match=r"rate is 2, and LSTM has no timescale.*s4d.*resample"),
        at_rate(model, 2.0),
    ):
        pass
    with at_rate(model, 1.0):
        assert model(signal()).shape == (3, 4)


def test_state_spaces_are_found_by_name() -> None:
    assert list(small("s4").state_spaces()) == ["blocks.0.mixer", "blocks.1.mixer"]
    assert list(small("h3", attention_layers=(1,)).state_spaces()) == [
        "blocks.0.mixer.shift",
        "blocks.0.mixer.diagonal",
    ]
    assert len(small("s4d", causal=False).state_spaces()) == 4
    assert all(isinstance(layer, StateSpace) for layer in small("lssl").state_spaces().values())
    assert small("lstm").state_spaces() == {}


def test_with_pool_none_a_transformer_is_causal_unless_told_otherwise() -> None:
    assert not build_model({"model": "transformer"}).causal
    assert build_model({"model": "transformer", "pool": "none"}).causal
    assert not build_model({"model": "transformer", "pool": "none", "causal": False}).causal


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(2, 5), r"\(2, 5\); a tensor \(B, L, 3\)"),
        (torch.zeros(2, 5, 1), r"\(2, 5, 1\); a tensor \(B, L, 3\)"),
        (torch.zeros(2, 0, 3), r"\(2, 0, 3\); at least one sequence of at least one moment"),
        (torch.zeros(0, 5, 3), "at least one sequence"),
        (torch.zeros(2, 5, 3, dtype=torch.int64), "torch.int64; floating-point"),
        (torch.tensor([[[0.0, 1.0, torch.nan]]]), r"holds nan at \(0, 0, 2\)"),
        (torch.tensor([[[0.0, -torch.inf, 1.0]]]), r"holds -inf at \(0, 0, 1\)"),
        ([[1.0]], "The input is list"),
    ],
)
def test_input_that_cannot_be_is_refused_in_a_sentence(x: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small("gru").float()(x)


def test_a_stream_refuses_what_a_sequence_refuses() -> None:
    model = small("gru").float()
    with pytest.raises(ValueError, match=r"\(1, 2\); a tensor \(B, 3\)"):
        model.step(torch.zeros(1, 2), model.initial_state(1))
    with pytest.raises(ValueError, match="nan"):
        model.chunk(torch.full((1, 4, 3), torch.nan), model.initial_state(1))
    with pytest.raises(ValueError, match="streams is 0"):
        model.initial_state(0)


@pytest.mark.parametrize("run", ["forward", "chunk", "step"])
def test_another_precision_than_the_model_s_is_refused(run: str) -> None:
    def runs(model: SequenceModel, x: Tensor) -> Tensor:
        if run == "forward":
            return model(x)
        moments = x[:, 0] if run == "step" else x
        return getattr(model, run)(moments, model.initial_state(3))[0]

    model, x = small("s4d").float(), signal()
    with pytest.raises(
        ValueError, match=r"torch.float64 and the model of torch.float32; give it x.float\(\)"
    ):
        runs(model, x)
    with torch.autocast("cpu", torch.bfloat16):
        assert runs(model, x.bfloat16()).isfinite().all()
    with pytest.raises(ValueError, match=r"give it x.double\(\)"):
        runs(model.double(), x.float())
    with pytest.raises(ValueError, match=r"model is in torch.bfloat16; .*torch.autocast"):
        runs(model.bfloat16(), x.bfloat16())


@pytest.mark.parametrize("state", [None, {}, (), (None, None, None)])
@pytest.mark.parametrize("run", ["step", "chunk", "trajectory", "forget"])
def test_what_is_no_state_is_refused(run: str, state: object) -> None:
    model = small("h3")
    arguments = {"step": (signal()[:, 0], state), "forget": (state, 5)}.get(run, (signal(), state))
    with pytest.raises(ValueError, match=r"The state is .*initial_state\(batch\)"):
        getattr(model, run)(*arguments)


def test_a_state_of_other_streams_and_a_reach_that_cannot_be_are_refused() -> None:
    model = small("transformer")
    with pytest.raises(ValueError, match=r"of 2 streams and the input of 3; .*initial_state\(3\)"):
        model.chunk(signal(), model.initial_state(2))
    with pytest.raises(ValueError, match="reach is -1; a whole number ≥ 1"):
        model.forget(model.initial_state(2), -1)


@pytest.mark.parametrize("name", ["s4d", "h3", "lstm"])
def test_a_layer_refuses_what_is_no_state(name: str) -> None:
    layer = small(name).blocks[0].mixer
    with pytest.raises(ValueError, match=r"The state is None.*initial_state\("):
        layer.step(torch.zeros(2, 8, dtype=torch.float64), None)


@pytest.mark.parametrize("seed", ["x", -1, 1.5])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(ValueError, match=r"The seed is .*; a whole number from 0"):
        build_model({}, seed=seed)


def test_time_stamps_may_be_sequences_and_arrays() -> None:
    model, x = small("hippo-rnn"), signal(batch=1, length=3)
    expected = model(x, timestamps=torch.tensor([[0.0, 1.0, 3.0]]))
    for stamps in ([[0, 1, 3]], np.array([[0.0, 1.0, 3.0]])):
        assert torch.equal(model(x, timestamps=stamps), expected)


def test_tokens_outside_the_vocabulary_are_refused() -> None:
    model = small("gru", vocabulary=10)
    with pytest.raises(ValueError, match="from 3 to 10; 0 to 9"):
        model(torch.tensor([[3, 10]]))
    with pytest.raises(ValueError, match="float64; int64"):
        model(signal()[..., 0])


def test_lengths_and_timestamps_that_cannot_be_are_refused() -> None:
    model, x = small("hippo-rnn"), signal()
    with pytest.raises(ValueError, match=r"\[70, 71, 1\]; 1 to 70"):
        model(x, torch.tensor([70, 71, 1]))
    with pytest.raises(ValueError, match="3 whole numbers"):
        model(x, torch.tensor([70.0, 7, 1]))
    with pytest.raises(ValueError, match="do not increase"):
        model(x, timestamps=torch.ones(3, LENGTH))
    with pytest.raises(ValueError, match=r"\(3, 5\); \(3, 70\)"):
        model(x, timestamps=torch.ones(3, 5))
    with pytest.raises(ValueError, match="lengths are 'a'; 3 whole numbers"):
        model(x, "a")
    with pytest.raises(ValueError, match=r"timestamps are \(2,\); \(3, 70\)"):
        model(x, timestamps=[20, 0])
    with pytest.raises(ValueError, match=r"timestamps are 'a'; \(3, 70\) numbers"):
        model(x, timestamps="a")
    with pytest.raises(ValueError, match=r"hold nan at \(0, 0\) \(210 of 210 are not finite"):
        model(x, timestamps=torch.full((3, LENGTH), torch.nan))
    with pytest.raises(ValueError, match="given to a GRU; only hippo-rnn"):
        small("gru")(x, timestamps=torch.arange(70.0).expand(3, -1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modle": "gru"}, "'modle'.* nearest is 'model'"),
        ({"model": "s5"}, "'s5'; one of "),
        ({"d_model": 0}, "d_model is 0; a whole number from 1"),
        ({"d_model": 8.0}, "d_model is 8.0; a whole number"),
        ({"n_layers": True}, "n_layers is True"),
        ({"dropout": 1.0}, "dropout is 1; a number from 0 to 0.95"),
        ({"dropout": "0.1"}, "dropout is '0.1'; a number"),
        ({"pool": "average"}, "'average'; one of mean, last, max, none"),
        ({"causal": 1}, "causal is 1; true or false"),
        ({"dt_min": 0.5}, "dt_min is 0.5 and dt_max 0.1"),
        ({"attention_layers": 1}, "attention_layers is 1; a list"),
        ({"attention_layers": [0, 2]}, r"attention_layers is \[0, 2\]; 0 to 1 is needed"),
        ({"model": "s4", "method": "zoh"}, "method is 'zoh'; S4 knows “bilinear” alone"),
        ({"model": "s4", "d_state": 7}, "7; an even number"),
        ({"model": "s4d", "initialization": "fout"}, "'fout'; one of lin, inv"),
        ({"model": "lssl", "d_model": 8, "n_timescales": 3}, "n_timescales 3"),
        ({"model": "lssl", "method": "gbt", "alpha": 0.2}, r"alpha is 0\.2; a number from 0\.5 to 1"),
        ({"model": "transformer", "d_model": 10, "n_heads": 4}, "d_model is 10 and n_heads is 4"),
        ({"model": "hippo-rnn", "d_state": 7}, "7; an even number"),
        ({"model": "hippo-rnn", "measure": "cheb"}, "'cheb'; one of legs, legt"),
        ({"model": "lmu", "theta": -1.0}, "theta is -1"),
        ({"model": "lmu", "theta": 0.5}, "theta is 0.5, less than one moment"),
        ({"model": "hippo-rnn", "measure": "legt", "theta": 0.5}, "theta is 0.5, less than one moment"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_in_a_sentence(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_model({"model": "gru"} | changes)


def test_alpha_reaches_from_the_bilinear_rule_to_the_backward_one() -> None:
    kernels = [
        build_model({"model": "lssl", "d_model": 2, "dt_min": 0.1, "dt_max": 0.2} | keys, seed=1)
        .state_spaces()["blocks.0.mixer"]
        .kernel(40)
        for keys in (
            {"method": "bilinear"},
            {"method": "gbt", "alpha": 0.5},
            {"method": "gbt", "alpha": 1.0},
            {"method": "backward"},
        )
    ]
    assert torch.equal(kernels[0], kernels[1])
    assert torch.equal(kernels[2], kernels[3])
    assert (kernels[1] - kernels[2]).abs().max() > 1e-3


def test_every_key_says_what_it_means() -> None:
    meanings = ModelConfig.describe()
    assert set(meanings) == set(ModelConfig().to_dict())
    assert all(meanings.values())
    assert ModelConfig.from_dict(ModelConfig(attention_layers=(1,)).to_dict()).attention_layers == (1,)
