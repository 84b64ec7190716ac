"""Built-in data: tasks of the literature, small enough to be learned in minutes, one file each.

The examples of a task are the same on every machine and under every seed, so that results compare. A new task
is one file with a function `make(task, seed) -> DataSet` and one line in TASKS.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hippo_studio.learning.data import DataError, DataSet

PREFIX = "task:"


@dataclass(frozen=True)
class Task:
    """A built-in data set, with the words to show for it."""

    name: str
    title: str
    summary: str

    @property
    def source(self) -> str:
        """What opens it: "task:digits"."""
        return PREFIX + self.name

    def open(self, seed: int = 0) -> DataSet:
        """Make its examples; `seed` chooses among those to learn from the ones to validate by, if any are."""
        module = importlib.import_module(f"{__name__}.{self.name.replace('-', '_')}")
        data: DataSet = module.make(self, seed)
        return data


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        task.name: task
        for task in (
            Task("digits", "Handwritten digits", "8 × 8 pixels read one after the other; which digit is it?"),
            Task(
                "waveforms", "Waveforms", "one second of sound: sine, square, triangle, sawtooth, chirp, hiss"
            ),
            Task("induction-head", "Induction head", "what followed the arrow when it came before? (H3)"),
            Task("associative-recall", "Associative recall", "which value came with this key? (H3)"),
            Task(
                "listops",
                "ListOps",
                "nested MIN, MAX, MEDIAN and SUM MODULO 10 of digits; what is the value?",
            ),
            Task("adding", "Adding", "two of a hundred numbers are marked; how much is their sum?"),
            Task("copying", "Copying", "ten symbols, a long silence, and then: repeat them"),
            Task("delay", "Delay", "name, at each moment, the level of 32 moments ago"),
        )
    }
)
"""Every built-in task by its name, in the order in which menus show them."""


def open_task(name: str, seed: int = 0) -> DataSet:
    """Return the data of the task of that name; DataError lists those that exist."""
    if name not in TASKS:
        raise DataError(f"There is no built-in task {name!r}; there are {', '.join(TASKS)}.")
    return TASKS[name].open(seed)
