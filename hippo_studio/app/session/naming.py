"""What a step of the history is called, from what it changed. Free of Qt.

"Change of N" merges with a further change of N soon after: a slider that is dragged is one step.
"""

from __future__ import annotations

from hippo_studio.app.parameters import label
from hippo_studio.app.train.fields import FIELDS
from hippo_studio.session import Session, SignalEntry
from hippo_studio.session.model import Plain

_MEMORY = {
    "measures": "Measures", "order": "N", "theta": "θ", "method": "Method", "alpha": "GBT α",
    "normalization": "LegT Scale", "lagt_alpha": "GLagT α", "lagt_beta": "GLagT β", "channel": "Channel",
    "follow": "What Is Heard", "view": "View", "span": "Zoom", "ages": "Time Axis",
    "optimum": "Best Possible",
}  # fmt: skip
_TRAIN = {"data": "Data", "test": "Test Data", "model": "Model"}


def step_name(before: Session, after: Session) -> tuple[str, str | None]:
    """The name of the step from one session to the other, and the key under which it merges, if it does."""
    if before.signals != after.signals:
        return _signals(before.signals, after.signals)
    if before.current != after.current:
        return "Choice of Signal", "current"
    for part, words in (("memory", _MEMORY), ("train", _train_words(before, after))):
        changed = _changed(getattr(before, part), getattr(after, part))
        if known := [name for name in words if name in changed] or changed:
            return f"Change of {words.get(known[0], label(known[0]))}", f"{part} {' '.join(sorted(changed))}"
    changed = _changed(before.parts, after.parts)
    return (f"Change of {label(changed[0])}", f"parts {changed[0]}") if changed else ("Change", None)


def _changed(old: Plain, new: Plain) -> list[str]:
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def _signals(before: tuple[SignalEntry, ...], after: tuple[SignalEntry, ...]) -> tuple[str, str | None]:
    old, new = {one.key for one in before}, {one.key for one in after}
    added = [one for one in after if one.key not in old]
    removed = [one for one in before if one.key not in new]
    if len(before) == len(after) and len(added) == len(removed) == 1:
        was, now = removed[0], added[0]
        if was.source_key == now.source_key:
            longer = now if len(now.tools) >= len(was.tools) else was
            tool = str(longer.tools[-1].get("name", "Tool")) if longer.tools else "Tool"
            return f"{label(tool)} of {now.name}", None
        return f"Change of {now.name}", None
    if added or removed:
        verb, which = ("Opening", added) if added else ("Closing", removed)
        return f"{verb} of {which[0].name if len(which) == 1 else f'{len(which)} Signals'}", None
    if sorted(old) == sorted(new) and [one.key for one in before] != [one.key for one in after]:
        return "New Order of Signals", None
    return "Change of Labels", None


def _train_words(before: Session, after: Session) -> dict[str, str]:
    """Also those of the keys that were chosen in the form."""
    fields = _changed(before.train.get("chosen", {}), after.train.get("chosen", {}))
    chosen = FIELDS[fields[0]].label if fields and fields[0] in FIELDS else "Training"
    return {**_TRAIN, "chosen": chosen}
