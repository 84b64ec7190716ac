"""The session in the window: saved, opened, kept through a crash, pasted, and never lost by quitting."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from dying import die
from PyQt6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.window import StudioWindow
from hippo_studio.session import Session, SignalEntry
from hippo_studio.session.file import load
from hippo_studio.session.keeping import last_session, leftovers, load_kept, sessions_folder
from hippo_studio.signals import Region
from hippo_studio.signals.tools import Crop, Detrend, Step

Make = Callable[[], StudioWindow]


@pytest.fixture
def make(services: Services, qtbot: QtBot) -> Iterator[Make]:
    """Opens a window, as each start of the studio does; one at a time."""
    windows: list[StudioWindow] = []

    def make() -> StudioWindow:
        if windows:
            windows[-1].close()
        windows.append(StudioWindow(services))
        qtbot.addWidget(windows[-1])
        windows[-1].show()
        return windows[-1]

    yield make
    windows[-1].document.asks = False
    windows[-1].close()


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "data" / f"{name}.wav" for name in "ab"]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        soundfile.write(path, np.sin(np.arange(8000) / (10 + number)), 8000)
    return paths


def opened(window: StudioWindow, qtbot: QtBot, *paths: Path) -> None:
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open(paths)
    window.session.look()


def ready(window: StudioWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.session.remaking.busy and window.memory.source is not None)


def saved(window: StudioWindow, qtbot: QtBot, path: Path) -> None:
    with qtbot.waitSignal(window.document.changed, check_params_cb=None):
        window.document.write(path)
    qtbot.waitUntil(lambda: window.document.file == path)


def said(window: StudioWindow) -> list[str]:
    return [row.message.text for row in window.message_bar.rows]


def test_all_that_was_on_screen_comes_back_from_its_file(
    make: Make, sounds: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    window = make()
    opened(window, qtbot, *sounds)
    window.signals.show(0)
    ready(window, qtbot)
    window.memory.change(order=33, theta=0.02, view="window", measures=("legs", "fout"))
    window.memory.transport.seek_seconds(0.5)
    window.memory.transport.loop_between(0.25, 0.75)
    window.memory.transport.speed = 0.5
    window.memory.overview.show_zoom(0.2, 0.8)
    window.train.take_keys({"model": "s4", "chosen": {"seed": 7}})
    before, view = window.session.read(), window.session.read().view
    path = tmp_path / "one.hippo.json"
    saved(window, qtbot, path)
    assert json.loads(path.read_text())["signals"][0]["path"] == "data/a.wav"

    window = make()
    with qtbot.waitSignal(window.document.opened):
        window.opening.open([path])
    ready(window, qtbot)
    assert window.session.read() == before
    after = window.session.read().view
    assert (after.playhead, after.speed, after.loop, after.region) == (0.5, 0.5, True, (0.25, 0.75))
    assert after.zoom == pytest.approx(view.zoom)
    assert window.windowTitle() == "a.wav — one[*] — HiPPO Studio"
    assert not window.isWindowModified()
    assert not window.services.actions["undo"].isEnabled()
    assert path in window.opening.recent()
    window.memory.change(order=34)
    window.session.look()
    assert window.isWindowModified()
    window.session.undo()
    assert not window.isWindowModified()


def test_save_asks_once_for_a_name_and_then_writes_there(
    make: Make, sounds: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    window = make()
    opened(window, qtbot, sounds[0])
    actions = window.services.actions
    actions["save_session"].trigger()
    dialog = window.findChild(QFileDialog, "session dialog")
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("two")
    dialog.accept()
    path = tmp_path / "two.hippo.json"
    qtbot.waitUntil(lambda: window.document.file == path)
    window.memory.change(order=50)
    actions["save_session"].trigger()
    qtbot.waitUntil(lambda: not window.document.modified)
    assert load(path).memory["order"] == 50


def test_a_missing_file_leaves_its_line_and_is_located_with_its_neighbours(
    make: Make, sounds: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    window = make()
    opened(window, qtbot, *sounds)
    path = tmp_path / "sessions" / "one.hippo.json"
    path.parent.mkdir()
    saved(window, qtbot, path)
    window = make()
    window.services.settings.write("files", recent=None)
    away = tmp_path / "away"
    sounds[0].parent.rename(away)
    with qtbot.waitSignal(window.session.remaking.finished):
        window.opening.open([path])
        qtbot.waitUntil(lambda: len(window.signals) == 2)
    qtbot.waitUntil(lambda: all(row.problem for row in window.signals.rows))
    assert [row.title for row in window.signals.rows] == ["a.wav", "b.wav"]
    assert said(window)[-1].startswith("2 of 2 signals are missing")
    window.message_bar.rows[-1].remedies[0][0].click()
    dialog = window.findChild(QFileDialog, "locate dialog")
    dialog.setDirectory(str(away))
    dialog.selectFile("a.wav")
    dialog.accept()
    qtbot.waitUntil(lambda: len(list(window.signals)) == 2)
    assert [Path(one.origin) for one in window.signals] == [away / "a.wav", away / "b.wav"]


@pytest.mark.parametrize(
    ("content", "sentence"), [("{\n1", "damaged at line 2"), ('{"format": "x"}', "This is no session")]
)
def test_what_is_no_session_is_a_sentence_and_leaves_what_was_there(
    make: Make, tmp_path: Path, sounds: list[Path], qtbot: QtBot, content: str, sentence: str
) -> None:
    window = make()
    opened(window, qtbot, sounds[0])
    path = tmp_path / "bad.hippo.json"
    path.write_text(content)
    with qtbot.waitSignal(window.document.opened):
        window.opening.open([path])
    assert sentence in said(window)[-1]
    assert window.signals.current.title == "a.wav"
    assert window.document.file is None


def test_a_set_up_is_copied_and_pasted_as_one_step(make: Make, sounds: list[Path], qtbot: QtBot) -> None:
    window = make()
    opened(window, qtbot, sounds[0])
    window.memory.change(order=44)
    QApplication.clipboard().setText("")
    actions = window.services.actions
    actions["copy_setup"].trigger()
    qtbot.waitUntil(lambda: QApplication.clipboard().text().startswith("hippo1:"))
    line = QApplication.clipboard().text()
    window.signals.remove(0)
    window.memory.change(order=9)
    with qtbot.waitSignal(window.document.opened):
        actions["paste_setup"].trigger()
    ready(window, qtbot)
    assert (window.memory.state.order, window.signals.current.origin) == (44, str(sounds[0]))
    assert window.train.state.chosen == (("seed", 0),)
    assert window.session.history.undo_name == "Pasting of a Set-up"
    window.session.undo()
    assert (window.memory.state.order, len(window.signals)) == (9, 0)
    told: list[str] = []
    window.services.messages.status_changed.connect(told.append)
    with qtbot.waitSignal(window.document.opened):
        actions["paste"].trigger()  # the key for pasting serves as well
    assert window.memory.state.order == 44
    assert told[-1].startswith("Pasted the set-up")
    QApplication.clipboard().setText("no line")
    actions["paste_setup"].trigger()
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue(line[:-5])
    with qtbot.waitSignal(window.document.opened):
        dialog.accept()
    assert "copy it again" in said(window)[-1]


def test_quitting_asks_about_a_session_that_has_a_file_and_cancel_stays(
    make: Make, sounds: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    window = make()
    opened(window, qtbot, sounds[0])
    path = tmp_path / "one.hippo.json"
    saved(window, qtbot, path)
    window.autosave.enable()
    window.memory.change(order=12)
    for button in (QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Save):
        assert not window.close()
        box = window.findChild(QMessageBox, "unsaved changes")
        box.button(button).click()
        if button == QMessageBox.StandardButton.Cancel:
            assert window.isVisible()
            qtbot.waitUntil(lambda: window.findChild(QMessageBox, "unsaved changes") is None)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert load(path).memory["order"] == 12
    assert not last_session().exists()


def test_quitting_keeps_what_has_no_file_as_the_last_session(
    make: Make, sounds: list[Path], qtbot: QtBot
) -> None:
    window = make()
    window.document.begin()
    window.autosave.enable()
    opened(window, qtbot, sounds[0])
    window.memory.change(order=13)
    window = make()
    assert load_kept(last_session())[0].memory["order"] == 13
    assert len(window.signals) == 0
    window.memory.change(order=5)
    with qtbot.waitSignal(window.document.opened):
        window.services.actions["last_session"].trigger()
    ready(window, qtbot)
    assert (window.memory.state.order, window.signals.current.title) == (13, "a.wav")
    assert window.document.modified


def with_sound(path: Path) -> Session:
    return Session((SignalEntry(path=str(path)),), 0, {"order": 77})


def test_after_a_kill_the_next_start_offers_what_was_there(
    make: Make, sounds: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    die(with_sound(sounds[0]), tmp_path)
    die(with_sound(sounds[1]), tmp_path)
    window = make()
    with qtbot.waitSignal(window.autosave.offered):
        window.autosave.enable()
    offers = [row for row in window.message_bar.rows if "was not closed properly" in row.message.text]
    assert len(offers) == 2
    assert "1 signal, memories of N = 77" in offers[0].message.text
    assert [button.text() for button, _ in offers[0].remedies] == ["Restore", "Discard"]
    offers[1].remedies[1][0].click()
    with qtbot.waitSignal(window.document.opened):
        offers[0].remedies[0][0].click()
    ready(window, qtbot)
    assert (window.memory.state.order, window.signals.current.title) == (77, "a.wav")
    assert window.document.modified
    qtbot.waitUntil(lambda: len(list(sessions_folder().iterdir())) == 1)  # that of this window, kept anew
    assert leftovers() == ()


@pytest.mark.parametrize("way", ["file", "kill"])
def test_a_table_comes_back_as_it_was_read_with_its_tools_and_labels(
    make: Make, tmp_path: Path, qtbot: QtBot, way: str
) -> None:
    table = tmp_path / "walk.csv"
    values = np.random.default_rng(4).normal(5, 1, (500, 2)).round(6)
    table.write_text("left,right\n" + "\n".join(f"{a},{b}" for a, b in values))
    window = make()
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([table], options={"sample_rate": 50, "columns": ["right"]})
    bench = window.rooms.bench
    bench.lay([Step(Crop(1, 7)), Step(Detrend("mean")), Step(Crop(0, 1), on=False)])
    qtbot.waitUntil(lambda: not bench.busy)
    window.rooms.labels.panel.words.setCurrentText("step")
    window.rooms.labels.add(2.0, 3.0)
    window.session.look()
    before, samples = window.session.read(), window.signals.current.samples

    path = tmp_path / "walk.hippo.json"
    if way == "file":
        saved(window, qtbot, path)
        window = make()
        with qtbot.waitSignal(window.document.opened):
            window.opening.open([path])
    else:
        die(before, tmp_path)
        window = make()
        with qtbot.waitSignal(window.autosave.offered):
            window.autosave.enable()
        (offer,) = (row for row in window.message_bar.rows if "was not closed properly" in row.message.text)
        with qtbot.waitSignal(window.document.opened):
            offer.remedies[0][0].click()
    ready(window, qtbot)
    bench, signal_ = window.rooms.bench, window.signals.current
    assert window.session.read().signals == before.signals
    assert (signal_.sample_rate, signal_.channel_names) == (50.0, ("right",))
    np.testing.assert_array_equal(signal_.samples, samples)
    assert bench.steps == (Step(Crop(1, 7)), Step(Detrend("mean")), Step(Crop(0, 1), on=False))
    assert window.rooms.labels.regions == (Region(2.0, 3.0, "step"),)
    bench.lay([])
    qtbot.waitUntil(lambda: not bench.busy)
    np.testing.assert_allclose(window.signals.current.samples[0], values[:, 1])
    assert window.rooms.labels.regions == (Region(3.0, 4.0, "step"),)


def test_an_offer_that_nobody_took_is_made_again(
    make: Make, sounds: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    die(with_sound(sounds[0]), tmp_path)
    for _ in range(2):
        window = make()
        with qtbot.waitSignal(window.autosave.offered):
            window.autosave.enable()
        assert sum("was not closed properly" in text for text in said(window)) == 1


def test_the_session_is_kept_soon_after_a_change(make: Make, sounds: list[Path], qtbot: QtBot) -> None:
    window = make()
    window.autosave._timer.setInterval(10)
    window.autosave.enable()
    opened(window, qtbot, sounds[0])
    window.memory.change(order=21)

    def kept() -> bool:
        found = list(sessions_folder().glob("*/session.hippo.json"))
        return bool(found) and load(found[0]).memory["order"] == 21

    qtbot.waitUntil(kept)
    window.close()
    assert not list(sessions_folder().glob("*/session.hippo.json"))


def test_a_change_waits_for_at_most_half_a_second_to_be_kept(
    make: Make, qtbot: QtBot, sounds: list[Path]
) -> None:
    window = make()
    window.autosave.enable()
    opened(window, qtbot, sounds[0])
    qtbot.waitUntil(lambda: not window.autosave._timer.isActive())
    window.memory.change(order=11)
    window.session.look()
    assert window.autosave._timer.isActive()
    assert window.autosave._timer.interval() <= 500
