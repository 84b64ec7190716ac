"""The tools there are, by name; how one is written on a command line, and kept in plain values."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from hippo_studio.signals.signal import Signal
from hippo_studio.signals.tools.choosing import Channels, Crop
from hippo_studio.signals.tools.levels import Detrend, Noise, Normalize
from hippo_studio.signals.tools.rates import Band, Resample
from hippo_studio.signals.tools.tool import Report, Tool, silent

TOOLS: Mapping[str, type[Tool]] = {
    tool.name: tool for tool in (Crop, Channels, Resample, Detrend, Normalize, Band, Noise)
}
"""By name, in the order of menus."""


def apply_tools(signal: Signal, tools: Sequence[Tool], report: Report = silent) -> Signal:
    """Apply tools one after the other; SignalError, one sentence, where one cannot be applied."""

    def share(number: int) -> Report:
        return lambda part: report((number + part) / len(tools))

    for number, tool in enumerate(tools):
        signal = tool.apply(signal, share(number))
    report(1.0)
    return signal


def from_plain(values: Mapping[str, Any]) -> Tool:
    """The tool that `Tool.to_plain` wrote; ValueError, one sentence, for what is none."""
    settings = dict(values)
    kind = _known(settings.pop("name", None))
    known = [one.name for one in fields(kind)]
    if wrong := [name for name in settings if name not in known]:
        raise ValueError(f"{usage(kind)} has no setting {wrong[0]!r}.")
    return _made(kind, (), settings)


def parse_tool(text: str) -> Tool:
    """The tool that a line such as `crop(1, 3)` or `detrend` means; ValueError, one sentence, for none."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        call = None
    if isinstance(call, ast.Name):
        return _made(_known(call.id), (), {})
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        raise ValueError(f"A tool is written like crop(1, 3) or detrend; got {text!r}.")  # noqa: TRY004
    kind = _known(call.func.id)
    try:
        arguments = [ast.literal_eval(one) for one in call.args]
        settings = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    except ValueError:
        raise ValueError(f"A tool takes numbers and quoted words, as in band(1, 40); got {text!r}.") from None
    if kind is Channels and len(arguments) > 1:
        arguments = [tuple(arguments)]
    return _made(kind, arguments, settings)


def usage(kind: type[Tool]) -> str:
    """How a tool is written, such as `band(low, high, order=4)`."""
    words = [one.name if one.default is MISSING else f"{one.name}={one.default!r}" for one in fields(kind)]
    return f"{kind.name}({', '.join(words)})"


def _known(name: object) -> type[Tool]:
    kind = TOOLS.get(str(name).lower())
    if kind is None:
        raise ValueError(f"There is no tool {name!r}; there are {', '.join(TOOLS)}.")
    return kind


def _made(kind: type[Tool], arguments: Sequence[Any], settings: Mapping[str, Any]) -> Tool:
    try:
        return kind(*arguments, **settings)
    except TypeError:
        raise ValueError(f"{kind.title} is written {usage(kind)}.") from None
