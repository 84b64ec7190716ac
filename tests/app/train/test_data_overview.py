"""The data at a glance: what is said of them, and a few of each class in small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot
from train_made import MadeSplit, made_data

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.data_card import Thumbnails
from hippo_studio.app.train.data_overview import THUMBNAILS, Thumbnail, overview
from hippo_studio.learning.data import DataError, Example
from hippo_studio.learning.datasets import open_data


def test_every_class_is_seen_with_its_count_and_its_length() -> None:
    seen = overview(made_data())
    assert seen.counts.tolist() == [8, 8]
    assert seen.lines[1] == "0.32 s at 100 Hz."
    assert {one.label for one in seen.thumbnails} == {"slow", "fast"}
    assert len(seen.thumbnails) <= THUMBNAILS


def test_what_cannot_be_read_is_told_and_not_counted(tmp_path: Path) -> None:
    for label, frequency in (("high", 900.0), ("low", 200.0)):
        (tmp_path / label).mkdir()
        for number in range(8):
            tone = np.sin(2 * np.pi * (frequency + number) * np.arange(800) / 8000)
            soundfile.write(tmp_path / label / f"{number}.wav", tone, 8000)
    (tmp_path / "high" / "broken.wav").write_bytes(b"RIFF, but nothing else")
    seen = overview(open_data(str(tmp_path)))
    assert len(seen.data.train) + len(seen.data.validation) + len(seen.data.test) == 16
    assert seen.lines[-1] == "1 example was left aside as unreadable: high/broken.wav."


def test_long_examples_become_short_curves() -> None:
    seen = overview(made_data(train=MadeSplit(4, length=100_000)))
    assert max(one.values.size for one in seen.thumbnails) <= 240


def test_a_fast_tone_of_two_channels_is_a_band_as_high_as_it_is_in_each() -> None:
    class Tones(MadeSplit):
        def __getitem__(self, index: int) -> Example:
            tone = np.sin(2 * np.pi * 900 * np.arange(8000) / 8000)
            return Example(np.stack([tone, 3 * tone], axis=1), int(self.labels[index]), "tone")

    seen = overview(made_data(train=Tones(2, 8000), d_input=2))
    values = seen.thumbnails[0].values
    assert values.shape[0] == 2
    for row, high in zip(values, (1.0, 3.0), strict=True):
        assert row[::2].max() < -0.9 * high, "the lowest of each column"
        assert row[1::2].min() > 0.9 * high, "the highest"


def test_examples_are_drawn_one_lane_per_channel(theme: Theme, qtbot: QtBot) -> None:
    view = Thumbnails(theme)
    qtbot.addWidget(view)
    view.resize(300, 150)
    ramp = np.linspace(-1, 1, 50, dtype=np.float32)
    view.show_thumbnails((Thumbnail("ramps", "ramps", np.stack([ramp, -ramp]), False),))
    image = view.grab().toImage()
    ink = np.array([[image.pixelColor(x, y).saturation() > 60 for x in range(300)] for y in range(150)])
    left = np.flatnonzero(ink[:, 5:12].any(axis=1))
    assert np.diff(left).max() < 12, "at the left both are at the edge between the lanes"
    middle = np.flatnonzero(ink[:, 75])
    assert np.diff(middle).max() > 30, "two curves, one over the other"


def test_what_cannot_be_read_is_left_out() -> None:
    class Torn(MadeSplit):
        def __getitem__(self, index: int) -> Example:
            if index == 0:
                raise DataError("The clip is torn.")
            return super().__getitem__(index)

    seen = overview(made_data(train=Torn(4)))
    assert [one.name for one in seen.thumbnails] == ["sine 1", "sine 2", "sine 3"]


def test_it_ends_when_nobody_waits_any_more() -> None:
    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        overview(made_data(), check)


def test_lengths_that_are_not_known_yet_are_said_to_come() -> None:
    class Unknown(MadeSplit):
        def __init__(self, count: int) -> None:
            super().__init__(count)
            self.lengths = np.zeros(count, np.int64)

        def __getitem__(self, index: int) -> Example:
            return MadeSplit(len(self))[index]

    empty = MadeSplit(0)
    seen = overview(made_data(train=Unknown(4), validation=empty, test=empty))
    assert "once they are decoded" in seen.lines[1]
