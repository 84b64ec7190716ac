"""Labelled series in CSV tables, NumPy archives and IDX files."""

import gzip
import pickle

import numpy as np
import pytest

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import open_data

RANDOM = np.random.default_rng(0)


def examples(data):
    """All examples as measured, by name, with their label and split."""
    found = {}
    for part in ("train", "validation", "test"):
        split = getattr(data, part)
        for index in range(len(split)):
            example = split[index]
            values = example.values * data.scale + data.offset
            found[example.name] = (values, data.labels[example.target], part)
    return found


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return str(path)


# CSV, one row per series


def test_a_row_is_a_series_where_columns_count_up(tmp_path):
    rows = [f"{'up' if row % 2 else 'down'},{row},{row + 1}.5,{row + 2},{row + 3}" for row in range(20)]
    data = open_data(write(tmp_path / "w.csv", ["kind,t0,t1,t2,t3", *rows]))
    assert (data.labels, data.d_input, set(data.train.lengths)) == (("down", "up"), 1, {4})
    values, label, _ = examples(data)["line 5"]
    np.testing.assert_allclose(values[:, 0], [3, 4.5, 5, 6], atol=1e-4)
    assert label == "up"


@pytest.mark.parametrize("first", [True, False])
def test_without_a_header_the_label_is_first_or_last(tmp_path, first):
    rows = []
    for row in range(20):
        numbers = [f"{value:.4f}" for value in RANDOM.standard_normal(30)]
        rows.append(",".join([str(row % 2), *numbers] if first else [*numbers, str(row % 2)]))
    data = open_data(write(tmp_path / "w.csv", rows))
    assert data.labels == ("0", "1")
    assert set(data.train.lengths) == {30}


@pytest.mark.parametrize("label", ["label,{}", "{},Class"])
def test_a_header_of_numbers_is_no_series(tmp_path, label):
    rows = [label.format(",".join(map(str, range(20))))]
    for row in range(20):
        numbers = ",".join(f"{value:.4f}" for value in RANDOM.standard_normal(20))
        rows.append(label.format(numbers).replace("label", "ab"[row % 2]).replace("Class", "ab"[row % 2]))
    data = open_data(write(tmp_path / "w.csv", rows))
    assert (data.labels, set(data.train.lengths)) == (("a", "b"), {20})


# CSV, one row per moment


def test_rows_of_one_id_are_a_series_in_order_of_time(tmp_path):
    lines = ["id,time,x,y,label"]
    for moment in (0, 2, 1):
        lines += [
            f"s{one},{0.1 * moment:.1f},{one + moment},{moment}.25,{'ab'[one % 2]}" for one in range(12)
        ]
    data = open_data(write(tmp_path / "l.csv", lines))
    assert (data.d_input, data.channel_names, data.labels) == (2, ("x", "y"), ("a", "b"))
    found = [values for name, (values, *_) in examples(data).items() if name.startswith("s3,")]
    np.testing.assert_allclose(found[0], [[3, 0.25], [4, 1.25], [5, 2.25]], atol=1e-4)


def test_subjects_are_not_torn_and_splits_are_followed(tmp_path):
    lines = ["id,subject,split,x,label"]
    for one in range(20):
        part = "test" if one < 4 else "train"
        lines += [
            f"{one},p{one // 2},{part},{one}.5,{'ab'[one % 2]}",
            f"{one},p{one // 2},{part},{one}.7,{'ab'[one % 2]}",
        ]
    data = open_data(write(tmp_path / "l.csv", lines))
    assert len(data.test) == 4
    assert not set(data.train.groups) & set(data.validation.groups)
    assert len(data.train) + len(data.validation) == 16


def test_stretches_of_a_label_are_series(tmp_path):
    lines = ["time,x,label"]
    for stretch in range(30):
        lines += [
            f"{0.02 * (10 * stretch + m):.2f},{m}.5,{'rest' if stretch % 2 else 'walk'}" for m in range(10)
        ]
    data = open_data(write(tmp_path / "r.csv", lines))
    assert set(data.train.lengths) == {10}
    assert data.sample_rate == pytest.approx(50)
    assert len(data.train) + len(data.validation) + len(data.test) == 30


def test_few_long_stretches_are_cut_into_windows(tmp_path):
    values = RANDOM.standard_normal((4 * 4096, 2))
    lines = [f"{a:.3f},{b:.3f},{'rest' if row // 4096 % 2 else 'walk'}" for row, (a, b) in enumerate(values)]
    data = open_data(write(tmp_path / "r.csv", ["x,y,activity", *lines]))
    assert [warning.kind for warning in data.warnings] == ["cut-into-windows"]
    assert set(data.train.lengths) == {128}
    assert min(len(data.train), len(data.validation), len(data.test)) > 0
    assert not set(data.train.groups) & set(data.test.groups)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            ["x,y", "1.5,2.5", "2.5,3.5"],
            "has no column of labels; its columns are x, y. Call one of them label",
        ),
        (["label,x", "a,1.5", "a,2.5", "a,3.5"], "one class|single example"),
        (["label,word", "a,b", "c,d"], "holds no|no column of numbers|no other column"),
    ],
)
def test_tables_that_nothing_can_be_learned_from_are_told(tmp_path, lines, sentence):
    with pytest.raises(DataError, match=sentence):
        open_data(write(tmp_path / "t.csv", lines))


def test_missing_cells_are_filled_and_said(tmp_path):
    lines = ["label,t0,t1,t2,t3", *[f"{'ab'[row % 2]},{row},,{row + 2},{row}" for row in range(8)]]
    data = open_data(write(tmp_path / "w.csv", lines))
    assert [warning.kind for warning in data.warnings] == ["missing-values"]
    np.testing.assert_allclose(examples(data)["line 4"][0][:, 0], [2, 3, 4, 2], atol=1e-4)


# NumPy archives


@pytest.mark.parametrize("shape", [(30, 50), (30, 50, 3), (30, 3, 50)])
def test_npz_holds_x_and_y(tmp_path, shape):
    x, y = RANDOM.standard_normal(shape), np.arange(30) % 3
    np.savez(tmp_path / "a.npz", x=x, y=y, fs=100.0)
    data = open_data(str(tmp_path / "a.npz"))
    assert (data.labels, data.sample_rate, set(data.train.lengths)) == (("0", "1", "2"), 100.0, {50})
    values = examples(data)["row 4"][0]
    expected = x[4].reshape(50, -1) if shape[1] == 50 else x[4].T
    np.testing.assert_allclose(values, expected, atol=1e-4)


def test_npz_brings_its_test_part_names_and_lengths(tmp_path):
    x = RANDOM.standard_normal((20, 9))
    x[3, 5:] = np.nan
    np.savez(
        tmp_path / "a.npz",
        X_train=x,
        y_train=np.arange(20) % 2,
        X_test=x[:4] + 1,
        y_test=np.arange(4) % 2,
        classes=["no", "yes"],
        lengths_test=np.array([9, 8, 7, 6]),
    )
    data = open_data(str(tmp_path / "a.npz"))
    assert data.labels == ("no", "yes")
    assert data.test.lengths.tolist() == [9, 8, 7, 5]
    assert len(data.train) + len(data.validation) == 20
    assert len(examples(data)["train 3"][0]) == 5


def test_npz_with_pickles_is_refused(tmp_path):
    ragged = np.empty(2, object)
    ragged[:] = [np.zeros(2), np.zeros(3)]
    np.savez(tmp_path / "a.npz", x=ragged, y=[0, 1])
    with pytest.raises(DataError, match="pickled Python objects, which could run code"):
        open_data(str(tmp_path / "a.npz"))
    (tmp_path / "b.npz").write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(DataError, match="holds no labelled data"):
        open_data(str(tmp_path / "b.npz"))


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": np.zeros((3, 4)), "y": [0, 1]}, "3 series and 2 labels"),
        ({"y": [0, 1]}, "no x of that part"),
        ({"x": np.zeros(4), "y": [0, 1, 0, 1]}, r"shape \(4,\)"),
        ({"x": np.full((2, 4), np.nan), "y": [0, 1]}, "all missing"),
    ],
)
def test_npz_that_nothing_can_be_learned_from_is_told(tmp_path, arrays, sentence):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=sentence):
        open_data(str(tmp_path / "a.npz"))


# MNIST


def idx(array):
    kind = {"u1": 8, "f4": 13}[array.dtype.str[1:]]
    head = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def mnist(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for begin, count in (("train", 40), ("t10k", 10)):
        images = RANDOM.integers(256, size=(count, 4, 3)).astype("u1")
        labels = (np.arange(count) % 10).astype("u1")
        (folder / f"{begin}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{begin}-labels-idx1-ubyte").write_bytes(idx(labels))
    return folder


@pytest.mark.parametrize("name", ["", "t10k-labels-idx1-ubyte", "train-images-idx3-ubyte.gz"])
def test_mnist_is_read_pixel_by_pixel(mnist, name):
    data = open_data(str(mnist / name))
    assert (data.labels, data.d_input) == (tuple("0123456789"), 1)
    assert (set(data.train.lengths), len(data.test)) == ({12}, 10)
    assert len(data.train) + len(data.validation) == 40
    values = examples(data)["t10k-images-idx3-ubyte.gz #3"]
    assert values[1] == "3"


def test_permuted_pixels_are_the_same_in_every_image(mnist):
    plain, permuted = open_data(str(mnist)), open_data(f"{mnist}::permuted")
    assert permuted.title == "mnist, permuted"
    a, b = (data.test[0].values[:, 0] * data.scale + data.offset for data in (plain, permuted))
    assert sorted(a.round()) == sorted(b.round())
    assert (a != b).any()
    assert open_data(permuted.source).test[0].values.tobytes() == permuted.test[0].values.tobytes()


def test_damaged_idx_files_are_told(mnist):
    path = mnist / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    with pytest.raises(DataError, match="cut off"):
        open_data(str(mnist))
    path.write_bytes(gzip.compress(gzip.decompress(whole)[:100]))
    with pytest.raises(DataError, match=r"is cut off: \d+ of 480 bytes"):
        open_data(str(mnist))
    path.write_bytes(b"words")
    with pytest.raises(DataError, match="does not begin as an IDX file"):
        open_data(str(mnist))
