"""The linked cursor: one time marked in every plot, and in the status bar what is there."""

from __future__ import annotations

import math

from PyQt6.QtCore import QObject

from hippo_studio.app.memory import wording
from hippo_studio.app.memory.coefficient_view import CoefficientView
from hippo_studio.app.memory.overview import Overview
from hippo_studio.app.memory.past_view import PastView
from hippo_studio.app.memory.player import Player
from hippo_studio.app.memory.story_view import StoryView
from hippo_studio.app.messages import Messages


class Pointing(QObject):
    """Listens to the mouse over every plot of the tab."""

    def __init__(
        self,
        player: Player,
        views: tuple[Overview, PastView, StoryView],
        coefficients: CoefficientView,
        messages: Messages,
    ) -> None:
        super().__init__(player)
        self._player, self._views, self._coefficients, self._messages = player, views, coefficients, messages
        overview, past, story = views
        self._moving = (past.plot, past.residual)
        for plot in (*self._moving, overview):
            plot.hovered.connect(self._over_past)
        for plot in (story.heat, story.error):
            plot.hovered.connect(self._over_story)
        coefficients.hovered.connect(self._over_coefficient)

    def again(self) -> None:
        """Say once more what the mouse points at: the past has moved under it."""
        for plot in self._moving:
            plot.hover_again()

    def _over_past(self, time: float, _: float) -> None:
        frame = self._player.frame
        self._mark(time, wording.past_at(frame, time) if frame else "")

    def _over_story(self, time: float, _: float) -> None:
        frame = self._player.frame
        stories = self._player.live.stories
        self._mark(time, wording.story_at(stories, frame.source, time) if frame else "")

    def _over_coefficient(self, n: float, _: float) -> None:
        frame = self._player.frame
        known = frame is not None and math.isfinite(n)
        self._coefficients.set_cursor(round(n) if known else None)
        self._messages.cursor(wording.coefficients_at(frame, round(n)) if known else "")

    def _mark(self, time: float, words: str) -> None:
        at = time if math.isfinite(time) else None
        for view in self._views:
            view.set_cursor(at)
        self._messages.cursor(words if at is not None else "")
