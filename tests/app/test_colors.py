"""Colours: readable on their grounds, and the measures apart from each other for colour-blind eyes too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from hippo_studio.app.colors import DARK, LIGHT, Colors, contrast, mix
from hippo_studio.hippo import MEASURES

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency",
# 2009: severity 1.0, on linear RGB.
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SETS = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D65 of linear sRGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == 1.0


def test_mix_goes_from_one_to_the_other() -> None:
    assert [mix("#000000", "#ffffff", part) for part in (0, 0.5, 1)] == ["#000000", "#808080", "#ffffff"]


@SETS
def test_text_is_readable_on_every_ground(colors: Colors) -> None:
    for ground in (colors.background, colors.surface, colors.raised):
        for name in ("text", "muted", "warning", "error", "accent"):
            assert contrast(getattr(colors, name), ground) >= 4.5, (name, ground)
    assert contrast(colors.on_accent, colors.accent) >= 4.5


@SETS
def test_curves_stand_out_from_the_plot(colors: Colors) -> None:
    for name, color in {**colors.measures, "signal": colors.signal}.items():
        assert contrast(color, colors.surface) >= 3.0, name


@SETS
def test_every_measure_has_its_colour(colors: Colors) -> None:
    assert set(colors.measures) == set(MEASURES)
    assert colors.accent not in colors.measures.values()


@SETS
@pytest.mark.parametrize("sight", SIGHT)
def test_measures_stay_apart_for_every_eye(colors: Colors, sight: str) -> None:
    seen = {name: lab(SIGHT[sight] @ linear(color)) for name, color in colors.measures.items()}
    closest = min(
        (float(np.linalg.norm(seen[a] - seen[b])), a, b) for a, b in combinations(colors.measures, 2)
    )
    assert closest[0] >= 19.0, closest
