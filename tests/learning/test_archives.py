"""Files of the UCR and UEA archives: what stands in them is what comes out, pairs find each other."""

import numpy as np
import pytest

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import open_data

TS = """#a comment
@problemName Walks
@timeStamps false
@missing true
@univariate false
@dimensions 2
@equalLength false
@classLabel true walk run
@data
1,2,3:10,20,30:walk
4,?,6,8:40,50,60,70:run
1,2:3,4:walk
NaN,7,9:1,1,1:run
"""


def examples(data):
    """All examples as measured, by name."""
    found = {}
    for split in (data.train, data.validation, data.test):
        for index in range(len(split)):
            example = split[index]
            found[example.name] = (example.values * data.scale + data.offset, data.labels[example.target])
    return found


def write(path, text):
    path.write_text(text)
    return str(path)


def test_ts_has_channels_lengths_and_missing_values(tmp_path):
    data = open_data(write(tmp_path / "Walks.ts", TS))
    assert (data.labels, data.d_input, data.title) == (("run", "walk"), 2, "Walks")
    found = examples(data)
    np.testing.assert_allclose(found["line 10"][0], [[1, 10], [2, 20], [3, 30]], atol=1e-4)
    np.testing.assert_allclose(found["line 11"][0][:, 0], [4, 5, 6, 8], atol=1e-4)
    np.testing.assert_allclose(found["line 13"][0][:, 0], [7, 7, 9], atol=1e-4)
    assert [label for _, label in found.values()].count("walk") == 2
    assert [warning.kind for warning in data.warnings] == ["missing-values"]


def test_ts_with_times_keeps_the_values(tmp_path):
    head = "@timeStamps true\n@classLabel true a b\n@data\n"
    text = head + "(0,1.5),(1,2.5):(0,5),(1,6):a\n(0,1),(2,2):(0,3),(1,4):b\n"
    data = open_data(write(tmp_path / "T.ts", text))
    np.testing.assert_allclose(examples(data)["line 4"][0], [[1.5, 5], [2.5, 6]], atol=1e-5)
    assert [warning.kind for warning in data.warnings] == ["irregular-time"]


def test_arff_of_one_and_of_many_channels(tmp_path):
    head = "@relation x\n@attribute a numeric\n@attribute class {u,v}\n@data\n"
    data = open_data(write(tmp_path / "one.arff", head + "1,2,3,u\n4,?,6,v\n"))
    np.testing.assert_allclose(examples(data)["line 6"][0][:, 0], [4, 5, 6], atol=1e-5)
    data = open_data(write(tmp_path / "many.arff", head + "'1,2,3\\n4,5,6',u\n'7,8,9\\n1,2,3',v\n"))
    np.testing.assert_allclose(examples(data)["line 5"][0], [[1, 4], [2, 5], [3, 6]], atol=1e-5)


def test_tsv_has_its_label_first_and_is_padded_with_nan(tmp_path):
    text = "1\t0.5\t1.5\tNaN\n-1\t2\t3\t4\n1.0\t1\t2\t3\n"
    data = open_data(write(tmp_path / "U.tsv", text))
    assert data.labels == ("-1", "1")
    found = examples(data)
    assert sorted(len(values) for values, _ in found.values()) == [2, 3, 3]
    assert data.warnings == ()


def test_channels_of_unequal_length_are_held_at_their_end(tmp_path):
    text = "@classLabel true a b\n@data\n1,2,3:5:a\n1,2,3:4,5,6:b\n"
    data = open_data(write(tmp_path / "U.ts", text))
    np.testing.assert_allclose(examples(data)["line 3"][0], [[1, 5], [2, 5], [3, 5]], atol=1e-5)


@pytest.fixture
def pair(tmp_path):
    folder = tmp_path / "Gun"
    folder.mkdir()
    for part, count in (("TRAIN", 40), ("TEST", 10)):
        rows = "".join(f"{row},{row + 1},{row % 7}:{'ab'[row % 2]}\n" for row in range(count))
        (folder / f"Gun_{part}.ts").write_text(f"@classLabel true a b\n@data\n{rows}")
    return folder


@pytest.mark.parametrize("name", ["", "Gun", "Gun_TRAIN.ts", "Gun_TEST.ts"])
def test_training_and_test_part_find_each_other(pair, name):
    data = open_data(str(pair / name))
    assert (data.title, len(data.train), len(data.validation), len(data.test)) == ("Gun", 40, 0, 10)
    assert data.test[0].name == "Gun_TEST.ts line 3"


def test_a_large_training_part_spares_some_to_validate_by(pair):
    rows = "".join(f"{row},{row % 5},{row % 7}:{'ab'[row % 2]}\n" for row in range(200))
    (pair / "Gun_TRAIN.ts").write_text(f"@classLabel true a b\n@data\n{rows}")
    data = open_data(str(pair))
    assert (len(data.train), len(data.validation), len(data.test)) == (170, 30, 10)


def test_a_missing_part_is_taken_from_another_format(pair):
    (pair / "Gun_TRAIN.arff").write_text("@data\n1,2,a\n2,3,b\n")
    data = open_data(str(pair / "Gun_TRAIN.arff"))
    assert (len(data.train), len(data.test)) == (2, 10)


def test_a_test_file_that_is_named_is_read_alone(pair):
    data = open_data(str(pair / "Gun_TRAIN.ts"), test=str(pair / "Gun_TEST.ts"))
    assert (len(data.train) + len(data.validation), len(data.test)) == (40, 10)


def test_formats_side_by_side_are_one_set(pair):
    (pair / "Gun_TRAIN.txt").write_text("1 2 3\n2 3 4\n")
    (pair / "Gun_TEST.txt").write_text("1 2 3\n2 3 4\n")
    assert len(open_data(str(pair)).test) == 10
    assert len(open_data(str(pair / "Gun_TRAIN.txt")).test) == 2


def test_several_sets_in_a_folder_are_told(pair):
    (pair / "Coffee_TRAIN.ts").write_text("@classLabel true a b\n@data\n1:a\n2:b\n")
    assert open_data(str(pair)).title == "Gun"  # the folder's own name decides
    pair = pair.rename(pair.with_name("all"))
    with pytest.raises(DataError, match=r"several sets: Coffee, Gun; open one of them, as .*/all/"):
        open_data(str(pair))


def test_a_test_part_alone_is_told(pair):
    (pair / "Gun_TRAIN.ts").unlink()
    with pytest.raises(DataError, match="no training part beside it"):
        open_data(str(pair / "Gun"))


def test_series_without_values_or_label_are_left_aside_and_counted(tmp_path):
    data = open_data(
        write(tmp_path / "x.ts", "@classLabel true a b\n@data\n1,2:a\nNaN,?:a\n3,4:b\n5,6:?\n7,8:b\n")
    )
    told = [str(warning) for warning in data.warnings]
    assert told == [
        "1 example was left aside as all missing: line 4.",
        "1 example was left aside as unlabelled: line 6.",
    ]


def test_bad_lines_are_left_aside_and_named(tmp_path):
    data = open_data(write(tmp_path / "x.ts", "@classLabel true a b\n@data\n1,2:a\n1,two:a\n3,4:b\n3,4:b\n"))
    assert [str(warning) for warning in data.warnings] == [
        "Line 4: 1 lines of x.ts left aside: “two” is no number."
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no line @data"),
        ("@classLabel true a b\n", "has no line @data"),
        ("@classLabel true a b\n@data\n", "holds no series"),
        ("@classLabel true a b\n@data\nx:a\n", "No line of x.ts can be read; line 3: “x” is no number"),
        ("@targetLabel true\n@data\n1,2:0.5\n", "its targets are numbers"),
        ("@classLabel true a b\n@data\n1,2:a\n", "a single example"),
        ("@classLabel true a b\n@data\n1,2:a\n2,3:a\n", "of one class, 'a'"),
        ("@classLabel true a b\n@data\nNaN:a\nNaN:b\n", "all missing"),
        ("@classLabel true a b\n@data\n1,2:3,4:a\n1,2:b\n", "1 to 2 channels"),
    ],
)
def test_files_that_nothing_can_be_learned_from_are_told(tmp_path, text, sentence):
    with pytest.raises(DataError, match=sentence):
        open_data(write(tmp_path / "x.ts", text))


def test_a_model_looks_both_ways_by_default(pair):
    defaults = open_data(str(pair)).defaults_for("s4d")
    assert defaults["causal"] is False
    assert defaults["mixup"] > 0, "so small a set is learned by heart otherwise"
    assert defaults["epochs"] > 100


def test_one_series_per_class_is_enough_to_learn_from(tmp_path):
    rows = "".join(f"{row},{row},3:c{row}\n" for row in range(5))
    data = open_data(write(tmp_path / "x.ts", "@classLabel true\n@data\n" + rows))
    assert (len(data.train), len(data.validation), len(data.test)) == (5, 0, 0)
