"""Tables told how to be read: the window, what is remembered, the clipboard, and the parts of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QModelIndex
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from hippo_studio.app.import_window import ImportWindow
from hippo_studio.app.labels.editing import entry_with
from hippo_studio.app.messages import Message
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.parts_panel import PartsPanel
from hippo_studio.app.script import phrasing
from hippo_studio.app.services import Services
from hippo_studio.app.signal_sketch import SignalSketch
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Region, Signal, read
from hippo_studio.signals.tools import Band, Crop, Step, apply_tools

PATIENCE = 60_000
"""Milliseconds: on a busy machine a job waits long for its turn."""
DAYS = "date,a\n" + "".join(f"0{i + 1}/02/2023 10:00:00,{i}\n" for i in range(9))
PLAIN = "time;a;b\n" + "".join(f"{i / 10:.1f};{i};-{i}\n" for i in range(30))


class Desk:
    def __init__(self, services: Services) -> None:
        self.signals = OpenSignals()
        self.opening = Opening(self.signals, services)
        self.said: list[Message] = []
        self.wanted: list[Path] = []
        services.messages.shown.connect(self.said.append)
        self.opening.import_wanted.connect(self.wanted.append)


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


def written(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def opened(desk: Desk, qtbot: QtBot, *paths: Path) -> None:
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.open(paths)


def test_a_table_in_doubt_is_opened_and_asked_about(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = written(tmp_path, DAYS)
    opened(desk, qtbot, path)
    assert (len(desk.signals), desk.wanted) == (1, [path])
    opened(desk, qtbot, written(tmp_path, PLAIN, "sure.csv"))
    assert desk.wanted == [path]
    desk.opening.asks = False
    opened(desk, qtbot, path)
    assert desk.wanted == [path]


def test_what_was_said_of_a_table_is_remembered(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.import_table(path, {"columns": ["b"], "time_column": None, "sample_rate": 20.0})
    for _ in range(2):
        signal = desk.signals.current
        assert (signal.channel_names, signal.sample_rate, len(desk.signals)) == (("b",), 20, 1)
        opened(desk, qtbot, path)
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.import_table(path, {})
    opened(desk, qtbot, path)
    assert (desk.signals.current.channels, desk.signals.current.sample_rate) == (2, 10)


def test_what_was_said_holds_for_others_of_the_kind(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.import_table(path, {"columns": ["b"]}, ".csv time a b")
    opened(desk, qtbot, written(tmp_path, PLAIN, "other.csv"))
    assert desk.signals.current.channel_names == ("b",)
    opened(desk, qtbot, written(tmp_path, PLAIN.replace("a;b", "a;c"), "another.csv"))
    assert desk.signals.current.channel_names == ("a", "c")


def test_a_text_without_a_table_can_be_looked_at(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = written(tmp_path, "nothing here\nnor here\n", "a.txt")
    opened(desk, qtbot, path)
    (message,) = desk.said
    assert (message.level, message.remedy.text) == ("error", "Import Table…")
    message.remedy.run()
    assert desk.wanted == [path]


def shown(window: ImportWindow, qtbot: QtBot, problem: bool = False) -> None:
    """Wait for the preview that was asked for last."""
    qtbot.waitUntil(lambda: window.preview is not None and (window.preview.signal is None) == problem)


def test_the_window_shows_what_was_found_and_takes_what_is_said(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    taken: list[tuple[dict, str]] = []
    path = written(tmp_path, "Logger\n" + PLAIN)
    window = ImportWindow(path, {}, services, lambda options, kind: taken.append((options, kind)))
    qtbot.addWidget(window, before_close_func=lambda it: it.reject())
    shown(window, qtbot)
    delimiter = window.findChild(QComboBox, "delimiter")
    assert (delimiter.currentText(), window.summary.text()[:18]) == (
        "Automatic: semicolon",
        "2 channels · 10 Hz",
    )
    assert window.raw.toPlainText().splitlines()[:2] == [" 1 preamble Logger", " 2 header   time;a;b"]
    assert (window.rows.columnCount(), window.rows.item(1, 1).text()) == (3, "1")
    window.preview = None
    delimiter.setCurrentText("Bar")
    shown(window, qtbot, problem=True)
    assert not window.import_button.isEnabled()
    assert "no column of numbers" in window.remarks.text()
    window.preview = None
    delimiter.setCurrentIndex(0)
    shown(window, qtbot)
    window.preview = None
    columns = window.findChild(QLineEdit, "columns")
    columns.setText("b")
    columns.editingFinished.emit()
    shown(window, qtbot)
    assert window.summary.text().startswith("1 channel ·")
    window.remember_kind.setChecked(True)
    window.import_button.click()
    assert taken == [({"columns": ["b"]}, ".csv time a b")]


def test_a_rate_that_is_none_is_said_at_once(services: Services, qtbot: QtBot, tmp_path: Path) -> None:
    window = ImportWindow(written(tmp_path, PLAIN), {"missing": "zero"}, services, lambda *_: None)
    qtbot.addWidget(window, before_close_func=lambda it: it.reject())
    shown(window, qtbot)
    assert window.fields.options() == {"missing": "zero"}
    rate = window.findChild(QLineEdit, "sample_rate")
    qtbot.keyClicks(rate, "fast")  # and nothing else: it is judged while it is typed
    qtbot.waitUntil(lambda: "fast" in window.remarks.text(), timeout=PATIENCE)
    assert not window.import_button.isEnabled()


def test_remarks_come_in_the_order_of_their_lines(services: Services, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [f"{k / 10},{k},{-k},1" for k in range(40)]
    rows[30] = "3.0,30"
    rows[9] = "0.9,nine,-9,1"
    rows[20] = "2.0,20,-20,1,5"
    window = ImportWindow(written(tmp_path, "t,a,b,c\n" + "\n".join(rows)), {}, services, lambda *_: None)
    qtbot.addWidget(window, before_close_func=lambda it: it.reject())
    shown(window, qtbot)
    said = window.remarks.text().splitlines()
    lines = [int(one.split()[1].rstrip(":")) for one in said if one.startswith("Line")]
    assert lines == sorted(lines) == [11, 11, 22]
    assert any("1 cell of 'a' holds no number" in one for one in said)
    assert "2 rows have more or fewer cells than the 4 of the others (here 5 cells)" in said[-1]


def test_names_of_channels_stand_beside_their_curves(services: Services, qtbot: QtBot) -> None:
    sketch = SignalSketch(services.theme, None)
    qtbot.addWidget(sketch)
    sketch.resize(400, 60)
    names = tuple(f"channel {k}" for k in range(8))
    sketch.show_signal(Signal(np.tile([0.0, 1.0], (8, 200)), 10.0, names))
    picture, curve = sketch.grab().toImage(), QColor(services.theme.colors.accent).rgb()
    found = [x for x in range(400) if any(picture.pixel(x, y) == curve for y in range(60))]
    assert found
    assert min(found) > sketch.fontMetrics().horizontalAdvance(names[0])


@pytest.mark.parametrize(
    ("text", "channels", "length"),
    [("time\ta\tb\n0\t1\t2\n1\t3\t4\n", 2, 2), ("1\n2\n3\n", 1, 3), ("4 5 6 7", 1, 4), ("1;2;3", 1, 3)],
)
def test_numbers_from_the_clipboard_are_a_signal(
    desk: Desk, qtbot: QtBot, text: str, channels: int, length: int
) -> None:
    with qtbot.waitSignal(desk.signals.current_changed):
        desk.opening.paste(text)
    signal = desk.signals.current
    assert (signal.channels, signal.length) == (channels, length)
    assert Path(signal.origin).is_file()


def test_words_from_the_clipboard_are_a_sentence(desk: Desk, qtbot: QtBot) -> None:
    for text, said in (
        ("hello", "holds no numbers"),
        ("hello 1 world and 2 more\nlines of it", "holds no numbers"),
    ):
        desk.said.clear()
        desk.opening.paste(text)
        qtbot.waitUntil(lambda: bool(desk.said))
        assert said in desk.said[0].text
    assert len(desk.signals) == 0


def test_the_series_of_an_archive_are_a_list(
    desk: Desk, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    path = written(tmp_path, "@classLabel true up down\n@data\n1,2,3:up\n6,5:down\n7,8,9,10:up\n", "a.ts")
    panel = PartsPanel(desk.signals, desk.opening, services, None)
    qtbot.addWidget(panel)
    opened(desk, qtbot, path)
    qtbot.waitUntil(lambda: panel.list.model().rowCount(QModelIndex()) == 3)
    assert panel.title.text() == "3 series in a.ts"
    index = panel.list.model().index(1, 0)
    assert index.data() == "series 2  ·  down"
    desk.said.clear()
    with qtbot.waitSignal(desk.opening.finished):
        panel.list.clicked.emit(index)
    assert [signal.title for signal in desk.signals] == ["a.ts · series 2"]
    assert desk.signals.current.samples.tolist() == [[6, 5]]
    assert desk.signals.entries[0].options == {"series": 2}
    assert (panel.list.currentIndex().row(), desk.said) == (1, [])
    panel.search.setText("up")
    assert panel.list.model().rowCount(QModelIndex()) == 2
    opened(desk, qtbot, written(tmp_path, PLAIN))
    qtbot.waitUntil(panel.isHidden)


def steps(window: StudioWindow) -> tuple:
    return window.signals.entries[0].tools


@pytest.fixture
def worked(services: Services, qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[StudioWindow, Path]]:
    """A window with a table whose signal has tools and a label."""
    path = written(tmp_path, PLAIN)
    window = StudioWindow(services)
    qtbot.addWidget(window)
    reread(window, qtbot, path, {})
    window.rooms.bench.lay([Step(Crop(0.5, 2.5)), Step(Band(0, 3))])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    entry = window.signals.entries[0]
    window.signals.put(0, window.signals.current, entry_with(entry, (Region(1.0, 2.0, "walk"),)))
    window.session.look()
    yield window, path
    window.close()


def reread(window: StudioWindow, qtbot: QtBot, path: Path, options: dict) -> None:
    with qtbot.waitSignal(window.opening.finished, timeout=PATIENCE):
        window.opening.import_table(path, options)


def test_a_table_that_is_imported_again_keeps_its_tools_and_labels_and_undo_leads_back(
    worked: tuple[StudioWindow, Path], qtbot: QtBot, services: Services
) -> None:
    window, path = worked
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    before, samples = window.signals.entries[0], window.signals.current.samples
    assert before.regions == ((1.0, 2.0, "walk"),)
    reread(window, qtbot, path, {"columns": ["b"]})
    entry, signal = window.signals.entries[0], window.signals.current
    assert (entry.tools, entry.regions, said) == (before.tools, before.regions, [])
    expected = apply_tools(read(path, columns=["b"]), [Crop(0.5, 2.5), Band(0, 3)])
    np.testing.assert_array_equal(signal.samples, expected.samples)
    window.session.look()  # a step of its own, however soon the next one follows
    window.rooms.bench.lay([Step(Crop(0.5, 2.5))])  # on the new reading, not on the one before
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    np.testing.assert_array_equal(
        window.signals.current.samples, Crop(0.5, 2.5).apply(read(path, columns=["b"])).samples
    )
    window.session.undo()
    window.session.undo()
    qtbot.waitUntil(lambda: window.signals.current is not None, timeout=PATIENCE)
    assert window.signals.entries[0] == before
    np.testing.assert_array_equal(window.signals.current.samples, samples)


def test_a_changed_file_that_is_opened_again_keeps_its_tools(
    worked: tuple[StudioWindow, Path], qtbot: QtBot
) -> None:
    window, path = worked
    path.write_text(PLAIN.replace(";-", ";7"))
    with qtbot.waitSignal(window.opening.finished, timeout=PATIENCE):
        window.opening.open([path])
    chain = [Crop(0.5, 2.5), Band(0, 3)]
    np.testing.assert_array_equal(window.signals.current.samples, apply_tools(read(path), chain).samples)
    window.rooms.bench.lay([])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    np.testing.assert_array_equal(window.signals.current.samples, read(path).samples)


def test_what_no_longer_fits_is_switched_off_and_said(
    worked: tuple[StudioWindow, Path], qtbot: QtBot, services: Services
) -> None:
    window, path = worked
    said: list[Message] = []
    services.messages.shown.connect(said.append)
    reread(window, qtbot, path, {"sample_rate": 100.0, "time_column": None})  # 0.3 s long now
    entry = window.signals.entries[0]
    assert [(one["name"], one.get("on", True)) for one in entry.tools] == [("crop", False), ("band", True)]
    assert entry.regions == ((1.0, 2.0, "walk"),)
    (message,) = said
    text = "\n".join((message.text, *message.details))
    assert "a.csv: crop no longer fits and was switched off: " in text
    assert "a.csv: a label lies beyond its end, 0.3 s, and was kept" in text


def test_labels_beside_a_file_come_with_it_unless_others_were_made(
    worked: tuple[StudioWindow, Path], qtbot: QtBot, services: Services
) -> None:
    window, path = worked
    said: list[Message] = []
    services.messages.shown.connect(said.append)
    path.with_name("a.labels.csv").write_text("start,end,label\n0.0,0.5,sit\n")
    reread(window, qtbot, path, {})
    assert window.signals.entries[0].regions == ((1.0, 2.0, "walk"),)
    assert "the labels beside the file are others than those on the signal, which were kept" in said[-1].text
    window.signals.remove(0)
    reread(window, qtbot, path, {})
    assert window.signals.entries[0].regions == ((0.0, 0.5, "sit"),)
    path.with_name("a.labels.csv").write_text("start,end,label\n0.0,0.7,sit\n")
    reread(window, qtbot, path, {})
    assert window.signals.entries[0].regions == ((0.0, 0.7, "sit"),)


def test_how_irregular_times_are_resampled_is_said_seen_and_remembered(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    path = written(
        tmp_path, "t,a\n" + "".join(f"{time},{k}\n" for k, time in enumerate((0, 0.7, 2, 3.9, 4.0)))
    )
    taken: list[dict] = []
    window = ImportWindow(path, {}, services, lambda options, _: taken.append(options))
    qtbot.addWidget(window)
    box = window.findChild(QComboBox, "resampling")
    rate = window.findChild(QLineEdit, "resampling_rate")
    qtbot.waitUntil(lambda: window.preview is not None, timeout=PATIENCE)
    assert box.itemText(0) == "Automatic: interpolate evenly"
    assert rate.placeholderText() == "1 Hz"
    rate.setText("8 Hz")
    rate.editingFinished.emit()
    qtbot.waitUntil(lambda: window.preview.signal.sample_rate == 8, timeout=PATIENCE)
    title = window.fields._form.labelForField(rate)
    assert title.text() == "Resampled at"
    box.setCurrentIndex(box.findData("none"))
    assert title.text() == "Rate of the rows"
    qtbot.waitUntil(lambda: window.preview.signal.length == 5, timeout=PATIENCE)
    window.import_button.click()
    assert taken == [{"resampling": "none", "resampling_rate": 8.0}]
    desk = Desk(services)
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.import_table(path, taken[0])
    opened(desk, qtbot, path)
    assert desk.signals.current.samples.tolist() == [[0, 1, 2, 3, 4]]
    assert phrasing.opened(desk.signals.entries[0]).code == (
        f"signal = read({str(path)!r}, resampling='none', resampling_rate=8.0)"
    )
    again = ImportWindow(path, desk.opening.options_of(path), services, lambda *_: None)
    qtbot.addWidget(again)
    assert again.fields.options() == taken[0]
    again.reject()
