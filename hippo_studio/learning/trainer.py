"""The training loop: settings, model and data in; events out; a run folder behind it.

    1. build the model from its seed, survey the data, or go on from the folder's checkpoint
    2. a portrait of the layers before the first step
    3. for each epoch, for each step:
         wait if paused, end if stopped
         examples in parts → logits → loss → gradients, added up over parts and processes
         clip, step, every now and then: report, portrait, checkpoint
       then ask the model for the validation split; keep the best model; end early if nothing gets better
    4. ask the best model for the test split, write the report

One thread runs it all and owns the model; it tells events and asks `Control`, and touches nothing else. What
is random in a step (order, augmentation, dropout) depends on the seed and the step alone, so a training that
was cut off goes on from its checkpoint to the same numbers, bit for bit on a CPU, and any number of processes
under torchrun take the same steps. The loss leaves the device only when it is reported.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from hippo_studio.learning import runs
from hippo_studio.learning.augmentation import check_augmentation
from hippo_studio.learning.checkpoint import CheckpointError
from hippo_studio.learning.configuration import model_for
from hippo_studio.learning.control import Control
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.devices import memory_in_use, own_device, threads_of_torch
from hippo_studio.learning.events import (
    KEPT,
    LOST,
    BatchEnded,
    EpochEnded,
    Event,
    Finished,
    Noticed,
    Paused,
    PortraitTaken,
    Saved,
    Started,
    StopReason,
    failure,
)
from hippo_studio.learning.judging import Judge
from hippo_studio.learning.learner import Learner, TrainingEnd
from hippo_studio.learning.portrait import take_portrait
from hippo_studio.learning.position import Position
from hippo_studio.learning.processes import Team, together
from hippo_studio.learning.record import Record
from hippo_studio.learning.schedule import is_enough
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.learning.watch import Watch
from hippo_studio.ssm import ModelConfig, SequenceModel, get_architecture

REPORT_EVERY = 0.25
"""Seconds between two reports."""

PORTRAIT_SHARE = 0.1
"""Of the time, what portraits may take."""

CLOCKS = ("report", "portrait", "checkpoint")
"""What is done every now and then."""


class Trainer:
    """One training.

    Parameters
    ----------
    settings, model : how to train, and what; the data decide the model's input and output.
    data : what to learn from.
    folder : of the run. If it holds the same training, cut off or stopped, that one goes on.
    tell : called with each event, on the thread that runs.
    control : pause, resume, stop.
    threads : of torch at most, as whoever shows the training keeps a core for himself; None: all. Small
        arrays are computed on fewer.

    Raises
    ------
    ValueError
        If settings, model, data and folder contradict each other.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        model: ModelConfig | Mapping[str, Any],
        data: DataSet,
        folder: str | Path,
        tell: Callable[[Event], None] = lambda event: None,
        control: Control | None = None,
        threads: int | None = None,
    ) -> None:
        self.settings = settings
        self.config = model_for(data, model)
        get_architecture(self.config.model)
        check_augmentation(settings, data)
        if not len(data.train):
            raise ValueError(f"{data.title} has no examples to learn from; give other data.")
        if len(data.labels) < 2:
            raise ValueError(
                f"{data.title} has {len(data.labels)} class; at least two are needed to tell apart."
            )
        self.data = data
        self.record = Record(Path(folder), {**settings.to_dict(), **self.config.to_dict()}, data.labels)
        self.control = Control() if control is None else control
        self.error: Exception | None = None
        """What made a training fail, for whoever looks for the cause."""
        self._listener, self._threads = tell, threads
        self._team, self._at = Team(), Position()
        self._watch = Watch(0.0, CLOCKS)

    def run(self) -> Finished:
        """Train to the end, whatever it is; raises nothing that a training can die of."""
        most = torch.get_num_threads() if self._threads is None else self._threads
        try:
            self.device = own_device(self.settings.device)
            with together(self.device) as self._team:
                self._learner = Learner(
                    self.settings, self.config, self.data, self.device, self._team, self._notice
                )
                with threads_of_torch(self._learner.threads(most)):
                    self._prepare()
                    finished = self._finished(self._train())
        except Exception as error:
            self.error = error
            finished = self._failed(error)
        self._tell(finished)
        return finished

    @property
    def model(self) -> SequenceModel:
        """The model as it is now; the training thread's alone while it runs."""
        return self._learner.model

    # 1. What is needed

    def _prepare(self) -> None:
        settings, data = self.settings, self.data
        self._portrait_cost = 0.0
        self._judge = Judge(self._learner, data, self.record, self._team, self._notice, self._listen)
        self._at, remarks = self._last_position()
        if self._team.leads:
            self.record.begin(self._learner.size, self.device, data, self._at, self._notice)
        self._watch = Watch(self._at.seconds, CLOCKS)
        self._tell(
            Started(
                self.record.folder,
                self.record.config,
                self._learner.size,
                self.record.device,
                settings.epochs,
                self._learner.steps_per_epoch,
                len(data.train),
                self._at.epoch,
                self._at.step,
                data.sample_rate,
                int(data.train.lengths.max(initial=0)),
                len(data.validation) > 0,
            )
        )
        for sentence in (*remarks, *map(str, data.warnings)):
            self._notice(sentence)
        if not len(data.validation):
            self._notice(
                "There are no examples to validate by, so the best model is chosen on what it learns from."
            )

    def _last_position(self) -> tuple[Position, list[str]]:
        """Go back to the checkpoint, if there is one; also what the person should know of it."""
        content = self._team.share(self.record.read_checkpoint() if self._team.leads else b"", self.device)
        if not content:
            anew = f"{self.record.folder} has no checkpoint yet, so its training begins anew."
            return Position(), [anew] if self.record.was_begun else []
        at = Position.from_dict(self._learner.unpack(content, self.record.checkpoint_file))
        remarks = self.record.beyond(at.epoch)
        if not at.best_epoch:
            return at, remarks
        if self._team.share(b"1" if self._team.leads and self._judge.go_on() else b"", self.device):
            return at, remarks
        at.forget_best()
        return at, [
            *remarks,
            f"{self.record.folder / runs.MODEL} is missing or damaged, so the best model so far is lost; "
            "training goes on from the checkpoint.",
        ]

    # 3. Epochs and steps

    def _train(self) -> StopReason:
        try:
            if self._at.step == 0:
                self._portrait()
                self._save()
            while self._at.epoch < self.settings.epochs:
                patience, least = self.settings.patience, self.settings.min_epochs
                if is_enough(self._at.epoch, self._at.progress_epoch, patience, least):
                    return StopReason.CONVERGED
                self._epoch()
        except TrainingEnd as end:
            return end.reason
        return StopReason.COMPLETED

    def _epoch(self) -> None:
        """Take the steps of an epoch that are not taken yet, then validate."""
        groups = self._learner.groups(self._at.epoch)
        while self._at.batch < len(groups):
            self._take_turn()
            group = groups[self._at.batch]
            self._learner.step(group, self._at.step, self.control.stopped, self._listen)
            self._at.batch += 1
            self._at.step += 1
            self._look_up()
        self._report()
        self._validate()

    def _take_turn(self) -> None:
        """Rest while paused; end if stopped."""
        goes_on = self.control.ask()
        if goes_on is None:
            self._report()
            with self._watch.stopped():  # the picture too: the next batches are not slower for it
                self._portrait()  # whoever rests, or goes batch by batch, looks at what the last one changed
                self._tell(Paused(True))
                goes_on = self.control.go_on()
                self._tell(Paused(False))
        if not goes_on and self._team.size == 1:
            raise TrainingEnd(StopReason.STOPPED)

    def _look_up(self) -> None:
        """After a step: report, portrait and checkpoint, as their times have come."""
        since = self._watch.since
        if since("report") >= REPORT_EVERY:
            self._report()
        if since("portrait") >= max(self.settings.portrait_every, self._portrait_cost / PORTRAIT_SHARE):
            self._portrait()
        if since("checkpoint") >= self.settings.checkpoint_every:
            self._report()
            self._save()

    def _report(self) -> None:
        """Fetch what the steps since the last report have added up, and tell it."""
        loss, right, asked, weight, norm = self._learner.take_sums()
        if not math.isfinite(loss + norm):
            raise TrainingEnd(StopReason.DIVERGED)
        at = self._at
        seconds = self._watch.restart("report")
        if not weight:
            return
        at.add(loss, right, asked, weight)
        steps = at.step - at.reported_step
        at.reported_step = at.step
        remaining = (self._learner.steps - at.step) * seconds / max(1, steps)
        self._tell(
            BatchEnded(
                at.epoch + 1,
                at.step,
                loss / weight,
                right / asked if asked else math.nan,
                self._learner.lr,
                self._learner.take_examples() / max(seconds, 1e-9),
                memory_in_use(self.device),
                remaining + (self.settings.epochs - at.epoch) * self._judge.seconds,
            )
        )

    # 3, continued: what an epoch ends with

    def _validate(self) -> None:
        if self._watch.since("checkpoint") + self._judge.seconds > self.settings.checkpoint_every:
            self._save()
        at = self._at
        found, better = self._judge.validate(at)
        ended = EpochEnded(
            at.epoch + 1,
            at.step,
            at.loss,
            at.score,
            found.loss,
            found.score,
            self._learner.lr,
            self._watch.seconds,
            better,
        )
        at.next_epoch()
        self._judge.write_best()
        self.record.attempt(lambda: self.record.write_epoch(ended))
        self._tell(ended)
        if better and self._team.leads:
            self._write_checkpoint()  # what goes on from one of before would train over the better model
        self._watch.restart("report")

    def _listen(self) -> None:
        """End if stopped; several processes agree on that at their next step."""
        if self.control.stopped and self._team.size == 1:
            raise TrainingEnd(StopReason.STOPPED)

    def _portrait(self) -> None:
        if not self._team.leads or self.record.film.shows(self._at.step) or not self._learner.is_sound():
            return
        began = time.perf_counter()
        portrait = take_portrait(self.model, self._at.step, self._at.step / self._learner.steps_per_epoch)
        if self._at.step:  # the first one is slow, and says nothing of the next
            self._portrait_cost = time.perf_counter() - began
        self.record.film.append(portrait)
        self._tell(PortraitTaken(portrait))
        self._watch.restart("portrait")

    def _save(self) -> None:
        """Write a checkpoint, if the model is sound; a disk that refuses is told, and training goes on."""
        self._watch.restart("checkpoint")
        if not self._team.leads:
            return
        if not self._learner.is_sound():
            if self._team.size > 1:
                return  # all of them find it at their next step or validation, and end together
            raise TrainingEnd(StopReason.DIVERGED)
        self._judge.write_best()  # first: a checkpoint names the epoch that the model is of
        self._write_checkpoint()
        self.record.attempt(self.record.write_film)

    def _write_checkpoint(self) -> None:
        self._at.seconds, self._at.part = self._watch.seconds, self._learner.part
        content = self._learner.pack(asdict(self._at))
        if self.record.attempt(lambda: self.record.write_checkpoint(content)):
            self._tell(Saved(self._at.epoch, self._at.step, self.record.folder))

    # 4. The end

    def _finished(self, reason: StopReason) -> Finished:
        if reason is not StopReason.DIVERGED:
            reason = self._save_at_end(reason)  # before the picture, which takes a while
            self._portrait()
        if self._team.leads:
            reason = self._judge.verdict(reason)
        self.record.attempt(self.record.write_film)
        return self._reported(reason, self._sentence(reason))

    def _sentence(self, reason: StopReason) -> str:
        if reason is StopReason.STOPPED and self._team.leads and not self.record.resumable:
            return f"Training was stopped. {KEPT}" if self.record.learned else LOST
        return reason.value

    def _failed(self, error: Exception) -> Finished:
        """The end of a training that something broke: the report says what, if the run had begun."""
        if isinstance(error, CheckpointError):  # it says what to do, and nothing was begun
            return Finished(StopReason.FAILED, str(error), {})
        sentence = failure(error, self.record.resumable, self.record.learned)
        if not self.record.begun:
            return Finished(StopReason.FAILED, sentence, {})
        return self._reported(StopReason.FAILED, sentence)

    def _reported(self, reason: StopReason, sentence: str) -> Finished:
        report = self.record.report(reason, sentence, self._at, self._watch.seconds, self.data)
        self.record.attempt(lambda: runs.write_json(self.record.folder / runs.REPORT, report))
        return Finished(reason, sentence, report)

    def _save_at_end(self, reason: StopReason) -> StopReason:
        try:
            self._report()
            self._save()
        except TrainingEnd as end:
            return end.reason
        return reason

    def _notice(self, sentence: str) -> None:
        self._tell(Noticed(sentence))

    def _tell(self, event: Event) -> None:
        if self._team.leads:
            self._listener(event)
