"""Values of a generator's parameters as people type them. Free of Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

UNITS = {"duration": "s", "sample_rate": "Hz", "frequency": "Hz", "hold": "s"}
"""Units that every generator shares; the others stand in its description."""


def parse_parameters(texts: Mapping[str, str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were changed, each in the type of its default.

    Raises
    ------
    ValueError
        One sentence naming the parameter, what was typed and what would be accepted.
    """
    changed = {}
    for name, text in texts.items():
        if text.strip() == shown(defaults[name]):
            continue  # five digits are shown of 8/3, and all of them are meant
        changed[name] = _parse(name, text.strip(), defaults[name])
    return changed


def shown(default: Any) -> str:
    """A default as it stands in its field."""
    return default if isinstance(default, str) else f"{default:g}"


def label(name: str) -> str:
    """A parameter's name as a label: `sample_rate` becomes `Sample rate`."""
    return name.replace("_", " ").capitalize()


def _parse(name: str, text: str, default: Any) -> Any:
    if isinstance(default, str):
        return text
    kind, article = (int, "a whole number") if isinstance(default, int) else (float, "a number")
    try:
        value = kind(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{label(name)} is {article}, such as {default:g}; got {text!r}.") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{label(name)} is finite; got {text!r}.")
    return value
