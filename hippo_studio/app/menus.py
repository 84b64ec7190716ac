"""The menu bar, made from the action table, and the menus whose entries come from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtWidgets import QMenu, QWidget

from hippo_studio.app.actions import ActionTable

_FILE = (
    "open",
    "open_folder",
    "import_table",
    "paste",
    "generate",
    None,
    "open_session",
    "last_session",
    "save_session",
    "save_session_as",
    None,
    "record",
    "pause_recording",
    "microphone",
    "save_recording",
    None,
    "open_stream",
    "pause_stream",
    "stop_stream",
    None,
    "previous_signal",
    "next_signal",
    "sample_rate",
    "close_signal",
)
_EDIT = ("undo", "redo", None, "copy_setup", "paste_setup")
_PLAY = (
    "play", None, "step_back", "step_forward", "jump_back", "jump_forward", "go_start", "go_end", None,
    "loop", "slower", "faster", "speed_normal",
)  # fmt: skip
_SOUND = (
    "hear_original", "hear_1", "hear_2", "hear_3", "hear_4", "hear_5", None,
    "hear_other", "hear_window", None, "mute", "louder", "quieter",
)  # fmt: skip
_MEMORY = (
    "measure_1", "measure_2", "measure_3", "measure_4", "measure_5", None,
    "order_up", "order_down", "theta_up", "theta_down", None, "optimum",
)  # fmt: skip
_TOOLS = (
    "tool_crop", "tool_channels", "tool_resample", "tool_detrend", "tool_normalize", "tool_band",
    "tool_noise", None, "label", "delete_label", "save_labels", "train_regions",
    None, "script",
)  # fmt: skip
_TRAIN = (
    "train_start",
    "train_pause",
    "train_step",
    None,
    "train_regions",
    "train_baseline",
    None,
    "use_model",
)
_EXPORT = (
    "export_coefficients", "export_trajectory", "export_reconstruction", "export_heard", "export_plot",
    "export_animation", None,
    "export_model", "export_kernels", "export_report",
)  # fmt: skip
_HELP = ("palette", "help", "about")


def filled(menu: QMenu, actions: ActionTable, ids: tuple[str | None, ...]) -> QMenu:
    """A menu with these actions; None stands for a line between them."""
    for id in ids:
        if id is None:
            menu.addSeparator()
        else:
            menu.addAction(actions[id])
    return menu


class RecentMenu(QMenu):
    """The files opened lately, as they stand when the menu opens."""

    def __init__(
        self,
        recent: Callable[[], list[Path]],
        open_: Callable[[list[Path]], None],
        clear: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__("Open Recent", parent)
        self._recent, self._open, self._clear = recent, open_, clear
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        paths = self._recent()
        for path in paths:
            action = self.addAction(path.name.replace("&", "&&"), lambda path=path: self._open([path]))
            action.setToolTip(str(path))
        if not paths:
            self.addAction("Nothing yet").setEnabled(False)
            return
        self.addSeparator()
        self.addAction("Clear This List", self._clear)


class LateMenu(QMenu):
    """A menu whose entries (text, description, what to do) are asked for when it first opens."""

    def __init__(
        self, title: str, entries: Callable[[], list[tuple[str, str, Callable[[], None]]]], parent: QWidget
    ) -> None:
        super().__init__(title, parent)
        self._entries = entries
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        if self.isEmpty():
            for text, description, run in self._entries():
                self.addAction(text.replace("&", "&&"), run).setToolTip(description)


def file_menu(
    actions: ActionTable, recent: QMenu, samples: QMenu, generators: QMenu, unsaved: QMenu, parent: QWidget
) -> QMenu:
    """File: opening, closing, taking home."""
    menu = filled(QMenu("&File", parent), actions, _FILE)
    before = actions["paste"]
    menu.insertMenu(before, recent)
    menu.insertMenu(before, samples)
    menu.insertMenu(actions["generate"], generators)
    menu.removeAction(actions["generate"])
    menu.insertMenu(actions["previous_signal"], unsaved)
    menu.addSeparator()
    menu.addMenu(filled(QMenu("&Export", menu), actions, _EXPORT))
    menu.addSeparator()
    menu.addAction(actions["quit"])
    return menu


def other_menus(actions: ActionTable, parent: QWidget) -> dict[str, QMenu]:
    """Edit, Play, Sound, Memory, Tools, Train and Help, as the table has them."""
    return {
        "Edit": filled(QMenu("&Edit", parent), actions, _EDIT),
        "Play": filled(QMenu("&Play", parent), actions, _PLAY),
        "Sound": filled(QMenu("&Sound", parent), actions, _SOUND),
        "Memory": filled(QMenu("&Memory", parent), actions, _MEMORY),
        "Tools": filled(QMenu("T&ools", parent), actions, _TOOLS),
        "Train": filled(QMenu("&Train", parent), actions, _TRAIN),
        "Help": filled(QMenu("&Help", parent), actions, _HELP),
    }


def view_menu(actions: ActionTable, docks: list, parent: QWidget) -> QMenu:
    """View: which panels are shown, theme, full screen."""
    menu = QMenu("&View", parent)
    for dock in docks:
        menu.addAction(dock.toggleViewAction())
    filled(
        menu,
        actions,
        ("reset_layout", None, "tab_memory", "tab_train", None, "reset_view", "full_screen", None),
    )
    menu.addMenu(
        filled(
            QMenu("&Theme", menu),
            actions,
            ("theme_system", "theme_light", "theme_dark", None, "theme_switch"),
        )
    )
    return menu
