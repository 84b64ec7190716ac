"""Breaking a text into the few lines that there is room for. Free of Qt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

DOT = " · "
"""Between the parts of a line about a signal."""
_AFTER = " _-/"
"""What a name is broken behind."""
_LEAST = 0.4
"""Of what fits into a line: a break behind a word leaves no less than that."""


def broken_parts(text: str, fits: Callable[[str], bool], most: int) -> list[str]:
    """A line such as `100 Hz · 00:04.0 · 2 channels`, in whole parts; the last of `most` may not fit."""
    lines: list[str] = []
    for part in text.split(DOT):
        longer = f"{lines[-1]}{DOT}{part}" if lines else part
        if lines and (len(lines) == most or fits(longer)):
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def broken_name(text: str, fits: Callable[[str], bool]) -> list[str]:
    """A name in one line, or broken behind a word into two, of which the second may not fit."""
    if fits(text):
        return [text]
    whole = _longest(text, fits)
    places = [place for place in range(1, whole + 1) if text[place - 1] in _AFTER]
    place = places[-1] if places and places[-1] >= _LEAST * whole else whole
    return [text[:place].rstrip(), text[place:]]


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """How many letters fit, at least one."""
    lengths: Sequence[int] = range(2, len(text) + 1)
    return 1 + bisect_left(lengths, True, key=lambda length: not fits(text[:length]))
