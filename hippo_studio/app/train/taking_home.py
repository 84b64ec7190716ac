"""Export from the Train tab: model, kernels, report and pictures of the run that is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QMenu, QWidget

from hippo_studio.app.rate_dialog import RateDialog
from hippo_studio.app.saving import Saving
from hippo_studio.app.services import Services
from hippo_studio.app.train.exports import KERNEL_KINDS, MODEL_KINDS, REPORT_KINDS, Writer
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.export.atomic import RateUnknownError

ACTIONS = ("export_model", "export_kernels", "export_report")


class TrainTakingHome(Saving):
    """Asks for file names and writes files; `shown_run` returns the run's folder, None if there is none."""

    def __init__(self, services: Services, shown_run: Callable[[], Path | None], window: QWidget) -> None:
        super().__init__(services, window)
        self._shown_run = shown_run
        services.actions.connect("export_model", lambda: self._ask_for("model", MODEL_KINDS))
        services.actions.connect("export_kernels", lambda: self._ask_for("kernels", KERNEL_KINDS))
        services.actions.connect("export_report", lambda: self._ask_for("report", REPORT_KINDS))

    def offer(self, plots: tuple[Plot, ...]) -> None:
        """Give these plots a menu."""
        for plot in plots:
            plot.menu_asked.connect(lambda place, plot=plot: self.plot_menu(plot, place))

    def plot_menu(self, plot: Plot, place: QPoint) -> None:
        """What a right click on a plot offers."""
        menu = QMenu(self._window)
        menu.setObjectName("plot menu")
        menu.addAction(f"Save “{plot.title}” as Image…", lambda: self.picture(plot))
        menu.addAction("Copy as Image", lambda: self.copy(plot))
        menu.addSeparator()
        for id in ACTIONS:
            menu.addAction(self._services.actions[id])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def save(self, path: Path, write: Writer) -> None:
        """Write something of the run that is shown, in the background."""
        run = self._shown_run()
        if run is not None:
            self._save(run, path, write)

    def _save(self, run: Path, path: Path, write: Writer, rate: float | None = None) -> None:
        def failed(error: Exception) -> None:
            if isinstance(error, RateUnknownError):
                ask()
            else:
                self._services.messages.error(str(error))

        def ask() -> None:
            question = f"The model knows no sampling rate. How many samples per second has {path.name}?"
            RateDialog(
                question, None, lambda said: self._save(run, path, write, said), self._window, needed=True
            ).open()

        self.submit(f"Saving {path.name}", [path], lambda _: write(run, path, rate), failed)

    def _ask_for(self, what: str, kinds: Mapping[str, Writer]) -> None:
        run = self._shown_run()
        if run is None:
            self._services.messages.info("There is no run to export: train a model, or open a run.")
            return
        self.ask(
            f"Save {what}", f"{run.name}-{what}", list(kinds), lambda path, kind: self.save(path, kinds[kind])
        )
