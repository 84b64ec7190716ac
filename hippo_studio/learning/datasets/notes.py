"""Notes among examples: texts that hold no numbers, such as a readme beside sounds, are no examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hippo_studio.learning.datasets.recordings import Clip
from hippo_studio.signals.readers import READERS

TEXTS = next(reader.suffixes for reader in READERS if reader.name == "table")
HEAD = 1 << 16
"""Bytes of a text that are looked at; one that is longer is no note."""
ROWS = 3
"""Lines of numbers that make a table below any number of other lines."""


def without_notes(clips: Sequence[Clip]) -> list[Clip]:
    """Return the clips without notes.

    Texts of one extension are read for it if they are fewer than all others; else they are what there is.
    """
    kinds = Counter(clip.path.suffix.lower() for clip in clips)
    few = {kind for kind in TEXTS if 0 < 2 * kinds[kind] <= len(clips)}
    return [clip for clip in clips if clip.path.suffix.lower() not in few or holds_numbers(clip.path)]


def holds_numbers(path: Path) -> bool:
    """Whether a text may be a table; also what is no text, or cannot be read: that is told later."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return True
    if b"\0" in head or len(head) == HEAD:
        return True
    lines = [line for line in head.decode("latin-1").splitlines() if line.strip()]
    rows = sum(map(_is_row, lines))
    return rows >= ROWS or 0 < len(lines) <= 2 * rows


def _is_row(line: str) -> bool:
    """Whether at least half of a line's words are numbers, or parts of dates and times."""
    words = [word for word in re.split(r"[\s,;|:=\"'\[\]{}]+", line) if word]
    return 2 * sum(map(_is_number, words)) >= len(words) > 0


def _is_number(word: str) -> bool:
    if re.fullmatch(r"\d+([-/.T]\d+)*Z?", word):
        return True
    try:
        float(word)
    except ValueError:
        return False
    return True
