"""Everything that leaves the Memory tab as a file: right numbers, whole files or none, one plain sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from hippo_studio.app.jobs import Cancelled
from hippo_studio.app.memory import exports
from hippo_studio.app.memory.exports import (
    Write,
    targets,
    write_reconstruction,
    write_state,
    write_trajectory,
)
from hippo_studio.app.memory.source import Source, follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.export import read_coefficients
from hippo_studio.hippo import OnlineMemory
from hippo_studio.signals import Signal

RATE = 1000.0
STATE = MemoryState(order=9, theta=0.4)


class Reports:
    def __init__(self, stop_at: float = 2.0) -> None:
        self.fractions: list[float] = []
        self._stop_at = stop_at

    def check(self) -> None:
        if self.fractions and self.fractions[-1] >= self._stop_at:
            raise Cancelled("export")

    def report(self, fraction: float | None, text: str = "") -> None:
        self.fractions.append(fraction)


@pytest.fixture
def signal() -> Signal:
    t = np.arange(3000) / RATE
    return Signal(np.sin(9 * t), RATE, ("left",), ("V",), origin="/data/walk.wav")


@pytest.fixture
def source(signal: Signal) -> Source:
    return follow(signal)


def pushed(name: str, source: Source, position: int) -> OnlineMemory:
    online = OnlineMemory(name, 9, RATE, 0.4, "zoh")
    online.push(source.samples[:position])
    return online


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".parquet", ".mat", ".h5"])
def test_a_state_is_one_frame_with_all_that_belongs_to_it(
    source: Source, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"state{suffix}"
    legs = STATE.memories()[1]
    write_state(path, legs, source, 2500, Reports())
    record = read_coefficients(path)
    np.testing.assert_allclose(record.coefficients[0], pushed("legs", source, 2500).coefficients)
    assert record.times.tolist() == [2.5]
    assert (record.measure, record.order, record.method) == ("legs", 9, "zoh")
    assert (record.channel_names, record.units, record.source) == (("left",), ("V",), "/data/walk.wav")


def test_a_trajectory_has_sixty_frames_a_second(source: Source, tmp_path: Path) -> None:
    path, reports = tmp_path / "walk.npz", Reports()
    write_trajectory(path, STATE.memories()[0], source, 0, reports)
    record = read_coefficients(path)
    assert record.times.size == 180
    for frame in (0, 77, 179):
        position = round(record.times[frame] * RATE)
        np.testing.assert_allclose(
            record.coefficients[frame], pushed("legt", source, position).coefficients, atol=1e-12
        )
    assert reports.fractions[-1] == 1.0


def test_a_slow_signal_has_a_frame_per_sample_and_a_single_sample_one(tmp_path: Path) -> None:
    for length, frames in ((20, 20), (1, 1)):
        slow = follow(Signal(np.arange(1.0, length + 1), 2.0))
        memory = MemoryState(order=2, theta=10.0).memories()[0]
        write_trajectory(tmp_path / "slow.npz", memory, slow, 0, Reports())
        assert read_coefficients(tmp_path / "slow.npz").times.size == frames


def test_the_reconstruction_is_what_the_memory_tells(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "past.wav"
    write_reconstruction(path, STATE.memories()[0], source, 2500, Reports())
    sound, rate = soundfile.read(path)
    assert (rate, sound.size) == (1000, 400)
    wanted = pushed("legt", source, 2500).reconstruct(np.arange(2100, 2500) / RATE)[0]
    np.testing.assert_allclose(sound, wanted, atol=1e-6)


@pytest.mark.parametrize("write", [write_state, write_trajectory, write_reconstruction])
def test_a_cancelled_export_leaves_no_file(source: Source, tmp_path: Path, write: Write) -> None:
    path = tmp_path / ("walk.wav" if write is write_reconstruction else "walk.npz")
    reports = Reports(stop_at=0.0)
    reports.report(0.0)
    with pytest.raises(Cancelled):
        write(path, STATE.memories()[0], source, 2000, reports)
    assert list(tmp_path.iterdir()) == []


def test_several_memories_make_several_files() -> None:
    one, two = STATE.memories()
    assert targets(Path("a/walk.npz"), [one]) == [(Path("a/walk.npz"), one)]
    names = [path.name for path, _ in targets(Path("a/walk.npz"), [one, two])]
    assert names == ["walk-legt.npz", "walk-legs.npz"]


@pytest.fixture
def tab(services: Services, qtbot: QtBot, signal: Signal) -> Iterator[MemoryTab]:
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    tab.resize(800, 600)
    tab.show()
    tab.change(order=9, theta=0.4)
    with qtbot.waitSignal(tab.player.frame_ready):
        tab.set_signal(signal)
    tab.transport.seek(2500)
    yield tab
    assert tab.close_tab()


@pytest.fixture
def said(services: Services) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []
    services.messages.shown.connect(lambda message: heard.append((message.level, message.text)))
    return heard


def dialog(tab: MemoryTab) -> QFileDialog:
    return tab.findChildren(QFileDialog)[-1]


def test_the_menu_asks_for_a_name_and_says_where_the_file_is(
    tab: MemoryTab, qtbot: QtBot, services: Services, tmp_path: Path, said: list
) -> None:
    tab.change(measures=("legs",))
    services.actions["export_coefficients"].trigger()
    asked = dialog(tab)
    assert asked.selectedFiles()[0].endswith("walk-coefficients.npz")
    path = tmp_path / "mine.npz"
    asked.fileSelected.emit(str(path))
    asked.reject()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("info", f"Saved {path}")]
    assert read_coefficients(path).times.tolist() == [2.5]
    services.actions["export_reconstruction"].trigger()
    assert Path(dialog(tab).directory().absolutePath()) == tmp_path  # the folder is remembered
    dialog(tab).reject()


def test_two_measures_are_two_files_and_none_is_overwritten(
    tab: MemoryTab, qtbot: QtBot, tmp_path: Path, said: list
) -> None:
    tab.taking_home.save_memories(tmp_path / "walk.csv", write_state)
    qtbot.waitUntil(lambda: bool(said))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walk-legs.csv", "walk-legt.csv"]
    tab.taking_home.save_memories(tmp_path / "walk.csv", write_state)
    assert said[-1] == ("error", f"{tmp_path / 'walk-legt.csv'} exists already; choose another name.")


def test_a_folder_that_takes_nothing_is_one_sentence_and_the_next_export_works(
    tab: MemoryTab, qtbot: QtBot, tmp_path: Path, said: list
) -> None:
    tab.change(measures=("legt",))
    tab.taking_home.save_memories(tmp_path / "gone" / "walk.npz", write_trajectory)
    qtbot.waitUntil(lambda: bool(said))
    level, text = said[-1]
    assert level == "error"
    assert "there is no folder" in text
    tab.taking_home.save_memories(tmp_path / "walk.npz", write_trajectory)
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[-1][0] == "info"


def test_an_export_can_be_cancelled_and_another_goes_on_beside_it(
    tab: MemoryTab, qtbot: QtBot, services: Services, tmp_path: Path, said: list, monkeypatch
) -> None:
    tab.change(measures=("legt",))
    reached, gate = threading.Event(), threading.Event()

    def slow(path, memory, source, position, context):
        reached.set()
        assert gate.wait(10)
        exports.write_trajectory(path, memory, source, position, context)

    tab.taking_home.save_memories(tmp_path / "cancelled.npz", slow)
    assert reached.wait(10)
    job = next(job for job in services.jobs.live if job.key.startswith("export"))
    services.jobs.cancel(job.key)
    gate.set()
    tab.taking_home.save_memories(tmp_path / "kept.npz", write_trajectory)
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("info", f"Saved {tmp_path / 'kept.npz'}")]
    services.jobs.close()
    assert [path.name for path in tmp_path.iterdir()] == ["kept.npz"]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_every_plot_can_be_saved_as_a_picture(
    tab: MemoryTab, qtbot: QtBot, tmp_path: Path, said: list, suffix: str
) -> None:
    tab.inspector_panel.show()
    qtbot.waitUntil(lambda: tab.inspector_panel.inspection is not None)
    for number, plot in enumerate(tab.taking_home._plots, 1):
        tab.taking_home.save_picture(plot, tmp_path / f"{plot.title}{suffix}")
        qtbot.waitUntil(lambda number=number: len(said) == number)
    assert {level for level, _ in said} == {"info"}
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        if suffix == ".svg":
            assert ElementTree.fromstring(content).tag.endswith("svg")
        elif suffix == ".pdf":
            assert content.startswith(b"%PDF")
            assert content.rstrip().endswith(b"%%EOF")
        else:
            picture = QImage(str(path))
            assert not picture.isNull()
            places = [(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)]
            assert len({picture.pixel(x, y) for x, y in places}) > 1


def test_curves_are_vectors_in_svg(tab: MemoryTab, qtbot: QtBot, tmp_path: Path, said: list) -> None:
    tab.taking_home.save_picture(tab.past.plot, tmp_path / "past.svg")
    qtbot.waitUntil(lambda: bool(said))
    text = (tmp_path / "past.svg").read_text()
    assert text.count("<polyline") >= 3
    assert "<image" not in text


def test_a_picture_of_no_known_kind_is_refused_in_a_sentence(
    tab: MemoryTab, tmp_path: Path, said: list
) -> None:
    tab.taking_home.save_picture(tab.past.plot, tmp_path / "past.bmp")
    assert said == [("error", "There is no picture format '.bmp'; end the name in one of .png, .svg, .pdf.")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)  # of the offscreen platform, for a popup
def test_a_right_click_offers_the_same_and_copies_the_plot(tab: MemoryTab, qtbot: QtBot) -> None:
    tab.past.plot.menu_asked.emit(tab.mapToGlobal(tab.rect().center()))
    menu = tab.findChildren(QMenu, "plot menu")[-1]
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == "Save “The past” as Image…"
    assert "Coefficients Over Time…" in texts
    menu.actions()[1].trigger()
    assert not QGuiApplication.clipboard().image().isNull()
    menu.close()


def test_at_the_start_and_without_a_signal_there_is_nothing_to_write(
    tab: MemoryTab, services: Services, said: list
) -> None:
    tab.transport.seek(0)
    services.actions["export_coefficients"].trigger()
    tab.set_signal(None)
    services.actions["export_trajectory"].trigger()
    assert [level for level, _ in said] == ["info", "info"]
    assert "start" in said[0][1]
    assert tab.findChildren(QFileDialog) == []
