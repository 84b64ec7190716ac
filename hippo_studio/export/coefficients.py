"""Coefficient files: one registry of formats, one way to write and to read them all.

The suffix chooses the format. All formats hold the same names (`hippo_studio.export.record`), so a notebook
reads ``coefficients`` and ``times`` whichever it was given. A trajectory that does not fit in memory is
written block by block with `coefficient_writer`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from hippo_studio.export.atomic import ExportError, atomic_path
from hippo_studio.export.formats import csv, h5, mat, npz, parquet
from hippo_studio.export.formats.format import Append, CoefficientFormat, Coefficients, Dtype, FloatArray
from hippo_studio.export.record import FORMAT_VERSION, CoefficientMetadata, CoefficientRecord

__all__ = [
    "FORMATS",
    "FORMAT_VERSION",
    "Append",
    "CoefficientFormat",
    "CoefficientMetadata",
    "CoefficientRecord",
    "Dtype",
    "coefficient_format",
    "coefficient_writer",
    "read_coefficients",
    "write_coefficients",
]

#: Every format, in the order in which dialogs offer them. A new format is one file and one name here.
FORMATS: tuple[CoefficientFormat, ...] = (npz.FORMAT, csv.FORMAT, parquet.FORMAT, mat.FORMAT, h5.FORMAT)

#: Numbers handed to a format at a time: 8 MiB, small beside the data, large beside the cost of a call.
BLOCK_VALUES = 1 << 20


def coefficient_format(path: str | os.PathLike[str]) -> CoefficientFormat:
    """Return the format that the suffix of `path` asks for; ExportError if there is none such."""
    suffix = Path(path).suffix.lower()
    for candidate in FORMATS:
        if candidate.suffix == suffix:
            return candidate
    known = ", ".join(candidate.suffix for candidate in FORMATS)
    received = f"the suffix {suffix!r} of {path}" if suffix else f"{path}, which has no suffix"
    raise ExportError(f"There is no coefficient format for {received}; end the name in one of {known}.")


@contextmanager
def coefficient_writer(
    path: str | os.PathLike[str],
    metadata: CoefficientMetadata,
    frames: int,
    dtype: Dtype = "float64",
) -> Iterator[Append]:
    """Write a file of `frames` frames block by block: the block form of `write_coefficients`.

    Yields ``append(times, coefficients)``, which takes arrays of shape (n,) and (n, channels, N) in the order
    of time, for any n. The file appears when the block ends and every frame has been appended; an exception
    (also one raised to cancel) leaves no file. `dtype` is what the coefficients are rounded to on their way:
    float32 halves the file, and keeps seven digits.

    Raises
    ------
    ExportError
        If the suffix is unknown, or the folder or the disk does not take the file.
    ValueError
        If a block has the wrong shape, or the frames appended are not `frames` in number.
    """
    chosen = coefficient_format(path)
    if dtype not in ("float64", "float32"):
        raise ValueError(f"The dtype is {dtype!r}; float64 or float32 is needed")
    if frames < 1:
        raise ValueError(f"A coefficient file has at least one frame, not {frames}")
    written = 0
    with atomic_path(path) as temporary, chosen.writing(temporary, metadata, frames, dtype) as append_to_file:

        def append(times: FloatArray, coefficients: Coefficients) -> None:
            nonlocal written
            times = np.ascontiguousarray(times, dtype=np.float64)
            coefficients = _rounded(coefficients, dtype)
            expected = (times.size, metadata.channels, metadata.order)
            if times.ndim != 1 or coefficients.shape != expected:
                raise ValueError(
                    f"A block of {times.shape} times needs coefficients of shape {expected}, "
                    f"not {coefficients.shape}"
                )
            written += times.size
            if written > frames:
                raise ValueError(f"{written} frames were appended to a file of {frames}")
            append_to_file(times, coefficients)

        yield append
        if written != frames:
            raise ValueError(f"{written} frames were appended to a file of {frames}")


def _rounded(coefficients: Coefficients, dtype: Dtype) -> Coefficients:
    try:
        with np.errstate(over="raise"):
            return np.ascontiguousarray(coefficients, dtype=dtype)
    except FloatingPointError:
        raise ValueError(f"Coefficients are beyond the range of {dtype}; choose float64") from None


def write_coefficients(
    path: str | os.PathLike[str],
    record: CoefficientRecord,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write `record` to `path` in the format of its suffix, whole or not at all.

    Parameters
    ----------
    path
        ``.npz``, ``.csv``, ``.parquet``, ``.mat`` or ``.h5``.
    record
        What to write.
    progress
        Called with the fraction done, 0 to 1, after each block. To cancel, raise from it: the exception
        passes through and no file stays.

    Raises
    ------
    ExportError
        If the suffix is unknown, or the folder or the disk does not take the file: one sentence.
    """
    frames = record.times.size
    step = max(1, BLOCK_VALUES // (record.channels * record.order))
    with coefficient_writer(path, record.metadata, frames, record.dtype) as append:
        for start in range(0, frames, step):
            stop = min(start + step, frames)
            append(record.times[start:stop], record.coefficients[start:stop])
            if progress is not None:
                progress(stop / frames)


def read_coefficients(path: str | os.PathLike[str]) -> CoefficientRecord:
    """Read a file that `write_coefficients` wrote, by its suffix; the numbers are the same bits.

    Raises
    ------
    ExportError
        If there is no such file, or it is not a coefficient file: one sentence.
    """
    chosen = coefficient_format(path)
    try:
        return CoefficientRecord.from_values(chosen.reading(Path(path)))
    except FileNotFoundError as error:
        raise ExportError(f"There is no file {path}.") from error
    except IsADirectoryError as error:
        raise ExportError(f"{path} is a folder; give the name of a file in it.") from error
    except PermissionError as error:
        raise ExportError(f"You may not read {path}; change its permissions or copy it.") from error
    except Exception as error:  # a damaged file can make a parser raise anything
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ExportError(f"{path} is not a coefficient file ({chosen.title}): {reason}.") from error
