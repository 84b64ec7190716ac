"""The data at a glance: what is said of them, and a few of each class in small."""

from __future__ import annotations

import numpy as np
import pytest
from train_made import MadeSplit, made_data

from hippo_studio.app.train.data_overview import THUMBNAILS, overview
from hippo_studio.learning.data import DataError, Example


def test_every_class_is_seen_with_its_count_and_its_length() -> None:
    seen = overview(made_data())
    assert seen.counts.tolist() == [8, 8]
    assert seen.lines[1] == "0.32 s at 100 Hz."
    assert {one.label for one in seen.thumbnails} == {"slow", "fast"}
    assert len(seen.thumbnails) <= THUMBNAILS


def test_long_examples_become_short_curves() -> None:
    seen = overview(made_data(train=MadeSplit(4, length=100_000)))
    assert max(one.values.size for one in seen.thumbnails) <= 240


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
