"""The whole window: layout, drops, sessions, and an end that leaves nothing running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PyQt6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QDockWidget, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from hippo_studio.app.rate_dialog import RateDialog
from hippo_studio.app.services import Services
from hippo_studio.app.signals_panel import SignalsPanel
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Signal, bundled_samples


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    with qtbot.waitSignal(window.first_painted):
        pass
    yield window
    window.close()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound with space.wav"
    soundfile.write(path, np.sin(np.arange(8000) / 10), 8000)
    return path


def test_the_list_marks_no_signal_while_something_live_is_looked_at(
    window: StudioWindow, qtbot: QtBot
) -> None:
    listed = window.findChild(SignalsPanel).list
    window.signals.add(Signal(np.zeros(100), 10.0))
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=20_000)
    assert listed.currentRow() == 0
    window.memory.show_live(new_page("live", 10.0, 100))
    assert listed.currentRow() == -1
    listed.setCurrentRow(0)
    qtbot.waitUntil(lambda: window.memory.signal is not None, timeout=20_000)
    assert listed.currentRow() == 0


def docks(window: StudioWindow) -> dict[str, QDockWidget]:
    return {dock.windowTitle(): dock for dock in window.docks}


def urls(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window: StudioWindow, data: QMimeData) -> tuple[bool, QDropEvent]:
    """Drag over the middle of the window and let go, as Qt tells it; whether it was taken."""
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    either = copy | Qt.DropAction.MoveAction
    middle = window.rect().center()
    enter = QDragEnterEvent(middle, either, data, left, none)
    QApplication.sendEvent(window, enter)
    fall = QDropEvent(QPointF(middle), either, data, left, none)
    if enter.isAccepted():
        QApplication.sendEvent(window, fall)
    return enter.isAccepted(), fall


def test_a_file_dropped_on_the_window_is_opened(window: StudioWindow, sound: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.opening.finished):
        taken, fall = drop(window, urls(sound))
    assert taken
    assert fall.dropAction() == Qt.DropAction.CopyAction
    assert window.signals.current.title == sound.name
    assert window.windowTitle().startswith(sound.name)
    assert not window.drops.veil.isVisible()


def test_a_path_dropped_as_text_is_opened(window: StudioWindow, sound: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setText(f"{sound}\n")
    with qtbot.waitSignal(window.opening.finished):
        assert drop(window, data)[0]


def test_what_is_no_local_file_is_not_taken(window: StudioWindow) -> None:
    web, prose = QMimeData(), QMimeData()
    web.setUrls([QUrl("https://example.org/a.wav")])
    prose.setText("Dear diary")
    assert [drop(window, data)[0] for data in (web, prose, QMimeData())] == [False, False, False]
    assert not window.drops.veil.isVisible()


def test_the_clipboard_may_name_a_file(window: StudioWindow, sound: Path, qtbot: QtBot) -> None:
    QApplication.clipboard().setText(sound.as_uri())
    with qtbot.waitSignal(window.opening.finished):
        window.services.actions["paste"].trigger()
    assert window.signals.current.title == sound.name
    QApplication.clipboard().setText("Dear diary")
    window.services.actions["paste"].trigger()
    assert "no file" in window.message_bar.rows[-1].message.text


def test_the_open_dialog_opens_what_was_chosen_and_remembers_the_folder(
    window: StudioWindow, sound: Path, qtbot: QtBot
) -> None:
    for accept in (False, True):
        window.services.actions["open"].trigger()
        dialog = window.findChild(QFileDialog)
        assert not dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setDirectory(str(sound.parent))
        dialog.selectFile(sound.name)
        if accept:
            with qtbot.waitSignal(window.opening.finished):
                dialog.accept()
        else:
            dialog.reject()
        qtbot.waitUntil(lambda: window.findChild(QFileDialog) is None)
    assert [signal.title for signal in window.signals] == [sound.name]
    assert window.services.settings.value("files", "folder", "") == str(sound.parent)
    window.services.actions["import_table"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog.directory().absolutePath() == str(sound.parent)
    dialog.reject()
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is None)


def test_the_sample_rate_of_a_file_is_typed_in_hertz_and_nonsense_refused_in_place(
    window: StudioWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    table = tmp_path / "clockless.csv"
    table.write_text("value\n" + "\n".join(str(k % 7) for k in range(400)) + "\n")
    window.services.actions["sample_rate"].trigger()
    assert window.findChild(RateDialog) is None, "there is no file yet"
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([table])
    window.services.actions["sample_rate"].trigger()
    dialog = window.findChild(RateDialog)
    for text in ("0", "nan", "2 GHz", "often"):
        dialog.field.setText(text)
        dialog._accept()
        assert repr(text) in dialog.complaint.text()
    assert dialog.isVisible()
    dialog.field.setText("0,1 kHz")
    with qtbot.waitSignal(window.opening.finished):
        dialog._accept()
    assert window.signals.current.sample_rate == 100.0
    assert not window.memory.state.theta > window.signals.current.duration


def test_a_broken_file_is_one_message_and_the_studio_goes_on(
    window: StudioWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([broken])
    assert "broken.wav" in window.message_bar.rows[0].message.text
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([sound])
    assert window.signals.current.title == sound.name


def test_closing_every_signal_leaves_an_empty_studio(window: StudioWindow, sound: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([sound])
    window.services.actions["close_signal"].trigger()
    assert window.signals.current is None
    assert window.windowTitle() == "HiPPO Studio"
    window.services.actions["close_signal"].trigger()
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([bundled_samples()[0].path])
    assert window.signals.current is not None


def test_panels_come_back_where_they_were(window: StudioWindow, tmp_path: Path) -> None:
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    docks(window)["Inspector"].hide()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks(window)["Signals"])
    window.keep(store)
    store.sync()
    window.reset_layout()
    assert all(dock.isVisible() for dock in window.docks)
    assert window.dockWidgetArea(docks(window)["Signals"]) == Qt.DockWidgetArea.LeftDockWidgetArea
    again = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    assert window.restore(again)
    assert not docks(window)["Inspector"].isVisible()
    assert window.dockWidgetArea(docks(window)["Signals"]) == Qt.DockWidgetArea.RightDockWidgetArea


@pytest.mark.parametrize(
    "content", ["", "geometry=@ByteArray(nonsense)\nstate=7\n", "\x00\xff[[[", "geometry=1, 2"]
)
def test_a_broken_layout_file_is_not_fatal(window: StudioWindow, tmp_path: Path, content: str) -> None:
    (tmp_path / "window.ini").write_text("[General]\n" + content)
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    assert not window.restore(store)
    assert all(dock.isVisible() for dock in window.docks)


def test_every_connected_action_is_in_a_menu(window: StudioWindow) -> None:
    def actions_below(menu: QMenu) -> set[str]:
        names = {action.objectName() for action in menu.actions()}
        return names.union(*(actions_below(action.menu()) for action in menu.actions() if action.menu()))

    in_menus = set().union(*(actions_below(action.menu()) for action in window.menuBar().actions()))
    elsewhere = {"generate"}  # the Generate menu lists the generators themselves
    connected = {line.id for line in window.services.actions if window.services.actions.is_connected(line.id)}
    assert connected - in_menus - elsewhere == set()


def test_growing_menus_offer_samples_generators_and_recent_files(
    window: StudioWindow, sound: Path, qtbot: QtBot
) -> None:
    commands = window.commands
    for menu in (commands.samples_menu, commands.generators_menu, commands.recent_menu):
        menu.aboutToShow.emit()
    assert [action.text() for action in commands.samples_menu.actions()] == [
        sample.title for sample in bundled_samples()
    ]
    assert len(commands.generators_menu.actions()) >= 5
    assert not commands.recent_menu.actions()[0].isEnabled()
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([sound])
    commands.recent_menu.aboutToShow.emit()
    recent = commands.recent_menu.actions()
    assert recent[0].text() == sound.name
    recent[-1].trigger()
    commands.recent_menu.aboutToShow.emit()
    assert not commands.recent_menu.actions()[0].isEnabled()


def test_the_palette_offers_samples_and_open_signals(window: StudioWindow, sound: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([sound, bundled_samples()[0].path])
    window.services.actions["palette"].trigger()
    offered = [command.text for command in window.commands.palette.found()]
    assert f"Show {sound.name}" in offered
    assert f"Sample: {bundled_samples()[1].title}" in offered
    assert "Dark Theme" in offered


def test_theme_is_switched_and_remembered(window: StudioWindow) -> None:
    window.services.actions["theme_dark"].trigger()
    assert window.services.theme.colors.dark
    assert window.services.settings.value("window", "theme", "") == "dark"
    window.services.actions["theme_switch"].trigger()
    assert not window.services.theme.colors.dark


def test_full_screen_and_back(window: StudioWindow, qtbot: QtBot) -> None:
    action = window.services.actions["full_screen"]
    action.trigger()
    qtbot.waitUntil(window.isFullScreen)
    assert action.isChecked()
    window.showNormal()
    qtbot.waitUntil(lambda: not action.isChecked())
    action.trigger()
    qtbot.waitUntil(window.isFullScreen)


def test_closing_ends_every_thread_even_while_reading(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.show()
    window.opening.open([sample.path for sample in bundled_samples()] * 3)
    qtbot.wait(30)
    window.close()
    assert not window.opening.busy
    assert services.close()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("studio job")] == []
    window.close()


def test_twice_the_pixels_give_twice_the_picture(window: StudioWindow, qtbot: QtBot) -> None:
    assert window.grab().size() == window.size() * window.devicePixelRatio()


def test_every_control_of_the_shell_has_a_name_for_screen_readers(window: StudioWindow) -> None:
    for widget in (
        window.message_bar,
        window.statusBar().progress,
        window.statusBar().cancel,
        window.commands.palette,
        window.commands.palette.field,
    ):
        assert widget.accessibleName()
