"""torch.compile takes a layer whole: no part of it is left to run by itself, and its gradients stay."""

from collections.abc import Callable, Iterator

import pytest
import torch
from layers import apart, build, signal

from hippo_studio.ssm.h3 import H3
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D

LAYERS: dict[str, Callable[[], Mixer]] = {
    "s4d": lambda: S4D(2, 8, convolution="fft"),
    "s4d in chunks": lambda: S4D(2, 8, convolution="chunks"),
    "s4 in chunks": lambda: S4(2, 8, convolution="chunks"),
    "h3": lambda: H3(2, 8),
}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was compiled is not kept for other tests."""
    yield
    torch._dynamo.reset()


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch's, of itself
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_compiled_in_one_piece(name: str) -> None:
    layer = build(LAYERS[name], torch.float32)
    u = signal(layer, 200)
    learned = [parameter for parameter in layer.parameters() if parameter.requires_grad]
    wanted = layer(u)
    found = torch.compile(layer, backend="eager", fullgraph=True)(u)
    assert apart(found, wanted) < 1e-5
    for ours, theirs in zip(
        torch.autograd.grad(found.square().sum(), learned),
        torch.autograd.grad(wanted.square().sum(), learned),
        strict=True,
    ):
        assert apart(ours, theirs) < 1e-4
