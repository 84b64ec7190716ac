"""When the studio itself is wrong: one sentence on screen, the whole story in a log, and it goes on.

Installed, it takes uncaught exceptions of slots and threads, and what Qt has to say, into the log file.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import platformdirs
from PyQt6.QtCore import QMessageLogContext, QObject, QtMsgType, pyqtSignal, qInstallMessageHandler

LOG_BYTES = 1_000_000
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_path() -> Path:
    """Where the log lies on this system."""
    return Path(platformdirs.user_log_dir("hippo-studio", appauthor=False)) / "studio.log"


class Faults(QObject):
    """Catches what nobody else caught. `tell(sentence, details)` shows it to the person at work."""

    _caught = pyqtSignal(str, list)

    def __init__(self, tell: Callable[[str, tuple[str, ...]], None], path: Path | None = None) -> None:
        super().__init__()
        self.path = log_path() if path is None else path
        self._tell = tell
        self._log = logging.getLogger("hippo_studio.faults")
        self._log.propagate = False
        self._handler: logging.Handler | None = None
        self._hooks: tuple[Any, Any, Any] | None = None
        self._caught.connect(self._show)

    def install(self) -> None:
        """Take over the hooks of Python and Qt."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._handler = logging.handlers.RotatingFileHandler(
                self.path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
            )
        except OSError:  # a home that cannot be written must not keep the studio from running
            self._handler = logging.StreamHandler(sys.stderr)
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._log.addHandler(self._handler)
        self._hooks = sys.excepthook, threading.excepthook, qInstallMessageHandler(self._qt_message)
        sys.excepthook, threading.excepthook = self._exception, self._thread_exception

    def uninstall(self) -> None:
        """Give the hooks back."""
        if self._hooks:
            sys.excepthook, threading.excepthook, qt_handler = self._hooks
            qInstallMessageHandler(qt_handler)
            self._hooks = None
        if self._handler:
            self._log.removeHandler(self._handler)
            self._handler.close()

    def _exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._log.error("uncaught", exc_info=(kind, error, trace))
        text = f"Something went wrong inside the studio ({kind.__name__}: {error}); your work goes on."
        self._caught.emit(text, [f"The full story is in {self.path}", *_place(trace)])

    def _thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self._exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        self._log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s (%s)", text, context.category)

    def _show(self, text: str, details: list[str]) -> None:
        self._tell(text, tuple(details))


def _place(trace: TracebackType | None) -> list[str]:
    """The innermost place in the studio's own code."""
    place = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "hippo_studio" in code.co_filename:
            place = f"at {Path(code.co_filename).name}, line {trace.tb_lineno}, in {code.co_name}"
        trace = trace.tb_next
    return [place] if place else []
