"""The labels of the current signal: kept with its line of the list, shown in plots and panel, saved, learned.

Every change is another entry of the line, so that undo, the session and autosave know of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.labels.beside import write_labels
from hippo_studio.app.labels.brush import Brush
from hippo_studio.app.labels.editing import Regions, entry_with, regions_of
from hippo_studio.app.labels.labels_panel import LabelsPanel
from hippo_studio.app.labels.seen import is_as_in_its_file, write_seen
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.tools.bench import steps_of
from hippo_studio.app.train.past_runs import runs_folder
from hippo_studio.learning.run_folders import data_in_use
from hippo_studio.signals import Region
from hippo_studio.signals.tools import shift_of

ACTIONS = ("label", "delete_label", "save_labels")
_KEY, _SEEN = "save labels", "write what is labelled"


class LabelDesk(QObject):
    """`learn(file)` shows the Train tab with a file and the labels beside it, without one with the current
    signal's; `reveal()` shows the panel.
    """

    def __init__(
        self,
        signals: OpenSignals,
        memory: MemoryTab,
        services: Services,
        window: QWidget,
        *,
        learn: Callable[..., None],
        reveal: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._signals, self._memory, self._services = signals, memory, services
        self._learn, self._reveal = learn, reveal
        self._chosen = -1
        self.panel = LabelsPanel(services)
        plots = (memory.overview, memory.past.plot)
        self.brushes = tuple(Brush(plot, services.theme, lambda: memory.transport.duration) for plot in plots)
        for brush in self.brushes:
            for touched in (brush.drawn, brush.changed, brush.chosen):
                touched.connect(self.panel.end_naming)
            brush.drawn.connect(self._draw)
            brush.changed.connect(self.edit)
            brush.chosen.connect(self.choose)
        self.panel.edited.connect(self.edit)
        self.panel.chosen.connect(self.choose)
        self.panel.refused.connect(services.messages.refuse)
        self.panel.word_changed.connect(self.refresh)
        signals.listed.connect(self.refresh)
        signals.current_changed.connect(lambda _: self._follow())
        signals.live_changed.connect(self.refresh)
        actions = services.actions
        actions.connect("label", self._take)
        actions.connect("delete_label", self.delete)
        actions.connect("save_labels", self.save)
        actions.connect("train_regions", self.train)
        self.refresh()

    @property
    def regions(self) -> Regions:
        """Those of the signal that is looked at, ascending, on the clock on screen."""
        if self._signals.current is None or self._signals.live:
            return ()
        entry = self._signals.entries[self._signals.index]
        back = shift_of(steps_of(entry))
        if not back:
            return regions_of(entry)
        return tuple(
            Region(one.start - back if one.start > back else 0.0, one.end - back, one.label)
            for one in regions_of(entry)
            if one.end > back
        )

    def add(self, start: float, stop: float) -> None:
        """Label a stretch with the word of the panel."""
        if self._signals.live:
            self._services.messages.status("What is live can be labelled once it is stopped")
        elif start < stop:
            region = Region(start, stop, self.panel.word)
            self._keep((*self.regions, region), region)

    def edit(self, index: int, region: Region) -> None:
        """Let a region be another one."""
        regions = self.regions
        self._keep((*regions[:index], region, *regions[index + 1 :]), region)

    def delete(self) -> None:
        """Delete the chosen region."""
        regions, at = self.regions, self._chosen
        if 0 <= at < len(regions):
            self._keep((*regions[:at], *regions[at + 1 :]), None)
        else:
            self._services.messages.status(
                "Choose a label first: click it in the list, or in the plot while Label by Dragging is on"
            )

    def choose(self, index: int) -> None:
        """Mark a region in plots and list; −1 marks none."""
        if index != self._chosen:
            self._chosen = index
            self.refresh()

    def _follow(self) -> None:
        """Another signal is looked at."""
        self._chosen = -1
        self.refresh()

    def refresh(self) -> None:
        """Show what there is."""
        regions = self.regions
        if self._chosen >= len(regions):
            self._chosen = -1
        self.panel.show(regions, self._chosen)
        index = -1 if self._signals.live else self._signals.index
        every = [one.label for one in regions_of(self._signals.entries[index])] if index >= 0 else []
        for brush in self.brushes:
            brush.show(regions, self._chosen, self.panel.word, every)

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Write the table beside the signal's file, in the background; `then` is called after it."""
        messages = self._services.messages
        index = self._signals.index
        if index < 0 or not (entry := self._signals.entries[index]).path:
            messages.info("Labels are kept beside a file, which this signal is not; save it as one first.")
            return
        if not entry.regions:
            messages.info("There is no label to save yet: press Label by Dragging, and drag over the signal.")
            return
        path, regions = Path(entry.path), regions_of(entry)

        def done(table: Path) -> None:
            messages.status(f"Saved {table}")
            if then is not None:
                then()

        self._services.jobs.submit(
            _KEY,
            lambda _: write_labels(path, regions),
            done=done,
            failed=lambda error: messages.error(str(error)),
        )

    def train(self) -> None:
        """Learn from the labels of what is seen; without any, from those beside the file.

        What has tools, or was read in a way of its own, is another signal than its file: it is written down.
        """
        regions, messages = self.regions, self._services.messages
        if not regions:
            self._learn()
            return
        if len({one.label for one in regions}) == 1:
            messages.info("Training tells labels apart: label something else, too.")
            return
        entry, signal = self._signals.entries[self._signals.index], self._signals.current
        if is_as_in_its_file(entry, steps_of(entry)):
            self.save(self._learn)
            return
        runs = runs_folder(self._services.settings)
        self._services.jobs.submit(
            _SEEN,
            lambda _: write_seen(signal, regions, lambda: data_in_use(runs)),
            done=self._learn,
            failed=lambda error: messages.error(str(error)),
        )

    def close_desk(self) -> None:
        """Give the actions back."""
        self._services.actions.disconnect_all(*ACTIONS)
        for brush in self.brushes:
            brush.take(False)

    def _draw(self, start: float, stop: float) -> None:
        """A stretch was drawn: label it, and let the person type what it is called."""
        self.add(start, stop)
        if self._signals.live:
            return
        self._reveal()
        self.panel.name(self._chosen)

    def _take(self, in_hand: bool) -> None:
        for brush in self.brushes:
            brush.take(in_hand)
        if in_hand:
            self._reveal()
            self._services.messages.status(f"Drag over the signal to label it “{self.panel.word}”")

    def _keep(self, shown: Regions, chosen: Region | None) -> None:
        """Make these the regions of the signal; what a crop hides of them stays as it is."""
        index = self._signals.index
        entry, signal = self._signals.entries[index], self._signals.current
        back = shift_of(steps_of(entry))
        kept = tuple(Region(one.start + back, one.end + back, one.label) for one in shown)
        hidden = tuple(one for one in regions_of(entry) if one.end <= back)
        shown = tuple(sorted(shown))
        self._chosen = shown.index(chosen) if chosen in shown else -1
        self._signals.put(index, signal, entry_with(entry, (*hidden, *kept)))
