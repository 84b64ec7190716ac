"""The rivals against torch's own layers and their formulas."""

import pytest
import torch

from hippo_studio.ssm.baselines import GRU, LSTM, Attention, LinearAttention
from hippo_studio.ssm.mixer import Bidirectional, reverse


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_recurrent_layers_keep_shape_and_state(kind: type) -> None:
    layer = kind(5).double()
    y, state = layer.chunk(random(2, 7, 5), layer.initial_state(2))
    assert y.shape == (2, 7, 5)
    hidden = state[0] if kind is LSTM else state
    assert hidden.shape == (2, 5)
    assert torch.equal(hidden, y[:, -1])


@pytest.mark.parametrize("causal", [True, False])
def test_attention_is_that_of_torch(causal: bool) -> None:
    layer = Attention(8, 2, causal).double()
    twin = torch.nn.MultiheadAttention(8, 2, batch_first=True).double()
    twin.load_state_dict(
        {
            "in_proj_weight": layer.projection.weight,
            "in_proj_bias": layer.projection.bias,
            "out_proj.weight": layer.output.weight,
            "out_proj.bias": layer.output.bias,
        }
    )
    u = random(2, 11, 8)
    hidden = torch.ones(11, 11, dtype=torch.bool).triu(1) if causal else None
    expected, _ = twin(u, u, u, attn_mask=hidden, need_weights=False)
    torch.testing.assert_close(layer(u), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 130])
@pytest.mark.parametrize("causal", [True, False])
def test_linear_attention_is_its_formula(causal: bool, length: int) -> None:
    layer = LinearAttention(4, 2, causal).double()
    u = random(2, length, 4).requires_grad_()
    q, k, v = layer._split(u)
    weights = (torch.nn.functional.elu(q) + 1) @ (torch.nn.functional.elu(k) + 1).mT
    weights = weights.tril() if causal else weights
    expected = layer._merge(weights / weights.sum(-1, keepdim=True) @ v)
    received = layer(u)
    torch.testing.assert_close(received, expected, rtol=0, atol=1e-12)
    probe = random(*expected.shape)
    for ours, theirs in zip(
        torch.autograd.grad(received, [u, *layer.parameters()], probe, retain_graph=True),
        torch.autograd.grad(expected, [u, *layer.parameters()], probe),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


def test_reversing_leaves_padding_at_the_end() -> None:
    u = torch.arange(8.0).view(2, 4, 1)
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    assert reverse(u, mask)[..., 0].tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]
    assert torch.equal(reverse(reverse(u, mask), mask), u)


def test_a_layer_run_both_ways_is_torch_s_bidirectional_layer() -> None:
    layer = Bidirectional(LSTM(4), LSTM(4), 4).double()
    twin = torch.nn.LSTM(4, 4, batch_first=True, bidirectional=True).double()
    ahead, back = layer.forwards.cell.state_dict(), layer.backwards.cell.state_dict()
    twin.load_state_dict(ahead | {f"{name}_reverse": value for name, value in back.items()})
    u = random(2, 9, 4)
    torch.testing.assert_close(layer(u), layer.output(twin(u)[0]), rtol=0, atol=1e-12)


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match="d_model is 10 and n_heads is 4"):
        Attention(10, 4, True)
