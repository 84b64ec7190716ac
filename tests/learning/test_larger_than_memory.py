"""Tables and archives too large for memory: the same examples, left on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.datasets import mapped, open_data, store

Write = Callable[[Path], Path]


def _arrays(count: int = 30) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((count, 20, 2))
    x[3, 15:] = np.nan
    x[4, 7, 1] = np.nan
    return {"x": x, "y": np.arange(count) % 2}


def _stored(folder: Path) -> Path:
    np.savez(folder / "a.npz", **_arrays())
    return folder / "a.npz"


def _packed(folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", **_arrays())
    return folder / "a.npz"


def _turned(folder: Path) -> Path:
    arrays = _arrays()
    np.savez(folder / "a.npz", x=np.asfortranarray(arrays["x"]), y=arrays["y"])
    return folder / "a.npz"


def _wide(folder: Path) -> Path:
    rows = [",".join([f"t{i}" for i in range(20)] + ["label"])]
    for row, values in enumerate(_arrays()["x"][..., 0]):
        rows.append(",".join(["" if v != v else f"{v:.6f}" for v in values] + ["ab"[row % 2]]))
    (folder / "a.csv").write_text("\n".join(rows) + "\n")
    return folder / "a.csv"


def _worded(folder: Path) -> Path:
    path = _wide(folder)
    path.write_text(path.read_text().replace(",,", ",n/a,"))
    return path


def _long(folder: Path) -> Path:
    rows = ["id,u,v,label"]
    for row, values in enumerate(_arrays()["x"]):
        rows += [f"{row},{u:.6f},{v:.6f},{'ab'[row % 2]}" for u, v in np.nan_to_num(values)]
    (folder / "a.csv").write_text("\n".join(rows) + "\n")
    return folder / "a.csv"


@pytest.mark.parametrize("write", [_stored, _packed, _turned, _wide, _worded, _long])
def test_what_stays_on_the_disk_is_the_same(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path)
    plain = open_data(str(path))
    monkeypatch.setattr(mapped, "LARGE", 100)
    monkeypatch.setattr(mapped, "ROWS", 7)
    opened = open_data(str(path))
    assert plain.preparation is None
    assert opened.preparation is not None, "it is not looked at before it must be"
    ready = opened.prepare()
    assert ready.labels == plain.labels
    np.testing.assert_allclose(ready.offset, plain.offset, atol=1e-6)
    np.testing.assert_allclose(ready.scale, plain.scale, rtol=1e-5)
    for split in ("train", "validation", "test"):
        one, other = getattr(plain, split), getattr(ready, split)
        assert one.lengths.tolist() == other.lengths.tolist()
        for index in range(len(one)):
            assert one[index].name == other[index].name
            assert one[index].target == other[index].target
            np.testing.assert_allclose(other[index].values, one[index].values, atol=1e-5)


def test_a_series_without_any_value_is_left_aside_once_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = _arrays()
    arrays["x"][5] = np.nan
    np.savez(tmp_path / "a.npz", **arrays)
    monkeypatch.setattr(mapped, "LARGE", 100)
    ready = open_data(str(tmp_path / "a.npz")).prepare()
    assert _count(ready) == 29
    assert any("left aside as all missing" in str(warning) for warning in ready.warnings)


def _count(data: DataSet) -> int:
    return len(data.train) + len(data.validation) + len(data.test)


def test_a_packed_archive_is_laid_out_once_and_a_full_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    path = _packed(tmp_path)
    monkeypatch.setattr(mapped, "LARGE", 100)
    open_data(str(path))
    (laid_out,) = cache.glob("*/x.npy")
    before = laid_out.stat().st_mtime_ns
    open_data(str(path))
    assert laid_out.stat().st_mtime_ns == before
    store.clear()
    monkeypatch.setattr(store, "MOST_BYTES", 10)
    with pytest.raises(DataError, match="the disk has no room to lay it out"):
        open_data(str(path))


def test_python_objects_are_refused_in_a_large_archive_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([[1, 2], None], object), y=np.arange(2), allow_pickle=True)
    monkeypatch.setattr(mapped, "LARGE", 10)
    with pytest.raises(DataError, match="pickled Python objects"):
        open_data(str(tmp_path / "a.npz"))
