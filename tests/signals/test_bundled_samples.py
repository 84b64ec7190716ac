"""The sample signals that ship with the studio: small, readable, and made by the script beside them."""

import runpy

import numpy as np
import pytest

from hippo_studio.signals import bundled_samples, read

SAMPLES = {sample.name: sample for sample in bundled_samples()}


def test_there_are_sound_and_sensors_with_words_to_show():
    assert list(SAMPLES) == ["speech", "chord", "fall", "heartbeat"]
    for sample in SAMPLES.values():
        assert sample.title
        assert sample.description.endswith(".")
        assert sample.path.is_file()
        assert set(sample.preset) == {"measures", "order", "theta", "follow", "channel"}


def test_together_they_are_below_a_megabyte():
    assert sum(sample.path.stat().st_size for sample in SAMPLES.values()) < 1_000_000


@pytest.mark.parametrize(
    ("name", "shape", "rate", "units"),
    [
        ("speech", (1, 154_880), 16_000, ("",)),
        ("chord", (1, 176_400), 44_100, ("",)),
        ("fall", (3, 3000), 50, ("m/s²",) * 3),
        ("heartbeat", (1, 7500), 250, ("mV",)),
    ],
)
def test_each_reads_without_a_remark_and_its_preset_fits(name, shape, rate, units):
    sample = SAMPLES[name]
    signal = read(sample.path)
    assert signal.warnings == ()
    assert signal.samples.shape == shape
    assert signal.sample_rate == rate
    assert signal.units == units
    signal.channel_index(sample.preset["channel"])
    assert sample.preset["theta"] * signal.sample_rate >= 8
    assert sample.preset["theta"] < signal.duration


def test_the_fall_has_free_fall_an_impact_and_another_posture():
    samples = read(SAMPLES["fall"].path).samples
    strength = np.linalg.norm(samples, axis=0)
    assert strength.min() < 3
    assert strength.argmin() / 50 == pytest.approx(42.5, abs=0.5)
    assert strength.max() > 25
    assert samples[2, :400].mean() > 9
    assert abs(samples[2, -700:].mean()) < 3


def test_the_script_makes_them_again(tmp_path, project_root):
    made = runpy.run_path(str(project_root / "resources" / "samples" / "make_samples.py"))
    made["main"](tmp_path)
    for sample in SAMPLES.values():
        again, shipped = read(tmp_path / sample.path.name), read(sample.path)
        np.testing.assert_allclose(again.samples, shipped.samples, atol=0.011)
        assert (again.sample_rate, again.channel_names) == (shipped.sample_rate, shipped.channel_names)
