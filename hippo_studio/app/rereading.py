"""A file that is read again while its signal is open: its tools and labels stay on it. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hippo_studio.app.open_signals import Row, entry_of
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal
from hippo_studio.signals.tools import apply_tools, in_use, steps_from_plain

_PARTS = ("series", "variable")
"""Reading options that choose another signal of the same file: tools and labels are not of that one."""


@dataclass(frozen=True, eq=False)
class Reread:
    """A new reading with what was on the one before.

    Attributes
    ----------
    entry : the line as it is to be.
    untouched, signal : the new reading, and the same with the tools.
    remarks : a sentence for each thing that no longer fits.
    """

    entry: SignalEntry
    untouched: Signal
    signal: Signal
    remarks: tuple[str, ...]


def carry_over(untouched: Signal, row: Row, report: Callable[[float], None]) -> Signal | Reread:
    """Lay the tools and labels of a line on a new reading of its file; off the GUI thread.

    A tool that cannot be applied any more is switched off. The reading alone, if there is nothing to carry.
    """
    before, entry = row.entry, entry_of(untouched)
    if any(before.options.get(name) != entry.options.get(name) for name in _PARTS):
        return untouched
    regions = entry.regions if entry.regions and not _edited(row) else before.regions or entry.regions
    if not before.tools and regions == entry.regions:
        return untouched
    signal, tools, remarks = _worked(untouched, before, report)
    if entry.regions not in ((), regions):
        remarks.append("the labels beside the file are others than those on the signal, which were kept")
    if beyond := sum(start >= untouched.duration for start, _, _ in regions):
        labels = "a label lies" if beyond == 1 else f"{beyond} labels lie"
        remarks.append(f"{labels} beyond its end, {untouched.duration:.4g} s, and was kept")
    return Reread(replace(entry, tools=tools, regions=regions), untouched, signal, tuple(remarks))


def _worked(
    signal: Signal, before: SignalEntry, report: Callable[[float], None]
) -> tuple[Signal, tuple[dict[str, Any], ...], list[str]]:
    tools, remarks = [], []
    for number, values in enumerate(before.tools):
        kept = dict(values)
        try:
            chain = in_use(steps_from_plain([values]))
        except ValueError:  # of a newer studio: it stays as it is, and is not used here
            chain = ()
        try:
            signal = apply_tools(signal, chain)
        except ValueError as error:
            kept["on"] = False
            remarks.append(f"{kept['name']} no longer fits and was switched off: {error}")
        tools.append(kept)
        report((number + 1) / len(before.tools))
    return signal, tuple(tools), remarks


def _edited(row: Row) -> bool:
    """Whether the labels are not simply those that were read."""
    if row.signal is None or row.entry.tools:
        return True
    return entry_of(row.signal).regions != row.entry.regions
