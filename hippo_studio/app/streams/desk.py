"""The stream desk: puts together what of the window receives."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.sound.recorder import Recorder
from hippo_studio.app.streams import stream_row
from hippo_studio.app.streams.live_list import LiveList
from hippo_studio.app.streams.receiver import HISTORY, Receiver
from hippo_studio.app.streams.stream_dialog import LONGEST, SHORTEST, StreamDialog
from hippo_studio.app.streams.stream_row import StreamRow
from hippo_studio.signals.streams import Stream, StreamError, parse_address

_RECENT = 8
STANDARD_INPUT = "-"
"""What is offered to be read again, once it was, and not by a studio into which nothing is piped."""


class StreamDesk(QObject):
    """What is received. `list` belongs over the list of signals; the row is laid over the plots."""

    def __init__(
        self,
        memory: MemoryTab,
        services: Services,
        recorder: Recorder,
        open_: Callable[..., None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services, self._window = services, parent
        self._piped = False
        self.receiver = Receiver(memory, services, open_, recorder.keep, self)
        self.row = StreamRow(self.receiver, services, memory)
        memory.layout().insertWidget(0, self.row)
        self.list = LiveList(recorder, self.receiver, services.theme, parent)
        services.actions.connect("open_stream", self.ask)
        memory.changed.connect(self._turn)

    @property
    def recent(self) -> list[str]:
        """The addresses opened lately, newest first."""
        found = self._services.settings.value("streams", "recent", [])
        return [text for text in found if isinstance(text, str) and not _piped(text)][:_RECENT]

    @property
    def history(self) -> float:
        """Seconds of the past that were asked for last."""
        return min(max(self._services.settings.value("streams", "history", HISTORY), SHORTEST), LONGEST)

    def ask(self) -> None:
        """Ask for an address, and show what comes from there."""
        offered = [*self.recent, *([STANDARD_INPUT] if self._piped else [])]
        StreamDialog(self._take, offered, self.history, self._window).open()

    def open_address(self, text: str, history: float | None = None) -> None:
        """Open the address of the command line; as long a history as last time, if none is given."""
        self.receiver.receive(text, history or self.history)
        stream = self.receiver.stream
        self._piped = stream is not None and stream.address.standard_input

    def close_desk(self) -> bool:
        """End what is received; True if that was done in time."""
        self._services.actions.disconnect_all("open_stream", *stream_row.ACTIONS)
        return self.receiver.close_receiver()

    def _turn(self) -> None:
        """Another signal is looked at, or the stream again."""
        self.row.refresh()
        self.list.write()

    def _take(self, stream: Stream, history: float) -> None:
        address = stream.address
        own = [] if address.standard_input else [address.text]
        recent = [*own, *(other for other in self.recent if other not in own)][:_RECENT]
        self._services.settings.write("streams", recent=recent, history=history)
        self.receiver.receive(stream, history)


def _piped(text: str) -> bool:
    """Whether an address is standard input, with a rate or without."""
    try:
        return parse_address(text).standard_input
    except StreamError:
        return False
