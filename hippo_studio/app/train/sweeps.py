"""A sweep from the Train tab: processes of their own that train, and their journal, looked at while they do.

The command `hippo-studio sweep` runs it, the same as by hand, so that no Python of a training shares the
window's; what is known of it is read from its folder, so one that is opened again looks the same.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QProcess, QTimer, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.train.past_runs import new_folder
from hippo_studio.app.train.running import free_threads
from hippo_studio.app.train.sweep_page import SweepPage
from hippo_studio.learning.extras import missing_package
from hippo_studio.learning.runs import SWEEPS, is_sweep
from hippo_studio.learning.sweep_folder import Tried, listed, read_sweep, write_sweep
from hippo_studio.learning.sweeping import Sweep

_LOOK, _LOOK_MS = "train sweep", 1500
_PATIENCE_MS = 3000
"""How long processes may take to end in order."""
COMMAND = ("-m", "hippo_studio", "sweep")


class Sweeps(QObject):
    """`opened(folder)` asks for a trial to be shown as a run; `moved()` tells that a trial began or ended;
    `taken(keys)` what all trainings of a sweep of before share.

    Parameters
    ----------
    asked : returns the flat keys that all trainings share, as the tab stands.
    folder : returns the folder of runs, below which sweeps get their folders.
    form : returns what changes if the person asks for something else; by default the keys.
    """

    opened = pyqtSignal(Path)
    moved = pyqtSignal()
    taken = pyqtSignal(dict)

    def __init__(
        self,
        services: Services,
        page: SweepPage,
        asked: Callable[[], Mapping[str, Any]],
        folder: Callable[[], Path],
        window: QWidget,
        form: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(window)
        self._form, self._form_then = form or asked, object()
        self._services, self._page, self._window = services, page, window
        self._asked, self._runs = asked, folder
        self.folder: Path | None = None
        self._sweep: Sweep | None = None
        self._stopped = False
        self._states: list[tuple[int, str]] = []
        self._process = QProcess(self)
        self._process.finished.connect(self._end)
        self._process.errorOccurred.connect(self._fail_to_start)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.setObjectName("sweep journal")
        self._look.timeout.connect(self.look)
        page.processes.setValue(free_threads())
        page.start_asked.connect(self.start)
        page.stop_asked.connect(self.stop)
        page.folder_asked.connect(self._ask_for_folder)
        page.opened.connect(lambda tried: self.opened.emit(tried.folder))

    @property
    def busy(self) -> bool:
        """Whether a sweep is under way."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def under_way(self) -> Path | None:
        """The folder of the sweep that is under way; None if there is none."""
        return self.folder if self.busy else None

    def start(self) -> None:
        """Begin what the page asks for; the sweep that is shown goes on, if it is the same one."""
        if self.busy:
            return
        try:
            search = tomllib.loads(self._page.search.toPlainText())
            sweep = self._wanted(search)
            if sweep != self._sweep or self.folder is None:
                source, model = str(sweep.fixed.get("data", "")), str(sweep.fixed.get("model", ""))
                self.folder = new_folder(self._runs() / SWEEPS, source, model, datetime.now())
            self._sweep, self._form_then = sweep, self._form()
            write_sweep(self.folder, sweep.to_dict())
        except tomllib.TOMLDecodeError as error:
            self._services.messages.error(f"What is searched cannot be read: {error}.")
            return
        except (ValueError, OSError) as error:
            self._services.messages.error(str(error))
            return
        page, self._stopped = self._page, False
        self._process.start(
            sys.executable,
            [
                *COMMAND,
                str(self.folder / "sweep.toml"),
                "--out",
                str(self.folder),
                "--trials",
                str(page.trials.value()),
                "--processes",
                str(page.processes.value()),
            ],
        )
        page.show_busy(True)
        page.say(f"{self.folder.name}: getting ready …")
        self._look.start()

    def _wanted(self, search: Mapping[str, Any]) -> Sweep:
        """The sweep that is shown, if nothing else is asked for since; ValueError for one that cannot be."""
        if self._sweep is not None and search == self._sweep.search and self._form() == self._form_then:
            return self._sweep
        return Sweep({name: value for name, value in self._asked().items() if name not in search}, search)

    def stop(self) -> None:
        """End the processes; what was tried stays, and the sweep can go on."""
        self._stopped = True
        self._process.terminate()
        self._page.say("Stopping …")

    def look(self) -> None:
        """Read the journal anew, off-thread."""
        folder = self.folder
        if folder is None or not is_sweep(folder):
            return

        def work(_: object) -> list[Tried]:
            return listed(folder)

        self._services.jobs.submit(_LOOK, work, done=self._show, failed=self._fail)

    def open_folder(self, folder: Path) -> None:
        """Show a sweep of before; Start goes on with it."""
        try:
            values = read_sweep(folder)
            self._sweep = Sweep.from_dict(values) if values else None
        except ValueError as error:
            self._services.messages.error(str(error))
            return
        self.folder = folder
        if self._sweep is not None:
            self._page.search.setPlainText(_as_text(self._sweep.search))
            self.taken.emit(dict(self._sweep.fixed))
            self._form_then = self._form()
        self.look()

    def close(self) -> None:
        """End what is under way."""
        self._look.stop()
        self._services.jobs.cancel(_LOOK)
        if self.busy:
            self._process.finished.disconnect(self._end)
            self._process.errorOccurred.disconnect(self._fail_to_start)
            self._process.terminate()
            if not self._process.waitForFinished(_PATIENCE_MS):
                self._process.kill()
                self._process.waitForFinished(_PATIENCE_MS)

    def _show(self, trials: list[Tried]) -> None:
        if not self.busy:
            trials = [one for one in trials if one.finished]  # cut off: nobody works on it any more
        self._page.show_trials(trials)
        states = sorted((one.number, one.state) for one in trials)
        if states != self._states:
            self._states = states
            self.moved.emit()
        done = sum(one.finished for one in trials)
        best = next(
            (f", best validation {100 * one.score:.1f} %" for one in trials if one.score is not None), ""
        )
        name = self.folder.name if self.folder else ""
        total = f" of {self._page.trials.value()}" if self.busy else ""
        self._page.say(f"{name}: {done}{total} done{best}")

    def _end(self) -> None:
        self._look.stop()
        self._page.show_busy(False)
        said = bytes(self._process.readAllStandardError()).decode(errors="replace").strip().splitlines()
        if self._process.exitCode() and not self._stopped:
            self._services.messages.error(said[-1] if said else "The sweep ended in a fault.")
            self._page.say("")
        self.moved.emit()
        self.look()

    def _fail_to_start(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._look.stop()
            self._page.show_busy(False)
            self._services.messages.error(f"The sweep cannot be started: {self._process.errorString()}.")

    def _fail(self, error: Exception) -> None:
        self._look.stop()
        self._services.messages.error(missing_package(error) or str(error))

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self._window, "Sweep folder", str(self._runs() / SWEEPS))
        dialog.setObjectName("sweep dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self.open_folder(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _as_text(search: Mapping[str, Any]) -> str:
    """What is searched, a line per key, as a person writes it."""
    lines = []
    for name, values in search.items():
        if isinstance(values, Mapping):
            parts = ", ".join(f"{key} = {_plain(value)}" for key, value in values.items())
            lines.append(f"{name} = {{{parts}}}")
        else:
            lines.append(f"{name} = [{', '.join(map(_plain, values))}]")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (int, float)) else f'"{value}"'
