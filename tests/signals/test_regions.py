import math
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.learning.datasets.regions import regions_of
from hippo_studio.signals import Region, Signal
from hippo_studio.signals.regions import table_beside, table_text


def test_a_table_of_regions_reads_back_as_the_same_numbers(tmp_path):
    regions = [Region(1 / 3, 2.0, 'a "quoted", label'), Region(0.0, 0.1, "ä")]
    table = tmp_path / "day.labels.csv"
    table.write_text(table_text(regions), encoding="utf-8")
    assert regions_of(table) == (sorted(regions), 0)


def test_rows_that_are_no_region_are_counted(tmp_path):
    table = tmp_path / "day.labels.csv"
    table.write_text("start,end,label\n0,1,a\n2,1,b\n0,nan,c\n0,1,\nx,1,d\n", encoding="utf-8")
    assert regions_of(table) == ([Region(0, 1, "a")], 4)


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [(1, 1, "a"), (-1, 1, "a"), (0, math.inf, "a"), (0, 1, " ")],
)
def test_what_is_no_region_is_refused(start, end, label):
    with pytest.raises(ValueError, match="region"):
        Region(start, end, label)


def test_a_label_is_one_line():
    assert Region(0, 1, " a\nb ").label == "a b"


def test_the_regions_of_a_signal_ascend():
    late, early = Region(2, 3, "a"), Region(0, 1, "b")
    assert Signal(np.zeros(10), 1.0, regions=(late, early)).regions == (early, late)


def test_the_table_beside_a_file(tmp_path):
    assert table_beside(Path("a/day.wav")) == Path("a/day.labels.csv")
    exact = tmp_path / "day.wav.labels.csv"
    exact.touch()
    assert table_beside(tmp_path / "day.wav") == exact
