"""Where the files of a session are by now: where it says, else wherever the same content is found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hippo_studio.session.file import with_data
from hippo_studio.session.fingerprint import fingerprint
from hippo_studio.session.model import Session, SignalEntry

MOST_FILES = 5000
"""Files looked at in one folder, deeper ones included, before it counts as searched."""


@dataclass(frozen=True)
class Found:
    """An entry with the path of its file by now, and what there is to say about that, if anything."""

    entry: SignalEntry
    note: str = ""


def find_all(
    session: Session, folders: Iterable[Path], check: Callable[[], None] = lambda: None
) -> tuple[Session, tuple[str, ...]]:
    """The session with every file where it is by now, and a sentence for each that was moved or has changed.

    Looked through are `folders`, and those in which other files of the session are. A file that is nowhere
    keeps its old path. What a line names without a folder (see `share`) may also be a file of that name that
    has changed; the data of a training are found by their name alone. `check` is called between files, and
    may end the search by raising.
    """
    places = [*folders, *(Path(one.path).parent for one in session.signals if one.path)]
    wanted = list(dict.fromkeys(place for place in places if str(place) not in ("", ".", "/")))
    found = [find(entry, wanted, check) for entry in session.signals]
    notes = tuple(one.note for one in found if one.note)
    homes = [Path(one.entry.path).parent for one in found if Path(one.entry.path).is_absolute()]
    train = with_data(session.train, lambda source: _data(source, [*wanted, *homes]))
    return session.replace(signals=tuple(one.entry for one in found), train=train), notes


def find(entry: SignalEntry, folders: Iterable[Path], check: Callable[[], None] = lambda: None) -> Found:
    """Where the file of one entry is by now."""
    if not entry.path or not entry.digest:
        return Found(entry)
    placed = Path(entry.path).is_absolute()
    known = _fingerprint(Path(entry.path)) if placed else None
    if known == (entry.size, entry.digest):
        return Found(entry)
    folders = list(folders)
    for folder in folders:
        for path in _likely(folder, entry, check):
            if _fingerprint(path) == (entry.size, entry.digest):
                note = f"{entry.name} was found as {path}." if placed else ""
                return Found(replace(entry, path=str(path)), note)
    if known is not None:
        return Found(entry, f"{entry.path} is not what it was when the session was saved.")
    changed = (
        None if placed else next(filter(os.path.isfile, (folder / entry.path for folder in folders)), None)
    )
    if changed is not None:
        note = f"{changed} is not what it was when the set-up was copied; it is shown as it is now."
        return Found(replace(entry, path=str(changed)), note)
    return Found(entry)


def _data(source: str, folders: Iterable[Path]) -> str:
    """Where the data of that name lie, in one of these folders or beside it; as they are named if nowhere."""
    if os.path.isabs(source) or source != os.path.basename(source):
        return source
    places = (place / source for folder in folders for place in (folder, folder.parent))
    return next((str(place) for place in places if place.exists()), source)


def _likely(folder: Path, entry: SignalEntry, check: Callable[[], None]) -> Iterator[Path]:
    """Files of the right size below a folder, those of the right name first."""
    others = []
    for path in _files(folder, check):
        try:
            fits = path.stat().st_size == entry.size
        except OSError:
            continue
        if fits and path.name == entry.name:
            yield path
        elif fits:
            others.append(path)
    yield from others


def _files(folder: Path, check: Callable[[], None]) -> Iterator[Path]:
    left = MOST_FILES
    for root, folders, names in os.walk(folder):
        check()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            yield Path(root) / name
        left -= len(names)
        if left < 0:
            return


def _fingerprint(path: Path) -> tuple[int, str] | None:
    try:
        return fingerprint(path) if path.is_file() else None
    except (OSError, ValueError):
        return None
