"""What a person wants to see of data before training: how much of what there is, and what looks wrong.

Nothing is decoded for it: what `open_data` knows is enough. `looked_through` decodes what is not too much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataSet, Split
from hippo_studio.learning.datasets.remarks import listed
from hippo_studio.signals.read_warnings import ReadWarning

SHOWN = 6
"""Examples of a class that are named."""
UNEVEN = 3.0
"""How many times as many examples the largest class has before it is said."""
FEW = 8
"""Examples of a class to learn from, below which it is said."""
MOST_EXAMPLES, MOST_VALUES = 20_000, 1 << 28
"""What is decoded just to say what cannot be: some seconds of work."""


@dataclass(frozen=True)
class ClassPreview:
    """One class: how many examples of it serve what, and where to find a few to learn from."""

    label: str
    train: int
    validation: int
    test: int
    examples: tuple[int, ...]
    """Indices into the training split, evenly chosen."""

    @property
    def total(self) -> int:
        """All examples of the class."""
        return self.train + self.validation + self.test


@dataclass(frozen=True)
class Preview:
    """A data set at a glance.

    Attributes
    ----------
    examples : in the training, validation and test split.
    classes : empty where targets are per moment.
    shortest, median, longest : moments; 0 where lengths are not known before `prepare`.
    prepared : whether lengths and examples are final.
    sentences : what to say of it, the most important first; warnings not included.
    """

    title: str
    examples: tuple[int, int, int]
    classes: tuple[ClassPreview, ...]
    shortest: int
    median: int
    longest: int
    sample_rate: float | None
    d_input: int
    prepared: bool
    sentences: tuple[str, ...]
    warnings: tuple[ReadWarning, ...]


def looked_through(data: DataSet, progress: Callable[[float], None] = lambda fraction: None) -> DataSet:
    """Return data without what cannot be used, if to find that is not too much work; else as they are.

    DataError if nothing can be used.
    """
    if data.preparation is None:
        return data
    lengths = np.concatenate([split.lengths for split in (data.train, data.validation, data.test)])
    known = lengths[lengths > 0]
    values = float(known.mean() if known.size else 0.0) * lengths.size * data.d_input
    return data.prepare(progress) if lengths.size <= MOST_EXAMPLES and values <= MOST_VALUES else data


def preview(data: DataSet) -> Preview:
    """Return a data set at a glance."""
    splits = (data.train, data.validation, data.test)
    lengths = np.concatenate([split.lengths for split in splits])
    known = lengths[lengths > 0]
    classes = () if data.per_moment else tuple(_class(data, index) for index in range(len(data.labels)))
    shortest, median, longest = (
        (int(known.min()), int(np.median(known)), int(known.max())) if known.size else (0, 0, 0)
    )
    found = Preview(
        data.title,
        (len(data.train), len(data.validation), len(data.test)),
        classes,
        shortest,
        median,
        longest,
        data.sample_rate,
        data.d_input,
        data.preparation is None,
        (),
        data.warnings,
    )
    return Preview(**{**vars(found), "sentences": _sentences(data, found)})


def _class(data: DataSet, index: int) -> ClassPreview:
    rows = _rows(data.train, index)
    shown = rows[np.unique(np.linspace(0, rows.size - 1, min(SHOWN, rows.size)).astype(int))]
    return ClassPreview(
        data.labels[index],
        rows.size,
        _rows(data.validation, index).size,
        _rows(data.test, index).size,
        tuple(shown.tolist()),
    )


def _rows(split: Split, index: int) -> NDArray[np.intp]:
    return np.flatnonzero(split.labels == index)


def _sentences(data: DataSet, found: Preview) -> tuple[str, ...]:
    told = [_summary(data, found), _imbalance(found)]
    few = [one.label for one in found.classes if 0 < one.train < FEW]
    absent = [one.label for one in found.classes if one.train == 0]
    if len(found.classes) == 1:
        told.append("All examples are of one class; a classifier needs two or more.")
    if absent:
        told.append(f"Nothing to learn from: {listed(absent)}.")
    if few:
        told.append(f"Fewer than {FEW} examples to learn from: {listed(few)}.")
    if not found.examples[1]:
        told.append("No example can be spared to validate by; the model is chosen by what it learns from.")
    if not found.examples[2]:
        told.append("No example can be spared for the report.")
    told.append(_mixed_lengths(found, int(data.defaults.get("longest", 0))))
    if not found.prepared:
        told.append(
            "Not all of it was decoded yet: what cannot be read is left aside then, and counted here."
        )
    return tuple(sentence for sentence in told if sentence)


def _summary(data: DataSet, found: Preview) -> str:
    train, validation, test = found.examples
    classes = "1 class" if len(data.labels) == 1 else f"{len(data.labels)} classes"
    what = classes if found.classes else f"{len(data.labels)} symbols, at each moment"
    channels = "" if found.d_input == 1 else f" of {found.d_input} channels"
    examples = "1 example" if train == 1 else f"{train} examples"
    return f"{examples}{channels} to learn from, {validation} to validate by, {test} to test; {what}."


def _mixed_lengths(found: Preview, longest: int) -> str:
    """What becomes of examples of several lengths, "" if there is one."""
    if found.shortest == found.longest:
        return ""
    much = " much, which costs time and memory" if found.longest > 100 * found.shortest else ""
    cut = f"what is longer than {longest} moments is cut to those" if longest else "nothing is cropped"
    return (
        f"Lengths differ{much}: in a batch, shorter examples are padded to its longest, the padding does not "
        f"count, and {cut}."
    )


def _imbalance(found: Preview) -> str:
    """How uneven the classes are, "" if they are not."""
    counts = [(one.train, one.label) for one in found.classes if one.train]
    if len(counts) < 2:
        return ""
    (least, rare), (most, frequent) = min(counts), max(counts)
    if most < UNEVEN * least:
        return ""
    share = 100 * most / sum(count for count, _ in counts)
    return (
        f"The classes are uneven: {frequent!r} has {most} examples, {rare!r} {least}; always saying "
        f"{frequent!r} would be right in {share:.0f} %. Class weights make up for it."
    )
