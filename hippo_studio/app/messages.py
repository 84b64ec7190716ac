"""What the studio tells the person at work: one sentence, never in the way.

`Messages` is the model that anything may speak to; the widgets that show it are in `message_bar.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PyQt6.QtCore import QObject, pyqtSignal

INFO_SECONDS = 6.0
"""How long a message stays that asks for nothing."""


@dataclass(frozen=True)
class Remedy:
    """A button beside a message: its text, and what a click on it does.

    With `asks` a window opens that may be cancelled: the message stays until it is withdrawn or closed.
    """

    text: str
    run: Callable[[], object]
    asks: bool = False


@dataclass(frozen=True)
class Message:
    """One sentence, how serious it is (info, warning, error), lines of detail, and up to two remedies.

    `about` is what it tells of, such as a file's path: `Messages.withdraw` takes off what was said of it.
    `seconds` is how long one of level info stays.
    """

    level: str
    text: str
    details: tuple[str, ...] = ()
    remedy: Remedy | None = field(default=None, compare=False)
    other: Remedy | None = field(default=None, compare=False)
    about: str = field(default="", compare=False)
    seconds: float = field(default=INFO_SECONDS, compare=False)


class Messages(QObject):
    """Where tabs and jobs say what happened.

    `shown` carries a `Message` for the bar under the toolbar, `withdrawn` what nothing shall be said of any
    more, `out_of_sight` a set of what is not looked at now; `status_changed` what just happened, for the
    status bar, `refused` why something there could not be; `cursor_changed` the values under the mouse;
    `timings_changed` milliseconds per frame and microseconds per memory update.
    """

    shown = pyqtSignal(object)
    withdrawn = pyqtSignal(str)
    out_of_sight = pyqtSignal(object)
    status_changed = pyqtSignal(str)
    refused = pyqtSignal(str)
    cursor_changed = pyqtSignal(str)
    timings_changed = pyqtSignal(float, float)

    def info(
        self,
        text: str,
        details: tuple[str, ...] = (),
        remedy: Remedy | None = None,
        about: str = "",
        seconds: float = INFO_SECONDS,
    ) -> None:
        """Say something pleasant; it goes away by itself, after so many seconds."""
        self.shown.emit(Message("info", text, tuple(details), remedy, None, about, seconds))

    def warning(
        self,
        text: str,
        details: tuple[str, ...] = (),
        remedy: Remedy | None = None,
        other: Remedy | None = None,
        about: str = "",
    ) -> None:
        """Say something that deserves a look; it stays until closed, or until a remedy is taken."""
        self.shown.emit(Message("warning", text, tuple(details), remedy, other, about))

    def error(
        self, text: str, details: tuple[str, ...] = (), remedy: Remedy | None = None, about: str = ""
    ) -> None:
        """Say what failed and what to do; it stays until closed, or until its remedy is taken."""
        self.shown.emit(Message("error", text, tuple(details), remedy, None, about))

    def withdraw(self, about: str) -> None:
        """Take back what was said about something: there is something newer to say, or nothing any more."""
        self.withdrawn.emit(about)

    def overlook(self, others: set[str]) -> None:
        """Let what was said about these wait until they are looked at; about anything else it is shown."""
        self.out_of_sight.emit(others)

    def status(self, text: str) -> None:
        """Say in the status bar what just happened."""
        self.status_changed.emit(text)

    def refuse(self, text: str) -> None:
        """Say in the status bar, for a while, why what was typed or chosen cannot be; "" takes it back."""
        self.refused.emit(text)

    def cursor(self, text: str) -> None:
        """Show the values under the mouse in the status bar; empty when it left the plots."""
        self.cursor_changed.emit(text)

    def timings(self, frame_ms: float, memory_us: float) -> None:
        """Show the last frame's and the last memory update's duration; call a few times a second."""
        self.timings_changed.emit(frame_ms, memory_us)
