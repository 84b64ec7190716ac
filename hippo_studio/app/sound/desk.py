"""The sound desk: puts together what of the window sounds, and listens to the Memory tab for it."""

from __future__ import annotations

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.sound.playback import Playback
from hippo_studio.app.sound.volume import VolumeButton
from hippo_studio.signals import Signal
from hippo_studio.signals.capture import Clip, Voice, silence_reason


class SoundDesk(QObject):
    """What is heard. `volume` belongs into the toolbar."""

    def __init__(self, memory: MemoryTab, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._memory, self._services = memory, services
        self.playback = Playback(memory.transport, self)
        self.volume = VolumeButton(self.playback, services, parent)
        self._heard: object = None
        memory.changed.connect(self._listen)
        self.playback.failed.connect(lambda sentence: services.messages.warning(sentence))
        self.playback.gap.connect(
            lambda count: services.messages.status(f"The sound came too late {count}×: this machine is busy")
        )

    def enable(self) -> None:
        """From now on the window sounds; an unattended one never does."""
        self.playback.enable()

    def close_desk(self) -> bool:
        """Give devices back; True if that was done in time."""
        self._services.actions.disconnect_all("mute", "louder", "quieter")
        return self.playback.close()

    def _listen(self) -> None:
        """Another signal, channel or memory: hear that."""
        signal, state = self._memory.signal, self._memory.state
        wanted = (signal, state.channel)
        if wanted != self._heard:
            self._heard = wanted
            if signal is None:
                self.playback.set_voice(None, "There is nothing to hear yet")
            else:
                voice = original(signal, state.channel)
                self.playback.set_voice(voice, silence_reason(signal.sample_rate, 1.0, signal.title))


def original(signal: Signal, channel: str) -> Voice:
    """One channel of a signal as it is; a channel that it lacks is its first."""
    names = signal.channel_names
    return Clip(signal.samples[names.index(channel) if channel in names else 0], signal.sample_rate)
