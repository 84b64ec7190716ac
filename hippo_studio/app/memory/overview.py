"""The overview: the whole signal on one line, the playhead, and where θ begins.

The wheel zooms, dragging scrubs; the wheel with Shift, or sideways, and dragging with the middle button
move along the signal. Dragging with Shift marks the part that is looped, a click with Shift unmarks it.
"""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.span import Span, least, single_samples, whole
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Canvas, Dots, Line, Marks, Plot, Veil
from hippo_studio.app.widgets.plots.ticks import Ticks, no_ticks, time_ticks

_NOTCH = 0.1
"""Of what is shown: how far a notch of the wheel moves."""
_LEAP = 1.0
"""Seconds: a playhead that moves farther at once was put somewhere, and is followed wherever it is."""


class Overview(Plot):
    """Tells `scrubbed(seconds)`, `range_changed(start, stop)` when it shows another piece, and
    `region_marked(start, stop)`, in seconds, equal where a region is unmarked.
    """

    scrubbed = pyqtSignal(float)
    range_changed = pyqtSignal(float, float)
    region_marked = pyqtSignal(float, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Overview", x_ticks=self._ticks, y_ticks=no_ticks, parent=parent)
        self._source: Source | None = None
        self._span = Span(0.0, 1.0)
        canvas = self.add(Canvas())
        self._band = canvas.layer()
        self._dots = self.add(Dots(), z=1)
        self._future = self.add(Veil(), z=2)
        self.gaps = self.add(Marks(), z=2)
        self._window_start = self.add(Line(dashed=True), z=3)
        self._playhead = self.add(Line(), z=4)
        self.setMinimumHeight(round(self.fontMetrics().height() * 3.5))
        self._edges = [self.add(Line(), z=3) for _ in range(2)]
        self._marking: float | None = None
        self._held: float | None = None  # the time that the middle button holds
        self._present = 0.0
        self.pressed.connect(self._press)
        self.dragged.connect(self._drag)
        self.released.connect(self._release)
        self.wheel_turned.connect(self._zoom)
        self.resized.connect(lambda _: self.refresh())
        self.recolor()

    def set_source(self, source: Source | None) -> None:
        """Show another signal, whole; None shows nothing."""
        self._source = source
        self.x_axis.refresh()
        self.show_all()

    def show_all(self) -> None:
        """Zoom out to the whole signal."""
        if self._source is not None:
            self._show(whole(self._source))
        self.refresh()

    @property
    def zoom(self) -> tuple[float, float] | None:
        """From and to in seconds, None while all of the signal is shown."""
        if self._source is None or self._span == whole(self._source):
            return None
        return self._span.start, self._span.stop

    def show_zoom(self, start: float, stop: float) -> None:
        """Zoom in to a part of the signal, in seconds."""
        if self._source is not None:
            self._show(Span(start, stop).moved_into(whole(self._source)))

    def show_frame(self, frame: Frame) -> None:
        """Put the playhead, the veil over the future and the start of the window where they belong."""
        self._playhead.set_at(frame.present)
        self._future.set_from(frame.present)
        self._window_start.set_at(frame.window_start)
        before, self._present = self._present, frame.present
        if frame.source is self._source and not self._dragging and frame.present != before:
            seen = self._span.start <= before <= self._span.stop
            if seen or abs(frame.present - before) > _LEAP:  # else the person looks at another place
                self._show(self._span.turned_to(frame.present, whole(frame.source)))

    def show_region(self, region: tuple[float, float] | None) -> None:
        """Mark the part that is looped; None marks nothing."""
        for edge, at in zip(self._edges, region or (None, None), strict=True):
            edge.set_at(at)

    def refresh(self) -> None:
        """Draw the signal anew: after a resize, or once more of it is known."""
        source = self._source
        if source is None:
            self._band.clear()
            for line in (self._playhead, self._window_start):
                line.set_at(None)
            self._future.set_from(None)
            return
        self.set_y(*source.padded_range())
        columns = self.columns
        self._band.set_band(
            self._span.columns(columns), *source.band(self._span.start, self._span.stop, columns)
        )
        self._dots.set_data(*single_samples(source, self._span, columns))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the signal with the middle button, in order to move along it."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._held = self.place(event.position())[0]
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Keep what the middle button holds under the mouse."""
        if self._held is not None and event.buttons() & Qt.MouseButton.MiddleButton:
            self.move_along(self._held - self.place(event.position())[0])
        super().mouseMoveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turned sideways, or with Shift, the wheel moves along the signal."""
        along, upright = event.angleDelta().x(), event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            along, upright = along or upright, 0
        if upright or not along:
            super().wheelEvent(event)
            return
        self.move_along(-along / 120 * _NOTCH * self._span.length)
        event.accept()

    def recolor(self) -> None:
        """Take the colours in force."""
        super().recolor()
        if not hasattr(self, "_playhead"):
            return
        colors = self._theme.colors
        self._band.set_color(colors.signal)
        self._dots.set_color(colors.text)
        self._future.set_color(colors.surface)
        self.gaps.set_color(colors.warning)
        self._window_start.set_color(colors.accent)
        self._playhead.set_color(colors.playhead)
        for edge in self._edges:
            edge.set_color(colors.info)

    def _ticks(self, low: float, high: float, most: int) -> Ticks:
        return time_ticks(low, high, most, self._source.begin if self._source is not None else 0.0)

    def _press(self, x: float, _: float) -> None:
        if QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._marking = x
            self.region_marked.emit(x, x)
        else:
            self.scrubbed.emit(x)

    def _drag(self, x: float, _: float) -> None:
        if self._marking is None:
            self.scrubbed.emit(x)
        else:
            self.region_marked.emit(min(x, self._marking), max(x, self._marking))

    def _release(self) -> None:
        self._marking = None

    def _show(self, span: Span) -> None:
        if span != self._span:
            self._span = span
            self.set_x(span.start, span.stop)
            self.range_changed.emit(span.start, span.stop)
            self.refresh()

    def move_along(self, seconds: float) -> None:
        """Show a piece so many seconds later, as far as there is one."""
        if self._source is not None:
            start, stop = self._span.start + seconds, self._span.stop + seconds
            self._show(Span(start, stop).moved_into(whole(self._source)))

    def _zoom(self, at: float, steps: float) -> None:
        if self._source is not None:
            self._show(self._span.zoomed(at, steps, whole(self._source), least(self._source)))
