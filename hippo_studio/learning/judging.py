"""How good the model is: asked after each epoch for the validation split, at the end for the test split.

The best model by its validation is kept, here and on the disk, and it alone is asked for the test. Where no
example can be spared to validate by, the model is chosen on those that it learns from.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.events import StopReason
from hippo_studio.learning.examples import Examples
from hippo_studio.learning.learner import Learner, TrainingEnd
from hippo_studio.learning.metrics import Evaluation
from hippo_studio.learning.position import Position
from hippo_studio.learning.processes import Team
from hippo_studio.learning.record import Record
from hippo_studio.learning.schedule import is_better, is_progress
from hippo_studio.ssm import ModelFileError, SequenceModel


class Judge:
    """Who says which model is the best.

    Parameters
    ----------
    learner, data, record, team : of the training.
    notice : called with a sentence that the person should read.
    before_batch : called before each batch that is asked; may raise to end it.
    """

    def __init__(
        self,
        learner: Learner,
        data: DataSet,
        record: Record,
        team: Team,
        notice: Callable[[str], None],
        before_batch: Callable[[], None],
    ) -> None:
        self._learner, self._data, self._record, self._team = learner, data, record, team
        self._notice, self._before_batch = notice, before_batch
        validation = data.validation if len(data.validation) else data.train
        self._examples = Examples(validation, data, learner.device, notice, longest=learner.settings.longest)
        self._name = "validation" if len(data.validation) else "train"
        self.seconds = 0.0
        """How long the last validation took."""
        self._best: SequenceModel | None = None
        self._best_is_written = True

    def go_on(self) -> bool:
        """Take up the best model that the run folder holds; False if it is lost.

        The model as it is now then stands in for it.
        """
        try:
            self._best = self._record.read_model()
        except ModelFileError:
            self._best = None
        if self._best is None:
            self.keep()
            return False
        return True

    def validate(self, at: Position) -> tuple[Evaluation, bool]:
        """Ask the model as it is after an epoch; return what it says, and whether none was better before.

        Notes the best, and progress, in `at`. Raises TrainingEnd if model or loss are not finite, and
        ValueError if no example can be used.
        """
        if not self._learner.is_sound():  # the epoch's last step broke it
            raise TrainingEnd(StopReason.DIVERGED)
        began = time.perf_counter()
        found = self._learner.evaluate(self._learner.model, self._examples, self._team, self._before_batch)
        self.seconds = time.perf_counter() - began
        if not math.isfinite(found.loss):
            if found.targets:
                raise TrainingEnd(StopReason.DIVERGED)
            raise ValueError("No example of the validation can be used; give other data.")
        better = is_better(found.score, found.loss, at.best_score, at.best_loss)
        if is_progress(found.score, found.loss, at.best_score, at.best_loss):
            at.progress_epoch = at.epoch + 1
        if better:
            at.best_epoch, at.best_score, at.best_loss = at.epoch + 1, found.score, found.loss
            self.keep()
            self._record.keep_evaluation(found, self._data, self._examples.split, self._name)
        return found, better

    def keep(self) -> None:
        """Keep the model as it is now as the best."""
        self._best, self._best_is_written = self._learner.usable_model(), False

    def verdict(self, reason: StopReason) -> StopReason:
        """At the end, see that there is a good model, and ask it for the split to report on.

        Returns the reason, or another one if training was stopped meanwhile.
        """
        try:
            if reason is StopReason.DIVERGED:
                self.fall_back()
            elif reason is not StopReason.STOPPED:
                self.test()
        except TrainingEnd as end:
            return end.reason
        return reason

    def fall_back(self) -> None:
        """After a divergence: if no epoch was good enough to be kept, keep the last checkpoint's model."""
        content = self._record.read_checkpoint()
        if content and self._best is None:
            self._learner.unpack(content, self._record.checkpoint_file)
            self.keep()
            self.write_best()

    def write_best(self) -> None:
        """Write the best model, if it is not on the disk yet."""
        best = self._best
        if best is not None and not self._best_is_written:
            self._best_is_written = self._record.attempt(lambda: self._record.write_model(best))

    def test(self) -> None:
        """Ask the best model for the split to report on, in this process alone."""
        if self._best is None:
            return
        name = "test" if len(self._data.test) else self._name
        split = self._data.test if len(self._data.test) else self._examples.split
        best = copy.deepcopy(self._best).to(self._learner.device)
        longest = self._learner.settings.longest
        examples = Examples(split, self._data, self._learner.device, self._notice, longest=longest)
        found = self._learner.evaluate(best, examples, Team(), self._before_batch)
        self._record.keep_evaluation(found, self._data, split, name)
