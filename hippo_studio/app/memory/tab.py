"""The Memory tab: a signal, and memories that listen to it.

From top to bottom the person sees the overview of the whole signal with its playhead; THE PAST as each memory
tells it, over the signal, with the residual below; at the bottom left the coefficients at the playhead, at
the bottom right the coefficients over time and the relative error. The controls and the inspector are panels
that the window puts into docks.

`MemoryState` is the single truth: `_apply` is the only writer. What is slow happens in jobs and in the live
memory's thread; the tab asks, and shows what comes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory import commands
from hippo_studio.app.memory.coefficient_view import CoefficientView
from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.inspector import Inspector
from hippo_studio.app.memory.numbers import Numbers
from hippo_studio.app.memory.overview import Overview
from hippo_studio.app.memory.page import lay_out
from hippo_studio.app.memory.past_view import PastView
from hippo_studio.app.memory.player import Player
from hippo_studio.app.memory.pointing import Pointing
from hippo_studio.app.memory.readying import Readying
from hippo_studio.app.memory.settings_panel import SettingsPanel
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.staying import Places, Stay
from hippo_studio.app.memory.stepping import (
    clamped_theta,
    first_place,
    fitted,
    fitted_live,
    telling,
    zoomed,
)
from hippo_studio.app.memory.story_view import StoryView
from hippo_studio.app.memory.taking_home import ACTIONS, TakingHome
from hippo_studio.app.memory.waiting import Waiting
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import FIRST_PAGE, LiveSource
from hippo_studio.app.transport import Transport
from hippo_studio.app.widgets.notice import Notice
from hippo_studio.app.widgets.plots import raster
from hippo_studio.signals import Signal

_KERNELS = "memory kernels"


class Phase(enum.Enum):
    """What the tab is doing; the text is what the person reads in the middle of the past."""

    EMPTY = "Open a signal, or drop one here"
    PREPARING = "Getting the signal ready …"
    FAILED = "This signal cannot be shown"
    READY = ""


class MemoryTab(QWidget):
    """The page; `settings_panel` and `inspector_panel` belong into docks.

    `changed` fires after another state, signal or source was taken.
    """

    changed = pyqtSignal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("memory tab")
        self.setAccessibleName("Memory")
        self._services = services
        self.state = MemoryState.restored(services.settings.read("memory"))
        self.transport = Transport()
        self._signal: Signal | None = None
        self._source: Source | None = None
        self._began_at = 0.0
        self._unlooked = False
        self._stay: Stay | None = None
        self._places = Places()
        self._readying = Readying(services.jobs, lambda: self.change(follow="waveform"), self)
        self._build(services)
        self.player = Player(self.transport, self.state, lambda: self.past.columns, self)
        self._connect()
        self._pointing = Pointing(
            self.player, (self.overview, self.past, self.story), self.coefficients, services.messages
        )
        self._numbers = Numbers(
            self.player, self.transport, self.past.show_captions, self._show_errors, self._pointing.again,
            services.messages,
        )  # fmt: skip
        play = services.settings.value
        self.transport.take_up(play("play", "speed", 1.0), play("play", "loop", False))
        self.settings_panel.show_state(self.state)
        self.settings_panel.show_signal((), None)
        self._enter(Phase.EMPTY)
        services.jobs.submit(
            _KERNELS, lambda context: raster.prepare(context.check), done=lambda _: self._redraw()
        )

    @property
    def signal(self) -> Signal | None:
        """The signal shown."""
        return self._signal

    @property
    def source(self) -> Source | None:
        """What the memories hear of it; None until it is ready."""
        return self._source

    @property
    def frame_times(self) -> Any:
        """When the last frames were shown, in seconds of `perf_counter`, newest last."""
        return self.player.frame_times

    def set_signal(self, signal: Signal | None, *, fit: bool = True, key: str = "") -> None:
        """Show another signal; None shows none. Without `fit` the state stays as it is, suited or not.

        One whose `key` was shown before is looked at as it was left.
        """
        self._leave()
        left = self._places.come(key)
        self._signal = signal
        stay = self._stay
        if stay is not None and signal is not None and not (signal.origin and signal.origin == stay.origin):
            self._stay = None
        self.player.set_source(None)
        self._readying.cancel(summary_alone=signal is not None)
        self._clear()
        if signal is None:
            self._source = None
            self.transport.load(0, 1.0)
            self.settings_panel.show_signal((), None)
            self._enter(Phase.EMPTY)
            self.changed.emit()
            return
        self.transport.load(signal.length, signal.sample_rate)
        if self._stay is not None:
            self.transport.seek_seconds(self._stay.place(signal.duration))
            self._prepare()
            return
        if left is not None and fit and left.choices:
            self._apply(self.state.replace(**left.choices))
        elif fit:
            state = self.state.replace(**telling(self.state, signal.sample_rate, signal.duration))
            self._apply(state.replace(**fitted(state, signal.sample_rate, signal.duration)))
            self._places.fitted(self.state)
        if left is not None and fit:
            self._stay = left.stay
            self.transport.seek_seconds(left.stay.place(signal.duration))
        else:
            self._begin()
        self._prepare()

    def show_live(self, source: LiveSource) -> None:
        """Listen to what is being recorded, or go on with its next page, or another channel of it."""
        transport, before = self.transport, self._source
        turned = source.continues is not None and source.continues is before
        same = turned or (isinstance(before, LiveSource) and before.page is source.page)
        following = transport.playing or not same
        self._readying.cancel()
        self._leave()
        self._signal = None
        if not same:
            self._clear()
            self._apply(self.state.replace(**fitted_live(self.state, source.sample_rate, FIRST_PAGE)))
        dropped = source.dropped if turned else 0
        position = transport.position - dropped
        transport.load(source.length, source.sample_rate, begin=source.begin)
        transport.follow(lambda: source.known)
        if not following:
            transport.seek(position)
        self._show_source(source, source.page.names, dropped / source.sample_rate)

    def stay_with(self, origin: str) -> None:
        """Once the signal of that origin is shown, look at it as at what is shown now: it is the same."""
        self._stay = Stay.at(origin, self.transport, self.overview.zoom)

    def show_gaps(self, spans: Sequence[tuple[float, float]]) -> None:
        """Mark where samples of what is shown are missing, from and to in seconds."""
        for view in (self.overview, self.past):
            view.gaps.set_spans(spans)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw for somebody who looks."""
        super().showEvent(event)
        self.player.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the cores to what is looked at instead."""
        super().hideEvent(event)
        self.player.watch(False)

    def apply_preset(self, preset: Mapping[str, Any]) -> None:
        """Lay a preset over the state, such as a bundled sample brings; a bad one is refused."""
        try:
            state = self.state.updated(preset)
        except ValueError as error:
            self._services.messages.error(f"This preset cannot be used: {error}.")
            return
        if self._signal is not None and "view" not in preset:
            chosen = fitted(state, self._signal.sample_rate, self._signal.duration)
            state = state.replace(**{**chosen, **preset})
        untouched = not self.transport.playing and self.transport.seconds == self._began_at
        self._apply(state)
        if self._signal is not None and untouched:
            self._begin()

    def change(self, **changes: Any) -> None:
        """Replace fields of the state; what cannot be is said, and nothing changes."""
        try:
            state = self.state.replace(**changes)
        except ValueError as error:
            self._services.messages.refuse(str(error))
            self.settings_panel.show_state(self.state)
            return
        self._apply(state)

    def take(self, state: MemoryState) -> None:
        """Show a state as it is, such as one of the past."""
        self._apply(state)

    def visible_length(self) -> float:
        """Seconds of the past on the screen."""
        frame = self.player.frame
        return frame.stop - frame.start if frame else self.state.shown_span()

    def reset_view(self) -> None:
        """Show all of the overview, and the view that suits the signal."""
        self.overview.show_all()
        if self._signal is not None:
            chosen = fitted(self.state, self._signal.sample_rate, self._signal.duration)
            self.change(view=chosen["view"], span=0.0, ages=False)

    def close_tab(self) -> bool:
        """End the worker, keep the choices; True if the worker ended in time."""
        settings, transport = self._services.settings, self.transport
        transport.pause()
        settings.write("memory", self.state.to_dict())
        settings.write("play", speed=transport.speed, loop=transport.loop)
        self._services.actions.disconnect_all(*self._actions, *ACTIONS)
        self._readying.cancel()
        self._services.jobs.cancel(_KERNELS)
        self.inspector_panel.close_panel()
        self.waiting.close()
        return self.player.close()

    def _apply(self, state: MemoryState) -> None:
        """Make a state the truth: the only place that does."""
        before, self.state = self.state, state
        self.settings_panel.show_state(state)
        if state == before:
            return
        if state.memories() != before.memories():
            self.coefficients.reset_scale()
        self.player.set_state(state)
        self._inspect()
        if (state.channel, state.follow) != (before.channel, before.follow) and self._signal is not None:
            self._prepare()
        self.changed.emit()

    def _leave(self) -> None:
        """Keep how the signal that is shown is looked at."""
        if self._signal is None:
            return
        waits, origin = self._stay, self._signal.origin
        if waits is None or waits.origin != origin:  # else it was not there yet
            waits = Stay.at(origin, self.transport, self.overview.zoom)
        self._places.leave(waits, self.state)

    def _begin(self) -> None:
        """Put the playhead of a new signal where something is remembered already."""
        self.transport.seek_seconds(first_place(self.state, self._signal.duration))
        self._began_at = self.transport.seconds

    def _prepare(self) -> None:
        """Get the source that state and signal ask for; the old picture stays until it is there."""
        if self._source is None:
            self._enter(Phase.PREPARING)
        self._readying.prepare(self._signal, self.state, empty=self._source is None)

    def _take(self, source: Source) -> None:
        transport = self.transport
        if (transport.samples, transport.sample_rate) != (source.length, source.sample_rate):
            seconds, playing = transport.seconds, transport.playing
            transport.load(source.length, source.sample_rate, position=round(seconds * source.sample_rate))
            if playing:
                transport.play()
        self._show_source(source, self._signal.channel_names)
        self._readying.summarise(source)

    def _show_source(self, source: Source, channels: tuple[str, ...], dropped: float = 0.0) -> None:
        """Show what is heard now; of the same signal, without its first seconds, the same piece."""
        zoom = self.overview.zoom
        if self._source is None:
            self.waiting.picture(False)
        self._source = source
        self.overview.show_region(None)
        self.show_gaps(self._signal.gaps if self._signal is not None else ())
        self.settings_panel.show_signal(channels, source)
        self.settings_panel.show_state(self.state)
        self.coefficients.reset_scale()
        self.overview.set_source(source)
        stay, self._stay = self._stay, None
        if stay is not None and self._signal is not None:
            zoom = stay.zoom
        if zoom is not None:
            self.overview.show_zoom(zoom[0] - dropped, zoom[1] - dropped)
        self.player.set_source(source)
        self._inspect()
        self._enter(Phase.READY)
        self.changed.emit()

    def _summarised(self) -> None:
        """The whole signal was read: say what was met in samples that nobody had looked at."""
        self._redraw()
        signal = self._signal
        for warning in signal.late_warnings if signal is not None else ():
            self._services.messages.warning(str(warning), about=signal.origin)

    def _fail(self, error: Exception) -> None:
        self._services.messages.error(str(error))
        if self._source is None:
            self._enter(Phase.FAILED)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.waiting.enter(phase.value)

    def _redraw(self) -> None:
        self.overview.refresh()
        self.player.refresh()

    def _clear(self) -> None:
        self._source = None
        self._numbers.clear()
        self.overview.set_source(None)
        for view in (self.past, self.coefficients, self.story):
            view.clear()

    def _show_frame(self, frame: Frame) -> None:
        self.waiting.picture(not frame.waiting)
        self.overview.show_frame(frame)
        self.past.show_frame(frame)
        self.coefficients.show_frame(frame)
        self.story.show_frame(frame)
        if self._unlooked and not frame.waiting:
            self._inspect()
        self._numbers.show(frame)

    def _show_errors(self, frame: Frame) -> None:
        if frame.state == self.state:  # of measures that are still chosen
            self.settings_panel.show_errors(frame)

    def _show_stories(self, stories: tuple) -> None:
        if self._source is not None:
            self.story.show_stories(stories, self._source)

    def _rest(self) -> None:
        if self.player.frame is not None:
            self._numbers.write(self.player.frame)
        self._inspect()

    def _inspect(self) -> None:
        """Look into the memories, not before they have spoken: until then they need the processor."""
        frame = self.player.frame
        self._unlooked = self._source is not None and (frame is None or frame.waiting)
        if not self._unlooked:
            before = frame.before if frame is not None else {}
            self.inspector_panel.look(self.state, self._source, self.transport.position, before)

    def _zoom(self, steps: float) -> None:
        if self._source is not None:
            self.change(**zoomed(self.visible_length(), self._source.duration, steps))

    def _build(self, services: Services) -> None:
        theme = services.theme
        self.settings_panel, self.inspector_panel = SettingsPanel(theme), Inspector(services)
        self.overview, self.past = Overview(theme, self), PastView(theme, self)
        self.coefficients, self.story = CoefficientView(theme, self), StoryView(theme, self)
        self.waiting = Waiting(Notice(self.past.plot), services.jobs, self)
        lay_out(self, self.overview, self.past, self.coefficients, self.story)
        plots = (
            self.past.plot, self.past.residual, self.overview, self.coefficients,
            self.story.heat, self.story.error,
            self.inspector_panel.A, self.inspector_panel.B, self.inspector_panel.plane,
        )  # fmt: skip
        self.taking_home = TakingHome(
            services, lambda: (self.state.memories(), self._source, self.transport.position), plots, self
        )

    def _connect(self) -> None:
        self._actions = commands.connect(self._services.actions, self)
        self.settings_panel.changed.connect(lambda changes: self.change(**changes))
        self.settings_panel.rejected.connect(self._services.messages.refuse)
        for view in (self.overview, self.past, self.story):
            view.scrubbed.connect(self.transport.seek_seconds)
        self.overview.range_changed.connect(self.story.show_range)
        self.overview.region_marked.connect(
            lambda start, stop: self.overview.show_region(self.transport.loop_between(start, stop))
        )
        self.past.theta_dragged.connect(lambda theta: self.change(theta=clamped_theta(theta)))
        self.past.zoomed.connect(self._zoom)
        self.past.plot.resized.connect(lambda _: self.player.wake())
        self._readying.ready.connect(self._take)
        self._readying.finer.connect(self.overview.refresh)
        self._readying.summarised.connect(self._summarised)
        self._readying.failed.connect(self._fail)
        self.player.frame_ready.connect(self._show_frame)
        self.player.stories_ready.connect(self._show_stories)
        self.player.progress.connect(self.waiting.progress)
        self.player.failed.connect(self._fail)
        self.player.rested.connect(self._rest)
