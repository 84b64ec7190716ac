"""The sound desk: puts together what of the window sounds."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.sound import hear_row, record_row
from hippo_studio.app.sound.as_heard import writing_as_heard
from hippo_studio.app.sound.hear_row import HearRow
from hippo_studio.app.sound.hearing import Hearing
from hippo_studio.app.sound.keeping import Keeping
from hippo_studio.app.sound.playback import Playback
from hippo_studio.app.sound.record_row import RecordRow
from hippo_studio.app.sound.recorder import Recorder
from hippo_studio.app.sound.volume import VolumeButton

_ACTIONS = (
    *hear_row.ACTIONS,
    *record_row.ACTIONS,
    "save_recording",
    "mute",
    "louder",
    "quieter",
    "export_heard",
)


class SoundDesk(QObject):
    """What is heard. `volume` belongs into the toolbar; the row is laid under the plots of the Memory tab."""

    def __init__(
        self,
        memory: MemoryTab,
        services: Services,
        signals: OpenSignals,
        open_: Callable[..., None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services, self._memory = services, memory
        self.playback = Playback(memory.transport, self)
        self.hearing = Hearing(self.playback, memory, services, self)
        self.volume = VolumeButton(self.playback, services, parent)
        self.row = HearRow(self.hearing, services, memory)
        memory.layout().addWidget(self.row)
        self.recorder = Recorder(memory, services, open_, self)
        self.record_row = RecordRow(self.recorder, services, memory)
        memory.layout().insertWidget(0, self.record_row)
        self.keeping = Keeping(self.recorder, memory, signals, services, open_, parent)
        services.actions.connect("export_heard", self._export)
        self.playback.failed.connect(services.messages.warning)
        self.playback.gap.connect(
            lambda count: services.messages.status(f"The sound came too late {count}×: this machine is busy")
        )

    def enable(self) -> None:
        """From now on the window sounds; an unattended one never does."""
        self.playback.enable()

    def _export(self) -> None:
        """Save the signal through the memories shown, as it is heard."""
        memory, hearing, age = self._memory, self.hearing, self.hearing.age_seconds
        carried = hearing.possible and not hearing.waveform
        write = writing_as_heard(memory.signal, memory.state.channel, age) if carried else None
        memory.taking_home.through(age, write)

    def close_desk(self) -> bool:
        """Give devices back; True if that was done in time."""
        self._services.actions.disconnect_all(*_ACTIONS)
        self.hearing.close_hearing()
        ended = self.recorder.close_recorder()
        return self.playback.close() and ended
