"""The sources by name, in the order in which they are asked whether a path is theirs.

A new source is one file with `recognises(where)` and `load(where, like)`, and one line here. Where it also
recognises what is a signal first of all, `holds_examples(where)` tells the two apart.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets.loaded import Like, Loaded


@dataclass(frozen=True)
class Source:
    """One kind of labelled data on the disk, with the words to show for it."""

    name: str
    title: str
    summary: str

    def recognises(self, where: Path) -> bool:
        """Whether a path is of this kind."""
        return cast(bool, self._module().recognises(where))

    def holds_examples(self, where: Path) -> bool:
        """Whether a path of this kind is labelled examples throughout, and no signal that has labels too."""
        judge = getattr(self._module(), "holds_examples", None)
        return True if judge is None else cast(bool, judge(where))

    def load(self, where: Path, like: Like | None = None) -> Loaded:
        """Return what the path holds, in the form of data already known if `like` says so."""
        return cast(Loaded, self._module().load(where, like))

    def _module(self) -> ModuleType:
        return importlib.import_module(f"hippo_studio.learning.datasets.{self.name}")


SOURCES: tuple[Source, ...] = (
    Source("idx", "MNIST (IDX)", "train-images-idx3-ubyte and its kin; ::permuted behind the path shuffles"),
    Source("npz", "NumPy archive", "x and y, or x_train, y_train, x_test, y_test in an .npz file"),
    Source("archive", "UCR/UEA archive", "Name_TRAIN.ts and Name_TEST.ts, or .tsv, .arff"),
    Source("regions", "Labelled regions", "a signal, and beside it NAME.labels.csv: start,end,label"),
    Source("labelled_files", "Labelled files", "files, and a table: file,label"),
    Source("table", "Table", "a CSV file with a column of labels: a row per series, or per moment"),
    Source("folder", "Folder per class", "yes/1.wav, no/2.wav …, as Speech Commands has it"),
)
ACCEPTED = "; ".join(f"{source.title}: {source.summary}" for source in SOURCES)


def holds_examples(where: Path) -> bool:
    """Whether a file is labelled examples, rather than a signal, which may have labels too."""
    try:
        source = next((source for source in SOURCES if source.recognises(where)), None)
        return source is not None and source.holds_examples(where)
    except (ValueError, OSError):  # whoever reads it says what is wrong with it
        return False


def label_of_moments(where: Path) -> str:
    """Return the column of a signal's table that gives each moment its label; "" if there is none."""
    from hippo_studio.learning.datasets import table

    try:
        source = next((source for source in SOURCES if source.recognises(where)), None)
        return table.label_of_moments(where) if source is not None and source.name == "table" else ""
    except (ValueError, OSError):
        return ""


def find_source(where: Path) -> Source:
    """Return the source that a path is of; DataError in one sentence if there is none."""
    for source in SOURCES:
        if source.recognises(where):
            return source
    if not where.exists():
        raise DataError(f"There is no file or folder {where}; check the name, or give task:NAME.")
    if where.is_dir() and not any(where.iterdir()):
        raise DataError(f"The folder {where} is empty: it holds no labelled data; choose another.")
    if where.is_dir():
        raise DataError(
            f"The folder {where} holds no labelled data that are known here. Known are: {ACCEPTED}."
        )
    raise DataError(f"{where.name} holds no labelled data that are known here. Known are: {ACCEPTED}.")
