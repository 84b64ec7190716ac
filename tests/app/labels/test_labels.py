"""Labels: drawn, moved, listed, undone, saved beside the file, and learned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from hippo_studio.app.colors import DARK, LIGHT, Colors, contrast
from hippo_studio.app.labels.editing import Grip, grip_at, label_color, name_ground, with_edge
from hippo_studio.app.services import Services
from hippo_studio.app.window import StudioWindow
from hippo_studio.learning.datasets.regions import regions_of
from hippo_studio.signals import Region
from hippo_studio.signals.tools import Crop, Step

LEFT = Qt.MouseButton.LeftButton

PATIENCE = 60_000
"""Milliseconds: on a busy machine a job waits long for its turn."""


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "day.wav"
    soundfile.write(path, np.sin(np.arange(8000) / 10), 1000)
    return path


@pytest.fixture
def window(services: Services, qtbot: QtBot, sound: Path) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    with qtbot.waitSignal(window.opening.finished, timeout=PATIENCE):
        window.opening.open([sound])
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=PATIENCE)
    yield window
    window.close()


def at(window: StudioWindow, seconds: float) -> QPoint:
    overview = window.memory.overview
    y = overview.area.center().y()
    return QPointF(overview.way.map(QPointF(seconds, 0)).x(), y).toPoint()


def drag(window: StudioWindow, qtbot: QtBot, start: float, stop: float) -> None:
    viewport = window.memory.overview.viewport()
    qtbot.mousePress(viewport, LEFT, pos=at(window, start))
    qtbot.mouseMove(viewport, at(window, (start + stop) / 2))
    qtbot.mouseMove(viewport, at(window, stop))
    qtbot.mouseRelease(viewport, LEFT, pos=at(window, stop))


def test_a_drag_with_the_tool_labels_and_leaves_the_playhead_alone(
    window: StudioWindow, qtbot: QtBot, services: Services
) -> None:
    services.actions["label"].trigger()
    window.rooms.labels.panel.words.setCurrentText("cough")
    place = window.memory.transport.position
    drag(window, qtbot, 2, 4)
    (region,) = window.rooms.labels.regions
    assert region.label == "cough"
    assert (region.start, region.end) == pytest.approx((2, 4), abs=0.02)
    assert round(region.start, 3) == region.start, "no more digits than pixels tell apart"
    assert window.memory.transport.position == place
    drag(window, qtbot, 4, 5)
    (region,) = window.rooms.labels.regions
    assert region.end == pytest.approx(5, abs=0.02), "an edge was taken hold of"
    services.actions["label"].trigger()
    drag(window, qtbot, 6, 7)
    assert len(window.rooms.labels.regions) == 1
    assert window.memory.transport.seconds == pytest.approx(7, abs=0.02), "without the tool a drag scrubs"


def test_what_is_typed_after_a_drag_names_the_label_and_runs_nothing(
    window: StudioWindow, qtbot: QtBot, services: Services
) -> None:
    labels, actions = window.rooms.labels, services.actions
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE)
    actions["label"].trigger()
    state, drawing = window.memory.state, actions["label"].isChecked()
    for start, name in ((1, "Moan"), (3, "b")):
        drag(window, qtbot, start, start + 1)
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        assert field.selectedText() == field.text() == labels.regions[-1].label
        qtbot.keyClicks(field, name)
    drag(window, qtbot, 5, 6)  # goes on without Enter: the name is kept, and is that of the next one
    assert [one.label for one in labels.regions] == ["Moan", "b", "b"]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert [one.label for one in labels.regions] == ["Moan", "b", "b"]
    assert (window.memory.state, actions["label"].isChecked()) == (state, drawing)
    drag(window, qtbot, 6.5, 7)
    qtbot.keyClicks(QApplication.focusWidget(), "last")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: labels.regions[-1].label == labels.panel.word == "last", timeout=PATIENCE)


def test_a_click_chooses_and_delete_deletes(window: StudioWindow, qtbot: QtBot, services: Services) -> None:
    services.actions["label"].trigger()
    window.rooms.labels.add(1, 2)
    window.rooms.labels.add(3, 5)
    qtbot.mouseClick(window.memory.overview.viewport(), LEFT, pos=at(window, 1.5))
    services.actions["delete_label"].trigger()
    assert [one.start for one in window.rooms.labels.regions] == [3]


def test_labels_are_undone_one_after_the_other(window: StudioWindow) -> None:
    session = window.session
    session.look()
    for start in (1, 3):
        window.rooms.labels.add(start, start + 1)
        session.look()
    assert session.history.undo_name == "Change of Labels"
    session.undo()
    assert [one.start for one in window.rooms.labels.regions] == [1]
    session.redo()
    assert [one.start for one in window.rooms.labels.regions] == [1, 3]


def test_the_list_edits_a_label_and_refuses_what_is_none(
    window: StudioWindow, qtbot: QtBot, services: Services
) -> None:
    window.rooms.labels.add(1, 2)
    table = window.rooms.labels.panel.table
    table.item(0, 2).setText("fall")
    table.item(0, 1).setText("2,5")
    assert window.rooms.labels.regions == (Region(1, 2.5, "fall"),)
    for column, text in ((0, "9"), (1, "x"), (2, " ")):
        with qtbot.waitSignal(services.messages.refused, timeout=PATIENCE):
            table.item(0, column).setText(text)
        assert window.rooms.labels.regions == (Region(1, 2.5, "fall"),)
        assert table.item(0, 0).text() == "1"


def test_labels_lie_where_they_were_under_a_crop(window: StudioWindow, qtbot: QtBot) -> None:
    for start in (1, 3):
        window.rooms.labels.add(start, start + 1)
    window.rooms.bench.lay([Step(Crop(2.5, 8))])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    assert window.rooms.labels.regions == (Region(0.5, 1.5, "event"),)
    window.rooms.labels.add(2, 3)
    window.rooms.bench.lay([])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    assert [one.start for one in window.rooms.labels.regions] == [1, 3, 4.5]


def test_saved_labels_are_read_again_with_the_signal(
    window: StudioWindow, qtbot: QtBot, services: Services, sound: Path
) -> None:
    window.rooms.labels.add(1 / 3, 2)
    with qtbot.waitSignal(services.messages.status_changed, timeout=PATIENCE):
        services.actions["save_labels"].trigger()
    table = sound.with_name("day.labels.csv")
    assert regions_of(table) == ([Region(1 / 3, 2, "event")], 0)
    window.signals.remove(0)
    assert window.rooms.labels.regions == ()
    with qtbot.waitSignal(window.opening.finished, timeout=PATIENCE):
        window.opening.open([sound])
    assert window.rooms.labels.regions == (Region(1 / 3, 2, "event"),)


def test_a_table_beside_that_is_none_is_said(window: StudioWindow, qtbot: QtBot, sound: Path) -> None:
    sound.with_name("day.labels.csv").write_text("a,b\n1,2\n")
    with qtbot.waitSignal(window.services.messages.shown, timeout=PATIENCE) as shown:
        window.opening.open([sound])
    assert "start, end and label are needed" in shown.args[0].text


def test_labels_become_training_data_with_one_click(
    torch_imported: None, window: StudioWindow, qtbot: QtBot, services: Services, sound: Path
) -> None:
    window.rooms.labels.add(1, 2)
    with qtbot.waitSignal(services.messages.shown, timeout=PATIENCE) as shown:
        services.actions["train_regions"].trigger()
    assert "something else, too" in shown.args[0].text
    window.rooms.labels.panel.words.setCurrentText("other")
    window.rooms.labels.add(3, 5)
    services.actions["train_regions"].trigger()
    qtbot.waitUntil(lambda: window.tabs.currentWidget() is window.train, timeout=PATIENCE)
    assert window.train.state.data == str(sound)
    assert regions_of(sound.with_name("day.labels.csv"))[0] == list(window.rooms.labels.regions)


REGIONS = (Region(1, 5, "a"), Region(2, 3, "b"))


@pytest.mark.parametrize(
    ("time", "expected"),
    [(2.05, Grip(1, "start")), (2.5, Grip(1)), (4.0, Grip(0)), (5.05, Grip(0, "end")), (6, None)],
)
def test_what_the_mouse_takes_hold_of(time: float, expected: Grip | None) -> None:
    assert grip_at(REGIONS, time, 0.1) == expected


def test_an_edge_stays_in_the_signal_and_may_pass_the_other() -> None:
    region = Region(1, 2, "a")
    assert with_edge(region, "end", 99, 8) == Region(1, 8, "a")
    assert with_edge(region, "start", 3, 8) == Region(2, 3, "a")
    assert with_edge(region, "start", 2, 8) == region


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_labels_have_colors_of_their_own_that_can_be_read(colors: Colors) -> None:
    labels = [f"label {place}" for place in range(60)]
    inks = [label_color(one, labels, colors) for one in labels]
    assert len(set(inks[:12])) == 12
    for ink in inks:
        assert contrast(colors.text, name_ground(ink, colors)) >= 4.5
        assert contrast(ink, colors.surface) >= 3


def test_a_name_is_written_over_the_signal_on_a_ground_of_its_own(window: StudioWindow) -> None:
    plot = window.memory.overview
    window.rooms.labels.add(2, 6)
    (stretch,) = window.rooms.labels.brushes[0]._bands.stretches
    picture = QImage(plot.viewport().size(), QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    plot.draw(painter)
    painter.end()
    left = round(plot.way.map(QPointF(2, 0)).x())
    foot = round(plot.area.bottom()) - 3
    ground = QColor(stretch.ground).rgb()
    row = [picture.pixel(x, foot) for x in range(left + 2, left + 12)]
    assert row.count(ground) > 3, "nothing runs through a name"
    lines = range(foot - 6, foot)
    shades = [QColor(picture.pixel(x, y)) for x in range(left + 3, left + 40) for y in lines]
    darkest = min(shades, key=lambda shade: shade.lightness())
    assert contrast(darkest.name(), stretch.ground) >= 4.5
