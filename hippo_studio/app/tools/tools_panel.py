"""The panel of the signal tools: the chain of the current signal, each tool with its switch and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.tools.bench import Bench
from hippo_studio.app.tools.suggesting import suggestion
from hippo_studio.app.tools.tool_form import ToolForm
from hippo_studio.app.widgets.quantities import format_rate, format_seconds
from hippo_studio.signals.tools import TOOLS, Step, Tool

_NOTHING = "No tool yet: the signal is as it came. Add one; nothing in its file is changed."


class ToolsPanel(QWidget):
    """Views the bench's chain; every change is laid at once. `reveal()` shows the panel."""

    def __init__(
        self,
        bench: Bench,
        memory: MemoryTab,
        services: Services,
        reveal: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("tools panel")
        self._bench, self._memory, self._services, self._reveal = bench, memory, services, reveal
        self.title, self.outcome = QLabel(self), QLabel(self)
        for label in (self.title, self.outcome):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("tools")
        self.list.setAccessibleName("Tools of this signal")
        self.list.setToolTip("Applied from top to bottom; a switch leaves one out")
        self.form = ToolForm(self)
        self.add_menu = QMenu("Add", self)
        self.add_menu.setToolTipsVisible(True)
        for tool in TOOLS.values():
            self.add_menu.addAction(services.actions[f"tool_{tool.name}"])
        self.add = _button("Add", "Add a tool below the others", self)
        self.add.setMenu(self.add_menu)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.remove = _button("Remove", "Take the chosen tool away", self, self._remove)
        self.up = _button("Up", "Apply the chosen tool earlier", self, lambda: self._move(-1))
        self.down = _button("Down", "Apply the chosen tool later", self, lambda: self._move(1))
        row = QHBoxLayout()
        for button in (self.add, self.remove, self.up, self.down):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 2
        column.setContentsMargins(edge, edge, edge, edge)
        column.addWidget(self.title)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.form)
        column.addWidget(self.outcome)
        self.list.currentRowChanged.connect(lambda _: self._show_form())
        self.list.itemChanged.connect(self._switched)
        self.form.edited.connect(self._edited)
        self.form.refused.connect(services.messages.refuse)
        bench.changed.connect(self.refresh)
        for name in TOOLS:
            services.actions.connect(f"tool_{name}", lambda name=name: self.add_tool(name))
        self.refresh()

    def add_tool(self, name: str) -> None:
        """Put a tool of that name below the others, with settings that suit the signal."""
        row = self._bench.row
        if row is None:
            self._services.messages.info("There is no signal to work on yet: open one.")
            return
        transport, overview = self._memory.transport, self._memory.overview
        looped = tuple(place / transport.sample_rate for place in transport.region)
        whole = (0.0, transport.duration)
        shown = looped if looped != whole else overview.zoom or whole  # the plot may have nothing to show yet
        tool = suggestion(name, row.signal, shown, self._memory.state.channel)
        self._reveal()
        self._bench.lay((*self._bench.steps, Step(tool)))
        self.list.setCurrentRow(self.list.count() - 1)

    def close_panel(self) -> None:
        """Give the actions back."""
        self._services.actions.disconnect_all(*(f"tool_{name}" for name in TOOLS))
        self._bench.cancel()

    def refresh(self) -> None:
        """Show the chain as it is."""
        row, steps, current = self._bench.row, self._bench.steps, self.list.currentRow()
        with QSignalBlocker(self.list):
            self.list.clear()
            for step in steps:
                item = QListWidgetItem(step.tool.sentence)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if step.on else Qt.CheckState.Unchecked)
                self.list.addItem(item)
            self.list.setCurrentRow(min(max(current, 0), len(steps) - 1))
        self.title.setText(row.title if row else "No signal")
        self.add.setEnabled(row is not None)
        self._show_form()
        if row is None:
            self.outcome.setText("")
        elif self._bench.busy:
            self.outcome.setText("Working …")
        elif not steps:
            self.outcome.setText(_NOTHING)
        else:
            signal = row.signal
            channels = "1 channel" if signal.channels == 1 else f"{signal.channels} channels"
            self.outcome.setText(
                f"Now {format_seconds(signal.duration)}, {channels} at {format_rate(signal.sample_rate)}"
            )

    def _show_form(self) -> None:
        steps, at = self._bench.steps, self.list.currentRow()
        chosen = steps[at].tool if 0 <= at < len(steps) else None
        row = self._bench.row
        self.form.show_tool(chosen, row.signal.channel_names if row else ())
        self.remove.setEnabled(chosen is not None)
        self.up.setEnabled(at > 0)
        self.down.setEnabled(0 <= at < len(steps) - 1)

    def _edited(self, tool: Tool) -> None:
        steps, at = list(self._bench.steps), self.list.currentRow()
        steps[at] = replace(steps[at], tool=tool)
        self._bench.lay(steps)

    def _switched(self, item: QListWidgetItem) -> None:
        steps, at = list(self._bench.steps), self.list.row(item)
        steps[at] = replace(steps[at], on=item.checkState() == Qt.CheckState.Checked)
        self._bench.lay(steps)

    def _remove(self) -> None:
        steps, at = list(self._bench.steps), self.list.currentRow()
        del steps[at]
        self._bench.lay(steps)

    def _move(self, by: int) -> None:
        steps, at = list(self._bench.steps), self.list.currentRow()
        steps[at], steps[at + by] = steps[at + by], steps[at]
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(at + by)
        self._bench.lay(steps)


def _button(text: str, tip: str, parent: QWidget, slot: Callable[[], None] | None = None) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    if slot is not None:
        button.clicked.connect(lambda: slot())
    return button
