"""What was done, as lines of Python that run against the library, in order. Free of Qt.

An act is a comment and some lines; acts that a later one makes superfluous, such as the way of a slider, are
left out. A `Script` is text, or the cells of a notebook.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

TOGETHER = 2.0
"""Seconds within which the same thing done again is one act."""


@dataclass(frozen=True)
class Act:
    """One thing that was done.

    Attributes
    ----------
    title : what, for a person.
    code : lines of Python; they may use what earlier acts defined.
    imports : "module" or "module:name" for each name that they need.
    key : what it is an act of; `supersedes` are the keys of earlier acts that it makes superfluous if it
        follows them at once, and `always` those that it does however late.
    """

    title: str
    code: str
    imports: tuple[str, ...] = ()
    key: str = ""
    supersedes: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


class Script:
    """The acts so far. `revision` is another number after each change."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._acts: list[tuple[Act, float]] = []
        self._clock = clock
        self.revision = 0

    @property
    def acts(self) -> tuple[Act, ...]:
        """What was done, oldest first."""
        return tuple(act for act, _ in self._acts)

    def note(self, act: Act) -> None:
        """Add an act, in place of those that it makes superfluous."""
        now = self._clock()
        while self._acts:
            last, at = self._acts[-1]
            soon = now - at <= TOGETHER and last.key in act.supersedes
            if not (soon or last.key in act.always):
                break
            self._acts.pop()
        self._acts.append((act, now))
        self.revision += 1

    def clear(self) -> None:
        """Forget everything."""
        self._acts.clear()
        self.revision += 1

    def text(self) -> str:
        """The script as a Python file."""
        parts = [self._imports(), *(f"# {act.title}\n{act.code}" for act in self.acts)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def content(self, suffix: str) -> str:
        """What a file of that suffix holds: a notebook if it says so, else a Python file."""
        return self.notebook() if suffix.lower() == ".ipynb" else self.text()

    def notebook(self) -> str:
        """The script as a Jupyter notebook, a cell for each act."""
        cells = [_cell(0, "code", self._imports())] if self.acts else []
        for act in self.acts:
            cells.append(_cell(len(cells), "markdown", act.title))
            cells.append(_cell(len(cells), "code", act.code))
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        content = {
            "cells": cells,
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    def _imports(self) -> str:
        names: dict[str, set[str]] = {}
        for act in self.acts:
            for one in act.imports:
                module, _, name = one.partition(":")
                names.setdefault(module, set()).update({name} if name else ())
        plain = [f"import {module}" for module, used in sorted(names.items()) if not used]
        chosen = [
            f"from {module} import {', '.join(sorted(used))}"
            for module, used in sorted(names.items())
            if used
        ]
        return "\n".join(plain + chosen)


def _cell(number: int, kind: str, source: str) -> dict[str, object]:
    cell: dict[str, object] = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
