"""The studio's own line icons, drawn in the colour of the moment and sharp at every scale."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources

from PyQt6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer


class IconEngine(QIconEngine):
    """Draws one SVG whenever Qt asks, so that a change of theme needs no new icons.

    `color(mode, state)` names the colour to draw with at that moment.
    """

    def __init__(self, name: str, color: Callable[[QIcon.Mode, QIcon.State], str]) -> None:
        super().__init__()
        self._name, self._color = name, color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon into a rectangle, keeping it square."""
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        _renderer(self._name, self._color(mode, state)).render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon as a transparent picture of that many device pixels."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture

    def clone(self) -> IconEngine:
        """Another engine that draws the same."""
        return IconEngine(self._name, self._color)


def tinted(name: str, color: str, side: float, ratio: float) -> QPixmap:
    """An icon in a colour of its own: `side` device-independent pixels, `ratio` device pixels for each."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    _renderer(name, color).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def picture_icon(name: str) -> QIcon:
    """A many-coloured picture, such as the studio's own sign, as an icon of any size."""
    return QIcon(IconEngine(name, lambda _mode, _state: ""))


@cache
def icon_source(name: str) -> str:
    """The SVG text of an icon, its colour still written `currentColor`."""
    file = resources.files("hippo_studio_resources") / "icons" / f"{name}.svg"
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"there is no icon {name!r} in resources/icons") from None


@cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(icon_source(name).replace("currentColor", color).encode()))
