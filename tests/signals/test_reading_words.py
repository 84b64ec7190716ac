"""How remarks speak: of rates as people say them, of options by the names that each door has for them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from hippo_studio.signals import SignalError, read
from hippo_studio.signals.rate_words import rate_in_words
from hippo_studio.signals.reading_options import READING_OPTIONS, TITLES, how_to_say


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (250.0, "250 Hz"),
        (0.1, "0.1 Hz"),
        (1 / 60, "one sample every minute"),
        (1 / 600, "one sample every 10 minutes"),
        (1 / 3600, "one sample every hour"),
        (1 / 5400, "one sample every 1.5 hours"),
        (1 / 86_400, "one sample every day"),
        (3.684e-07, "one sample every 31.42 days"),
        (0.0, "0 Hz"),
    ],
)
def test_slow_rates_are_told_by_their_step(rate: float, words: str) -> None:
    assert rate_in_words(rate) == words


def test_an_option_is_named_as_each_door_calls_it() -> None:
    assert how_to_say("missing", "interpolate", "zero") == (
        "choose Missing values, gaps in File › Import Table… in the window, write --missing interpolate or "
        "zero on the command line, or missing='interpolate' or 'zero' in Python"
    )
    assert TITLES.keys() == {option.name for option in READING_OPTIONS} - {"variable", "series"}


@pytest.mark.parametrize(
    ("rows", "options", "title"),
    [
        ("time,a\n0,1\n1,\n2,3\n3,4\n", {"missing": "error"}, TITLES["missing"]),
        (
            "time,a\n" + "".join(f"{n},1\n" for n in (0, 1, 2, 3, 7, 8, 9, 10)),
            {"missing": "error"},
            TITLES["missing"],
        ),
        ("time,a\n" + "".join(f"{10 * n},{n % 3}\n" for n in range(20)), {}, TITLES["time_unit"]),
    ],
)
def test_who_has_a_window_is_told_of_its_fields(tmp_path: Path, rows: str, options: dict, title: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(rows)
    try:
        said = " ".join(map(str, read(path, **options).warnings))
    except SignalError as error:
        said = str(error)
    assert f"choose {title} in File › Import Table… in the window" in said


def test_slow_rows_are_remarked_on_in_days(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    days = [date(2000, 1, 1) + timedelta(31 * n + 9 * (n % 3 == 1)) for n in range(48)]
    path.write_text("date,level\n" + "".join(f"{day},{row % 5}\n" for row, day in enumerate(days)))
    (remark,) = [one for one in read(path).warnings if one.kind == "irregular-time"]
    assert "the median rate of one sample every 31 days, by linear interpolation" in str(remark)


def test_times_that_never_advance_are_refused_in_words_of_every_door(tmp_path: Path) -> None:
    path = tmp_path / "still.csv"
    path.write_text("time,a\n" + "".join(f"5,{row % 3}\n" for row in range(20)))
    with pytest.raises(SignalError, match="choose another column of times, or say the sample rate") as caught:
        read(path, time_column="time")
    assert "_" not in str(caught.value)
