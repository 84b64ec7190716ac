"""Which files a drop, the clipboard, a folder or the list of recent files stand for. Free of Qt."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

MOST_RECENT = 12
"""Entries in the list of recent files."""
FOLDER_LIMIT = 200
"""Files opened from one folder at most: beyond that a person wants another tool."""


def paths_in_text(text: str) -> list[Path]:
    """Existing files and folders named in clipboard text, a path or a `file:` address per line."""
    paths = []
    for line in text.splitlines():
        line = line.strip().strip("\"'")
        path = (
            path_of_address(line) if line.startswith("file:") else Path(line).expanduser() if line else None
        )
        if path is not None and _exists(path):
            paths.append(path)
    return paths


def path_of_address(address: str) -> Path | None:
    """The local path of a `file:` address; None for other addresses, as of web pages."""
    parts = urlsplit(address)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost", platform.node()):
        return None
    return Path(unquote(parts.path))


def expand(
    paths: Iterable[Path],
    suffixes: Iterable[str],
    check: Callable[[], None] = lambda: None,
    limit: int = FOLDER_LIMIT,
) -> tuple[list[Path], str]:
    """Files for a mix of files and folders, and a sentence about what was left out (usually empty).

    A file is taken as it is, whatever its name. Of a folder, all files with a known suffix are taken, deeper
    folders included, hidden ones not, in the order of their names. `check` is called between folders.
    """
    known = {suffix.lower() for suffix in suffixes}
    files: list[Path] = []
    notes: list[str] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = _files_below(path, known, check, limit + 1)
        if not found:
            notes.append(f"{path} holds no file that the studio knows how to open.")
        elif len(found) > limit:
            notes.append(f"{path} holds more than {limit} signals; the first {limit} were opened.")
        files.extend(found[:limit])
    return list(dict.fromkeys(files)), " ".join(notes)


def _files_below(folder: Path, known: set[str], check: Callable[[], None], limit: int) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        check()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(
            Path(root) / name
            for name in sorted(names)
            if not name.startswith(".") and Path(name).suffix.lower() in known
        )
        if len(found) >= limit:
            break
    return found[:limit]


def with_recent(recent: Sequence[str], path: Path) -> list[str]:
    """The list of recent files after one more was opened, newest first."""
    newest = str(path.resolve())
    return [newest, *(other for other in recent if other != newest)][:MOST_RECENT]


def still_there(recent: object) -> list[Path]:
    """The recent files that still exist; anything unexpected in the settings counts as none."""
    entries = recent if isinstance(recent, list) else []
    return [Path(entry) for entry in entries if isinstance(entry, str) and _exists(Path(entry))]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a zero byte: text that never was a path
        return False
