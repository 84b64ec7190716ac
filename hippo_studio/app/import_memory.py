"""How files are read, as a person said it: per file, and per kind of table. Free of Qt.

Two tables of the settings: `imports`, by path, and `import kinds`, by ending and header.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hippo_studio.app.settings import Settings
from hippo_studio.signals.reading_options import from_settings, to_settings

MOST = 100
"""Entries that are remembered in each table, those told last."""


class ImportMemory:
    """Remembers reading options in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of_file(self, path: Path) -> dict[str, Any] | None:
        """What was said of this file; None if nothing was."""
        return self._read("imports", str(path))

    def of_kind(self, kind: str) -> dict[str, Any] | None:
        """What was said of tables of this kind; None if nothing was."""
        return self._read("import kinds", kind) if kind else None

    def say(self, path: Path, kind: str, options: dict[str, Any]) -> None:
        """Remember options for a file, and for a kind unless it is empty; no options: forget."""
        self._write("imports", str(path), options)
        if kind:
            self._write("import kinds", kind, options)

    def _read(self, table: str, name: str) -> dict[str, Any] | None:
        values = self._settings.read(table).get(name)
        return from_settings(values) if isinstance(values, dict) else None

    def _write(self, table: str, name: str, options: dict[str, Any]) -> None:
        others = [other for other in self._settings.read(table) if other != name]
        forgotten = (*others[: max(len(others) + 1 - MOST, 0)], name)
        self._settings.write(table, dict.fromkeys(forgotten))
        if options:
            self._settings.write(table, {name: to_settings(options)})
