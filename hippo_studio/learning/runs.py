"""The folder that a training leaves: everything about it, complete on any machine. Without torch.

    config.toml        all keys of the training and of the model
    places.json        where its data are, as seen from here
    labels.json        the classes by name, in the order of the logits
    metrics.csv        a row per epoch, the fields of `EpochEnded`
    model.safetensors  the best model by its validation, for `load_model`
    checkpoint/        from where training goes on
    portraits.npz      the film of the layers
    events.*           the curves for TensorBoard
    report.json        how it ended: accuracy, confusion matrix, parameters, device, seconds …

A folder that a crash cut off opens with what it has: each file is whole or absent, and a half-written last
row of metrics is left out.
"""

from __future__ import annotations

import csv
import json
import math
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeGuard

import tomli_w

from hippo_studio.export.atomic import atomic_write
from hippo_studio.learning import whereabouts
from hippo_studio.learning.events import EpochEnded, StopReason

CONFIG = "config.toml"
LABELS = "labels.json"
METRICS = "metrics.csv"
MODEL = "model.safetensors"
CHECKPOINT = Path("checkpoint") / "training.safetensors"
PORTRAITS = "portraits.npz"
REPORT = "report.json"
SWEEPS, JOURNAL = "sweeps", "journal.log"
"""Where the sweeps of a folder of runs lie, and what a sweep's folder is known by: its runs lie in it."""

COLUMNS = tuple(key.name for key in fields(EpochEnded))
OURS = (CONFIG, LABELS, METRICS, MODEL, PORTRAITS, REPORT)


class RunError(ValueError):
    """A folder that is no run, or cannot be used as one; the message is one sentence."""


@dataclass(frozen=True, eq=False)
class Run:
    """What a run folder holds, as of when it was opened.

    Attributes
    ----------
    config : the flat keys of training and model.
    epochs : one per row of its metrics, in order.
    report : of its end; empty while it trains, and if it was cut off.
    labels : the classes by name; empty if it was cut off before they were written.
    modified : when something of it was last written, seconds since 1970.
    sweep : the name of the sweep that it is a trial of; "" for a training of its own.
    """

    folder: Path
    config: Mapping[str, Any]
    epochs: tuple[EpochEnded, ...]
    report: Mapping[str, Any]
    labels: tuple[str, ...]
    modified: float
    sweep: str = ""

    @property
    def name(self) -> str:
        """The folder's name; of a trial, behind that of its sweep."""
        return f"{self.sweep}/{self.folder.name}" if self.sweep else self.folder.name

    @property
    def best(self) -> EpochEnded | None:
        """The epoch whose model was kept."""
        best = [epoch for epoch in self.epochs if epoch.best]
        return best[-1] if best else None

    @property
    def accuracy(self) -> float | None:
        """The reported score; before there is a report, the best validation's."""
        if _is_number(reported := self.report.get("accuracy")):
            return float(reported)
        return None if self.best is None else self.best.validation_score

    @property
    def test_score(self) -> float | None:
        """On the test examples, by its report; None if it was not asked for them."""
        reported = self.report.get("accuracy")
        return float(reported) if self.report.get("split") == "test" and _is_number(reported) else None

    @property
    def validation_score(self) -> float | None:
        """Of the best epoch, on the validation examples; None if there is none, or were no such examples."""
        if not (self.report.get("examples") or {}).get("validation", 1):
            return None
        if _is_number(reported := self.report.get("validation_score")):
            return float(reported)
        return None if self.best is None else self.best.validation_score

    @property
    def seconds(self) -> float | None:
        """Of training, pauses left out."""
        if _is_number(reported := self.report.get("seconds")):
            return float(reported)
        return self.epochs[-1].seconds if self.epochs else None

    @property
    def parameters(self) -> int | None:
        """How many numbers were learned."""
        reported = self.report.get("parameters")
        return reported if isinstance(reported, int) else None

    @property
    def has_model(self) -> bool:
        """Whether there is a model to use."""
        return (self.folder / MODEL).is_file()

    @property
    def resumable(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return (self.folder / CHECKPOINT).is_file()

    @property
    def state(self) -> str:
        """How it ended, the name of a `StopReason` in small letters; "unfinished" without a report."""
        return str(self.report.get("reason", "unfinished"))

    @property
    def ending(self) -> StopReason | None:
        """How it ended; None if it did not, or in a way that is not known here."""
        return StopReason.__members__.get(self.state.upper())

    @property
    def sentence(self) -> str:
        """How it ended, as its report puts it: that of a failure says what failed."""
        if self.ending is None:
            return "Training is not finished, or was cut off."
        own = self.report.get("sentence")
        return own if isinstance(own, str) and own else self.ending.value


def open_run(folder: str | os.PathLike[str]) -> Run:
    """Return what a run folder holds; RunError if it is none."""
    path = Path(folder)
    if not path.is_dir():
        raise RunError(f"There is no run folder {path}; give one that train has written.")
    config = read_config(path)
    return Run(
        path,
        config,
        read_metrics(path / METRICS),
        read_report(path),
        tuple(read_labels(path)),
        max((path / name).stat().st_mtime for name in (*OURS, CHECKPOINT) if (path / name).exists()),
        path.parent.name if is_sweep(path.parent) else "",
    )


def is_sweep(folder: Path) -> bool:
    """Whether a folder holds a sweep."""
    return (folder / JOURNAL).is_file()


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / CONFIG).is_file()


def read_config(folder: Path) -> dict[str, Any]:
    """Return the flat keys of a run, its data where they are now; RunError if they are missing or spoilt."""
    file = folder / CONFIG
    try:
        return whereabouts.found(tomllib.loads(file.read_text(encoding="utf-8")), folder)
    except FileNotFoundError:
        raise RunError(f"{folder} is no run folder: it has no {CONFIG}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunError(f"{file} cannot be read: {str(error).rstrip('.')}.") from error


def read_labels(folder: Path) -> list[str]:
    """Return the classes by name; [] if they are missing or spoilt."""
    labels = _json(folder / LABELS)
    return [str(label) for label in labels] if isinstance(labels, list) else []


def read_report(folder: Path) -> dict[str, Any]:
    """Return how a training ended; {} if it did not, or the file is spoilt."""
    report = _json(folder / REPORT)
    return report if isinstance(report, dict) else {}


def write_config(folder: Path, flat: Mapping[str, Any]) -> None:
    """Write the flat keys of a run, without those that are left open (None has no form in TOML)."""
    with atomic_write(folder / CONFIG) as stream:
        tomli_w.dump({name: value for name, value in flat.items() if value is not None}, stream)
    whereabouts.write_places(folder, flat)


def write_json(file: Path, value: Any) -> None:
    """Write plain values; NaN becomes null, as JSON has none."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False)
    with atomic_write(file) as stream:
        stream.write(text.encode("utf-8", "surrogateescape"))


def append_metrics(file: Path, epoch: EpochEnded) -> None:
    """Add a row."""
    new = not file.exists() or not file.stat().st_size
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        if new:
            writer.writerow(COLUMNS)
        writer.writerow([_cell(getattr(epoch, name)) for name in COLUMNS])


def cut_metrics(file: Path, epochs: int) -> tuple[EpochEnded, ...]:
    """Drop the rows from after the first `epochs`: training goes on from there. Returns those that stay."""
    rows = tuple(row for row in read_metrics(file) if row.epoch <= epochs)
    if file.exists():
        with atomic_write(file) as stream:
            lines = [",".join(COLUMNS), *(",".join(_cell(getattr(r, c)) for c in COLUMNS) for r in rows)]
            stream.write(("\r\n".join(lines) + "\r\n").encode())
    return rows


def read_metrics(file: Path) -> tuple[EpochEnded, ...]:
    """Return the rows that are whole and in order."""
    rows: list[EpochEnded] = []
    try:
        with file.open(newline="", encoding="utf-8", errors="replace") as stream:
            for row in csv.DictReader(stream):
                epoch = _row(row)
                if epoch is None or epoch.epoch != len(rows) + 1:
                    break
                rows.append(epoch)
    except (OSError, csv.Error):
        pass
    return tuple(rows)


def _row(row: Mapping[str, Any]) -> EpochEnded | None:
    kinds: dict[str, Callable[[str], Any]] = {
        "epoch": int,
        "step": int,
        "best": lambda text: {"True": True, "False": False}[text],
    }
    try:
        return EpochEnded(**{name: kinds.get(name, float)(row[name]) for name in COLUMNS})
    except (KeyError, TypeError, ValueError):
        return None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float))


def _cell(value: float | int | bool) -> str:
    return repr(value)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def plain(value: Any) -> Any:
    """Return plain values that JSON can hold: what is not finite becomes None, as JSON has no NaN."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
