"""What the studio remembers between two starts: a small TOML file that a person can read and edit.

Free of Qt. A file that cannot be read is kept under another name and replaced; that is said, never fatal.
Geometry and docks are no settings: they live in `window.ini`, next to this file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import platformdirs


def settings_folder() -> Path:
    """Where the studio's settings live on this system."""
    return Path(platformdirs.user_config_dir("hippo-studio", appauthor=False))


class Settings:
    """Tables of plain values: `settings.read("memory")`, `settings.write("memory", order=64)`, `save()`.

    `notice` is a sentence to show when the file on disk had to be replaced or could not be read. With `kept`
    false the file is neither read nor written: a run that nobody attends starts from the defaults and changes
    nothing.
    """

    def __init__(self, path: Path | None = None, *, kept: bool = True) -> None:
        self.path = settings_folder() / "settings.toml" if path is None else path
        self._kept = kept
        self.notice = ""
        self._tables: dict[str, dict[str, Any]] = {}
        self._saved: dict[str, dict[str, Any]] = {}
        if kept:
            self._load()

    def read(self, table: str) -> dict[str, Any]:
        """A copy of one table; empty if it was never written."""
        return dict(self._tables.get(table, {}))

    def value(self, table: str, name: str, default: Any) -> Any:
        """One value; the default if it is missing, no number, or of another type (1 passes as 1.0)."""
        value = self._tables.get(table, {}).get(name, default)
        if value != value:  # TOML has a word for NaN, which no setting means
            return default
        if isinstance(default, float) and type(value) is int:
            return float(value)
        return value if type(value) is type(default) or default is None else default

    def write(self, table: str, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Change some values of a table; None removes a value."""
        current = self._tables.setdefault(table, {})
        for name, value in {**(values or {}), **more}.items():
            if value is None:
                current.pop(name, None)
            else:
                current[name] = value

    def save(self) -> None:
        """Write the file if anything changed: whole or not at all. Raises OSError."""
        if not self._kept or self._tables == self._saved:
            return
        import tomli_w

        from hippo_studio.export.atomic import atomic_text

        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_text(self.path, tomli_w.dumps(self._tables))
        self._saved = {name: dict(values) for name, values in self._tables.items()}

    def _load(self) -> None:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            reason = error.strerror or error
            self.notice = f"The settings in {self.path} could not be read ({reason}); defaults are in force."
            return
        try:
            tables = tomllib.loads(raw.decode("utf-8"))
            if not all(isinstance(values, dict) for values in tables.values()):
                raise ValueError("a value stands outside any table")  # noqa: TRY301
        except (ValueError, RecursionError) as error:
            self._set_aside(error)
            return
        self._tables = tables
        self._saved = {name: dict(values) for name, values in tables.items()}

    def _set_aside(self, error: Exception) -> None:
        backup = self.path.with_name(f"settings.broken-{datetime.now():%Y%m%d-%H%M%S}.toml")
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        try:
            self.path.replace(backup)
        except OSError:
            self.notice = f"The settings in {self.path} are broken ({reason}); defaults are in force."
        else:
            self.notice = f"The settings were broken ({reason}); they are kept as {backup} and start afresh."
