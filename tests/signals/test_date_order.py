"""Dates of which day and month may be either: guessed and said, or read as the person says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_studio.signals import read, sniff
from hippo_studio.signals.readers.date_order import date_order_of

JANUARY, DAY = 1_672_531_200.0, 86_400.0


def table(folder: Path, separator: str = "/") -> Path:
    path = folder / "days.csv"
    days = [f"0{day}{separator}02{separator}2023" for day in range(1, 10)]
    path.write_text("date,a\n" + "".join(f"{day},{row}\n" for row, day in enumerate(days)))
    return path


def test_an_order_that_is_said_is_read_and_nothing_is_assumed(tmp_path: Path) -> None:
    path = table(tmp_path)
    guessed, days, months = (
        read(path, **options) for options in ({}, {"date_order": "day-month"}, {"date_order": "month-day"})
    )
    assert [warning.kind for warning in guessed.warnings] == ["assumed-time"]
    assert "if the month comes first, say date_order='month-day'" in str(guessed.warnings[0])
    assert "assumed-time" not in [warning.kind for warning in (*days.warnings, *months.warnings)]
    assert (days.start, days.sample_rate) == (JANUARY + 31 * DAY, pytest.approx(1 / DAY))
    assert months.start == JANUARY + DAY  # 2 January, 2 February …
    assert months.sample_rate < 0.05 / DAY
    assert dict(months.reading) == {"date_order": "month-day"}


@pytest.mark.parametrize("separator", [".", "-"])
def test_it_holds_against_what_is_usual_with_points(tmp_path: Path, separator: str) -> None:
    path = table(tmp_path, separator=separator)
    assert date_order_of(sniff(path).time) == "day-month"
    assert date_order_of(sniff(path, date_order="month-day").time) == "month-day"
    assert read(path, date_order="month-day").start == JANUARY + DAY


def test_dates_without_a_choice_are_left_alone_and_a_wrong_word_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "iso.csv"
    path.write_text("date,a\n" + "".join(f"2023-02-0{day},{day}\n" for day in range(1, 10)))
    assert date_order_of(sniff(path).time) == ""
    assert read(path, date_order="month-day").start == JANUARY + 31 * DAY
    with pytest.raises(ValueError, match="date_order is one of day-month, month-day; got 'us'"):
        sniff(path, date_order="us")
