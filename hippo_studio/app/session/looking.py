"""How the person looks at the session: playhead, zoom, speed, loop and tab, read and shown again.

A signal that is still being read has no playhead: its view waits until it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PyQt6.QtCore import QObject

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.options import TABS
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE
from hippo_studio.session import View


class Looking(QObject):
    """Reads and shows the view. `tab` names the tab shown, `show_tab` shows another."""

    def __init__(
        self, memory: MemoryTab, tab: Callable[[], str], show_tab: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._memory, self._tab, self._show_tab = memory, tab, show_tab
        self._waiting: View | None = None
        self._belongs: Callable[[], bool] = lambda: True
        memory.changed.connect(self._settle)

    def read(self) -> View:
        """The view as it is."""
        if self._waiting is not None:
            return self._waiting
        transport = self._memory.transport
        start, stop = transport.region
        part = None if (start, stop) == (0, transport.samples) else (start, stop)
        return View(
            tab=self._tab(),
            playhead=transport.seconds,
            zoom=self._memory.overview.zoom,
            speed=0.0 if transport.flat_out else transport.speed,
            loop=transport.loop,
            region=None if part is None else (start / transport.sample_rate, stop / transport.sample_rate),
        )

    def show(self, view: View, belongs: Callable[[], bool] = lambda: True) -> None:
        """Look at the session in that way, as soon as its signal is there.

        `belongs` says whether what is shown by then is that signal: the view is of no other.
        """
        transport = self._memory.transport
        with suppress(ValueError):  # a speed that this studio does not have
            transport.speed = view.speed or AS_FAST_AS_POSSIBLE
        transport.loop = view.loop
        if view.tab in TABS:
            self._show_tab(view.tab)
        self._waiting, self._belongs = view, belongs
        self._settle()

    def forget(self) -> None:
        """Its signal will not come."""
        self._waiting = None

    def _settle(self) -> None:
        view, memory = self._waiting, self._memory
        if view is None or memory.source is None or memory.signal is None:
            return
        self._waiting = None
        if not self._belongs():
            return
        memory.transport.seek_seconds(view.playhead)
        if view.zoom is not None:
            memory.overview.show_zoom(*view.zoom)
        if view.region is not None:
            loop = memory.transport.loop
            memory.overview.show_region(memory.transport.loop_between(*view.region))
            memory.transport.loop = loop
