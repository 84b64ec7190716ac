"""The page that fills up while something is recorded: fed at every beat, turned in the background, shown."""

from __future__ import annotations

import time
from collections.abc import Callable

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import Block, LiveSource

_DRAW_EVERY = 0.1


class Pages:
    """The pages of one recording after the other; `key` names its jobs, `following` makes the next page.

    Attributes
    ----------
    page : the one that fills up; None while nothing is recorded.
    fed : samples that it and those before it were given.
    turning : whether the next is being made.
    """

    def __init__(
        self, memory: MemoryTab, services: Services, key: str, following: Callable[[LiveSource], LiveSource]
    ) -> None:
        self.page: LiveSource | None = None
        self.fed = 0
        self._memory, self._services = memory, services
        self._key, self._following = key, following
        self.turning = False
        self._drawn = 0.0
        memory.changed.connect(self._choose)

    @property
    def shown(self) -> bool:
        """Whether the Memory tab shows it."""
        return self.page is not None and self._memory.source is self.page

    def begin(self, page: LiveSource) -> None:
        """Fill this page from now on, and show it."""
        self.page, self.fed = page, 0
        self.show()

    def show(self) -> None:
        """Show it, after another signal was looked at."""
        if self.page is not None:
            self._memory.show_live(self.page)

    def feed(self, block: Block) -> None:
        """Take what has come, (frames, channels)."""
        page, now = self.page, time.perf_counter()
        if page is None:
            return
        page.append(block)
        self.fed += len(block)
        if page.nearly_full and not self.turning:
            self.turning = True
            self._services.jobs.submit(
                self._key, lambda _: self._following(page), done=self._take, failed=self._stay
            )
        if self.shown and now - self._drawn > _DRAW_EVERY:
            self._drawn = now
            self._memory.overview.refresh()

    def end(self) -> None:
        """Nothing more comes."""
        self._services.jobs.cancel(self._key)
        self.page, self.turning = None, False

    def _choose(self) -> None:
        """Go over to the channel that the person has chosen."""
        page, wanted = self.page, self._memory.state.channel
        if page is None or not self.shown or wanted not in page.page.names or wanted == page.channel:
            return
        self.turning = True
        row = page.page.names.index(wanted)
        self._services.jobs.submit(
            self._key, lambda _: page.channel_of(row), done=self._take, failed=self._stay
        )

    def _stay(self, error: Exception) -> None:
        """Without room for another page the picture ends where this one does; the file goes on."""
        self._services.messages.warning(
            "The picture of this recording ends soon, as there is not enough memory for more "
            f"({str(error) or type(error).__name__}); the recording itself goes on."
        )

    def _take(self, page: LiveSource) -> None:
        before, self.turning = self.page, False
        if before is None or (page.continues is not before and page.page is not before.page):
            return
        page.catch_up(before)
        self.page = page
        if self._memory.source is before:
            self._memory.show_live(page)
