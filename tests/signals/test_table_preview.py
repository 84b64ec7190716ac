"""What a person is shown of a table before it is opened, and when they should look at it."""

import numpy as np
import pytest

from hippo_studio.signals import read, sniff
from hippo_studio.signals.readers import table_preview
from hippo_studio.signals.readers.table_preview import doubts, kind_of_table, preview
from hippo_studio.signals.reading_options import from_settings, options_from_words, to_settings

TEXT = "Logger\n\ntime;a [V];b\ns;V;-\n" + "".join(
    f"{i / 10:.1f};{i},5;{i}\n".replace(".", ",") for i in range(30)
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TEXT)
    return path


def test_each_line_is_shown_with_what_it_was_taken_for(path):
    found = preview(path)
    assert found.lines[:3] == ("Logger", "", "time;a [V];b")
    assert [found.role(number) for number in range(1, 6)] == [
        "preamble",
        "preamble",
        "header",
        "units",
        "data",
    ]
    assert (found.table.delimiter, found.table.decimal, found.whole, found.problem) == (";", ",", True, "")
    np.testing.assert_array_equal(found.signal.samples, read(path).samples)


def test_options_change_what_is_shown(path):
    found = preview(path, sample_rate=50.0, columns=["b"], missing="zero")
    assert (found.signal.sample_rate, found.signal.channel_names) == (50, ("b",))


@pytest.mark.parametrize(
    ("options", "words"),
    [({"time_column": "nope"}, "got 'nope', there are"), ({"encoding": "klingon"}, "got 'klingon'"),
     ({"delimiter": "|"}, "no column of numbers"), ({"time_zone": "Atlantis"}, "got 'Atlantis'"),
     ({"time_zone": "+25:00"}, "got '+25:00'")],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence_and_the_lines_stay(path, options, words):
    found = preview(path, **options)
    assert words in found.problem
    assert (found.signal, found.lines[0]) == (None, "Logger")


def test_of_a_large_file_the_beginning_is_read(path, monkeypatch):
    monkeypatch.setattr(table_preview, "ENOUGH", 200)
    found = preview(path)
    assert not found.whole
    assert 0 < found.signal.length < 30
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("time,a\n" + "".join(f"{i},{i}\n" for i in range(20)), False),
        ("time,a\n" + "".join(f"{10 * i},{i}\n" for i in range(20)), True),
        ("date,a\n" + "".join(f"0{i + 1}/02/2023 10:00:00,{i}\n" for i in range(9)), True),
        ("time,a\n" + "".join(f"{i},{i}{',9' if i == 7 else ''}\n" for i in range(20)), False),
        ("time,a\n" + "".join(f"{i},{i}{',9' if i % 4 == 0 else ''}\n" for i in range(20)), True),
        ("time,a\n" + "".join(f"{i},{'bad' if i % 4 == 0 else i}\n" for i in range(20)), True),
    ],
)
def test_only_what_was_guessed_is_in_doubt(tmp_path, text, doubtful):
    (tmp_path / "a.csv").write_text(text)
    assert bool(doubts(read(tmp_path / "a.csv"))) == doubtful


def test_tables_of_one_kind_share_ending_and_header(path, tmp_path):
    other, third = tmp_path / "b.csv", tmp_path / "c.csv"
    other.write_text(TEXT.replace("Logger", "Another day"))
    third.write_text(TEXT.replace("a [V]", "x [V]"))
    kinds = [kind_of_table(one, sniff(one)) for one in (path, other, third)]
    assert kinds[0] == kinds[1] != kinds[2]
    path.write_text("1\n2\n3\n")
    assert kind_of_table(path, sniff(path)) == ""


def test_words_and_settings_mean_the_same_options():
    words = {"columns": "a, 2", "time_column": "none", "header_row": "3", "series": "7", "decimal": None}
    options = {"columns": ["a", 2], "time_column": None, "header_row": 3, "series": 7}
    assert options_from_words(words) == options
    assert from_settings(to_settings(options)) == options
    assert from_settings({"columns": ["a"], "nonsense": 1, "missing": {"x": 1}}) == {"columns": ["a"]}


def test_irregular_times_are_previewed_as_they_will_be_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("t,a\n" + "".join(f"{time},{k}\n" for k, time in enumerate((0, 0.7, 2, 3.9, 4.0))))
    options = {"resampling": "linear", "resampling_rate": 8.0}
    found = preview(path, **options)
    assert (found.signal.sample_rate, found.signal.length) == (8, 33)
    np.testing.assert_array_equal(found.signal.samples, read(path, **options).samples)
    assert preview(path, resampling="none").signal.samples.tolist() == [[0, 1, 2, 3, 4]]
    assert "one of linear, none" in preview(path, resampling="x").problem
    assert from_settings(to_settings({"resampling": "none"})) == {"resampling": "none"}
