"""Where file dialogs begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.folders import Folders
from hippo_studio.app.saving import Saving
from hippo_studio.app.services import Services
from hippo_studio.app.settings import Settings
from hippo_studio.signals import bundled_samples
from hippo_studio.signals.capture.recording import recordings_folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    for name in ("work", "data", "out", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Folders(Settings(tmp_path / "settings.toml"))


def test_a_dialog_begins_beside_the_signal_else_where_it_was_last_else_at_home(
    folders: Folders, tmp_path: Path
) -> None:
    assert folders.begin("export_folder") == str(tmp_path / "home")
    folders.keep("folder", tmp_path / "data" / "a.csv")
    assert folders.begin("export_folder") == str(tmp_path / "data")
    folders.keep("export_folder", tmp_path / "out" / "a.png")
    assert folders.begin("export_folder") == str(tmp_path / "out")
    folders.origin = str(tmp_path / "data" / "b.csv")
    assert folders.begin("export_folder") == str(tmp_path / "data")


@pytest.mark.parametrize(
    "origin", ["generate('sine', frequency=2.0)", "udp://:9000", "", "/gone/a.csv", "sample", "recording"]
)
def test_what_lies_in_no_folder_of_the_person_s_leaves_it_to_the_last(
    folders: Folders, tmp_path: Path, origin: str
) -> None:
    recordings_folder().mkdir(parents=True)
    own = {"sample": bundled_samples()[0].path, "recording": recordings_folder() / "a.wav"}
    folders.origin = str(own.get(origin, origin))
    folders.keep("folder", tmp_path / "data" / "a.csv")
    assert folders.begin("folder") == str(tmp_path / "data")


def test_a_save_dialog_begins_there(services: Services, qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    services.folders.origin = str(tmp_path / "a.csv")
    Saving(services, window).ask("Save", "a", ["PNG (*.png)"], lambda *_: None)
    dialog = window.findChild(QFileDialog)
    assert dialog.directory().absolutePath() == str(tmp_path)
    dialog.reject()
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is None)
