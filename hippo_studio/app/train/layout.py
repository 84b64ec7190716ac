"""Where the parts of the Train tab stand: set-up left, training and results in the middle, layers right."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QSplitter, QVBoxLayout, QWidget


def arranged(
    setup: QWidget, header: QWidget, curves: QWidget, results: QWidget, layers: QWidget, parent: QWidget
) -> QSplitter:
    """Return the columns, which the person may resize."""
    edge = parent.fontMetrics().height() // 3
    middle = QWidget(parent)
    column = QVBoxLayout(middle)
    column.setContentsMargins(edge, edge, edge, edge)
    column.setSpacing(edge)
    column.addWidget(header)
    rows = QSplitter(Qt.Orientation.Vertical, parent)
    rows.setChildrenCollapsible(False)
    rows.addWidget(curves)
    rows.addWidget(results)
    rows.setSizes([50, 50])
    column.addWidget(rows, 1)
    right = QWidget(parent)
    room = QVBoxLayout(right)
    room.setContentsMargins(edge, edge, edge, edge)
    room.addWidget(layers)
    columns = QSplitter(Qt.Orientation.Horizontal, parent)
    columns.setChildrenCollapsible(False)
    for widget, stretch in ((setup, 1), (middle, 5), (right, 4)):
        columns.addWidget(widget)
        columns.setStretchFactor(columns.count() - 1, stretch)
    letter = parent.fontMetrics().averageCharWidth()
    columns.setSizes([42 * letter, 78 * letter, 62 * letter])
    return columns
