"""The studio's window: toolbar, docks, tabs, message bar and status bar, laid out and connected.

Left to right the person sees the open signals, the tabs, and what belongs to the tab on the right; above them
the toolbar, below them the status bar. What happens on a command is in `commands.py`.
"""

from __future__ import annotations

import time

from PyQt6.QtCore import QByteArray, QEvent, QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QPaintEvent, QShowEvent
from PyQt6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from hippo_studio.app.commands import Commands
from hippo_studio.app.dock import Dock
from hippo_studio.app.drops import DropTarget
from hippo_studio.app.film.exporting import Filming
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.menus import file_menu, other_menus, view_menu
from hippo_studio.app.message_bar import MessageBar
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.options import TABS
from hippo_studio.app.parts_panel import PartsPanel
from hippo_studio.app.services import Services
from hippo_studio.app.session.autosave import Autosave
from hippo_studio.app.session.desk import SessionDesk
from hippo_studio.app.session.document import Document
from hippo_studio.app.session.locating import Locating
from hippo_studio.app.session.looking import Looking
from hippo_studio.app.signals_panel import SignalsPanel
from hippo_studio.app.sound.desk import SoundDesk
from hippo_studio.app.sound.live_source import LiveSource
from hippo_studio.app.status_bar import StatusBar
from hippo_studio.app.streams.desk import StreamDesk
from hippo_studio.app.toolbar import Toolbar
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.using import Using
from hippo_studio.app.widgets.steady_tabs import SteadyTabs
from hippo_studio.app.workrooms import Workrooms
from hippo_studio.signals import Signal

_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_LAYOUT_VERSION = 1
_INSPECTOR_LINES = 31
"""Lines of text that the inspector is high."""


class StudioWindow(QMainWindow):
    """One studio.

    `first_painted` fires once, when the window is on screen. `painted` carries the times (`perf_counter`, in
    seconds) at which each painting of the window began and ended.
    """

    first_painted = pyqtSignal()
    painted = pyqtSignal(float, float)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studio")
        self.setWindowTitle("HiPPO Studio")
        self.services = services
        self.signals = OpenSignals(self)
        self.opening = Opening(self.signals, services, self)
        self.memory = MemoryTab(services, self)
        self.train = TrainTab(services, self)
        self._painted_once = self._closed = self._restored = self._may_leave = False
        self.using = Using(self.train, self.memory, self.signals, services, self)
        self.sound = SoundDesk(self.memory, services, self.signals, self.opening.open, self)
        self.filming = Filming(services, self.memory, self, lambda: self.rooms.labels.regions)
        self.rooms = Workrooms(
            self.signals, self.memory, self.train, self.using, services, self,
            session=lambda: self.session.read_whole(), reveal=self.reveal,
        )  # fmt: skip
        self.filming.begun.connect(self.rooms.recorder.begin_film)
        self.filming.filmed.connect(self.rooms.recorder.filmed)
        self.streams = StreamDesk(self.memory, services, self.sound.recorder, self.opening.open, self)
        self._put_aside: list[Dock] = []
        self.train_ended = True
        self.looking = Looking(self.memory, lambda: TABS[self.tabs.currentIndex()], self.show_tab, self)
        self._build_centre()
        self.session = SessionDesk(
            self.signals, self.opening, self.memory, self.train, services, self.looking, self
        )
        self.locating = Locating(self.signals, self.session.remaking, services, self)
        self.document = Document(self.session, self.opening, services, self)
        self.autosave = Autosave(
            self.session, self.document, services, self.opening.open, self.sound.keeping.offer, self
        )
        services.actions.attach(self)
        self.commands = Commands(
            self,
            services,
            self.signals,
            self.opening,
            show_tab=self.show_tab,
            reset_layout=self.reset_layout,
        )
        self._build_docks()
        self._build_bars()
        self.drops = DropTarget(self, services.theme, self.opening.open)
        self.signals.current_changed.connect(self._show_signal)
        self.memory.changed.connect(self._entitle)
        self.opening.preset_wanted.connect(self.memory.apply_preset)
        self.train.built.connect(lambda: self.memory.taking_home.add_plots(self.train.plots))
        self.train.wanted.connect(lambda: self.show_tab("train"))
        self.document.changed.connect(self._entitle)
        self.train.example_opened.connect(self._show_example)
        self._first_layout = self.saveState(_LAYOUT_VERSION)

    def show_tab(self, name: str) -> None:
        """Show the tab of that name, one of `options.TABS`."""
        self.tabs.setCurrentIndex(TABS.index(name))

    def reset_layout(self) -> None:
        """Put every panel back in its place and show it."""
        self.restoreState(self._first_layout, _LAYOUT_VERSION)
        self._size_docks()

    def showEvent(self, event: QShowEvent) -> None:
        """Share out the room of a window whose size is known at last, unless a last session did."""
        super().showEvent(event)
        if not self._painted_once and not self._restored:
            self._size_docks()

    def restore(self, store: QSettings) -> bool:
        """Take geometry and layout from the last session; False if there was none."""
        restored = self.restoreGeometry(_stored(store, "geometry"))
        self._restored = self.restoreState(_stored(store, "state"), _LAYOUT_VERSION)
        return restored

    def keep(self, store: QSettings) -> None:
        """Keep geometry and layout for the next session."""
        store.setValue("geometry", self.saveGeometry())
        store.setValue("state", self.saveState(_LAYOUT_VERSION))

    def event(self, event: QEvent) -> bool:
        """Note when the window is painted; all else is Qt's."""
        if event.type() != QEvent.Type.UpdateRequest:
            return super().event(event)
        began = time.perf_counter()
        result = super().event(event)
        self.painted.emit(began, time.perf_counter())
        return result

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, and tell of the first time once the rest is painted too."""
        super().paintEvent(event)
        if not self._painted_once:
            self._painted_once = True
            QTimer.singleShot(0, self.first_painted.emit)

    def changeEvent(self, event: QEvent) -> None:
        """Keep Full Screen in step when the window manager changed it."""
        if event.type() == QEvent.Type.WindowStateChange:
            self.services.actions["full_screen"].setChecked(self.isFullScreen())
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End what the tabs do and what is being read before the window goes."""
        if not self._closed:
            if self.document.must_ask and not self._may_leave:
                event.ignore()
                self.document.leave(self._leave)
                return
            self._closed = True
            self.autosave.close()
            self.document.close()
            self.locating.close()
            self.opening.cancel()
            self.session.close_desk()
            self.streams.close_desk()
            self.sound.close_desk()
            self.filming.close()
            self.rooms.close()
            self.show_tab("memory")  # whose panels are part of the layout that is kept
            self.memory.close_tab()
            self.train_ended = self.using.close() & self.train.close_tab()
        super().closeEvent(event)

    def _build_centre(self) -> None:
        self.tabs = SteadyTabs(self)
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.memory, "Memory")
        self.tabs.addTab(self.train, "Train")
        self.tabs.currentChanged.connect(self._make_room)
        self.message_bar = MessageBar(self.services.messages, self.services.theme, self)
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.message_bar)
        column.addWidget(self.tabs, 1)
        self.setCentralWidget(centre)

    def _build_docks(self) -> None:
        commands = self.commands
        panel = SignalsPanel(
            self.signals, self.services, commands.samples_menu, commands.generators_menu, self
        )
        panel.put_above(self.streams.list)
        panel.show_parts(PartsPanel(self.signals, self.opening, self.services, panel))
        panel.import_wanted.connect(commands.import_table)
        self.memory.changed.connect(
            lambda: self.signals.look_at_live(isinstance(self.memory.source, LiveSource))
        )
        self.docks = [
            self._dock("Signals", panel, _LEFT),
            self._dock("Memory settings", self.memory.settings_panel, _RIGHT),
            self._dock("Inspector", self.memory.inspector_panel, _RIGHT),
        ]
        self.side_docks = [self._dock(title, panel, _LEFT) for title, panel in self.rooms.panels]
        for dock in self.side_docks:  # shown once they are asked for
            dock.hide()
            if dock is not self.side_docks[0]:
                self.tabifyDockWidget(self.side_docks[0], dock)

    def reveal(self, title: str) -> None:
        """Show the panel of that title, in front, on the Memory tab."""
        self.show_tab("memory")
        dock = next(dock for dock in self.side_docks if dock.objectName() == title)
        if dock.isHidden():
            dock.show()
            self.resizeDocks([self.docks[0], dock], [4, 5], Qt.Orientation.Vertical)
        dock.raise_()

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> Dock:
        dock = Dock(title, widget, self.services.theme, self)
        self.addDockWidget(area, dock)
        return dock

    def _size_docks(self) -> None:
        """The past gets the most room; of the right side the inspector gets what the settings do not need."""
        letter, line = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        settings, inspector = self.docks[1:]
        self.resizeDocks(self.docks[:2], [26 * letter, 44 * letter], Qt.Orientation.Horizontal)
        wanted = self.memory.settings_panel.sizeHint().height() + 5 * line  # with a row for channels
        if self.height() < wanted + _INSPECTOR_LINES * line:  # one under the other, both would scroll
            self.tabifyDockWidget(settings, inspector)
            settings.raise_()
        else:
            rest = max(self.height() - wanted - 6 * line, 8 * line)
            self.resizeDocks([settings, inspector], [wanted, rest], Qt.Orientation.Vertical)

    def _build_bars(self) -> None:
        actions = self.services.actions
        self.toolbar = Toolbar(self.memory.transport, self.sound.volume, self.services, self)
        self.addToolBar(self.toolbar)
        menus = other_menus(actions, self)
        commands = self.commands
        bar = self.menuBar()
        bar.addMenu(
            file_menu(
                actions,
                commands.recent_menu,
                commands.samples_menu,
                commands.generators_menu,
                self.sound.keeping.menu,
                self,
            )
        )
        menus["Sound"].addMenu(self.sound.volume.devices_menu(self))
        for title in ("Edit", "Play", "Sound", "Memory", "Tools", "Train"):
            bar.addMenu(menus[title])
        bar.addMenu(view_menu(actions, [*self.docks, *self.side_docks], self))
        bar.addMenu(menus["Help"])
        self.setStatusBar(StatusBar(self.services.messages, self.services.jobs, self.services.theme, self))

    def _leave(self) -> None:
        """The person chose what becomes of unsaved changes."""
        self._may_leave = True
        self.close()

    def _make_room(self, _: int) -> None:
        """The panels at the sides belong to the Memory tab; they come back with it. Keys go to the tab."""
        self.tabs.currentWidget().setFocus()
        if self.tabs.currentWidget() is self.memory:
            for dock in self._put_aside:
                dock.show()
            self._put_aside = []
        elif not self._put_aside:
            self._put_aside = [dock for dock in (*self.docks, *self.side_docks) if not dock.isHidden()]
            for dock in self._put_aside:
                dock.hide()

    def _show_example(self, signal: Signal) -> None:
        self.signals.add(signal)
        self.show_tab("memory")

    def _show_signal(self, signal: Signal | None) -> None:
        self.services.folders.origin = signal.origin if signal is not None else ""
        key = "" if signal is None else self.signals.entries[self.signals.index].key
        self.memory.set_signal(signal, fit=not self.session.remaking.placing, key=key)
        self._entitle()

    def _entitle(self) -> None:
        """The signal shown, the session with its modified mark, the studio."""
        shown, document = self.memory.signal or self.memory.source, self.document
        parts = (
            shown.title if shown else "",
            f"{document.name}[*]" if document.name else "",
            "HiPPO Studio",
        )
        self.setWindowTitle(" — ".join(part for part in parts if part))
        self.setWindowModified(bool(document.name) and document.modified)


def _stored(store: QSettings, name: str) -> QByteArray:
    """A value of the last session, empty if it is missing or something else."""
    value = store.value(name)
    return value if isinstance(value, QByteArray) else QByteArray()
