"""Channels by name or number, and names that are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def numbered(names: Iterable[str]) -> list[str]:
    """The names, each later one of a kind with its number behind it: "x", "x (2)"."""
    found: list[str] = []
    used: set[str] = set()
    for base in names:
        name, number = base, 1
        while name in used:
            number += 1
            name = f"{base} ({number})"
        used.add(name)
        found.append(name)
    return found


def channel_indices(names: Sequence[str], columns: Sequence[str | int] | str | int, where: str) -> list[int]:
    """Indices of the channels that `columns` names, by name or by number from 0.

    Raises
    ------
    ValueError
        No such channel, or none asked for; the sentence lists those there are.
    """
    asked = [columns] if isinstance(columns, str | int) else list(columns)
    if not asked:
        raise ValueError("columns names at least one channel; got none.")
    found = []
    for one in asked:
        if isinstance(one, int) and -len(names) <= one < len(names):
            found.append(one % len(names))
        elif one in names:
            found.append(names.index(str(one)))
        else:
            raise ValueError(
                f"columns names a channel by name or number from 0; got {one!r}, and {where} has "
                f"{', '.join(names[:40])}{' …' if len(names) > 40 else ''}."
            )
    return found
