"""What a file of several signals holds, as a list of which any can be opened alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """One signal of a file: its name, a word about it (a label, a shape), and the options that open it.

    `first`: it is also what the file opens as without options.
    """

    name: str
    detail: str
    options: Mapping[str, Any]
    first: bool = False


@dataclass(frozen=True)
class Contents:
    """The parts of a file, and what they are: "series", "arrays", "channels of one rate"."""

    what: str
    parts: Sequence[Part]

    def place_of(self, options: Mapping[str, Any]) -> int:
        """The part that these reading options open; −1 if they open none in particular."""
        asked = any(name in options for name in self.parts[0].options)
        for place, part in enumerate(self.parts):
            if (
                all(options.get(name) == value for name, value in part.options.items())
                if asked
                else part.first
            ):
                return place
        return -1
