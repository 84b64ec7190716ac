"""The data set in a few lines and a row of bars, under its name; and its examples as small curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.data_overview import DataOverview, Thumbnail
from hippo_studio.app.widgets.plots import Canvas, Plot
from hippo_studio.app.widgets.plots.axis import small_font
from hippo_studio.app.widgets.plots.ticks import Ticks, name_ticks, number_ticks


class DataCard(QWidget):
    """`say` shows a sentence, `show_overview` what is known of the data."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data card")
        self.setAccessibleName("About the data")
        self._theme = theme
        self._labels: tuple[str, ...] = ()
        self._tone = ""
        self.words = QLabel(self)
        self.words.setObjectName("about the data")
        self.words.setAccessibleName("About the data")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.counts = Plot(
            theme, "Examples per class", x_ticks=self._class_ticks, y_ticks=number_ticks, parent=self
        )
        self.counts.setFixedHeight(self.fontMetrics().height() * 6)
        self._bars = self.counts.add(Canvas()).bars()
        self.counts.resized.connect(lambda _: self.counts.x_axis.refresh())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.counts)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.counts.hide()

    def say(self, words: str, *, failed: bool = False) -> None:
        """Show a sentence instead of the data."""
        self.words.setText(words)
        self._tone = "error" if failed else "muted"
        self._recolor()
        self.counts.hide()

    def show_overview(self, seen: DataOverview) -> None:
        """Show what is known."""
        self.words.setText("\n".join(seen.lines))
        self._labels, self._tone = seen.data.labels, ""
        self._recolor()
        self.counts.setVisible(bool(seen.counts.size))
        if seen.counts.size:
            self._bars.set_data(seen.counts.astype(float))
            self.counts.set_x(-0.6, seen.counts.size - 0.4)
            self.counts.set_y(0.0, 1.6 * max(float(seen.counts.max()), 1.0))
            self.counts.x_axis.refresh()
            self.counts.caption.set_runs([("examples per class", "")])
            self.counts.setToolTip(
                "\n".join(
                    f"{index}  {label}: {count}"
                    for index, (label, count) in enumerate(
                        zip(seen.data.labels[:40], seen.counts[:40], strict=True)
                    )
                )
            )

    def _class_ticks(self, low: float, high: float, most: int) -> Ticks:
        """The names of the classes, as many as have room: they are narrower than numbers may be."""
        names = name_ticks(self._labels, len(self._labels)).labels
        metrics = QFontMetricsF(small_font(self.font()))
        widest = max((metrics.horizontalAdvance(f"{name} ") for name in names), default=1.0)
        return name_ticks(self._labels, max(int(self.counts.area.width() / widest), 1))

    def _recolor(self) -> None:
        colors = self._theme.colors
        self._bars.set_color(colors.signal)
        color = {"error": colors.error, "muted": colors.muted}.get(self._tone)
        self.words.setStyleSheet(f"color: {color}" if color else "")


class Thumbnails(QWidget):
    """Examples side by side, each a curve per channel with its class above them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("thumbnails")
        self.setAccessibleName("Examples")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._shown: tuple[Thumbnail, ...] = ()
        self._picture: QPixmap | None = None
        theme.changed.connect(self._draw_anew)

    def show_thumbnails(self, thumbnails: tuple[Thumbnail, ...]) -> None:
        """Show these."""
        self._shown = thumbnails
        self._draw_anew()

    def _draw_anew(self) -> None:
        self._picture = None
        self.update()

    def sizeHint(self) -> QSize:
        """Room for two rows."""
        line = self.fontMetrics().height()
        return QSize(30 * line, 8 * line)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the picture; it is drawn when it is another one, for drawing takes twenty milliseconds."""
        size, ratio = self.size(), self.devicePixelRatioF()
        if self._picture is None or self._picture.size() != size * ratio:
            self._picture = QPixmap(size * ratio)
            self._picture.setDevicePixelRatio(ratio)
            painter = QPainter(self._picture)
            self._draw_all(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _draw_all(self, painter: QPainter) -> None:
        """Lay out as many as have room, and draw them."""
        colors, line = self._theme.colors, self.fontMetrics().height()
        painter.fillRect(self.rect(), QColor(colors.surface))
        if not self._shown:
            return
        painter.setFont(small_font(self.font()))
        columns = max(1, self.width() // (8 * line))
        rows = max(1, min(-(-len(self._shown) // columns), self.height() // (4 * line)))
        wide, high = self.width() / columns, self.height() / rows
        for place, thumbnail in enumerate(self._shown[: rows * columns]):
            cell = QRectF(place % columns * wide, place // columns * high, wide, high)
            self._draw(painter, thumbnail, cell.adjusted(line / 3, line / 4, -line / 3, -line / 4))

    def _draw(self, painter: QPainter, one: Thumbnail, cell: QRectF) -> None:
        colors, line = self._theme.colors, self.fontMetrics().height()
        words = painter.fontMetrics().elidedText(
            one.label or one.name, Qt.TextElideMode.ElideRight, round(cell.width())
        )
        painter.setPen(QColor(colors.muted))
        painter.drawText(cell, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, words)
        box = cell.adjusted(0, line, 0, 0)
        gap, count = line / 5, max(len(one.values), 1)
        lane = (box.height() + gap) / count
        for place, row in enumerate(one.values):
            place_of_row = QRectF(box.left(), box.top() + place * lane, box.width(), lane - gap)
            self._draw_curve(painter, row, place_of_row, tokens=one.tokens)

    def _draw_curve(self, painter: QPainter, row: NDArray[np.float32], box: QRectF, *, tokens: bool) -> None:
        """Draw one channel over the whole of its lane."""
        colors = self._theme.colors
        low, high = float(row.min(initial=0.0)), float(row.max(initial=0.0))
        scale = box.height() / (high - low) if high > low else 0.0
        x = np.linspace(box.left(), box.right(), max(row.size, 2))[: row.size]
        y = box.bottom() - (row - low) * scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
        if tokens:
            painter.setPen(QPen(QColor(colors.accent), 3.0, cap=Qt.PenCapStyle.RoundCap))
            painter.drawPoints(points)
        else:
            painter.setPen(QPen(QColor(colors.accent), 1.2))
            painter.drawPolyline(points)
