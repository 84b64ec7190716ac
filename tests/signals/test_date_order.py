"""Dates of which day and month may be either: guessed and said, or read as the person says."""

from __future__ import annotations

from pathlib import Path

import duckdb
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
    said = str(guessed.warnings[0])
    assert "if the month comes first, choose Order of dates in File › Import Table…" in said
    assert "--date-order month-day on the command line, or date_order='month-day' in Python" in said
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


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (["time,a", *(f"{row / 10},{row}" for row in range(20))], "The times are no dates"),
        (
            ["date,a", *(f"2023-02-{day:02},{day}" for day in range(1, 10))],
            "The dates are written so that they leave no choice",
        ),
        (["a,b", *(f"{row % 3},{row % 5}" for row in range(20))], "There is no column of times"),
    ],
)
def test_an_order_that_changes_nothing_is_said_to(tmp_path: Path, rows: list[str], why: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(rows) + "\n")
    expected = f"{why}, so the order of day and month that was said, month-day, changes nothing."
    assert expected in [str(warning) for warning in read(path, date_order="month-day").warnings]
    assert "no-date-order" not in [warning.kind for warning in read(path).warnings]


def test_parquet_says_so_too(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    duckdb.sql("SELECT range / 10 AS time, range % 7 AS a FROM range(30)").write_parquet(str(path))
    kinds = [warning.kind for warning in read(path, date_order="day-month").warnings]
    assert kinds.count("no-date-order") == 1
    assert "no-date-order" not in [warning.kind for warning in read(path).warnings]
