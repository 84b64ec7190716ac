"""The studio's window: toolbar, docks, tabs and status bar; it lays out and connects, and decides nothing."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QToolBar, QVBoxLayout, QWidget

from hippo_studio.app.message_bar import MessageBar
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.services import Services
from hippo_studio.app.signals_panel import SignalsPanel


class StudioWindow(QMainWindow):
    """One studio."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.setWindowTitle("HiPPO Studio")
        self.signals = OpenSignals(self)
        self.opening = Opening(self.signals, services, self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.messages_bar = MessageBar(services.messages, services.theme, self)
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages_bar)
        column.addWidget(self.tabs, 1)
        self.setCentralWidget(centre)
        services.actions.attach(self)
        self.toolbar = QToolBar("Toolbar", self)
        self.addToolBar(self.toolbar)
        self.toolbar.addAction(services.actions["open"])
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self._dock("Signals", SignalsPanel(self.signals, services, self), left)
        try:
            from hippo_studio.app.memory.tab import MemoryTab
        except ModuleNotFoundError:
            self.memory = None
            return
        self.memory = MemoryTab(services, self)
        self.tabs.addTab(self.memory, "Memory")
        self._dock("Memory settings", self.memory.settings_panel, right)
        self._dock("Inspector", self.memory.inspector_panel, right)
        self.signals.current_changed.connect(self.memory.set_signal)

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the tab's and the background's work before the window goes."""
        if self.memory:
            self.memory.close_tab()
        self.services.close()
        super().closeEvent(event)
