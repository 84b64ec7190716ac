"""A hint for signals far from zero: their offset takes c_0, and Detrend takes it off. Said once for each."""

from __future__ import annotations

from PyQt6.QtCore import QObject

from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.memory.wording import amount
from hippo_studio.app.messages import Remedy
from hippo_studio.app.services import Services
from hippo_studio.app.tools.suggesting import offset_of


class OffsetHint(QObject):
    """Looks at every source that the Memory tab shows."""

    def __init__(self, memory: MemoryTab, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._memory, self._services = memory, services
        self._said: set[tuple[str, str]] = set()
        memory.changed.connect(self._look)

    def _look(self) -> None:
        source = self._memory.source
        if source is None or source.known < source.length or source.from_zero:
            return
        offset, key = offset_of(*source.range()), (source.origin, source.channel)
        if not offset or key in self._said:
            return
        self._said.add(key)
        self._services.messages.info(_words(source, offset), remedy=Remedy("Detrend", self._detrend))

    def _detrend(self) -> None:
        self._services.actions["tool_detrend"].trigger()


def _words(source: Source, offset: float) -> str:
    low, high = source.range()
    around = f"{amount(offset)} ± {amount((high - low) / 2, source.unit)}"
    return (
        f"{source.channel} lies far from zero, at {around}: what the memories hold is mostly that offset, in "
        "their first coefficient. Detrend takes it off."
    )
