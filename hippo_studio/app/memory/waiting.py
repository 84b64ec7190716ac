"""What the person waits for, said in the middle of the past: a signal, the compiler, a long way to go."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer

from hippo_studio.app.jobs import Jobs
from hippo_studio.app.widgets.notice import Notice

_PATIENCE_MS = 400
"""A first picture that comes sooner needs no words."""


class Waiting(QObject):
    """Puts the most urgent words into the notice; none once everything is there."""

    def __init__(self, notice: Notice, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self.notice, self._jobs = notice, jobs
        self._phase = ""
        self._fraction = -1.0
        self._impatient = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._lose_patience)
        jobs.changed.connect(self._say)  # what is waited for may have got a name

    def enter(self, words: str) -> None:
        """The words of a phase; none while a signal is shown."""
        self._phase = words
        self._say()

    def progress(self, fraction: float) -> None:
        """How much of a long way to the playhead is done; below 0 when there is none."""
        self._fraction = fraction
        self._say()

    def picture(self, complete: bool) -> None:
        """A picture was shown: of the signal alone, or complete with what the memories say.

        Also to be told of a signal that has none yet: on a new machine the compiler comes before the first.
        """
        if not complete and not self._timer.isActive() and not self._impatient:
            self._timer.start()
        elif complete and (self._impatient or self._timer.isActive()):
            self._timer.stop()
            self._impatient = False
            self._say()

    def close(self) -> None:
        """Say nothing more."""
        self._timer.stop()

    def _why(self) -> str:
        """What keeps the memories from speaking: the compiler, if it is at work, and how far that is."""
        for job in self._jobs.live:
            if job.key == "warm up" and job.title:
                done, _ = job.progress
                return f"{job.title} …" + (f" {100 * done:.0f} %" if done is not None else "")
        return "Getting the memories ready …"

    def _lose_patience(self) -> None:
        self._impatient = True
        self._say()

    def _say(self) -> None:
        if self._phase:
            self.notice.say(self._phase)
        elif self._impatient:
            self.notice.say(self._why())
        elif self._fraction >= 0:
            self.notice.say(f"Catching up … {100 * self._fraction:.0f} %")
        else:
            self.notice.say("")
