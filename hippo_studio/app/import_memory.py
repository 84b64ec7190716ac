"""How files are read, as a person said it: per file, and per kind of table. Free of Qt.

Three tables of the settings: `imports`, by path, `import kinds`, by ending and header, and `sample rates`, by
path, which files that are no tables have as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hippo_studio.app.settings import Settings
from hippo_studio.app.widgets.quantities import HIGHEST_RATE, LOWEST_RATE
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

    def say_rate(self, path: Path, rate: float | None) -> None:
        """Remember a sample rate in Hz for a file; None: forget it."""
        self._make_room("sample rates", str(path))
        self._settings.write("sample rates", {str(path): rate})

    def rate_of(self, path: Path) -> float | None:
        """The sample rate in Hz that was said of a file; None if none was."""
        rate = self._settings.value("sample rates", str(path), 0.0)
        return rate if LOWEST_RATE <= rate <= HIGHEST_RATE else None

    def _read(self, table: str, name: str) -> dict[str, Any] | None:
        values = self._settings.read(table).get(name)
        return from_settings(values) if isinstance(values, dict) else None

    def _write(self, table: str, name: str, options: dict[str, Any]) -> None:
        self._make_room(table, name)
        if options:
            self._settings.write(table, {name: to_settings(options)})

    def _make_room(self, table: str, name: str) -> None:
        """Forget what was said of it, and what was told too long ago."""
        others = [other for other in self._settings.read(table) if other != name]
        forgotten = (*others[: max(len(others) + 1 - MOST, 0)], name)
        self._settings.write(table, dict.fromkeys(forgotten))
