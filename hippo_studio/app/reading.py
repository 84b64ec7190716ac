"""How a file becomes a signal: read as was said of it, with the labels beside it. Free of Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.labels.beside import labelled
from hippo_studio.app.open_signals import Row
from hippo_studio.app.paths import expand
from hippo_studio.app.rereading import Reread, carry_over
from hippo_studio.signals import Signal, bundled_samples
from hippo_studio.signals.reading_options import from_settings


def is_table(path: Path) -> bool:
    """Whether a file is read as a table of text, and can be imported as one."""
    from hippo_studio.signals.readers import HEAD, recognise

    try:
        with path.open("rb") as file:
            return recognise(path, file.read(HEAD)).name == "table"
    except (OSError, ValueError):
        return False


def in_doubt(signal: Signal) -> bool:
    """Whether a person should look at how a table was read."""
    from hippo_studio.signals.readers.table_preview import doubts

    return bool(doubts(signal))


def read_path(
    context: JobContext, path: Path, options: dict[str, Any], kinds: dict[str, Any], row: Row | None = None
) -> Signal | Reread | tuple[list[Path], str]:
    """Read one file; for a folder, the files in it and a remark.

    `kinds` is what was said of tables; `row` the line that shows the file already.
    """
    from hippo_studio.signals import SUFFIXES, read

    if path.is_dir():
        return expand([path], SUFFIXES, context.check)
    signal = labelled(read(path, **(options or _said_of_kind(path, kinds))), path)
    return signal if row is None else carry_over(signal, row, context.go_on)


def _said_of_kind(path: Path, kinds: dict[str, Any]) -> dict[str, Any]:
    """What was said of tables such as this one."""
    if not kinds or not is_table(path):
        return {}
    from hippo_studio.signals import sniff
    from hippo_studio.signals.readers.table_preview import kind_of_table

    try:
        said = kinds.get(kind_of_table(path, sniff(path)))
    except ValueError:
        return {}
    return from_settings(said) if isinstance(said, dict) else {}


def preset_of(signal: Signal) -> dict[str, Any] | None:
    """The settings that show a bundled sample best; None for any other signal."""
    path = Path(signal.origin).resolve()
    return next((dict(one.preset) for one in bundled_samples() if one.path.resolve() == path), None)


def sentence(error: Exception, what: str) -> str:
    """What a person reads when a signal could not be opened."""
    if isinstance(error, ValueError):  # SignalError, or what a generator does not accept: sentences already
        return str(error)
    if isinstance(error, MemoryError):
        return f"{what} does not fit into memory; open a shorter part of it."
    if isinstance(error, OSError):
        return f"{what} could not be read: {error.strerror or error}."
    return f"{what} could not be read ({type(error).__name__}: {error})."
