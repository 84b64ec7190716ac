"""What the window's own commands do; those of a tab are connected by the tab."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QApplication, QFileDialog, QMainWindow

from hippo_studio import __version__
from hippo_studio.app.drops import paths_in_mime
from hippo_studio.app.faults import log_path
from hippo_studio.app.generator_dialog import GeneratorDialog
from hippo_studio.app.help_sheet import HelpSheet
from hippo_studio.app.import_window import ImportWindow
from hippo_studio.app.menus import LateMenu, RecentMenu
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.palette import Command, CommandPalette, commands_of
from hippo_studio.app.pasting import NOTHING, holds_numbers
from hippo_studio.app.rate_dialog import RateDialog
from hippo_studio.app.services import Services
from hippo_studio.session.file import SUFFIX
from hippo_studio.session.share import is_shared
from hippo_studio.signals import GENERATORS, SUFFIXES, Signal, bundled_samples


class Commands(QObject):
    """Connects the window's lines of the action table, and owns the menus that grow."""

    def __init__(
        self,
        window: QMainWindow,
        services: Services,
        signals: OpenSignals,
        opening: Opening,
        *,
        show_tab: Callable[[str], None],
        reset_layout: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window, self._services, self._signals, self._opening = window, services, signals, opening
        self._show_tab, self._reset_layout = show_tab, reset_layout
        self._generator: GeneratorDialog | None = None
        self._help: HelpSheet | None = None
        self.palette = CommandPalette(self._all_commands, window)
        self.recent_menu = RecentMenu(opening.recent, opening.open, opening.clear_recent, window)
        self.samples_menu = LateMenu("Samples", self._samples, window)
        self.generators_menu = LateMenu("Generate", self._generators, window)
        self._connect()
        opening.rate_wanted.connect(self._ask_rate)
        opening.import_wanted.connect(self.import_table)

    def _connect(self) -> None:
        signals, theme = self._signals, self._services.theme
        slots: dict[str, Callable[..., object]] = {
            "open": self._open,
            "open_folder": self._open_folder,
            "import_table": self._choose_table,
            "paste": self._paste,
            "generate": lambda: self._generate(None),
            "sample_rate": lambda: self._ask_rate(signals.current),
            "close_signal": lambda: signals.remove(signals.index),
            "previous_signal": lambda: signals.show(signals.index - 1),
            "next_signal": lambda: signals.show(signals.index + 1),
            "quit": self._window.close,
            "theme_switch": lambda: self._set_theme("light" if theme.colors.dark else "dark"),
            "theme_system": lambda: self._set_theme("system"),
            "theme_light": lambda: self._set_theme("light"),
            "theme_dark": lambda: self._set_theme("dark"),
            "full_screen": self._full_screen,
            "reset_layout": self._reset_layout,
            "tab_memory": lambda: self._show_tab("memory"),
            "tab_train": lambda: self._show_tab("train"),
            "palette": self.palette.open,
            "help": self._toggle_help,
            "about": self._about,
        }
        for id, slot in slots.items():
            self._services.actions.connect(id, slot)

    def _open(self) -> None:
        known = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        dialog = self._file_dialog(
            "Open signals", f"Signals and sessions ({known} *{SUFFIX});;All files (*)", self._opening.open
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.open()

    def _open_folder(self) -> None:
        dialog = self._file_dialog("Open every signal in a folder", "", self._opening.open)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.open()

    def _file_dialog(self, title: str, names: str, then: Callable[[list[Path]], None]) -> QFileDialog:
        folders = self._services.folders
        dialog = QFileDialog(self._window, title, folders.begin("folder"), names)
        dialog.setObjectName("open dialog")
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)

        def accepted() -> None:
            paths = [Path(name) for name in dialog.selectedFiles()]
            folders.keep("folder", paths[0])
            then(paths)

        dialog.accepted.connect(accepted)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _ask_rate(self, signal: Signal | None) -> None:
        path = Path(signal.origin).absolute() if signal and signal.origin else None
        if path is None or not path.is_file():
            self._services.messages.info(
                "Only a signal read from a file can be given another sample rate; open one first."
            )
            return
        opening = self._opening
        question = f"How many samples per second has {signal.title}?"
        RateDialog(
            question, signal.sample_rate, lambda rate: opening.say_rate(path, rate), self._window
        ).open()

    def _paste(self) -> None:
        mime = QApplication.clipboard().mimeData()
        if paths := paths_in_mime(mime):
            self._opening.open(paths)
        elif mime.hasText() and is_shared(mime.text()):
            self._services.actions["paste_setup"].trigger()
        elif mime.hasText() and holds_numbers(mime.text()):
            self._opening.paste(mime.text())
        else:
            self._services.messages.info(NOTHING)

    def import_table(self, path: Path) -> None:
        """Show how a table is read, and read it as the person says then."""
        opening = self._opening
        ImportWindow(
            path,
            opening.options_of(path),
            self._services,
            lambda options, kind: opening.import_table(path, options, kind),
            self._window,
        ).open()

    def _choose_table(self) -> None:
        dialog = self._file_dialog(
            "Import a table",
            "Tables (*.csv *.tsv *.txt *.dat *.lvm *.log);;All files (*)",
            lambda paths: self.import_table(paths[0].absolute()),
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.open()

    def _samples(self) -> list[tuple[str, str, Callable[[], None]]]:
        return [
            (sample.title, sample.description, lambda path=sample.path: self._opening.open([path]))
            for sample in bundled_samples()
        ]

    def _generators(self) -> list[tuple[str, str, Callable[[], None]]]:
        return [
            (f"{one.title}…", one.summary, lambda name=one.name: self._generate(name))
            for one in GENERATORS.values()
        ]

    def _generate(self, name: str | None) -> None:
        if self._generator is None:
            self._generator = GeneratorDialog(self._make, self._window)
        if name:
            self._generator.choose(name)
        self._generator.show()
        self._generator.raise_()
        self._generator.activateWindow()

    def _make(self, name: str, parameters: dict[str, Any]) -> None:
        self._opening.generate(name, parameters, self._generator.complain)

    def _set_theme(self, mode: str) -> None:
        self._services.theme.set_mode(mode)
        self._services.settings.write("window", theme=mode)
        self._services.messages.status(
            {"system": "Theme of the system"}.get(mode, f"{mode.capitalize()} theme")
        )

    def _full_screen(self, on: bool) -> None:
        state, full = self._window.windowState(), Qt.WindowState.WindowFullScreen
        self._window.setWindowState(state | full if on else state & ~full)

    def _toggle_help(self) -> None:
        if self._help is None:
            self._help = HelpSheet(self._services.actions, self._services.theme, self._window)
        self._help.toggle()

    def _about(self) -> None:
        self._services.messages.info(
            f"HiPPO Studio {__version__}, free software under the GPL, version 3 or later.",
            (
                f"Python {sys.version.split()[0]}",
                f"Settings: {self._services.settings.path}",
                f"Log: {log_path()}",
            ),
        )

    def _all_commands(self) -> list[Command]:
        commands = commands_of(self._services.actions)
        commands += [Command(f"Sample: {text}", run, "Samples") for text, _, run in self._samples()]
        commands += [Command(f"Generate: {text}", run, "Generate") for text, _, run in self._generators()]
        commands += [
            Command(f"Open {path.name}", lambda path=path: self._opening.open([path]), "Recent")
            for path in self._opening.recent()
        ]
        commands += [
            Command(f"Show {row.title}", lambda index=index: self._signals.show(index), "Signals")
            for index, row in enumerate(self._signals.rows)
            if index != self._signals.shown
        ]
        return commands
