"""A panel at the window's side, with a title bar of its own (Fusion's buttons vanish in the dark)."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from hippo_studio.app.theme import Theme


class Dock(QDockWidget):
    """Holds one panel; its title names it for the View menu and for the saved layout."""

    def __init__(self, title: str, panel: QWidget, theme: Theme, window: QMainWindow) -> None:
        super().__init__(title, window)
        self.setObjectName(title)
        self.setWidget(panel)
        self.setTitleBarWidget(DockTitle(self, theme))


class DockTitle(QWidget):
    """The title, a button to float and one to close; dragging and double clicks are the dock's own."""

    def __init__(self, dock: QDockWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._dock = dock
        label = QLabel(dock.windowTitle(), self)
        font = label.font()
        font.setWeight(font.Weight.DemiBold)
        label.setFont(font)
        row = QHBoxLayout(self)
        edge = self.fontMetrics().height() // 3
        row.setContentsMargins(2 * edge, edge, edge, edge)
        row.setSpacing(0)
        row.addWidget(label, 1)
        row.addWidget(self._button(theme, "float", "Float, or dock again", self._float))
        row.addWidget(self._button(theme, "close", "Close; the View menu brings it back", dock.close))

    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _button(self, theme: Theme, icon: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(theme.icon(icon))
        side = round(self.fontMetrics().height() * 0.8)
        button.setIconSize(button.iconSize().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(f"{tip.partition(',')[0].partition(';')[0]} {self._dock.windowTitle()}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        return button
