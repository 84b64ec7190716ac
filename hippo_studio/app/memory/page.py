"""How the Memory tab shares out its room: overview, past, and below them coefficients and their story."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QSplitter, QVBoxLayout, QWidget


def lay_out(tab: QWidget, overview: QWidget, past: QWidget, coefficients: QWidget, story: QWidget) -> None:
    """Put the views into the tab, with edges that can be dragged."""
    below = QSplitter(Qt.Orientation.Horizontal, tab)
    below.addWidget(coefficients)
    below.addWidget(story)
    below.setSizes([400, 600])
    rows = QSplitter(Qt.Orientation.Vertical, tab)
    for widget, share in ((overview, 11), (past, 54), (below, 35)):
        rows.addWidget(widget)
        rows.setStretchFactor(rows.count() - 1, share)
    rows.setSizes([110, 540, 350])
    for splitter, name in ((below, "below"), (rows, "rows")):
        splitter.setObjectName(name)
        splitter.setChildrenCollapsible(False)
    column = QVBoxLayout(tab)
    edge = tab.fontMetrics().height() // 3
    column.setContentsMargins(edge, edge, edge, edge)
    column.addWidget(rows)
