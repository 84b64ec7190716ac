"""The list of what the file of the current signal holds besides: series with their labels, arrays, rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QSize, QSortFilterProxyModel, Qt
from PyQt6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.services import Services
from hippo_studio.signals import Contents, Signal, contents

_JOB = "contents"
_FEW = 12
"""Parts from which on they can be searched."""


class PartsModel(QAbstractListModel):
    """A line for each part of a file, made when it is drawn: a list of a hundred thousand costs nothing."""

    def __init__(self, listing: Contents | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.listing = listing

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """How many parts there are."""
        return len(self.listing.parts) if self.listing is not None else 0

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name of a part and the word about it."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        part = self.listing.parts[index.row()]
        return f"{part.name}  ·  {part.detail}" if part.detail else part.name


class _Line(QStyledItemDelegate):
    """Asks for no width: a long line is cut where the list ends, and the tool tip has all of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(0, super().sizeHint(option, index).height())


class PartsPanel(QWidget):
    """Hidden while the current signal is all that its file holds; a click opens another part in its place."""

    def __init__(self, signals: OpenSignals, opening: Opening, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("parts panel")
        self._signals, self._opening, self._services = signals, opening, services
        self._path: Path | None = None
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find a label")
        self.search.setAccessibleName("Find a part of the file")
        self.search.setClearButtonEnabled(True)
        self._model = PartsModel(None, self)
        self._found = QSortFilterProxyModel(self)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView(self)
        self.list.setObjectName("parts")
        self.list.setAccessibleName("Parts of the file")
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_Line(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setModel(self._found)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.title, self.search, self.list):
            column.addWidget(part)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.list.clicked.connect(self._open)
        self.list.activated.connect(self._open)
        signals.current_changed.connect(self._follow)
        self.hide()

    def _follow(self, signal: Signal | None) -> None:
        """Show the list that belongs to the current signal."""
        path = Path(signal.origin) if signal is not None and signal.origin else None
        if path is not None and path == self._path:
            self._mark(signal)
            return
        self._path = None
        self.hide()
        self._services.jobs.cancel(_JOB)
        if path is None or not path.is_absolute():
            return
        self._services.jobs.submit(
            _JOB,
            lambda _context: contents(path),
            done=lambda listing: self._show(path, listing),
            failed=lambda _error: None,  # a file that has gone meanwhile has no list
        )

    def _show(self, path: Path, listing: Contents | None) -> None:
        if listing is None:
            return
        self._path = path
        self._model = PartsModel(listing, self)
        self._found.setSourceModel(self._model)
        self.search.clear()
        self.search.setVisible(len(listing.parts) > _FEW)
        self.title.setText(f"{len(listing.parts):,} {listing.what} in {path.name}")
        self.title.setToolTip(str(path))
        self.show()
        self._mark(self._signals.current)

    def _mark(self, signal: Signal | None) -> None:
        if signal is None or self._model.listing is None:
            return
        place = self._model.listing.place_of(signal.reading)
        self.list.setCurrentIndex(self._found.mapFromSource(self._model.index(place, 0)))

    def _open(self, index: QModelIndex) -> None:
        part = self._model.listing.parts[self._found.mapToSource(index).row()]
        self._opening.open([self._path], options=part.options)
