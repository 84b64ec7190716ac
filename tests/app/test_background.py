"""What runs unseen: the garbage collector's timetable, the log of faults, the look for a display, timings."""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import qWarning
from pytestqt.qtbot import QtBot

from hippo_studio.app import preflight
from hippo_studio.app.collector import BUSY_TICKS, REST_TICKS, YOUNG_LIMIT, Collector
from hippo_studio.app.faults import Faults
from hippo_studio.app.process import seconds_since_start
from hippo_studio.app.timings import frame_summary, lateness_summary, percentile


class TestCollector:
    """Automatic collection is off; the timer's ticks decide."""

    @pytest.fixture
    def ticks(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestCollector.Ticks]:
        ticks = self.Ticks()
        monkeypatch.setattr(gc, "collect", lambda generation=2: ticks.collected.append(generation) or 0)
        monkeypatch.setattr(gc, "get_count", lambda: (ticks.young, 0, 0))
        yield ticks
        ticks.collector.deleteLater()

    class Ticks:
        def __init__(self) -> None:
            self.resting, self.young, self.collected = True, 0, []
            self.collector = Collector(lambda: self.resting)

        def go(self, count: int) -> list[int]:
            before = len(self.collected)
            for _ in range(count):
                self.collector.tick()
            return self.collected[before:]

    def test_a_whole_collection_waits_for_rest_and_is_done_once(self, ticks: Ticks) -> None:
        assert ticks.go(REST_TICKS - 1) == []
        assert ticks.go(10) == [2]
        ticks.resting = False
        ticks.go(1)
        ticks.resting = True
        assert ticks.go(REST_TICKS) == [2]

    def test_while_playing_only_young_garbage_is_taken(self, ticks: Ticks) -> None:
        ticks.resting = False
        assert ticks.go(20) == []
        ticks.young = YOUNG_LIMIT + 1
        assert ticks.go(3) == [0, 0, 0]

    def test_hours_of_playing_do_not_pile_up_garbage(self, ticks: Ticks) -> None:
        ticks.resting, ticks.young = False, YOUNG_LIMIT + 1
        collected = ticks.go(3 * BUSY_TICKS)
        assert 2 not in collected
        assert 2 <= collected.count(1) <= 3

    def test_a_start_collects_nothing(self, ticks: Ticks) -> None:
        ticks.collector.start()
        ticks.collector.settle()
        ticks.collector.stop()
        assert ticks.collected == []

    def test_python_gets_its_collector_back(self, qtbot: QtBot) -> None:
        collector = Collector(lambda: False)
        collector.start()
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
        collector.stop()
        assert gc.isenabled()
        assert gc.get_freeze_count() == 0
        collector.deleteLater()


class TestFaults:
    """An uncaught exception is a sentence on screen and a story in the log."""

    @pytest.fixture
    def faults(self, tmp_path: Path, qtbot: QtBot) -> Iterator[Faults]:
        self.told: list[tuple[str, tuple[str, ...]]] = []
        faults = Faults(
            lambda text, details: self.told.append((text, details)), tmp_path / "log" / "studio.log"
        )
        faults.install()
        yield faults
        faults.uninstall()
        faults.deleteLater()

    def test_an_exception_is_told_and_logged(self, faults: Faults) -> None:
        try:
            [].pop()
        except IndexError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        ((text, details),) = self.told
        assert "IndexError: pop from empty list" in text
        assert str(faults.path) in details[0]
        logged = faults.path.read_text()
        assert "Traceback" in logged
        assert "pop from empty list" in logged

    def test_an_exception_in_a_thread_is_told_on_the_gui_thread(self, faults: Faults, qtbot: QtBot) -> None:
        def fail() -> None:
            raise ValueError("far away")

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        assert self.told == []
        qtbot.waitUntil(lambda: bool(self.told))
        assert "far away" in self.told[0][0]

    def test_what_qt_says_goes_to_the_log(self, faults: Faults) -> None:
        qWarning("a layout is unhappy")
        assert "a layout is unhappy" in faults.path.read_text()
        assert self.told == []

    def test_a_home_that_cannot_be_written_is_not_fatal(self, tmp_path: Path, qtbot: QtBot) -> None:
        (tmp_path / "file").touch()
        faults = Faults(lambda *_: None, tmp_path / "file" / "studio.log")
        hooks = sys.excepthook, threading.excepthook
        handlers = list(logging.getLogger("hippo_studio.faults").handlers)
        faults.install()
        assert sys.excepthook is not hooks[0]
        faults.uninstall()
        assert (sys.excepthook, threading.excepthook) == hooks
        assert logging.getLogger("hippo_studio.faults").handlers == handlers
        faults.deleteLater()


class TestPreflight:
    """Whether a window can be had, asked before Qt aborts."""

    @pytest.mark.parametrize(
        ("environment", "needs_display", "platform"),
        [
            ({}, True, ""),
            ({}, False, "offscreen"),
            ({"DISPLAY": ":0"}, False, ""),
            ({"WAYLAND_DISPLAY": "wayland-0"}, False, ""),
            ({"QT_QPA_PLATFORM": "minimal"}, False, "minimal"),
        ],
    )
    def test_no_display_is_needed_for_a_picture(
        self, environment: dict[str, str], needs_display: bool, platform: str
    ) -> None:
        assert preflight.platform_for(environment, needs_display=needs_display) == platform

    def test_no_display_is_a_sentence(self) -> None:
        assert "no display" in preflight.obstacle({})

    def test_a_display_that_does_not_answer_is_a_sentence(self) -> None:
        reason = preflight.obstacle({"DISPLAY": ":4711"})
        assert "':4711'" in reason or "system library" in reason

    def test_offscreen_has_no_obstacle(self) -> None:
        assert preflight.obstacle({"QT_QPA_PLATFORM": "offscreen"}) == ""

    def test_a_missing_library_is_named_with_its_package(self) -> None:
        sentence = preflight.missing_library_sentence(
            "libxcb-cursor.so.0: cannot open shared object file: No such file or directory"
        )
        assert "apt install libxcb-cursor0" in sentence
        assert "\n" not in sentence

    def test_a_plugin_that_is_damaged_is_said_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plugin = tmp_path / "libqxcb.so"
        plugin.write_bytes(b"not a library")
        monkeypatch.setattr(preflight, "_plugin", lambda name: plugin)
        sentence = preflight.obstacle({"DISPLAY": ":0"})
        assert sentence.startswith("Qt cannot be loaded here")
        assert "\n" not in sentence

    def test_without_display_the_studio_says_so_and_ends_with_2(self) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        }
        run = subprocess.run(
            [sys.executable, "-c", "import sys; from hippo_studio.app.main import main; sys.exit(main([]))"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 2
        assert run.stderr.count("\n") == 1
        assert "no display" in run.stderr


class TestTimings:
    """Percentiles, frames and lateness, as the report has them."""

    def test_percentiles_are_interpolated(self) -> None:
        assert [percentile([4, 1, 3, 2], part) for part in (0, 0.5, 1)] == [1, 2.5, 4]

    def test_frames_are_the_gaps_between_paintings(self) -> None:
        ends = [index / 60 for index in range(60)] + [59 / 60 + 0.1]
        summary = frame_summary(ends)
        assert summary["p50_ms"] == pytest.approx(16.667, abs=1e-3)
        assert summary["max_ms"] == pytest.approx(100.0)
        assert summary["fps"] == pytest.approx(60 / (59 / 60 + 0.1), abs=1e-3)
        assert set(summary) == {"fps", "p50_ms", "p95_ms", "p99_ms", "max_ms"}

    def test_too_few_frames_are_null_not_nan(self) -> None:
        assert json.loads(json.dumps(frame_summary([1.0]), allow_nan=False))["fps"] is None
        assert lateness_summary([])["max_ms"] is None

    def test_the_process_has_been_alive_for_a_while(self) -> None:
        first = seconds_since_start()
        assert 0 < first <= seconds_since_start() < 86400
