"""The file that the session belongs to: save, open, ask about unsaved changes; and the line to paste.

Reading, writing and looking for moved files is work for the background; what has to be said is a message.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.opening import Opening
from hippo_studio.app.pasting import own_folders
from hippo_studio.app.services import Services
from hippo_studio.app.session.desk import SessionDesk
from hippo_studio.session import Session, SessionError
from hippo_studio.session.file import SUFFIX, load, save, with_fingerprints, with_suffix
from hippo_studio.session.finding import find_all
from hippo_studio.session.keeping import last_session, load_kept
from hippo_studio.session.share import from_line, is_shared, to_line

ACTIONS = (
    "open_session", "save_session", "save_session_as", "last_session", "copy_setup", "paste_setup",
)  # fmt: skip
_OPEN, _SAVE, _LINE = "open session", "save session", "copy set-up"
_NAMES = f"Sessions (*{SUFFIX})"


class Document(QObject):
    """`changed` fires when name or modified mark may be others, `opened` when a session is there, or is not.

    `asks` is whether a person is there to be asked about unsaved changes.
    """

    changed = pyqtSignal()
    opened = pyqtSignal()

    def __init__(self, desk: SessionDesk, opening: Opening, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._opening, self._services, self._window = desk, opening, services, window
        self.file: Path | None = None
        self.asks = False
        self._saved = desk.history.present.content
        self.last_failure = ""
        slots = (self.ask_open, self.save, self.save_as, self.reopen_last, self.copy_line, self.paste_line)
        for id, slot in zip(ACTIONS, slots, strict=True):
            services.actions.connect(id, slot)
        desk.changed.connect(self.changed)
        opening.session_wanted.connect(self.open)

    @property
    def modified(self) -> bool:
        """Whether there is something that the file does not have, or that has no file."""
        return self._desk.history.present.content != self._saved

    @property
    def name(self) -> str:
        """What the session is called; empty if it has no file."""
        return self.file.name.removesuffix(SUFFIX) if self.file is not None else ""

    def begin(self) -> None:
        """What is on screen now is the beginning: nothing to undo, nothing to save."""
        self._desk.restart()
        self._saved = self._desk.history.present.content
        self.changed.emit()

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Write the session to its file, or to one that is asked for; `then` is called once that is done."""
        if self.file is None:
            self.save_as(then)
        else:
            self.write(self.file, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file, and write the session to it."""
        dialog = self._dialog("Save session")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(f"{self.name or 'session'}{SUFFIX}")
        dialog.fileSelected.connect(lambda name: self.write(with_suffix(Path(name)), then))
        dialog.open()

    def write(self, path: Path, then: Callable[[], None] | None = None) -> None:
        """Write the session to a file, which is its file from then on."""
        self._desk.look()
        session = self._desk.read()

        def done(_: None) -> None:
            self.file, self._saved = path, session.content
            self._opening.remember(path)
            self._services.messages.status(f"Saved {path}")
            self.changed.emit()
            if then is not None:
                then()

        self._services.jobs.submit(
            _SAVE,
            lambda _: save(session, path),
            done=done,
            failed=lambda error: self._services.messages.error(str(error)),
        )

    def ask_open(self) -> None:
        """Ask for a session file, and open it."""
        dialog = self._dialog("Open session")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.open(Path(name)))
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a session file in the place of what is there, after asking about unsaved changes."""
        folders = [path.absolute().parent, *self._opening.folders()]

        def read(context: JobContext) -> tuple[Session, tuple[str, ...]]:
            return find_all(load(path), folders, context.check)

        def take(found: tuple[Session, tuple[str, ...]]) -> None:
            self.take(*found, path.absolute())
            self._saved = self._desk.history.present.content
            self._opening.remember(path)
            self._services.messages.status(f"Opened {path.name}")
            self.changed.emit()
            self.opened.emit()

        self.leave(lambda: self._read(f"Opening {path.name}", read, take))

    def reopen_last(self) -> None:
        """Open what was on screen when the studio was closed last, if nobody saved it."""

        def read(context: JobContext) -> tuple[Session, Path | None, tuple[str, ...]]:
            session, file = load_kept(last_session())
            return find_all(session, self._opening.folders(), context.check)[0], file, ()

        def take(found: tuple[Session, Path | None, tuple[str, ...]]) -> None:
            session, file, notes = found
            self.restore(session, file, notes)

        if last_session().exists():
            self.leave(lambda: self._read("Opening the last session", read, take))
        else:
            self._services.messages.info("There is no last session: whatever was on screen was saved.")

    def restore(self, session: Session, file: Path | None, notes: tuple[str, ...] = ()) -> None:
        """Show a session that was kept and not saved."""
        self.take(session, notes, file)
        self._saved = ()
        self.changed.emit()
        self.opened.emit()

    def take(self, session: Session, notes: tuple[str, ...], file: Path | None) -> None:
        """Show a session in the place of the one before, and say what is to be said about it."""
        said = (*notes, *_unsuited(session))
        self.file = file
        self._desk.open(session)
        if len(said) == 1:
            self._services.messages.warning(said[0])
        elif said:
            self._services.messages.warning(f"The session was opened with {len(said)} remarks.", said)

    def copy_line(self) -> None:
        """Put the whole set-up on the clipboard, as one line."""
        self._desk.look()
        session = self._desk.read_whole()

        def done(line: str) -> None:
            QApplication.clipboard().setText(line)
            self._services.messages.status(f"Copied the set-up: {len(line)} letters")

        self._services.jobs.submit(
            _LINE,
            lambda _: to_line(with_fingerprints(session)),
            done=done,
            failed=lambda error: self._services.messages.error(str(error)),
        )

    def paste_line(self) -> None:
        """Take the set-up on the clipboard up; without one there, ask for it."""
        text = QApplication.clipboard().text()
        if is_shared(text):
            self.take_line(text)
            return
        dialog = QInputDialog(self._window)
        dialog.setObjectName("paste set-up")
        dialog.setWindowTitle("Paste set-up")
        dialog.setLabelText("A line that begins with hippo1:, as Edit ▸ Copy Set-up makes it:")
        dialog.textValueSelected.connect(self.take_line)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_line(self, text: str) -> None:
        """Show the set-up of a line: one step, so that undo leads back to what was there."""
        here = (Path(entry.path).parent for entry in self._desk.read().signals if entry.path)
        folders = [*self._opening.folders(), *here, *own_folders()]

        def read(context: JobContext) -> tuple[Session, tuple[str, ...]]:
            return find_all(from_line(text), folders, context.check)

        def take(found: tuple[Session, tuple[str, ...]]) -> None:
            session, notes = found
            for sentence in (*notes, *_unsuited(session)):
                self._services.messages.warning(sentence)
            self._desk.step_to(session, "Pasting of a Set-up")
            self._services.messages.status("Pasted the set-up; Undo leads back to what was there")
            self.opened.emit()

        self._desk.look()
        self._read("Looking for the files of the set-up", read, take)

    @property
    def must_ask(self) -> bool:
        """Whether a person would lose what is in no file; a session without one is kept at the end anyway."""
        self._desk.look()
        return self.asks and self.file is not None and self.modified

    def leave(self, then: Callable[[], None]) -> None:
        """Do `then`: at once if nothing is left unsaved, else after the person chose."""
        if not self.must_ask:
            then()
            return
        box = QMessageBox(self._window)
        box.setObjectName("unsaved changes")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(f"Save the changes to “{self.name}”?")
        box.setInformativeText("What is not saved stays in reach of File ▸ Reopen Last Session.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)

        def chosen(button: int) -> None:
            box.deleteLater()
            if button == buttons.Save:
                self.save(then)
            elif button == buttons.Discard:
                then()

        box.finished.connect(chosen)
        box.open()

    def close(self) -> None:
        """Let go of actions."""
        self._services.actions.disconnect_all(*ACTIONS)
        for key in (_OPEN, _LINE):
            self._services.jobs.cancel(key)

    def _read(self, title: str, read: Callable, take: Callable) -> None:
        def failed(error: Exception) -> None:
            said = (
                str(error)
                if isinstance(error, (SessionError, OSError))
                else f"{type(error).__name__}: {error}"
            )
            self.last_failure = said
            self._services.messages.error(said)
            self.opened.emit()

        self._services.jobs.submit(_OPEN, read, done=take, failed=failed, title=title)

    def _dialog(self, title: str) -> QFileDialog:
        folders = self._services.folders
        begin = folders.begin("session_folder") if self.file is None else str(self.file.parent)
        dialog = QFileDialog(self._window, title, begin, _NAMES)
        dialog.setObjectName("session dialog")
        dialog.fileSelected.connect(lambda name: folders.keep("session_folder", Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        return dialog


def _unsuited(session: Session) -> tuple[str, ...]:
    """What of a session this studio cannot use, a sentence each."""
    said = [
        f"The session says {name!r}, which this studio does not know; it is kept." for name in session.unknown
    ]
    for name, value in session.memory.items():
        try:
            MemoryState().updated({name: value})
        except (ValueError, TypeError) as error:
            said.append(f"A choice of the Memory tab was left out: {error}.")
    return tuple(said)
