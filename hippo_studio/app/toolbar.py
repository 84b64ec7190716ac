"""The toolbar: open and record, the transport with its playhead, the volume; palette, theme and help."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QSizePolicy, QToolBar, QWidget

from hippo_studio.app.memory.transport_bar import TransportBar
from hippo_studio.app.services import Services
from hippo_studio.app.transport import Transport


class Toolbar(QToolBar):
    """What is always in reach; `volume` is the widget that sets how loud it is."""

    def __init__(self, transport: Transport, volume: QWidget, services: Services, parent: QWidget) -> None:
        super().__init__("Toolbar", parent)
        actions = services.actions
        self.setObjectName("toolbar")
        self.setMovable(False)
        side = round(self.fontMetrics().height() * 1.4)
        self.setIconSize(QSize(side, side))
        self.addAction(actions["open"])
        self.widgetForAction(actions["open"]).setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addAction(actions["record"])
        self.addSeparator()
        self.transport_bar = TransportBar(transport, services, parent)
        self.transport_bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(self.transport_bar)
        self.addWidget(volume)
        self.addSeparator()
        for id in ("palette", "theme_switch", "help"):
            self.addAction(actions[id])
