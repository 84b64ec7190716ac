"""Model, optimizer and examples: what takes a step, and what asks the model for a split.

A step takes a group of examples, batch_size × accumulate of them, in parts that memory allows: gradients are
added up over parts and processes and divided once, so that how a group is cut changes nothing but rounding.
Nothing here waits for the device; `take_sums` does.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hippo_studio.learning import checkpoint
from hippo_studio.learning.augmentation import KEYS, augment
from hippo_studio.learning.batch import Batch
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.devices import (
    MOST_AT_ONCE,
    is_out_of_memory,
    most_moments,
    reseed,
    worthwhile_threads,
)
from hippo_studio.learning.events import StopReason
from hippo_studio.learning.examples import Examples
from hippo_studio.learning.metrics import Evaluation, evaluate
from hippo_studio.learning.objective import (
    Objective,
    class_counts,
    inverse_frequencies,
    questions,
    right_answers,
)
from hippo_studio.learning.processes import Team
from hippo_studio.learning.schedule import learning_rate
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.ssm import ModelConfig, SequenceModel, at_rate, build_model, parameter_groups

LOSS, RIGHT, ASKED, WEIGHT, LAST = range(5)
"""What is added up over steps; the last one is the gradient's norm, and before that the wish to stop."""


class TrainingEnd(Exception):  # noqa: N818 - most ends are no error
    """Training ends here, for a reason."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Learner:
    """What learns, from its seed on.

    Parameters
    ----------
    settings, config, data : of the training; they agree with each other.
    device : where to compute.
    team : the processes that share each step.
    notice : called with a sentence that the person should read.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        config: ModelConfig,
        data: DataSet,
        device: torch.device,
        team: Team,
        notice: Callable[[str], None],
    ) -> None:
        self.model = build_model(config, seed=settings.seed).to(device)
        if settings.coarse and not self.model.follows_rate:
            if settings.coarse != data.defaults.get("coarse"):  # a wish, and no recipe for all models
                notice(
                    f"coarse is {settings.coarse:g}, and {config.model} has no timescale Δ to follow "
                    "half the rate: it learns at the whole rate alone; set coarse to 0 or take another model."
                )
            settings = replace(settings, coarse=0.0)
        self.settings, self.data, self.device = settings, data, device
        self._team, self._notice = team, notice
        self._parameters = [p for p in self.model.parameters() if p.requires_grad]
        self._optimizer = torch.optim.AdamW(
            parameter_groups(self.model, settings.lr, settings.weight_decay),
            fused=device.type in ("cpu", "cuda"),
        )
        self._highest = [group["lr"] for group in self._optimizer.param_groups]
        weights = inverse_frequencies(class_counts(data.train, data)) if settings.class_weights else None
        self._objective = Objective(
            settings.label_smoothing, None if weights is None else torch.from_numpy(weights).to(device)
        )
        self._examples = Examples(data.train, data, device, notice, weights, settings.longest)
        self._tell_of_length()
        self._group_size = settings.batch_size * settings.accumulate
        self._augmented = any(getattr(settings, key) for key in KEYS)
        self._moments = most_moments(device, config)
        self.part = settings.batch_size
        """How many examples are computed at once."""
        self._exact = torch.float32 if device.type == "mps" else torch.float64
        self._sums = torch.zeros(5, device=device, dtype=self._exact)
        self._examples_done = 0

    def _tell_of_length(self) -> None:
        """Say what is cut, and where a single example may take minutes."""
        cut, longest = self._examples.cut, int(self._examples.lengths.max())
        if cut:
            self._notice(
                f"{cut} of {len(self._examples)} examples are longer than {longest} moments and are cut to "
                "those; set longest = 0 to take them whole."
            )
        if self.device.type == "cpu" and longest > MOST_AT_ONCE:
            self._notice(
                f"Examples are up to {longest} moments long: one alone may take minutes here, and a stop "
                f"waits for it. Set longest, such as to {MOST_AT_ONCE}, to cut them."
            )

    @property
    def size(self) -> int:
        """How many numbers are learned."""
        return sum(p.numel() for p in self._parameters)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of the optimizer in which every example is seen once."""
        return math.ceil(len(self._examples) / self._group_size)

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.settings.epochs * self.steps_per_epoch

    @property
    def lr(self) -> float:
        """The learning rate of the last step."""
        return float(self._optimizer.param_groups[0]["lr"])

    def threads(self, most: int) -> int:
        """Return how many threads of the CPU a step keeps busy; a loop over moments has but one at a time."""
        loops = any(getattr(module, "loops", False) for module in self.model.modules())
        moments = 1.0 if loops else float(np.mean(self._examples.lengths))
        return worthwhile_threads(self.settings.batch_size * moments * self.model.config.d_model, most)

    def groups(self, epoch: int) -> list[NDArray[np.int64]]:
        """Return the examples of each step of an epoch, in an order of its own."""
        return self._examples.shuffled(
            np.random.default_rng([self.settings.seed, 0, epoch]), self._group_size
        )

    def step(
        self,
        group: NDArray[np.int64],
        step: int,
        stopped: bool,
        before_part: Callable[[], None] = lambda: None,
    ) -> None:
        """Take step number `step`, on the examples of `group`.

        `before_part` is called before each part of them; if it raises, the step is not taken at all.
        Raises TrainingEnd where several processes must hear of it at once: if one of them is `stopped`, or
        if the loss is not finite.
        """
        mine = group[self._team.rank :: self._team.size]
        while True:
            try:
                sums = self._gradients(mine, step, before_part)
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self.halve(error)
        sums[LAST] = float(stopped)
        sums = self._team.sum_gradients(self._parameters, sums)
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, self.settings.clip or math.inf, foreach=True)
        if self._team.size > 1:
            self._agree(sums, norm)
        share = learning_rate(step, self.steps, self.settings.warmup)
        for parameters, highest in zip(self._optimizer.param_groups, self._highest, strict=True):
            parameters["lr"] = share * highest
        self._optimizer.step()
        # A fused step changes parameters without telling; layers keep kernels until it is told.
        torch.autograd.graph.increment_version(self._parameters)
        sums[LAST] = norm
        self._sums += sums
        self._examples_done += len(group)

    def _agree(self, sums: Tensor, norm: Tensor) -> None:
        if sums[LAST] > 0:
            raise TrainingEnd(StopReason.STOPPED)
        if not math.isfinite(float(sums[LOSS]) + float(norm)):
            raise TrainingEnd(StopReason.DIVERGED)

    def _gradients(self, group: NDArray[np.int64], step: int, before_part: Callable[[], None]) -> Tensor:
        """Leave the mean gradient over the targets of `group`; return their sums."""
        rng = np.random.default_rng([self.settings.seed, 1, step, self._team.rank])
        reseed(self.device, int(rng.integers(2**63)))
        self._optimizer.zero_grad()
        batches = self._batches(group, rng)
        weight = sum(batch.weight for batch in batches)
        sums = torch.zeros(5, device=self.device, dtype=self._exact)
        for batch in batches:
            before_part()
            with self._precision(), at_rate(self.model, batch.rate):
                logits = self.model(batch.x, batch.lengths)
            loss = self._objective.loss(logits, batch)
            (loss / max(weight, 1e-12)).backward()  # type: ignore[no-untyped-call]
            with torch.no_grad():
                sums[LOSS] += loss.detach()
                sums[RIGHT] += right_answers(logits, batch)
        sums[ASKED] = sum(questions(batch) for batch in batches)
        sums[WEIGHT] = weight
        return sums

    def _batches(self, group: NDArray[np.int64], rng: np.random.Generator) -> list[Batch]:
        """The group in parts, without examples that cannot be read or are asked nothing."""
        batches = []
        for part in self._examples.parts(group, self.part, self._moments) if group.size else ():
            batch = self._examples.gather(part)
            if batch is not None and batch.asked:
                batch = augment(batch, self.settings, rng, self.data.background) if self._augmented else batch
                batches += [batch] if batch.asked else []
        return batches

    def _precision(self) -> AbstractContextManager[Any]:
        if not self.settings.mixed_precision:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def halve(self, error: BaseException) -> None:
        """Compute fewer examples at once from now on; MemoryError if it is one already."""
        if self.part == 1:
            raise MemoryError(
                "There is not enough memory for a single example; shorten the sequences, or lower d_model, "
                "d_state or n_layers"
            ) from error
        self._optimizer.zero_grad()
        self.part = math.ceil(self.part / 2)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self._notice(
            f"There is not enough memory for a batch; it is computed in parts of {self.part} examples, "
            f"{math.ceil(self._group_size / self.part)} of them before each step, to the same gradient."
        )

    def take_sums(self) -> list[float]:
        """Return what the steps since the last call have added up: loss, right, asked, weight, norm."""
        sums: list[float] = self._sums.tolist()
        self._sums.zero_()
        return sums

    def take_examples(self) -> int:
        """Return how many examples were seen since the last call."""
        done, self._examples_done = self._examples_done, 0
        return done

    def evaluate(
        self, model: SequenceModel, examples: Examples, team: Team, before_batch: Callable[[], None]
    ) -> Evaluation:
        """Ask a model for a split, in smaller batches if memory is short."""
        while True:
            try:
                return evaluate(
                    model,
                    examples,
                    batch_size=self.part,
                    moments=self._moments,
                    team=team,
                    before_batch=before_batch,
                )
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or team.size > 1:
                    raise
                self.halve(error)

    def is_sound(self) -> bool:
        """Whether all parameters are finite."""
        return math.isfinite(float(torch.stack([p.detach().float().sum() for p in self._parameters]).sum()))

    def usable_model(self) -> SequenceModel:
        """Return a copy of the model, with what its use needs: labels, sampling rate, scale of its data."""
        model = copy.deepcopy(self.model).cpu().eval()
        lengths = np.asarray(self.data.train.lengths)
        model.details = {
            **self.data.details(),
            "length": int(np.median(lengths)),
            "lengths": [int(lengths.min()), int(lengths.max())],
            "longest": self.settings.longest,
        }
        return model

    def pack(self, position: dict[str, Any]) -> bytes:
        """Return the content of a checkpoint."""
        return checkpoint.pack(self.model, self._optimizer, position)

    def unpack(self, content: bytes, file: Path) -> Mapping[str, Any]:
        """Go back to a checkpoint and return its position; CheckpointError if it is another's."""
        position = checkpoint.unpack(content, self.model, self._optimizer, file)
        self.part = min(self.part, int(position.get("part", 0)) or self.part)
        return position
