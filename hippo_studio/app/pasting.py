"""Numbers from the clipboard as a file of the studio's own, so that they are read, and kept, as any other."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import count
from pathlib import Path

from hippo_studio.app.labels.seen import labelled_folder
from hippo_studio.export.atomic import atomic_text
from hippo_studio.signals.capture.recording import recordings_folder

MOST = 50
"""Pasted tables that are kept, the newest."""
LONGEST = 1 << 26
NOTHING = "The clipboard names no file and holds no numbers; copy a file, a table or numbers."
_BETWEEN = re.compile(r"[\s,;|]+")


def pasted_folder() -> Path:
    """Where pasted tables lie."""
    return recordings_folder().with_name("pasted")


def own_folders() -> list[Path]:
    """Where files lie that the studio made: unsaved recordings, what was pasted, what is learned."""
    return [recordings_folder(), pasted_folder(), labelled_folder()]


def holds_numbers(text: str) -> bool:
    """Whether text is mostly numbers and times, and no prose with a number in it."""
    words = [word for word in _BETWEEN.split(text[:100_000]) if word]
    return 2 * sum(any(letter.isdigit() for letter in word) for word in words) > len(words)


def free_path(folder: Path) -> Path:
    """A file named after the moment, which is not there yet."""
    name = f"{datetime.now():pasted %Y-%m-%d %H.%M.%S}"
    names = (f"{name}{f' ({number})' if number > 1 else ''}.txt" for number in count(1))
    return next(folder / name for name in names if not (folder / name).exists())


def keep_pasted(text: str) -> Path:
    """Write text from the clipboard into a new file; ValueError if it holds no table or the disk refuses."""
    if not holds_numbers(text):
        raise ValueError(NOTHING)
    if len(text) > LONGEST:
        raise ValueError(
            f"The clipboard holds {len(text):,} characters, more than are pasted; save them as a file."
        )
    folder = pasted_folder()
    folder.mkdir(parents=True, exist_ok=True)
    older = sorted(folder.glob("pasted *.txt"), key=lambda path: path.stat().st_mtime)
    for path in older[: max(len(older) - MOST + 1, 0)]:
        path.unlink(missing_ok=True)
    path = free_path(folder)
    atomic_text(path, text if "\n" in text.strip() else re.sub(r"[;\s]+", "\n", text.strip()) + "\n")
    return path
