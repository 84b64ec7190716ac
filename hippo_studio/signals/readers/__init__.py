"""Readers: one module per family of file formats, opened by content first and by extension second.

A new family is one new module with a function `read(path, **options) -> Signal`, and one line in READERS.
Modules are imported when a file of their family is opened.
"""

from __future__ import annotations

import importlib
import math
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hippo_studio.signals.parts import Contents
from hippo_studio.signals.readers import apart, beside, content
from hippo_studio.signals.readers.table_format import TableFormat
from hippo_studio.signals.signal import Signal, SignalError

HEAD = 4096  # bytes looked at to tell what a file is


@dataclass(frozen=True)
class Reader:
    """One family of formats: how to recognise it, what it is called, which options its `read` takes.

    `recognises` looks at the first bytes, `belongs` also at the name and at what lies beside the file.
    `several`: a file may hold several signals, which the module's `parts(path)` lists.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    options: tuple[str, ...]
    belongs: Callable[[Path, bytes], bool] = lambda _path, _head: False
    several: bool = False

    def read(self, path: Path, options: dict[str, Any]) -> Signal:
        """Read a file of this family; SignalError in one sentence if it gives no signal."""
        for option in options:
            if option not in self.options:
                raise ValueError(
                    f"{self.title} has no reading option {option!r}; it takes {', '.join(self.options)}."
                )
        if apart.is_apart(self.name, path):
            signal = apart.read_apart(self.name, path, options)
        else:
            signal = self.module.read(path, **options)
        return signal.read_with(options)

    @property
    def module(self) -> Any:
        """The module that reads this family, imported with its first file."""
        return importlib.import_module(f"hippo_studio.signals.readers.{self.name}")


ARRAY_OPTIONS = ("variable", "sample_rate", "missing")
CHANNEL_OPTIONS = ("sample_rate", "columns", "missing")
TABLE_OPTIONS = (
    "delimiter",
    "decimal",
    "header_row",
    "time_column",
    "time_unit",
    "time_zone",
    "date_order",
    "sample_rate",
    "columns",
    "missing",
    "resampling",
    "resampling_rate",
    "encoding",
)

# In the order in which they are asked whether they recognise a file; the first that does reads it.
READERS: tuple[Reader, ...] = (
    Reader(
        "audio",
        "Sound",
        (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".w64", ".rf64", ".au"),
        content.is_audio,
        ("sample_rate",),
    ),
    Reader("numpy_arrays", "NumPy array", (".npy", ".npz"), content.is_numpy, ARRAY_OPTIONS, several=True),
    Reader("matlab", "MATLAB file", (".mat",), content.is_matlab, ARRAY_OPTIONS, several=True),
    Reader(
        "hdf5", "HDF5", (".h5", ".hdf5", ".hdf", ".he5", ".nwb"), content.is_hdf5, ARRAY_OPTIONS, several=True
    ),
    Reader(
        "parquet",
        "Parquet",
        (".parquet", ".pq"),
        content.is_parquet,
        (
            "time_column",
            "time_unit",
            "date_order",
            "sample_rate",
            "columns",
            "missing",
            "resampling",
            "resampling_rate",
        ),
    ),
    Reader("edf", "EDF recording", (".edf", ".bdf", ".rec"), content.is_edf, CHANNEL_OPTIONS, several=True),
    Reader(
        "wfdb_records",
        "WFDB record",
        (".hea",),
        beside.is_wfdb_header,
        CHANNEL_OPTIONS,
        beside.belongs_to_wfdb_record,
    ),
    Reader(
        "archive",
        "Time series archive",
        (".ts", ".arff"),
        lambda _head: False,
        ("series", "sample_rate", "missing"),
        beside.is_archive,
        several=True,
    ),
    Reader(
        "table",
        "Table",
        (".csv", ".tsv", ".txt", ".dat", ".lvm", ".asc", ".log"),
        content.is_text,
        TABLE_OPTIONS,
    ),
)

TEXTS = ("table", "archive", "wfdb_records")
SUFFIXES: tuple[str, ...] = tuple(suffix for reader in READERS for suffix in reader.suffixes)


def read(path: str | os.PathLike[str], **options: Any) -> Signal:
    """Read the signal in a file, whatever its format: recognised by content first, by extension second.

    Parameters
    ----------
    path : a regular file. Sound (WAV, FLAC, OGG, Opus, MP3, AIFF), tables (CSV, TSV, TXT, Parquet),
        NumPy (NPY, NPZ), MATLAB (MAT), HDF5, EDF and BDF, WFDB (HEA, DAT), UCR/UEA archives (TS, TSV, ARFF).
    options : those of the family, see the `read` of its module: `sample_rate` in Hz for all; `variable` for
        files of named arrays; `series` for archives; `columns` where channels have names; `delimiter`,
        `decimal`, `header_row`, `time_column`, … for tables;
        `missing` ("interpolate", "zero" or "error") for values that are absent or not finite; `resampling`
        ("linear" or "none") and `resampling_rate` in Hz for tables whose times are irregular.

    Returns
    -------
    Signal : finite samples (channels, T), with typed warnings about all that had to be assumed or mended.

    Raises
    ------
    SignalError
        The file gives no signal: absent, unreadable, empty, unknown or broken. One sentence.
    ValueError
        An option that the family does not take, or a value that the option does not accept.
    """
    where = Path(path)
    rate = options.get("sample_rate")
    if rate is not None and not 0 < rate < math.inf:
        raise ValueError(f"sample_rate is a positive number of Hz; got {rate!r}.")
    head, _size = _look_at(where)
    reader = recognise(where, head)
    try:
        return reader.read(where, options)
    except SignalError as error:
        if reader.name == "table" and not options and _promises_other(where):
            raise SignalError(
                f"{where.name} holds text, and none that could be a table, though its name ends in "
                f"{where.suffix}; it may be damaged, so export it anew from the program that made it."
            ) from error
        raise


def _promises_other(path: Path) -> bool:
    """Whether a file's extension is that of a family that is no text."""
    suffix = path.suffix.lower()
    return any(suffix in reader.suffixes for reader in READERS if reader.name not in TEXTS)


def contents(path: str | os.PathLike[str]) -> Contents | None:
    """The signals that a file holds, each of which `read(path, **part.options)` reads; None if it holds one.

    Raises
    ------
    SignalError
        As in `read`.
    """
    where = Path(path)
    head, _size = _look_at(where)
    reader = recognise(where, head)
    if not reader.several:
        return None
    what, parts = reader.module.parts(where)
    return Contents(what, parts) if len(parts) > 1 else None


def sniff(path: str | os.PathLike[str], **options: Any) -> TableFormat:
    """How the table in a text file is written, for showing it before it is opened; options as in `read`.

    Raises
    ------
    SignalError, ValueError
        As in `read`; SignalError also for a file that is not text.
    """
    from hippo_studio.signals.readers import table_sniff

    where = Path(path)
    head, _size = _look_at(where)
    if not content.is_text(head):
        raise SignalError(f"{where.name} is not a text file, so it has no delimiter or header to find out.")
    return table_sniff.sniff(where, **options)


def recognise(path: Path, head: bytes) -> Reader:
    """The reader for a file that begins with these bytes: by content first, by extension second."""
    if refusal := content.known_but_unsupported(head):
        raise SignalError(f"{path.name} is {refusal}, which is not read here; {ACCEPTED}")
    for reader in READERS:
        if reader.recognises(head) or reader.belongs(path, head):
            return reader
    suffix = path.suffix.lower()
    for reader in READERS:
        if (
            suffix in reader.suffixes and reader.name != "table"
        ):  # a table is recognised as text, or not at all
            return reader
    raise SignalError(f"{path.name} holds bytes of no format known here; {ACCEPTED}")


ACCEPTED = (
    "accepted are WAV, FLAC, OGG, Opus, MP3, AIFF, CSV, TSV, TXT, Parquet, NPY, NPZ, MAT, HDF5, EDF, BDF, "
    "WFDB, TS and ARFF."
)


def _look_at(path: Path) -> tuple[bytes, int]:
    """First bytes and size of a regular file; anything else is refused before it is opened."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SignalError(f"{path} is a folder; open one of the files in it.")
        if not stat.S_ISREG(status.st_mode):  # a pipe or device would block, or never end
            raise SignalError(f"{path} is not a regular file; save what it gives to a file and open that.")
        if status.st_size == 0:
            raise SignalError(f"{path.name} is empty (0 bytes); it may not have been saved completely.")
        with path.open("rb") as file:
            return file.read(HEAD), status.st_size
    except FileNotFoundError:
        raise SignalError(f"There is no file {path}; check the name and the folder.") from None
    except PermissionError:
        raise SignalError(f"{path} may not be read by you; ask for permission to read it.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, SignalError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SignalError(f"{path} cannot be read: {reason}.") from None
