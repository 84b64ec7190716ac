"""Export from the Memory tab: one function per thing to take home, whether asked by menu, key or right click.

The person names a file; a job writes it, whole or not at all, and the message bar says where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QPoint, pyqtSignal
from PyQt6.QtGui import QCursor
from PyQt6.QtWidgets import QMenu, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.exports import (
    Write,
    samples_back,
    targets,
    write_reconstruction,
    write_state,
    write_through,
    write_trajectory,
)
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory
from hippo_studio.app.saving import Saving
from hippo_studio.app.services import Services
from hippo_studio.app.widgets.plots import Plot

ACTIONS = ("export_coefficients", "export_trajectory", "export_reconstruction", "export_plot")


class TakingHome(Saving):
    """Asks for file names and writes files; `exported(what, files, position)` tells of what is written: files
    with their memories, and for sound through a memory how many samples back it is read in place of the
    position; `pictured(plot, path)` tells of the picture of a plot.

    Parameters
    ----------
    subject : returns the memories shown, their source (None if there is none) and the position.
    plots : every plot of the tab, in the order in which a menu lists them.
    """

    exported = pyqtSignal(str, list, int)
    pictured = pyqtSignal(object, object)

    def __init__(
        self,
        services: Services,
        subject: Callable[[], tuple[Sequence[Memory], Source | None, int]],
        plots: Sequence[Plot],
        parent: QWidget,
    ) -> None:
        super().__init__(services, parent)
        self._subject, self.plots = subject, tuple(plots)
        self._plots = self.plots
        actions = services.actions
        actions.connect("export_coefficients", self.coefficients)
        actions.connect("export_trajectory", self.trajectory)
        actions.connect("export_reconstruction", self.reconstruction)
        actions.connect("export_plot", self.choose_plot)
        for plot in self._plots:
            plot.menu_asked.connect(lambda place, plot=plot: self.plot_menu(plot, place))

    def coefficients(self) -> None:
        """The coefficients at the playhead."""
        self._ask_for_memories("coefficients", _coefficient_filters(), write_state)

    def trajectory(self) -> None:
        """The coefficients over the whole signal."""
        self._ask_for_memories("trajectory", _coefficient_filters(), write_trajectory, whole=True)

    def reconstruction(self) -> None:
        """What each memory tells, as sound."""
        self._ask_for_memories("reconstruction", ["Sound (*.wav)"], write_reconstruction)

    def through(self, age: float, write: Write | None = None) -> None:
        """The whole signal as each memory tells it, every sample `age` seconds later, as sound.

        `write` writes it where the memories hear something else of the signal than what sounds.
        """
        if write is not None:
            self._ask_for_memories("as-heard", ["Sound (*.wav)"], write, whole=True)
            return
        _, source, _ = self._subject()
        back = 0 if source is None else samples_back(age, source.sample_rate)
        self._ask_for_memories("through-memory", ["Sound (*.wav)"], write_through, whole=True, place=back)

    def save_picture(self, plot: Plot, path: Path) -> None:
        """Draw a plot, write the file in the background, and tell of it."""
        super().save_picture(plot, path)
        self.pictured.emit(plot, path)

    def add_plots(self, plots: Sequence[Plot]) -> None:
        """List these plots of another tab, too, while they can be seen."""
        self._plots += tuple(plots)

    def choose_plot(self) -> None:
        """Which plot, then where."""
        menu = QMenu(self._window)
        menu.setObjectName("plots")
        for plot in self._plots:
            if plot.isVisible():
                menu.addAction(plot.title, lambda plot=plot: self.picture(plot))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(QCursor.pos())

    def plot_menu(self, plot: Plot, place: QPoint) -> None:
        """What a right click on a plot offers."""
        menu = QMenu(self._window)
        menu.setObjectName("plot menu")
        menu.addAction(f"Save “{plot.title}” as Image…", lambda: self.picture(plot))
        menu.addAction("Copy as Image", lambda: self.copy(plot))
        menu.addSeparator()
        for id in ACTIONS[:-1]:
            menu.addAction(self._services.actions[id])
        menu.addSeparator()
        menu.addAction(self._services.actions["reset_view"])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def save_memories(self, path: Path, write_one: Write, what: str = "", place: int | None = None) -> None:
        """Write a file per memory shown, in the background; `place` stands for the position."""
        memories, source, position = self._subject()
        if source is None or not memories:
            return
        position = position if place is None else place
        files = targets(path, memories)
        if len(files) > 1 and (there := [target for target, _ in files if target.exists()]):
            self._services.messages.error(f"{there[0]} exists already; choose another name.")
            return

        def work(context: JobContext) -> None:
            for target, memory in files:
                write_one(target, memory, source, position, context)

        self.exported.emit(what, files, position)
        self.submit(f"Saving {path.name}", [target for target, _ in files], work)

    def _ask_for_memories(
        self,
        what: str,
        names: list[str],
        write_one: Write,
        *,
        whole: bool = False,
        place: int | None = None,
    ) -> None:
        memories, source, position = self._subject()
        if source is None or not memories:
            self._services.messages.info("There is nothing to export yet: open a signal and show a measure.")
            return
        if not position and not whole:
            self._services.messages.info("Nothing was heard yet: move the playhead off the start.")
            return
        stem = f"{Path(source.title).stem}-{what}"
        self.ask(
            f"Save {what}", stem, names, lambda path, _: self.save_memories(path, write_one, what, place)
        )


def _coefficient_filters() -> list[str]:
    from hippo_studio.export.coefficients import FORMATS

    return [f"{one.title} (*{one.suffix})" for one in FORMATS]
