"""One run of the studio: application, services and window put together, started, and taken apart again."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QSettings, QSize, Qt
from PyQt6.QtWidgets import QApplication

from hippo_studio import __version__
from hippo_studio.app.actions import ActionTable
from hippo_studio.app.collector import Collector
from hippo_studio.app.faults import Faults
from hippo_studio.app.icons import picture_icon
from hippo_studio.app.jobs import Jobs
from hippo_studio.app.messages import Messages
from hippo_studio.app.options import TABS
from hippo_studio.app.process import StartUp, seconds_since_start
from hippo_studio.app.services import Services
from hippo_studio.app.settings import Settings, settings_folder
from hippo_studio.app.streams.receiver import Phase as StreamPhase
from hippo_studio.app.style import StudioStyle
from hippo_studio.app.theme import Theme
from hippo_studio.app.train.progress import Phase
from hippo_studio.app.window import StudioWindow
from hippo_studio.session.file import is_session
from hippo_studio.session.share import is_shared
from hippo_studio.signals import bundled_samples
from hippo_studio.signals.readers.apart import decode_apart

if TYPE_CHECKING:
    from hippo_studio.app.options import StudioOptions

HINT = "Space plays  ·  drop a recording or a table anywhere  ·  F1 shows all keys"
FIRST_PICTURE = 0.25
"""How much of the warm-up a first picture needs."""
_WARM_UP = "warm up"
SWITCH_INTERVAL = 0.001
"""Seconds after which a busy thread gives way to the window (Python's own is 0.005)."""


class Studio(QObject):
    """Everything that lives as long as the window."""

    def __init__(self, options: StudioOptions, imports_s: float) -> None:
        # A decoder that a file makes crash shall not take the studio with it.
        decode_apart(soon=bool(options.files))
        self._app = application()
        super().__init__()
        self._options = options
        self._start_up = StartUp(imports_s)
        self._status = 0
        self._unattended = options.unattended
        settings = Settings(kept=not self._unattended)
        theme = Theme(options.theme or settings.value("window", "theme", "system"))
        messages = Messages()
        self.services = Services(Jobs(held=True), theme, messages, settings, ActionTable(theme))
        self.faults = Faults(messages.error)
        self.window = StudioWindow(self.services)
        self.collector = Collector(self._resting, self)
        self.window.train.phase_changed.connect(self._training_changed)
        self._store = QSettings(str(settings_folder() / "window.ini"), QSettings.Format.IniFormat)

    def run(self) -> int:
        """Show the window and stay until it is closed; the exit status."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.faults.install()
        signal.signal(signal.SIGINT, lambda *_: self._end())
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        self._place_window()
        self.window.first_painted.connect(self._on_screen)
        self.window.show()
        self._app.exec()
        return self._take_apart()

    def finish(self, status: int, sentence: str = "") -> None:
        """End an unattended run; a sentence goes to the terminal."""
        self._status = status
        if sentence:
            print(sentence, file=sys.stderr)
        self.window.close()

    def _end(self) -> None:
        """End at once: nobody is there to be asked, and nothing is lost."""
        self.window.document.asks = False
        self.window.close()

    def _place_window(self) -> None:
        window, options = self.window, self._options
        if not self._unattended and window.restore(self._store) and options.size is None:
            return
        if options.size is not None and options.animation is None and options.plot is None:
            window.resize(*options.size)
            return
        line = window.fontMetrics().height()
        wanted = QSize(92 * line, 56 * line)
        window.resize(
            wanted if self._unattended else wanted.boundedTo(window.screen().availableSize() * 0.94)
        )

    def _on_screen(self) -> None:
        self._start_up.window_shown_s = seconds_since_start()
        self._start_up.torch_imported_before_window = "torch" in sys.modules
        from hippo_studio.app.warm_up import warm_up

        services = self.services
        self.collector.start()
        services.jobs.release()
        if services.settings.notice:
            services.messages.warning(services.settings.notice)
        options = self._options
        self.window.opening.asks = not self._unattended
        if options.stream:
            self.window.streams.open_address(options.stream, options.history)
        if options.files or not options.stream:
            self._open_files()
        else:
            self.window.streams.receiver.changed.connect(self._received)
        if not self._unattended:
            self.window.sound.enable()
        if self._options.screenshot or self._options.animation:
            return
        services.jobs.submit(
            _WARM_UP,
            warm_up,
            done=lambda _: self.collector.settle(),
            failed=lambda _: self.collector.settle(),
            cancel=self._leave_cold,
        )

    def _open_files(self) -> None:
        """A session or a line first, if there is one among the files, then the others."""
        files, window = self._options.files, self.window
        whole = next((one for one in reversed(files) if is_session(one) or is_shared(str(one))), None)
        if whole is None:
            window.opening.finished.connect(self._opened)
            window.opening.open(files or [bundled_samples()[0].path], self._options.sample_rate)
            return
        self._others = [one for one in files if not (is_session(one) or is_shared(str(one)))]
        window.document.opened.connect(self._session_opened)
        if is_session(whole):
            window.document.open(whole)
        else:
            window.document.take_line(str(whole))

    def _session_opened(self) -> None:
        """A session is there, or is not: go on once its signals are read."""
        opening, remaking = self.window.opening, self.window.session.remaking
        self.window.document.opened.disconnect(self._session_opened)
        if self._others:
            opening.finished.connect(self._opened)
            opening.open(self._others, self._options.sample_rate)
        elif remaking.busy:
            remaking.finished.connect(self._opened)
        else:
            self._opened()

    def _leave_cold(self) -> None:
        """The person would rather wait later than now."""
        self.services.jobs.cancel(_WARM_UP)
        self.collector.settle()

    def _received(self) -> None:
        """A stream shows its first samples, or none will come."""
        receiver = self.window.streams.receiver
        if receiver.phase is not StreamPhase.OPENING:
            receiver.changed.disconnect(self._received)
            self._opened()

    def _opened(self) -> None:
        options, window = self._options, self.window
        for told in (window.opening.finished, window.session.remaking.finished):
            with suppress(TypeError):  # it was the other one
                told.disconnect(self._opened)
        if options.preset:
            self.window.memory.apply_preset(options.preset)
        if options.speed is not None:
            self.window.memory.transport.speed = options.speed
        if options.tab != TABS[0]:
            self.window.show_tab(options.tab)
        if window.document.file is None:
            window.document.begin()
        if self._unattended:
            window.looking.forget()  # the playhead stands where the options say
        else:
            window.autosave.enable()
        if options.train is not None and (refusal := self._train(options.train)):
            self.finish(2, refusal)
            return
        nothing = not len(window.signals) and not window.streams.receiver.live_title
        if self._unattended and nothing:
            self.finish(2, window.opening.last_failure or window.document.last_failure)
        elif options.screenshot:
            from hippo_studio.app.screenshot import Screenshot

            Screenshot(self.window, options, self.finish).start()
        elif options.animation:
            from hippo_studio.app.film.unattended import UnattendedFilming

            UnattendedFilming(self.window, options, self.finish).start()
        elif options.profile_seconds:
            from hippo_studio.app.profiler import Profiler

            Profiler(self.window, options, self._start_up, self.finish).start()
        elif options.play:
            self.services.jobs.changed.connect(self._play)
            self._play()
        elif not options.files and not options.stream:
            self.services.messages.status(HINT)

    def _train(self, config: Path) -> str:
        """Begin what a CONFIG.toml asks for; a sentence if it asks for what cannot be."""
        from hippo_studio.learning.whereabouts import found_beside

        try:
            asked = tomllib.loads(config.read_text(encoding="utf-8"))
            self.window.train.configure(found_beside(asked, config))
        except (OSError, ValueError) as error:
            return f"{config} cannot be trained: {error}"
        self.window.train.train(show=False)
        return ""

    def _training_changed(self, phase: Phase) -> None:
        """Once a training works, torch is there: a collection need not look at it again and again."""
        if phase is Phase.WORKING:
            self.collector.settle()

    def _play(self) -> None:
        """Begin to play, once what a first picture needs is machine code: a sample would be over before."""
        warming = next((job for job in self.services.jobs.live if job.key == "warm up"), None)
        if warming is not None:
            done, _ = warming.progress
            if done is None or (warming.title and done < FIRST_PICTURE):
                return
        self.services.jobs.changed.disconnect(self._play)
        self.window.memory.transport.seek(0)
        self.services.actions["play"].trigger()

    def _resting(self) -> bool:
        """Whether nobody would notice a collection; while warming up, most would be gone through in vain."""
        return (
            not any(job.key == _WARM_UP for job in self.services.jobs.live)
            and not self.window.memory.transport.playing
            and not self.window.train.session.busy
            and QApplication.mouseButtons() == Qt.MouseButton.NoButton
        )

    def _take_apart(self) -> int:
        self.collector.stop()
        if not self._unattended:
            self.window.keep(self._store)
            self._store.sync()
        self.faults.uninstall()
        decode_apart(False)
        self.services.theme.release()
        # the window is gone: what is still to be said goes to the terminal
        self.services.messages.shown.connect(lambda message: print(message.text, file=sys.stderr))
        ended = self.services.close() and self.window.train_ended
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if not ended:  # stuck deep inside a library: Python's own end would wait for it, or crash
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._status)
        return self._status


def application() -> QApplication:
    """The one QApplication, named and dressed."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("hippo-studio")
    app.setApplicationDisplayName("HiPPO Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("hippo-studio")
    app.setStyle(StudioStyle())
    app.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    app.setWindowIcon(picture_icon("hippo-studio"))
    return app
