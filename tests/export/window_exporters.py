"""What the window writes for a person: pictures, labels, scripts, settings, recordings, pasted numbers.

As in `exporters.py`: by name, how each is written and how it is read back.
"""

from __future__ import annotations

import functools
import json
import tempfile
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from hippo_studio.app import pasting
from hippo_studio.app.labels.beside import write_labels
from hippo_studio.app.script import phrasing
from hippo_studio.app.script.acts import Script
from hippo_studio.app.settings import Settings
from hippo_studio.export.atomic import atomic_text
from hippo_studio.learning.datasets.regions import regions_of
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Region

Write = Callable[[Path], object]
Read = Callable[[Path], object]
REGIONS = tuple(Region(float(k), k + 0.5, f"label {k}") for k in range(3000))
NUMBERS = "".join(f"{k}.25\n" for k in range(9000))
RECORDED = bytes(range(256)) * 400
TABLE = {"memory": {f"value {k}": k for k in range(3000)}}
FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""
SCRIPT = Script()
for k in range(300):
    SCRIPT.note(phrasing.opened(SignalEntry(path=f"/signals/{k}.wav")))


class Unhindered:
    """A job's context that nobody cancels."""

    def go_on(self, fraction: float) -> None:
        """Take the progress."""


def window_exporters() -> dict[str, tuple[Write, Read]]:
    """File name → how it is written, and a reading that fails for any file but the whole one."""
    return {
        "figure.png": (_figure, _png),
        "figure.svg": (_figure, ET.parse),
        "figure.pdf": (_figure, _pdf),
        "day.labels.csv": (lambda path: write_labels(path.with_name("day.wav"), REGIONS), _labels),
        "studio.py": (_script, lambda path: _same(path.read_text("utf-8"), SCRIPT.text())),
        "studio.ipynb": (_script, lambda path: json.loads(path.read_text("utf-8"))),
        "recording.wav": (_recording, lambda path: _same(path.read_bytes(), RECORDED)),
        "settings.toml": (_settings, lambda path: _same(tomllib.loads(path.read_text("utf-8")), TABLE)),
        "pasted.txt": (_paste, lambda path: _same(path.read_text("utf-8"), NUMBERS)),
    }


def _script(path: Path) -> None:
    atomic_text(path, SCRIPT.content(path.suffix))


def _settings(path: Path) -> None:
    settings = Settings(path.with_name("of an earlier start"))
    settings.path = path
    settings.write("memory", TABLE["memory"])
    settings.save()


def _paste(path: Path) -> None:
    with (
        patch.object(pasting, "pasted_folder", lambda: path.parent),
        patch.object(pasting, "free_path", lambda _folder: path),
    ):
        pasting.keep_pasted(NUMBERS)


def _recording(path: Path) -> None:
    from hippo_studio.app.sound.keeping import copy_recording

    copy_recording(_made(), path, Unhindered())  # type: ignore[arg-type]


@functools.cache
def _made() -> Path:
    FOLDERS.append(folder := tempfile.TemporaryDirectory())
    source = Path(folder.name) / "made.wav"
    source.write_bytes(RECORDED)
    return source


def _labels(path: Path) -> None:
    assert tuple(regions_of(path)[0]) == REGIONS


def _png(path: Path) -> None:
    from PyQt6.QtGui import QImage

    content = path.read_bytes()
    assert not QImage.fromData(content).isNull()
    assert content[-8:-4] == b"IEND"


def _pdf(path: Path) -> None:
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.rstrip().endswith(b"%%EOF")


def _same(found: object, expected: object) -> None:
    assert found == expected


def _figure(path: Path) -> None:
    from hippo_studio.app.widgets.plots import picture

    picture.write(path, _drawn(path.suffix))


@functools.cache
def _drawn(suffix: str) -> bytes:
    from PyQt6.QtWidgets import QApplication

    from hippo_studio.app.film.stage import StageTheme
    from hippo_studio.app.widgets.plots import Plot, picture

    app = QApplication.instance() or QApplication([])
    theme = StageTheme(False, app)
    plot = Plot(theme, "A plot")
    plot.resize(300, 200)
    content = picture.draw(plot, suffix)
    for one in (plot, theme):
        one.deleteLater()
    return content
