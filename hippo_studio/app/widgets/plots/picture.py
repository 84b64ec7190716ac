"""A plot as a file: PNG, SVG or PDF, with the items that the screen shows, less the mouse's cursor.

Qt draws widgets on the GUI thread alone, so a picture is drawn there (a few milliseconds) into memory;
`write` then puts it on the disk, on any thread, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from PyQt6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF
from PyQt6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter
from PyQt6.QtSvg import QSvgGenerator

from hippo_studio.app.widgets.picture_formats import PICTURES
from hippo_studio.app.widgets.plots.plot import Plot
from hippo_studio.export.atomic import ExportError, atomic_write

_PNG_SCALE = 2.0
"""Pixels of a PNG per pixel on the screen: sharp in print and on a projector."""
_POINTS_PER_INCH, _PIXELS_PER_INCH = 72.0, 96.0


def draw(plot: Plot, suffix: str) -> bytes:
    """Draw a plot as it stands, as the content of a file of that suffix. GUI thread."""
    painting = _PAINTINGS.get(suffix.lower())
    if painting is None:
        known = ", ".join(PICTURES)
        raise ExportError(f"There is no picture format {suffix!r}; end the name in one of {known}.")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    painting(plot, buffer)
    return bytes(buffer.data())


def write(path: Path, content: bytes) -> None:
    """Write what `draw` gave. Raises ExportError, one sentence; no half-written file stays."""
    with atomic_write(path) as file:
        file.write(content)


def _paint(plot: Plot, painter: QPainter, target: QRectF) -> None:
    painter.fillRect(target, QColor(plot.ground))
    with plot.standing_alone():
        plot.draw(painter)


def image(plot: Plot) -> QImage:
    """A plot as it stands, at twice the screen's resolution. GUI thread."""
    size = plot.viewport().size()
    picture = QImage(size * _PNG_SCALE, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(_PNG_SCALE)
    painter = QPainter(picture)
    _paint(plot, painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    dots_per_meter = round(_PNG_SCALE * _PIXELS_PER_INCH / 0.0254)
    picture.setDotsPerMeterX(dots_per_meter)
    picture.setDotsPerMeterY(dots_per_meter)
    return picture


def _png(plot: Plot, buffer: QBuffer) -> None:
    picture = image(plot)
    if not picture.save(buffer, "PNG"):
        raise ExportError(f"{picture.width()}×{picture.height()} pixels could not be made a PNG.")


def _svg(plot: Plot, buffer: QBuffer) -> None:
    size = plot.viewport().size()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setResolution(round(_PIXELS_PER_INCH))
    generator.setTitle(plot.title)
    painter = QPainter(generator)
    _paint(plot, painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()


def _pdf(plot: Plot, buffer: QBuffer) -> None:
    size = QSizeF(plot.viewport().size())
    writer = QPdfWriter(buffer)
    points, exact = size * (_POINTS_PER_INCH / _PIXELS_PER_INCH), QPageSize.SizeMatchPolicy.ExactMatch
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, plot.title, exact))
    writer.setPageMargins(QMarginsF())
    writer.setResolution(round(_PIXELS_PER_INCH))
    writer.setTitle(plot.title)
    painter = QPainter(writer)
    _paint(plot, painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()


_PAINTINGS: Mapping[str, Callable[[Plot, QBuffer], None]] = MappingProxyType(
    dict(zip(PICTURES, (_png, _svg, _pdf), strict=True))
)
"""How a plot is drawn for each suffix."""
