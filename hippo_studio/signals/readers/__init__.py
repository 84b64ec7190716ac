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

from hippo_studio.signals.readers import content
from hippo_studio.signals.readers.table_format import TableFormat
from hippo_studio.signals.signal import Signal, SignalError

HEAD = 4096  # bytes looked at to tell what a file is


@dataclass(frozen=True)
class Reader:
    """One family of formats: how to recognise it, what it is called, which options its `read` takes."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    options: tuple[str, ...]

    def read(self, path: Path, options: dict[str, Any]) -> Signal:
        """Read a file of this family; SignalError in one sentence if it gives no signal."""
        for option in options:
            if option not in self.options:
                raise ValueError(
                    f"{self.title} has no reading option {option!r}; it takes {', '.join(self.options)}."
                )
        module = importlib.import_module(f"hippo_studio.signals.readers.{self.name}")
        signal: Signal = module.read(path, **options)
        return signal


ARRAY_OPTIONS = ("variable", "sample_rate", "missing")
TABLE_OPTIONS = (
    "delimiter",
    "decimal",
    "header_row",
    "time_column",
    "time_unit",
    "sample_rate",
    "columns",
    "missing",
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
    Reader("numpy_arrays", "NumPy array", (".npy", ".npz"), content.is_numpy, ARRAY_OPTIONS),
    Reader("matlab", "MATLAB file", (".mat",), content.is_matlab, ARRAY_OPTIONS),
    Reader(
        "parquet",
        "Parquet",
        (".parquet", ".pq"),
        content.is_parquet,
        ("time_column", "time_unit", "sample_rate", "columns", "missing"),
    ),
    Reader("table", "Table", (".csv", ".tsv", ".txt", ".dat"), content.is_text, TABLE_OPTIONS),
)

SUFFIXES: tuple[str, ...] = tuple(suffix for reader in READERS for suffix in reader.suffixes)


def read(path: str | os.PathLike[str], **options: Any) -> Signal:
    """Read the signal in a file, whatever its format: recognised by content first, by extension second.

    Parameters
    ----------
    path : a regular file. Sound (WAV, FLAC, OGG, Opus, MP3, AIFF), tables (CSV, TSV, TXT, Parquet),
        NumPy (NPY, NPZ), MATLAB (MAT).
    options : those of the family, see the `read` of its module: `sample_rate` in Hz for all; `variable` for
        files of named arrays; `delimiter`, `decimal`, `header_row`, `time_column`, `columns`, … for tables;
        `missing` ("interpolate", "zero" or "error") for values that are absent or not finite.

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
    return recognise(where, head).read(where, options)


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
        if reader.recognises(head):
            return reader
    suffix = path.suffix.lower()
    for reader in READERS:
        if (
            suffix in reader.suffixes and reader.name != "table"
        ):  # a table is recognised as text, or not at all
            return reader
    raise SignalError(f"{path.name} holds bytes of no format known here; {ACCEPTED}")


ACCEPTED = "accepted are WAV, FLAC, OGG, Opus, MP3, AIFF, CSV, TSV, TXT, Parquet, NPY, NPZ and MAT."


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
