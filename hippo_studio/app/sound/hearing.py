"""What the person chose to hear, and the voices that follow from it, made in the background, newest first.

The choice: the original or one of the measures, and at which age the memory is read, as a part of θ. While a
new voice is being made (another N, θ, measure or age) the one before sounds on; a request that a newer one
took over from is never heard.
"""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.source import Source, follow
from hippo_studio.app.memory.state import Memory
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.sound.playback import Playback
from hippo_studio.app.sound.voices import Held, Original, held, remembered
from hippo_studio.hippo import MEASURES
from hippo_studio.signals.capture import Voice, silence_reason

ORIGINAL = ""
_SOURCE, _VOICE, _HELD = "heard source", "heard voice", "held voice"


class Hearing(QObject):
    """`changed` fires when the choice, or what can be chosen, is another."""

    changed = pyqtSignal()

    def __init__(
        self, playback: Playback, memory: MemoryTab, services: Services, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._playback, self._memory, self._services = playback, memory, services
        self.choice, self._last = ORIGINAL, ""
        self.age = min(max(services.settings.value("sound", "age", 0.5), 0.0), 1.0)
        self.holding = False
        self._source: Source | None = None
        self._original: Original | None = None
        self._signal: object = None
        self._wanted: object = None
        self._held_for: object = None
        memory.changed.connect(self._listen)
        self._end = memory.transport.subscribe(self._hold)

    @property
    def possible(self) -> bool:
        """Whether the signal shown is a sound at all."""
        signal = self._memory.signal
        return signal is not None and not silence_reason(signal.sample_rate, 1.0)

    @property
    def shown(self) -> tuple[str, ...]:
        """The measures that are shown, and so can be heard at a click."""
        return self._memory.state.measures

    @property
    def waveform(self) -> bool:
        """Whether the memories hear the samples themselves, rather than their loudness."""
        return self._memory.state.follow == "waveform"

    @property
    def age_seconds(self) -> float:
        """How old a sample is when the memory is asked for it."""
        return self.age * self._memory.state.theta

    def choose(self, measure: str) -> None:
        """Hear the original (empty) or a measure, which is then shown too."""
        if measure:
            self._last = measure
            if measure not in self._memory.state.measures:
                self._memory.change(measures=(*self._memory.state.measures, measure))
        self.choice = measure
        self._listen()
        self._services.messages.status(f"You hear {self.describe()}")

    def swap(self) -> None:
        """From the original to the memory heard last (or the first shown) and back."""
        shown = self._memory.state.measures
        if self.choice or not (shown or self._last):
            self.choose(ORIGINAL)
        else:
            self.choose(self._last if self._last in shown else shown[0])

    def set_age(self, part: float) -> None:
        """Ask the memory for samples of that age, as a part of θ."""
        self.age = min(max(part, 0.0), 1.0)
        self._services.settings.write("sound", age=round(self.age, 3))
        self._listen()

    def hold(self, on: bool) -> None:
        """Hear the window at the playhead over and over, or no longer."""
        self.holding = on
        if on:
            self._memory.transport.pause()
        self._held_for = None
        self._hold()
        self.changed.emit()

    def describe(self) -> str:
        """What is heard, for the status bar."""
        return f"{MEASURES[self.choice].title}" if self.choice else "the original"

    def close_hearing(self) -> None:
        """Ask for nothing more."""
        self._end()
        self._memory.changed.disconnect(self._listen)
        for key in (_SOURCE, _VOICE, _HELD):
            self._services.jobs.cancel(key)

    def _listen(self) -> None:
        """Follow signal, channel, memory and choice."""
        signal, state = self._memory.signal, self._memory.state
        if (signal, state.channel) != self._signal:
            self._take(signal, state.channel)
        elif self._original is not None:
            if self.choice and self.choice not in state.measures:
                self.choice = ORIGINAL
            self._ask()
            self._hold()
        self.changed.emit()

    def _take(self, signal, channel: str) -> None:
        """Another signal: its samples first, whatever the memories hear of them."""
        self._signal = (signal, channel)
        self._source = self._original = self._wanted = self._held_for = None
        for key in (_VOICE, _HELD):
            self._services.jobs.cancel(key)
        if not self.possible:
            self._services.jobs.cancel(_SOURCE)
            reason = silence_reason(signal.sample_rate, 1.0, signal.title) if signal else ""
            self._playback.set_voice(None, reason or "There is nothing to hear yet")
            return
        self._playback.set_voice(None, "The sound is being made ready")

        def make(_: JobContext) -> tuple[Source, Original]:
            source = follow(signal, channel)
            return source, Original(source)

        self._services.jobs.submit(
            _SOURCE,
            make,
            done=self._ready,
            failed=lambda error: self._playback.set_voice(None, f"There is no sound: {error}"),
        )

    def _ready(self, made: tuple[Source, Original]) -> None:
        self._source, self._original = made
        self._listen()

    def _ask(self) -> None:
        """Ask for the voice that is wanted now, unless it is there or on its way."""
        memory, heard = self._memory_heard(), self._heard()
        if memory is not None and heard is None:
            return  # it comes with the tab's next source
        age = 0.0 if memory is None else self.age_seconds
        wanted = (self._source, heard if memory else None, memory, age)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if memory is None:
            self._services.jobs.cancel(_VOICE)
            self._playback.set_voice(self._original)
            return
        source, original = self._source, self._original
        self._services.jobs.submit(
            _VOICE,
            lambda context: remembered(memory, heard, source, age, original, context.check),
            done=self._playback.set_voice,
            failed=lambda error: self._give_up(str(error)),
        )

    def _heard(self) -> Source | None:
        """What the memories hear of the signal: its samples, or the loudness of the same channel."""
        if self.waveform:
            return self._source
        source = self._memory.source
        return source if source is not None and source.sample_rate != self._source.sample_rate else None

    def _give_up(self, sentence: str) -> None:
        self._services.messages.status(sentence)
        self.choice = ORIGINAL
        self._listen()

    def _memory_heard(self) -> Memory | None:
        return next((m for m in self._memory.state.memories() if m.measure.name == self.choice), None)

    def _hold(self) -> None:
        """Keep the held window in step with playhead, memory and choice."""
        transport, source = self._memory.transport, self._source
        if transport.playing and self.holding:
            self.holding = False
            self.changed.emit()
        if not self.holding or source is None:
            self._services.jobs.cancel(_HELD)
            self._playback.set_still(None)
            return
        theta, memory, original = self._memory.state.theta, self._memory_heard(), self._original
        heard, seconds = self._heard() or source, transport.seconds
        wanted = (source, heard, memory, seconds, theta)
        if wanted != self._held_for:
            self._held_for = wanted
            self._services.jobs.submit(
                _HELD,
                lambda context: held(memory, heard, source, seconds, theta, original, context.check),
                done=self._play_held,
                failed=lambda error: self._give_up(str(error)),
            )

    def _play_held(self, voice: Held | None) -> None:
        if self.holding:
            still: Voice | None = voice
            self._playback.set_still(still)
