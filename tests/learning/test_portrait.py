"""What a layer looks like: equal to the layer's own views, for every model."""

from __future__ import annotations

import numpy as np
import pytest

from hippo_studio.hippo import discretize
from hippo_studio.learning.portrait import CHANNELS, LENGTH, take_portrait
from hippo_studio.ssm import MODELS, build_model


@pytest.mark.parametrize("name", ["s4", "s4d", "h3", "lssl"])
def test_a_portrait_is_what_the_layers_say(name: str) -> None:
    model = build_model({"model": name, "d_model": 20, "n_layers": 2, "d_state": 6}, seed=0)
    portrait = take_portrait(model, 7, 0.5)
    assert (portrait.step, portrait.epoch) == (7, 0.5)
    layers = model.state_spaces()
    assert [layer.name for layer in portrait.layers] == list(layers)
    for drawn in portrait.layers:
        layer = layers[drawn.name]
        assert len(drawn.channels) == CHANNELS
        kernel = layer.kernel(LENGTH).detach().numpy()[drawn.channels]
        np.testing.assert_array_equal(drawn.kernels, kernel)
        response = layer.frequency_response(drawn.omega).detach().abs().numpy()[drawn.channels]
        np.testing.assert_allclose(drawn.spectrum, response, rtol=1e-3, atol=1e-4)
        if drawn.eigenvalues.size:
            space = layer.state_space(int(drawn.channels[3]))
            dense = np.linalg.eigvals(discretize(space.A, space.B, space.delta, layer.method)[0])
            # Each of them is near one of ours; sorting complex numbers would be brittle.
            nearest = np.abs(dense[:, None] - drawn.eigenvalues[3][None]).min(1)
            assert nearest.max() < 1e-4
            # Likewise, every λΔ of the dense matrix is near one of the portrait's.
            modes = np.linalg.eigvals(space.A) * space.delta
            assert np.abs(modes[:, None] - drawn.modes[3][None]).min(1).max() < 1e-4


def test_titles_tell_the_state_spaces_of_a_block_apart() -> None:
    def titles(name: str) -> list[str]:
        model = build_model({"model": name, "d_model": 4, "n_layers": 2, "d_state": 4}, seed=0)
        return [layer.title for layer in take_portrait(model, 0, 0.0).layers]

    assert titles("s4d") == ["Layer 1", "Layer 2"]
    assert titles("h3")[:2] == ["Layer 1 · shift", "Layer 1 · diagonal"]


def test_models_without_state_spaces_have_an_empty_portrait() -> None:
    for name in MODELS:
        model = build_model({"model": name, "d_model": 8, "n_layers": 1, "d_state": 4}, seed=0)
        assert len(take_portrait(model, 0, 0.0).layers) == len(model.state_spaces())
