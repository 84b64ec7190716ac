"""Archives of series: one series is a signal, all of them a list, thousands of them no reason to wait."""

import time

import numpy as np
import pytest

from hippo_studio.signals import SignalError, contents, read

TS = """#a comment
@problemName Walks
@timeStamps false
@univariate false
@classLabel true walk run
@data
1,2,3:10,20,30:walk
4,?,6,8:40,50,60,70:run

1,2:3,4:walk
"""


def kinds(signal):
    return [warning.kind for warning in signal.warnings]


def test_ts_is_a_list_of_labelled_series(tmp_path):
    path = tmp_path / "Walks.ts"
    path.write_text(TS)
    listing = contents(path)
    assert listing.what == "series"
    assert [(part.name, part.detail) for part in listing.parts] == [
        ("series 1", "walk"), ("series 2", "run"), ("series 3", "walk"),
    ]  # fmt: skip
    first = read(path)
    assert kinds(first) == ["series-left-aside", "assumed-rate"]
    np.testing.assert_array_equal(first.samples, [[1, 2, 3], [10, 20, 30]])
    second = read(path, sample_rate=5, **listing.parts[1].options)
    np.testing.assert_array_equal(second.samples, [[4, 5, 6, 8], [40, 50, 60, 70]])
    assert (second.sample_rate, kinds(second), second.warnings[0].line) == (5, ["missing-values"], 8)
    assert (second.title, second.reading) == ("Walks.ts · series 2", {"series": 2, "sample_rate": 5})
    assert listing.place_of(second.reading) == 1
    for wrong in (0, 4, "x", True + 3):
        with pytest.raises(ValueError, match=f"a number from 1 to 3, the series of Walks.ts; got {wrong!r}"):
            read(path, series=wrong)


def test_a_ts_file_is_known_by_its_content(tmp_path):
    path = tmp_path / "walks.txt"
    path.write_text(TS)
    assert read(path, series=3).samples.shape == (2, 2)


def test_a_long_comment_above_hides_nothing(tmp_path):
    path = tmp_path / "Walks.ts"
    path.write_text("# a word about it\n" * 1000 + TS)
    assert len(contents(path).parts) == 3


def test_ts_without_classes_has_no_labels(tmp_path):
    path = tmp_path / "a.ts"
    path.write_text("@problemName a\n@classLabel false\n@data\n1,2,3\n4,5,6\n")
    assert [part.detail for part in contents(path).parts] == ["", ""]
    assert read(path, series=2, sample_rate=1).samples.tolist() == [[4, 5, 6]]


def test_arff_of_one_and_of_many_channels(tmp_path):
    path = tmp_path / "a.arff"
    path.write_text("% by hand\n@relation x\n@attribute a numeric\n@attribute c {u,v}\n@data\n1,2,u\n3,4,v\n")
    assert [part.detail for part in contents(path).parts] == ["u", "v"]
    assert read(path, series=2).samples.tolist() == [[3, 4]]
    path.write_text("@relation x\n@attribute c {u,v}\n@data\n'1,2\\n3,4',u\n'5,6\\n7,8',v\n")
    assert read(path, series=2).samples.tolist() == [[5, 6], [7, 8]]


def test_tsv_by_its_name_or_by_its_look(tmp_path):
    rows = "".join(
        f"{i % 2 + 1}\t" + "\t".join(f"{i}.{j}" for j in range(20)) + "\tNaN" * 3 + "\n" for i in range(6)
    )
    for name in ("Gun_TRAIN.tsv", "gun.tsv"):
        (tmp_path / name).write_text(rows)
        assert [part.detail for part in contents(tmp_path / name).parts] == ["1", "2"] * 3
        signal = read(tmp_path / name, series=2, sample_rate=1)
        assert (signal.length, signal.samples[0, 3], kinds(signal)) == (20, 1.3, [])


def test_a_log_with_tabs_stays_a_table(tmp_path):
    path = tmp_path / "log.tsv"
    path.write_text("".join(f"{i / 10:.1f}\t{i}\t{i + 1}\n" for i in range(20)))
    assert contents(path) is None
    assert read(path).sample_rate == 10


def test_files_without_series_are_refused(tmp_path):
    path = tmp_path / "a.ts"
    for text, words in (
        ("@problemName a\n@classLabel true a\n", "no line @data"),
        ("@problemName a\n@data\n\n", "holds no series"),
    ):
        path.write_text(text)
        with pytest.raises(SignalError, match=words):
            read(path)
    path.write_text("@problemName a\n@data\n1,2,x:a\n")
    with pytest.raises(SignalError, match=r"Line 3 of a.ts, series 1, cannot be read: “x” is no number"):
        read(path)


def test_thousands_of_series_are_quick(tmp_path):
    path = tmp_path / "Many_TRAIN.ts"
    line = ",".join(f"{value:.5f}" for value in np.sin(np.arange(300)))
    path.write_text(
        "@problemName Many\n@classLabel true a b\n@data\n"
        + "".join(f"{line}:{'ab'[i % 2]}\n" for i in range(8000))
    )
    began = time.process_time()
    listing = contents(path)
    assert time.process_time() - began < 2
    began = time.process_time()
    for place in range(0, 8000, 80):
        read(path, **listing.parts[place].options)
    assert (time.process_time() - began) / 100 < 0.02


def test_series_with_time_stamps_give_their_values_and_the_times_are_said_to_be_left_aside(tmp_path):
    path = tmp_path / "Walks.ts"
    dates = "(2004-10-10 18:30:00,1),(2004-10-10 18:30:30,2),(2004-10-10 18:31:00,?)"
    numbers = "(0.5,4),(0.75,5),(1.0,6)"
    path.write_text(
        TS.partition("@timeStamps")[0]
        + f"@timeStamps true\n@classLabel true a b\n@data\n{dates}:{numbers}:a\n{numbers}:{numbers}:b\n"
    )
    assert [part.detail for part in contents(path).parts] == ["a", "b"]
    first, second = (read(path, series=number, sample_rate=2) for number in (1, 2))
    np.testing.assert_array_equal(first.samples, [[1, 2, 2], [4, 5, 6]])
    np.testing.assert_array_equal(second.samples, [[4, 5, 6], [4, 5, 6]])
    assert kinds(second) == ["irregular-time"]
    assert "The times in Walks.ts were left aside" in second.warnings[0].message


def test_a_broken_time_stamp_is_named_by_its_line(tmp_path):
    path = tmp_path / "Walks.ts"
    path.write_text("@timeStamps true\n@classLabel true a b\n@data\n(0,1),(1,2):a\n(0,1),(1,x):a\n")
    assert read(path, series=1, sample_rate=1).samples.tolist() == [[1, 2]]
    with pytest.raises(SignalError, match=r"Line 5 of Walks\.ts, series 2, cannot be read: “x” is no number"):
        read(path, series=2)
