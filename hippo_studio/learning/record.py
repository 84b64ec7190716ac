"""What a training writes into its run folder; the layout is told in `runs`, which reads it.

Only the first process of a training begins a record and writes. Every write may meet a disk that refuses: it
raises OSError in a sentence, and what was there before is still there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from hippo_studio.learning import checkpoint, devices, runs, whereabouts
from hippo_studio.learning.data import DataSet, Split
from hippo_studio.learning.event_file import EventFile
from hippo_studio.learning.events import EpochEnded, StopReason
from hippo_studio.learning.film import Film
from hippo_studio.learning.metrics import Evaluation
from hippo_studio.learning.position import Position
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.ssm import SequenceModel, load_model, save_model

FREE = ("epochs", "patience", "min_epochs", "device", "checkpoint_every", "portrait_every")
"""Keys that may change when a training goes on: it stays the same training."""

FIRST = ("data", "model", "test")
"""Keys that are named first where two trainings differ: others follow from them."""

MOST_WRONG = 200
"""Wrong answers that a report names."""


class Record:
    """The run folder of one training; ValueError if it holds another training, or other things.

    `labels` tell that data which were moved are still the same.
    """

    def __init__(self, folder: Path, config: Mapping[str, Any], labels: Sequence[str] = ()) -> None:
        self.folder, self.config, self._labels = folder, whereabouts.anchored(config), list(labels)
        self.film = Film()
        self.device = ""
        self.parameters = 0
        self._reported: dict[str, Any] = {}
        self._events: EventFile | None = None
        self._notice: Callable[[str], None] | None = None
        self._refused = False
        self.was_begun = runs.is_run(folder)
        self._check()

    @property
    def begun(self) -> bool:
        """Whether this process has begun the record: it alone writes."""
        return self._notice is not None

    @property
    def checkpoint_file(self) -> Path:
        """Where the checkpoint is, or will be."""
        return self.folder / runs.CHECKPOINT

    @property
    def resumable(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return self.checkpoint_file.is_file()

    @property
    def learned(self) -> bool:
        """Whether there is a model, or what an epoch led to."""
        return (self.folder / runs.MODEL).is_file() or bool(runs.read_metrics(self.folder / runs.METRICS))

    def _check(self) -> None:
        if not self.folder.exists():
            return
        if not runs.is_run(self.folder):
            if not self.folder.is_dir() or any(self.folder.iterdir()):
                raise ValueError(f"{self.folder} holds other things than a run; give a new folder.")
            return
        there = TrainingSettings().to_dict() | runs.read_config(self.folder)  # it may lack a newer key
        here = {name: value for name, value in self.config.items() if value is not None}
        names = (there.keys() | here.keys()) - set(FREE)
        for name in sorted(names, key=lambda name: (name not in FIRST, name)):
            if there.get(name) != here.get(name) and not self._moved(name, there.get(name)):
                raise ValueError(
                    f"{self.folder} holds another training: {name} is {there.get(name)!r} there and "
                    f"{here.get(name)!r} here; give a new folder, or delete that one."
                )
        if self.learned and not self.resumable:
            raise ValueError(
                f"{self.folder} has no checkpoint to go on from, and training anew would overwrite what was "
                "learned there; give a new folder, or delete that one."
            )
        done = len(runs.read_metrics(self.folder / runs.METRICS))
        if done > 1 and checkpoint.is_of_the_beginning(self.checkpoint_file):
            raise ValueError(
                f"The checkpoint of {self.folder} is of before its first epoch, of which {done} were done; "
                "training on from it would overwrite what was learned there. Give a new folder, or delete "
                "that one."
            )

    def _moved(self, name: str, there: Any) -> bool:
        """Whether a key names data that are not where they were, and those of here have the same classes."""
        if name not in whereabouts.KEYS or not there or whereabouts.is_there(str(there)):
            return False
        return bool(self._labels) and runs.read_labels(self.folder) == self._labels

    def begin(
        self,
        parameters: int,
        device: torch.device,
        data: DataSet,
        position: Position,
        notice: Callable[[str], None],
    ) -> None:
        """Write what is known before the first step; drop what was written after the checkpoint.

        `notice` is called with a sentence that the person should read.
        """
        self._notice = notice
        self.parameters, self.device = parameters, devices.describe(device)
        self.folder.mkdir(parents=True, exist_ok=True)
        runs.write_config(self.folder, self.config)
        runs.write_json(self.folder / runs.LABELS, list(data.labels))
        runs.cut_metrics(self.folder / runs.METRICS, position.epoch)
        self.film = Film.read(self.folder / runs.PORTRAITS)
        self.film.cut(position.step if position.step else -1)
        report = runs.read_report(self.folder)
        if report.get("best_epoch") == position.best_epoch and position.best_epoch:
            self._reported = {name: report[name] for name in _EVALUATED if name in report}
        (self.folder / runs.REPORT).unlink(missing_ok=True)

    def read_checkpoint(self) -> bytes:
        """Return the last checkpoint, b"" if there is none."""
        if not self.checkpoint_file.is_file():
            return b""
        if content := self.checkpoint_file.read_bytes():
            return content
        raise checkpoint.CheckpointError(
            f"{self.checkpoint_file} is empty, so training cannot go on from it; {checkpoint.ANEW}."
        )

    def beyond(self, epoch: int) -> list[str]:
        """Return what to say of the epochs that were done after a checkpoint, if any were."""
        later = len(runs.read_metrics(self.folder / runs.METRICS)) - epoch
        if later < 1:
            return []
        when = f"in epoch {epoch + 1}" if epoch else "before the end of epoch 1"
        which = "the epoch" if later == 1 else f"the {later} epochs"
        again = "is" if later == 1 else "are"
        return [f"Its last checkpoint was written {when}; {which} done since {again} trained again."]

    def write_checkpoint(self, content: bytes) -> None:
        """Replace the checkpoint."""
        checkpoint.write(content, self.checkpoint_file)
        self._refused = False

    def write_film(self) -> None:
        """Write the portraits so far."""
        self.film.write(self.folder / runs.PORTRAITS)

    def read_model(self) -> SequenceModel | None:
        """Return the best model so far, None if there is none."""
        file = self.folder / runs.MODEL
        return load_model(file) if file.is_file() else None

    def write_model(self, model: SequenceModel) -> None:
        """Replace the best model."""
        save_model(model, self.folder / runs.MODEL)

    def write_epoch(self, epoch: EpochEnded) -> None:
        """Add an epoch to the metrics, and to TensorBoard's curves."""
        runs.append_metrics(self.folder / runs.METRICS, epoch)
        if self._events is None:
            self._events = EventFile(self.folder)
        names = ("train_loss", "train_score", "validation_loss", "validation_score", "lr")
        tags = {name.replace("_", "/"): float(getattr(epoch, name)) for name in names}
        self._events.add(epoch.step, tags)

    def attempt(self, write: Callable[[], None]) -> bool:
        """Write something of the run, and return whether it went well; say it once if the disk refuses.

        False in a process that has not begun the record: it does not write.
        """
        if self._notice is None:  # not begun
            return False
        try:
            write()
        except OSError as error:
            if not self._refused:
                self._refused = True
                self._notice(f"{str(error).rstrip('.')}. Training goes on; what was written before is whole.")
            return False
        return True

    def keep_evaluation(self, found: Evaluation, data: DataSet, split: Split, name: str) -> None:
        """Keep, for the report, what the best model says of a split."""
        wrong = []
        for place in found.wrong()[:MOST_WRONG].tolist():
            truth, predicted = int(found.truth[place]), int(found.predicted[place])
            wrong.append(
                {
                    "index": int(found.indices[place]),
                    "name": split.name(int(found.indices[place])),
                    "truth": data.labels[truth],
                    "predicted": data.labels[predicted],
                    "confidence": round(float(found.confidence[place]), 4),
                }
            )
        self._reported = {
            "accuracy": found.score,
            "loss": found.loss,
            "split": name,
            "targets": found.targets,
            "confusion_matrix": None if found.confusion is None else found.confusion.tolist(),
            "wrong": wrong,
        }

    def report(
        self, reason: StopReason, sentence: str, at: Position, seconds: float, data: DataSet
    ) -> dict[str, Any]:
        """Return what `report.json` holds."""
        return {
            "accuracy": at.best_score if at.best_epoch else None,
            **self._reported,
            "reason": reason.name.lower(),
            "sentence": sentence,
            "score": data.score,
            "validation_score": at.best_score if at.best_epoch else None,
            "validation_loss": at.best_loss if at.best_epoch else None,
            "best_epoch": at.best_epoch,
            "epochs": at.epoch,
            "steps": at.step,
            "model": self.config["model"],
            "data": data.source,
            "title": data.title,
            "seed": self.config["seed"],
            "parameters": self.parameters,
            "device": self.device,
            "seconds": seconds,
            "examples": {
                "train": len(data.train),
                "validation": len(data.validation),
                "test": len(data.test),
            },
            "labels": list(data.labels),
            "sample_rate": data.sample_rate,
            "length": int(data.train.lengths.max(initial=0)),
            "torch": torch.__version__,
        }


_EVALUATED = ("accuracy", "loss", "split", "targets", "confusion_matrix", "wrong")
