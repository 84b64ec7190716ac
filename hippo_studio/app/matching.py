"""Finding a command by a few letters of its name. Free of Qt."""

from __future__ import annotations

import unicodedata

_SPOKEN = {"θ": "theta", "μ": "mu", "α": "alpha", "β": "beta"}
"""What a person types who has no Greek keys."""


def score(wanted: str, text: str) -> float | None:
    """How well `text` answers what was typed: higher is better, None if it does not at all.

    Each typed word must occur; a word's start counts more than its middle, and letters that are merely there
    in order count least.
    """
    haystack = _plain(f"{text} {' '.join(name for letter, name in _SPOKEN.items() if letter in text)}")
    total = 0.0
    for word in _plain(wanted).split():
        found = _score_word(word, haystack)
        if found is None:
            return None
        total += found
    return total - len(haystack) / 1000


def _score_word(word: str, text: str) -> float | None:
    if text.startswith(word):
        return 4.0
    if f" {word}" in text:
        return 3.0
    if word in text:
        return 2.0
    initials = "".join(part[0] for part in text.split())
    if word in initials:
        return 1.5
    place = 0
    for letter in word:
        place = text.find(letter, place) + 1
        if not place:
            return None
    return 0.5


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return " ".join("".join(mark if mark.isalnum() or mark in "θμ" else " " for mark in letters).split())
