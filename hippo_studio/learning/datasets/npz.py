"""NumPy archives: x and y, or x_train, y_train, x_test, y_test; nothing that would have to be unpickled.

x             (n, L), (n, L, channels) or (n, channels, L): of the last two axes, the longer is time
y             (n,) numbers or names of classes
x_val, y_val  to validate by; x_test, y_test for the report
lengths       (n,) where series end that are padded; NaN at the end says the same
groups        (n,) what is not torn by a split;  classes: names for the numbers in y;  fs: the rate in Hz
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import mapped
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.series import Series, load_series
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.signals.readers import numpy_arrays
from hippo_studio.signals.readers.archive_lines import label_of

PARTS = {
    "train": Role.OPEN,
    "": Role.OPEN,
    "val": Role.VALIDATION,
    "valid": Role.VALIDATION,
    "test": Role.TEST,
}
VALUES, LABELS = ("x", "data", "inputs", "series"), ("y", "labels", "label", "targets", "target")
RATES = ("fs", "sample_rate", "sampling_rate")
CLASSES = ("classes", "class_names", "label_names")
Arrays = Mapping[str, NDArray[Any]]
A = TypeVar("A")


def recognises(where: Path) -> bool:
    """Whether it is a NumPy archive with labels in it."""
    if not where.is_file() or not zipfile.is_zipfile(where):
        return False
    with zipfile.ZipFile(where) as archive:
        names = [name.removesuffix(".npy").lower() for name in archive.namelist() if name.endswith(".npy")]
    return any(_key(LABELS, part) & set(names) for part in PARTS)


def holds_examples(where: Path) -> bool:
    """Whether there is a series for each label, and labels come again, as those of classes do."""
    with numpy_arrays.opened(where) as entries:  # the values themselves are left where they are
        arrays = {name.lower(): entry for name, entry in entries.items()}
        for part in PARTS:
            x, y = _find(arrays, _key(VALUES, part)), _find(arrays, _key(LABELS, part))
            if x is not None and y is not None:
                alike = x.shape[:1] == y.shape[:1] and len(x.shape) in (2, 3) and len(y.shape) in (1, 2)
                return alike and "O" not in (x.kind, y.kind) and _of_classes(y.load())
    return False


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return the series of an archive."""
    arrays = _arrays(where)
    series: list[Series] = []
    for part, role in PARTS.items():
        x, y = _find(arrays, _key(VALUES, part)), _find(arrays, _key(LABELS, part))
        if y is None:
            continue
        if x is None:
            raise DataError(
                f"{where.name} holds labels ({', '.join(arrays)}) but no x of that part beside them."
            )
        series += _part(where, part, role, x, y, arrays)
    rate = _find(arrays, set(RATES))
    return load_series(
        str(where),
        where.stem,
        series,
        origin=str(where),
        sample_rate=float(rate.ravel()[0])
        if rate is not None and rate.size == 1 and rate.ravel()[0] > 0
        else None,
        stamp=mapped.stamp(where),
    )


def _part(
    where: Path, part: str, role: Role, x: NDArray[Any], y: NDArray[Any], arrays: Arrays
) -> list[Series]:
    """The series of one part."""
    if x.ndim not in (2, 3) or x.dtype.kind not in "biuf" or 0 in x.shape:
        raise DataError(
            f"x in {where.name} is {x.dtype} of shape {x.shape}; numbers of shape (n, L) or "
            "(n, L, channels) are needed."
        )
    if y.ndim == 2 and y.shape[1] > 1 and len(y) == len(x):
        y = y.argmax(axis=1)  # one column per class
    y = y.ravel()
    if y.size != len(x):
        raise DataError(f"{where.name} holds {len(x)} series and {y.size} labels; one for each is needed.")
    values = x[:, :, np.newaxis] if x.ndim == 2 else x
    if x.ndim == 3 and x.shape[2] > x.shape[1]:
        values = x.transpose(0, 2, 1)
    lengths = _find(arrays, {"lengths", f"lengths_{part}"})
    groups = _find(arrays, {"groups", f"groups_{part}"})
    names = _find(arrays, set(CLASSES))
    labels = [_label(mark, names) for mark in y]
    fits = lengths is not None and lengths.size == len(x)
    return [
        Series(
            f"{part or 'row'} {row}",
            labels[row],
            values[row, : max(int(lengths[row]), 0)] if fits and lengths is not None else values[row],
            role,
            str(groups[row]) if groups is not None and groups.size == len(x) else "",
        )
        for row in range(len(x))
    ]


def _label(mark: Any, names: NDArray[Any] | None) -> str:
    if names is not None and np.issubdtype(type(mark), np.integer) and 0 <= mark < names.size:
        return str(names.ravel()[mark])
    return label_of(mark.decode() if isinstance(mark, bytes) else str(mark))


def _arrays(where: Path) -> dict[str, NDArray[Any]]:
    """All arrays by their names in lower case."""
    try:
        with np.load(where, allow_pickle=False) as archive, zipfile.ZipFile(where) as members:
            large = {
                info.filename.removesuffix(".npy"): info.filename
                for info in members.infolist()
                if info.file_size > mapped.LARGE
            }
            return {
                name.lower(): mapped.mapped_member(where, members, large[name])
                if name in large
                else archive[name]
                for name in archive.files
            }
    except DataError:
        raise
    except ValueError as error:
        if "pickle" in str(error).lower():
            raise DataError(
                f"{where.name} holds pickled Python objects, which could run code when opened; save "
                "series of unequal length padded with NaN instead."
            ) from None
        raise DataError(f"{where.name} is damaged or cut off ({error}); look for another copy.") from None
    except (zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{where.name} is damaged or cut off ({error}); look for another copy.") from None


def _of_classes(y: NDArray[Any]) -> bool:
    if y.ndim == 2 and y.shape[1] > 1:
        return bool(((y == 0) | (y == 1)).all())
    marks = y.ravel()
    if marks.dtype.kind == "f" and not (marks == np.round(marks)).all():
        return False
    return marks.dtype.kind in "biufUS" and np.unique(marks).size <= max(2, marks.size // 2)


def _key(names: tuple[str, ...], part: str) -> set[str]:
    """The names under which an array of a part may stand: "x_train", "train_x", "xtrain"."""
    if not part:
        return set(names)
    return {form for name in names for form in (f"{name}_{part}", f"{part}_{name}", f"{name}{part}")}


def _find(arrays: Mapping[str, A], names: set[str]) -> A | None:
    return next((array for name, array in arrays.items() if name in names), None)
