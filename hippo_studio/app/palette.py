"""The command palette: everything that can be done now, found by typing a few letters of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.actions import ActionTable
from hippo_studio.app.matching import score


@dataclass(frozen=True)
class Command:
    """One line of the palette."""

    text: str
    run: Callable[[], object]
    group: str = ""
    keys: str = ""


class CommandPalette(QFrame):
    """A field and the list that it narrows down, laid over the top of the window.

    `commands` is asked anew each time the palette opens.
    """

    def __init__(self, commands: Callable[[], Iterable[Command]], window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("command palette")
        self.setAccessibleName("Command palette")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.hide()
        self._ask = commands
        self._commands: list[Command] = []
        self._before: QWidget | None = None
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Command")
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Commands found")
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_RoomyRows(self.list))
        self.nothing = QLabel("No command has such a name.", self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 2
        column.setContentsMargins(edge, edge, edge, edge)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(self.nothing)
        self.field.installEventFilter(self)
        self.field.textEdited.connect(self._narrow)
        self.field.returnPressed.connect(self._run_current)
        self.list.itemClicked.connect(lambda _item: self._run_current())

    def open(self) -> None:
        """Show the palette, empty, with the keyboard in its field."""
        self._commands = list(self._ask())
        self.field.clear()
        self._narrow("")
        window = self.parentWidget()
        unit = self.fontMetrics().height()
        self.resize(min(window.width() - 2 * unit, 40 * unit), min(window.height() - 6 * unit, 26 * unit))
        self.move((window.width() - self.width()) // 2, 3 * unit)
        self.show()
        self.raise_()
        self._before = window.focusWidget()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_up(self) -> None:
        """Hide the palette and give the keyboard back to whoever had it."""
        if self.isVisible():  # hidden with the keyboard in it, it would pass that on to whatever comes next
            if self._before is not None:
                self._before.setFocus(Qt.FocusReason.PopupFocusReason)
            else:
                self.field.clearFocus()
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while the keyboard stays in the field; close when it leaves."""
        if event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.close_up()
                return True
            return self._move(event)
        if event.type() == QEvent.Type.FocusOut and event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.hide()
        return False

    def found(self) -> list[Command]:
        """The commands listed, best first."""
        rows = range(self.list.topLevelItemCount())
        return [self.list.topLevelItem(row).data(0, Qt.ItemDataRole.UserRole) for row in rows]

    def _move(self, event: QKeyEvent) -> bool:
        count = self.list.topLevelItemCount()
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
        if event.key() not in steps or not count:
            return False
        row = self.list.indexOfTopLevelItem(self.list.currentItem()) + steps[event.key()]
        single = abs(steps[event.key()]) == 1
        row = row % count if single else min(max(row, 0), count - 1)
        self.list.setCurrentItem(self.list.topLevelItem(row))
        return True

    def _narrow(self, wanted: str) -> None:
        self.list.clear()
        for command in best(wanted, self._commands):
            item = QTreeWidgetItem([command.text, command.group, command.keys])
            item.setData(0, Qt.ItemDataRole.UserRole, command)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for quiet in (1, 2):
                item.setForeground(quiet, self.palette().placeholderText())
            self.list.addTopLevelItem(item)
        self.list.setCurrentItem(self.list.topLevelItem(0))
        self.nothing.setVisible(not self.list.topLevelItemCount())
        self.list.setVisible(bool(self.list.topLevelItemCount()))
        self._size_columns()

    def _size_columns(self) -> None:
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, header.ResizeMode.ResizeToContents)

    def _run_current(self) -> None:
        item = self.list.currentItem()
        if item is not None and self.list.topLevelItemCount():
            command = item.data(0, Qt.ItemDataRole.UserRole)
            self.close_up()
            command.run()


class _RoomyRows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index):
        size = super().sizeHint(option, index)
        size.setHeight(round(option.fontMetrics.height() * 1.6))
        return size

    def paint(self, painter, option: QStyleOptionViewItem, index) -> None:
        option.state &= ~QStyle.StateFlag.State_HasFocus
        super().paint(painter, option, index)


def best(wanted: str, commands: Iterable[Command]) -> list[Command]:
    """The commands that answer what was typed, best first; all of them, in order, if nothing was typed."""
    if not wanted.strip():
        return list(commands)
    scored = [(score(wanted, f"{command.text} {command.group}"), command) for command in commands]
    return [
        command
        for value, command in sorted(
            ((value, command) for value, command in scored if value is not None), key=lambda pair: -pair[0]
        )
    ]


def commands_of(actions: ActionTable) -> list[Command]:
    """A command for each action that means something now."""
    return [
        Command(
            actions[line.id].text().replace("&", ""),
            actions[line.id].trigger,
            line.group,
            "  ".join(native(key) for key in actions.keys(line.id)[:1]),
        )
        for line in actions
        if actions[line.id].isEnabled() and line.id != "palette"
    ]


def native(key: QKeySequence) -> str:
    """A key as this system writes it."""
    return key.toString(QKeySequence.SequenceFormat.NativeText)
