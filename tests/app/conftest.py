"""What every test of the window runs under: no display, no real settings, and nothing left behind.

A test that leaves a widget, a thread, a QThread, a timer or an animation alive fails, and the failure says
which, and where it was started. Qt warnings fail a test by `qt_log_level_fail` in pyproject.toml.
"""

from __future__ import annotations

import gc
import itertools
import os
import threading
import time
import traceback
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QAbstractAnimation, QEvent, QObject, QThread, QTimer
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.actions import ActionTable
from hippo_studio.app.jobs import Jobs
from hippo_studio.app.memory.first_steps import first_steps
from hippo_studio.app.messages import Messages
from hippo_studio.app.services import Services
from hippo_studio.app.settings import Settings
from hippo_studio.app.style import StudioStyle
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import raster


def pytest_configure(config: pytest.Config) -> None:
    # Qt's offscreen platform says this of windows with a smallest size or a place; it concerns no display
    config.addinivalue_line("qt_log_ignore", r"This plugin does not support (propagateSizeHints|raise)\(\)")
    config.addinivalue_line(
        "markers", "display: needs Xvfb, openbox and xdotool; starts a display of its own"
    )


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))


_WHOLE_EVERY = 25  # tests


@pytest.fixture(scope="session")
def _tests_done() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture(autouse=True)
def _garbage_is_collected_here(_tests_done: Iterator[int]) -> Iterator[None]:
    """As the studio's collector does: on any other thread it may take Qt objects apart while Qt uses them."""
    gc.disable()
    yield
    gc.collect(2 if next(_tests_done) % _WHOLE_EVERY == 0 else 1)
    gc.enable()


class Started:
    """The timers, animations and threads that were started during a test, and from where."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[weakref.ref[QObject], str]] = {}

    def watch(self, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
        """Note every `start` of a Qt class."""
        start = kind.start

        def noting(thing: QObject, *args: object) -> None:
            if isinstance(thing, QObject):
                place = "".join(traceback.format_stack(limit=6)[:-1])
                self._places[id(thing)] = weakref.ref(thing), place
            start(thing, *args)

        monkeypatch.setattr(kind, "start", noting)

    def running(self) -> Iterator[str]:
        """One line for each that still runs, with the place of its start."""
        for reference, place in self._places.values():
            thing = reference()
            if thing is None or sip.isdeleted(thing):
                continue
            if _runs(thing):
                name = f"{type(thing).__name__} {thing.objectName()!r}"
                yield f"{name} still runs; it was started here:\n{place}"


def _runs(thing: QObject) -> bool:
    if isinstance(thing, QTimer):
        return thing.isActive()
    if isinstance(thing, QThread):
        return thing.isRunning()
    return thing.state() == QAbstractAnimation.State.Running


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    started = Started()
    for kind in (QTimer, QThread, QAbstractAnimation):
        started.watch(kind, monkeypatch)
    widgets_before = {id(widget) for widget in qapp.topLevelWidgets()}
    threads_before = set(threading.enumerate())
    yield
    # pytest-qt closes its widgets in the teardown hook of the test, before fixtures; deletion follows here
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if any(id(widget) not in widgets_before for widget in qapp.topLevelWidgets()) or any(started.running()):
        gc.collect()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [
        f"{type(widget).__name__} {widget.objectName()!r} titled {widget.windowTitle()!r} is still alive"
        for widget in qapp.topLevelWidgets()
        if id(widget) not in widgets_before and not _belongs_to_qt(widget)
    ]
    left += started.running()
    left += [f"thread {thread.name!r} still runs" for thread in _threads_left(threads_before)]
    if left:
        pytest.fail("left behind by this test:\n" + "\n".join(left), pytrace=False)


def _belongs_to_qt(widget: QObject) -> bool:
    return widget.metaObject().className() in {"QTipLabel", "QDesktopScreenWidget"}


def _threads_left(before: set[threading.Thread]) -> list[threading.Thread]:
    deadline = time.monotonic() + 6.0  # no less than a busy machine takes to end one that was told to
    while left := [
        t for t in threading.enumerate() if t not in before and not isinstance(t, threading._DummyThread)
    ]:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.01)
    return []


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    qapp.setStyle(StudioStyle())
    theme = Theme("light")
    yield theme
    theme.release()
    theme.deleteLater()


@pytest.fixture(scope="session")
def compiled() -> None:
    """Every kernel of the window, compiled here: a thread that compiles cannot end when a test does."""
    raster.prepare()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for step in first_steps():
            step()


@pytest.fixture(scope="session")
def torch_imported() -> None:
    """For windows whose Train tab looks at data: neither can a thread that imports torch."""
    import torch  # noqa: F401


@pytest.fixture
def services(compiled: None, qapp: QApplication, theme: Theme, tmp_path: Path) -> Iterator[Services]:
    """The parts that a tab is given, with settings of their own."""
    actions = ActionTable(theme)
    services = Services(Jobs(), theme, Messages(), Settings(tmp_path / "settings.toml"), actions)
    yield services
    assert services.close(), "a job did not end in time"
    for part in (services.jobs, services.messages, actions):
        part.deleteLater()


@pytest.fixture
def errors(services: Services) -> list[str]:
    """What is said from now on, in the order in which it is."""
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    return said
