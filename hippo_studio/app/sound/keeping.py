"""What becomes of recordings: saved where they are wanted, thrown away, or offered at the next start."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.messages import Remedy
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.sound.record_row import UnsavedMenu
from hippo_studio.app.sound.recorder import Recorder
from hippo_studio.signals.capture import is_unsaved, leftovers

_KEY = "save recording"
_PIECE = 1 << 22
"""Bytes copied between two looks whether the copy is still wanted."""


class Keeping(QObject):
    """Saves the recording shown; `menu` lists those that nobody saved."""

    def __init__(
        self,
        recorder: Recorder,
        memory: MemoryTab,
        signals: OpenSignals,
        services: Services,
        open_: Callable[[list[Path]], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._recorder, self._memory, self._signals, self._services = recorder, memory, signals, services
        self._open, self._window = open_, window
        self.menu = UnsavedMenu(open_, self.throw_away, window)
        services.actions.connect("save_recording", self.save)
        signals.current_changed.connect(lambda _: self._refresh())
        self._refresh()

    def offer(self, others: Collection[Path] = ()) -> None:
        """At the start: say if there are recordings that were never saved, beside those offered otherwise."""
        found = [one for one in leftovers() if one.path not in others]
        if found:
            one = len(found) == 1
            count, them = ("A recording was", "it") if one else (f"{len(found)} recordings were", "them")
            self._services.messages.warning(
                f"{count} never saved; File ▸ Unsaved Recordings opens {them}.",
                tuple(f"{one.path.stem}, {one.seconds:.1f} s" for one in found),
                Remedy("Open", lambda: self._open([one.path for one in found])),
            )

    def save(self) -> None:
        """Ask where the recording shown shall be, and put it there."""
        signal, folders = self._signals.current, self._services.folders
        if signal is None or not is_unsaved(signal.origin):
            return
        dialog = QFileDialog(self._window, "Save recording", folders.begin("export_folder"), "Sound (*.wav)")
        dialog.setObjectName("save dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("wav")
        dialog.selectFile(signal.title)

        def chosen(name: str) -> None:
            folders.keep("export_folder", Path(name))
            self.save_as(Path(signal.origin), Path(name))

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_as(self, recording: Path, target: Path) -> None:
        """Copy a recording to its place, whole or not at all; only then it leaves the studio's folder."""
        if target.resolve().parent == recording.resolve().parent:  # it would be removed, or offered, again
            self._services.messages.error(
                f"Recordings wait in {target.parent} until they are saved; save this one in another folder."
            )
            return

        def done(_: None) -> None:
            row = self._signals.row_of(recording)
            if row is not None:  # its line is the copy's, and what was laid on it stays there
                if (older := self._signals.row_of(target)) is not None:  # what it was is written over
                    self._signals.remove(self._signals.rows.index(older))
                place = self._signals.rows.index(row)
                if place == self._signals.shown:
                    self._memory.stay_with(str(target))
                self._signals.put(place, None, replace(row.entry, path=str(target)))
            self.throw_away([recording])
            self._open([target])
            self._services.messages.info(f"Saved {target}")

        self._services.jobs.submit(
            _KEY,
            lambda context: copy_recording(recording, target, context),
            done=done,
            failed=lambda error: self._services.messages.error(str(error)),
            title=f"Saving {target.name}",
        )

    def throw_away(self, paths: list[Path]) -> None:
        """Remove recordings from the studio's folder."""
        for path in paths:
            self._recorder.forget(path)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                self._services.messages.error(f"{path} cannot be removed: {error.strerror or error}.")

    def _refresh(self) -> None:
        signal = self._signals.current
        self._services.actions["save_recording"].setEnabled(signal is not None and is_unsaved(signal.origin))


def copy_recording(source: Path, target: Path, context: JobContext) -> None:
    """Write a recording once more where it is wanted. Raises ExportError, one sentence."""
    from hippo_studio.export.atomic import atomic_write

    size = max(source.stat().st_size, 1)
    with open(source, "rb") as recording, atomic_write(target) as copy:
        while piece := recording.read(_PIECE):
            copy.write(piece)
            context.go_on(min(copy.tell() / size, 1.0))
