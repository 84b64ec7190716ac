"""The left dock: what is open, what comes with the studio, what can be made, and where to drop more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PyQt6.QtCore import QPoint, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFocusEvent, QPainter, QPen
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.reading import is_table
from hippo_studio.app.services import Services
from hippo_studio.app.signal_lines import DETAIL, SignalDelegate
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.quantities import format_clock, format_rate
from hippo_studio.signals import Signal
from hippo_studio.signals.capture import is_unsaved

_MISSING, _READING = "missing", "reading …"


class SignalsPanel(QWidget):
    """Lists the open signals; a click shows one. The menus are handed in, as the menu bar shows them too."""

    import_wanted = pyqtSignal(object)

    def __init__(
        self,
        signals: OpenSignals,
        services: Services,
        samples: QMenu,
        generators: QMenu,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("signals panel")
        self._signals, self._actions = signals, services.actions
        self.list = _SignalList(self)
        self.list.setObjectName("open signals")
        self.list.setAccessibleName("Open signals")
        self.list.setItemDelegate(SignalDelegate(services.theme, self.list))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.samples = _menu_button("Samples", "samples", samples, services.theme, self)
        self.generators = _menu_button("Generate", "generate", generators, services.theme, self)
        self.hint = DropHint(services, self)
        row = QHBoxLayout()
        row.addWidget(self.samples)
        row.addWidget(self.generators)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 3
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(edge)
        self._column = column
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.hint)
        signals.listed.connect(self._fill)
        for moved in (signals.current_changed, signals.live_changed):
            moved.connect(self._mark)
        self.list.currentRowChanged.connect(self._choose)
        self.list.customContextMenuRequested.connect(self._offer)
        self._fill()

    def put_above(self, widget: QWidget) -> None:
        """Lay something over the list."""
        self._column.insertWidget(0, widget)

    def _choose(self, row: int) -> None:
        self._signals.show(row)

    def _fill(self) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for row in self._signals.rows:
            signal = row.signal
            item = QListWidgetItem(row.title, self.list)
            item.setData(DETAIL, describe(signal) if signal else _MISSING if row.problem else _READING)
            item.setToolTip(particulars(signal) if signal else row.problem or row.entry.path)
        self.list.blockSignals(blocked)
        self._mark()

    def _mark(self) -> None:
        blocked = self.list.blockSignals(True)
        self.list.setCurrentRow(self._signals.shown)
        self.list.blockSignals(blocked)

    def _offer(self, place: QPoint) -> None:
        if item := self.list.itemAt(place):
            row = self.list.row(item)
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction("Show", lambda: self._choose(row))
            if self._signals.rows[row].problem:
                menu.addAction("Locate…", lambda: self._signals.locate_wanted.emit(row))
            else:
                menu.addAction("Sample Rate…", lambda: self._say_rate(row))
                path = Path(self._signals.rows[row].entry.path)
                if path.is_absolute() and is_table(path):
                    menu.addAction("Import Again…", lambda: self.import_wanted.emit(path))
            menu.addAction("Close", lambda: self._signals.remove(row))
            menu.popup(self.list.viewport().mapToGlobal(place))

    def show_parts(self, parts: QWidget) -> None:
        """Put the list of what a file holds below the signals."""
        self._column.insertWidget(self._column.indexOf(self.list) + 1, parts, 1)

    def _say_rate(self, row: int) -> None:
        self._choose(row)
        self._actions["sample_rate"].trigger()


class _SignalList(QListWidget):
    """The keyboard may come here, such as from a palette that closes, without another signal being chosen."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt would make the first line the current one where none is: beside what is live."""
        before = self.currentRow()
        blocked = self.blockSignals(True)
        super().focusInEvent(event)
        self.setCurrentRow(before)
        self.blockSignals(blocked)


class DropHint(QToolButton):
    """The dashed field that says where files may fall, and opens the file dialog when clicked."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("drop hint")
        self._theme = services.theme
        self._text = "Drop recordings or tables\nanywhere on this window"
        self.setAccessibleName("Open files")
        self.setToolTip(services.actions["open"].toolTip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(services.actions["open"].trigger)

    def sizeHint(self) -> QSize:
        """Room for two lines and the frame around them."""
        text = self.fontMetrics().boundingRect(self.rect(), 0, self._text)
        unit = self.fontMetrics().height()
        return QSize(text.width() + 2 * unit, 2 * unit + 2 * unit)

    def paintEvent(self, _event) -> None:
        """Draw frame and words, livelier under the mouse."""
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        unit = self.fontMetrics().height()
        over = self.underMouse() or self.hasFocus()
        pen = QPen(QColor(colors.accent if over else colors.border), unit / 12)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        inset = unit / 8
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), unit / 2, unit / 2
        )
        painter.setPen(QColor(colors.text if over else colors.muted))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


def describe(signal: Signal) -> str:
    """Rate, duration and channels in one line."""
    channels = "1 channel" if signal.channels == 1 else f"{signal.channels} channels"
    unsaved = "unsaved · " if is_unsaved(signal.origin) else ""
    return (
        f"{unsaved}{format_rate(signal.sample_rate)} · {format_clock(signal.duration, digits=1)} · {channels}"
    )


def particulars(signal: Signal) -> str:
    """What the tooltip of a signal says: origin, its line, samples, channels, start, the reader's remarks."""
    named = (
        f"{name} ({unit})" if unit else name
        for name, unit in zip(signal.channel_names[:12], signal.units, strict=False)
    )
    more = f" and {signal.channels - 12} more" if signal.channels > 12 else ""
    lines = [
        signal.origin or signal.title,
        describe(signal),
        f"{signal.samples.shape[1]:,} samples",
        ", ".join(named) + more,
    ]
    if signal.start is not None:
        lines.append(f"from {_date(signal.start)}")
    lines += [str(warning) for warning in signal.warnings[:8]]
    return "\n".join(lines)


def _date(epoch: float) -> str:
    try:
        return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{epoch:g} s since 1970"


def _menu_button(text: str, icon: str, menu: QMenu, theme: Theme, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setIcon(theme.icon(icon))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button
