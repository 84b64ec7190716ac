"""What every tab does to take something home: ask for a name, write in the background, say where it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.services import Services
from hippo_studio.app.widgets.picture_formats import PICTURES
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.app.widgets.plots.picture import draw, image, write

_KEY = "export"


class Saving(QObject):
    """Asks for file names and writes files, whole or not at all; `window` owns the dialogs."""

    _count = 0

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._window = services, window

    def copy(self, plot: Plot) -> None:
        """Put a plot on the clipboard."""
        QGuiApplication.clipboard().setImage(image(plot))
        self._services.messages.status(f"Copied “{plot.title}”")

    def picture(self, plot: Plot) -> None:
        """Save one plot as PNG, SVG or PDF."""
        names = [f"{suffix[1:].upper()} (*{suffix})" for suffix in PICTURES]
        stem = plot.title.lower().replace(" ", "-")
        self.ask(f"Save “{plot.title}”", stem, names, lambda path, _: self.save_picture(plot, path))

    def save_picture(self, plot: Plot, path: Path) -> None:
        """Draw a plot, and write the file in the background."""
        try:
            content = draw(plot, path.suffix)
        except ValueError as error:
            self._services.messages.error(str(error))
            return
        self.submit(f"Saving {path.name}", [path], lambda _: write(path, content))

    def ask(self, title: str, stem: str, names: Sequence[str], then: Callable[[Path, str], None]) -> None:
        """Ask for a file; `then(path, kind)` gets it, with the one of `names` that was chosen."""
        folders = self._services.folders
        dialog = QFileDialog(self._window, title, folders.begin("export_folder"))
        dialog.setObjectName("save dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(names))
        suffix = names[0].partition("*.")[2].rstrip(")")
        dialog.setDefaultSuffix(suffix)
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(chosen.partition("*.")[2].rstrip(")"))
        )
        dialog.selectFile(f"{stem}.{suffix}")

        def chosen(name: str) -> None:
            path = Path(name)
            folders.keep("export_folder", path)
            then(path, dialog.selectedNameFilter())

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def submit(
        self,
        title: str,
        files: Sequence[Path],
        work: Callable[[JobContext], Sequence[Path] | None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Write in the background; `work` may return the files it wrote, if they are others than `files`.

        Why it could not is said, unless `failed` takes it.
        """
        Saving._count += 1  # a second export must not end the first
        messages = self._services.messages

        def done(written: Sequence[Path] | None) -> None:
            names = list(written or files)
            said = (
                f"Saved {names[0]}" if len(names) == 1 else f"Saved {len(names)} files in {names[0].parent}"
            )
            messages.info(said, tuple(str(name) for name in names) if len(names) > 1 else ())

        self._services.jobs.submit(
            f"{_KEY} {Saving._count}",
            work,
            done=done,
            failed=failed or (lambda error: messages.error(str(error))),
            title=title,
        )
