"""The rooms beside the Memory tab: tools, labels, and the Python behind it all; each a panel to be shown."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.labels.desk import LabelDesk
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.script.recorder import Recorder
from hippo_studio.app.script.script_panel import ScriptPanel
from hippo_studio.app.services import Services
from hippo_studio.app.tools.bench import Bench
from hippo_studio.app.tools.offset_hint import OffsetHint
from hippo_studio.app.tools.tools_panel import ToolsPanel
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.using import Using
from hippo_studio.session import Session


class Workrooms(QObject):
    """Puts them together. `session()` is what is on screen; `reveal(title)` shows a panel."""

    def __init__(
        self,
        signals: OpenSignals,
        memory: MemoryTab,
        train: TrainTab,
        using: Using,
        services: Services,
        window: QWidget,
        *,
        session: Callable[[], Session],
        reveal: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._services = services
        self.bench = Bench(signals, memory, services, self)
        self.tools = ToolsPanel(self.bench, memory, services, lambda: reveal("Signal tools"))
        self.offset_hint = OffsetHint(memory, services, self)
        self.labels = LabelDesk(
            signals, memory, services, window, learn=using.learn_regions, reveal=lambda: reveal("Labels")
        )
        self.recorder = Recorder(signals, memory, train, session, services.theme, self)
        using.tested.connect(self.recorder.evaluated)
        self.script = ScriptPanel(self.recorder, services, window)
        services.actions.connect("script", lambda: reveal("Python"))

    @property
    def panels(self) -> tuple[tuple[str, QWidget], ...]:
        """Title and widget of each."""
        return ("Signal tools", self.tools), ("Labels", self.labels.panel), ("Python", self.script)

    def close(self) -> None:
        """Give the actions back, and end work."""
        self.tools.close_panel()
        self.labels.close_desk()
        self._services.actions.disconnect_all("script")
