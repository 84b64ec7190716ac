"""When the numbers of a picture are written: in turn while the signal plays, all of them at rest.

The captions, which are part of the picture, are written with it; panel, status bar and what the mouse points
at once it is painted, so that no picture waits for words.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PyQt6.QtCore import QObject

from hippo_studio.app.after_painting import AfterPainting
from hippo_studio.app.memory import wording
from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.player import Player
from hippo_studio.app.memory.readouts import Readouts
from hippo_studio.app.messages import Messages
from hippo_studio.app.transport import Transport


class Numbers(QObject):
    """Writes what the frames of a player say in numbers.

    Parameters
    ----------
    player, transport : whose frames, and whether they play.
    captions : writes the numbers in the plots.
    errors : writes the errors beside the plots: always those that the captions tell.
    pointed : writes what is under the mouse.
    messages : take the times of a frame.
    """

    def __init__(
        self,
        player: Player,
        transport: Transport,
        captions: Callable[[Frame], None],
        errors: Callable[[Frame], None],
        pointed: Callable[[], None],
        messages: Messages,
    ) -> None:
        super().__init__(player)
        self._player, self._transport, self._errors, self._messages = player, transport, errors, messages
        self._captions = Readouts(captions)
        self._beside = Readouts(lambda _: pointed(), self._show_timings)
        self._captioned: Frame | None = None  # its errors are in the captions, and not yet beside the plots
        self._painted = AfterPainting(self._write_beside, self)

    def show(self, frame: Frame) -> None:
        """Write numbers of a new picture: those whose turn it is, or all."""
        if not self._transport.playing:
            self.write(frame)
            return
        if self._captions.write_in_turn(frame):
            self._captioned = frame
        self._painted.call()

    def write(self, frame: Frame) -> None:
        """Write every number now."""
        self._captioned = None
        self._captions.write(frame)
        self._errors(frame)
        self._beside.write(frame)

    def clear(self) -> None:
        """Owe no number to a signal that is gone."""
        self._captioned = None

    def _write_beside(self) -> None:
        """Write a number outside of the plots, while the memories are at work and no picture waits for it."""
        captioned, self._captioned = self._captioned, None
        if captioned is not None:
            self._errors(captioned)
        elif self._player.frame is not None:
            self._beside.write_in_turn(self._player.frame)

    def _show_timings(self, frame: Frame) -> None:
        """At rest there is no time from one picture to the next, and none of a while ago is told."""
        gap = wording.mean_gap_ms(self._player.frame_times) if self._transport.playing else math.nan
        self._messages.timings(gap, frame.update_us)
