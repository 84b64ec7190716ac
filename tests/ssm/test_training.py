"""With the defaults and plain AdamW the state spaces learn, and long sequences give finite gradients."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from hippo_studio.ssm import build_model

STATE_SPACES = ("s4", "s4d", "h3", "lssl")


def tones(seed: int, count: int, length: int = 48) -> tuple[Tensor, Tensor]:
    """Three or five periods of a sine at any phase, in noise, and which of the two it is."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(2, (count,), generator=generator)
    phase = 2 * math.pi * torch.rand(count, 1, generator=generator)
    time = torch.arange(length) / length
    x = torch.sin(2 * math.pi * (3 + 2 * label[:, None]) * time + phase)
    return (x + 0.3 * torch.randn(x.shape, generator=generator))[..., None], label


@pytest.mark.parametrize("name", STATE_SPACES)
def test_fifty_steps_of_adamw_teach_two_tones(name: str) -> None:
    model = build_model({"model": name, "d_model": 16, "n_layers": 1, "d_state": 16}, seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    for step in range(50):
        x, label = tones(step, 32)
        optimizer.zero_grad()
        cross_entropy(model(x), label).backward()
        optimizer.step()
    x, label = tones(999, 200)
    with torch.no_grad():
        assert (model.eval()(x).argmax(1) == label).float().mean() > 0.9


@pytest.mark.parametrize("name", STATE_SPACES)
def test_gradients_of_a_long_sequence_are_finite(name: str) -> None:
    model = build_model({"model": name, "d_model": 4, "n_layers": 2, "d_state": 64}, seed=0)
    x = torch.randn(1, 16384, 1, generator=torch.Generator().manual_seed(0))
    cross_entropy(model(x), torch.tensor([1])).backward()
    for key, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, key
            assert parameter.grad.isfinite().all(), key
            assert parameter.grad.any(), key
