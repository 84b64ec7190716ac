"""The guard itself: a test that leaves something behind must fail, and say what and where it began."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LEAKY = """
import threading
import pytest
from PyQt6.QtCore import QByteArray, QPropertyAnimation, QThread, QTimer
from PyQt6.QtWidgets import QLabel, QWidget

kept = []

def test_widget():
    widget = QWidget(objectName="forgotten widget")
    kept.append(widget)

def test_timer():
    timer = QTimer(objectName="forgotten timer")
    kept.append(timer)
    timer.start(1000)

def test_animation():
    target = QTimer()
    animation = QPropertyAnimation(target, QByteArray(b"interval"), objectName="forgotten animation")
    animation.setDuration(60_000)
    animation.setEndValue(5)
    kept.extend([target, animation])
    animation.start()

def test_thread():
    gate = threading.Event()
    kept.append(gate)
    threading.Thread(target=gate.wait, args=(9.0,), name="forgotten thread", daemon=True).start()

def test_qthread():
    thread = QThread(objectName="forgotten qthread")
    kept.append(thread)
    thread.start()

def test_qt_warning():
    QTimer().start(-5)

def test_tidy(qtbot):
    label = QLabel("shown")
    qtbot.addWidget(label)
    timer = QTimer()
    timer.start(10)
    timer.stop()
    thread = threading.Thread(target=lambda: None)
    thread.start()

@pytest.fixture(scope="session", autouse=True)
def _end():
    yield
    for thing in kept:
        if isinstance(thing, QThread):
            thread = thing
            thread.quit()
            thread.wait()
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of tests that leave something of each kind behind."""
    folder = tmp_path_factory.mktemp("leaky")
    shutil.copy(Path(__file__).with_name("conftest.py"), folder / "conftest.py")
    (folder / "test_leaky.py").write_text(LEAKY)
    (folder / "pytest.ini").write_text("[pytest]\nqt_api = pyqt6\nqt_log_level_fail = WARNING\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize("kind", ["widget", "timer", "animation", "thread", "qthread"])
def test_what_is_left_behind_fails_its_test_by_name(report: str, kind: str) -> None:
    assert re.search(rf"^ERROR test_leaky\.py::test_{kind}\b", report, re.MULTILINE), report
    assert f"forgotten {kind}" in report


def test_the_place_where_it_was_started_is_told(report: str) -> None:
    assert "timer.start(1000)" in report
    assert "animation.start()" in report


def test_a_qt_warning_fails_its_test(report: str) -> None:
    assert "FAILED test_leaky.py::test_qt_warning" in report


def test_a_tidy_test_passes(report: str) -> None:
    assert "test_tidy" not in "".join(re.findall(r"^(?:FAILED|ERROR).*$", report, re.MULTILINE))
    assert "6 passed, 5 errors" in report.replace("1 failed, ", "")
