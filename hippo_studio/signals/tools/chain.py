"""A chain of tools as it is kept: each may be switched off, and stays in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hippo_studio.signals.tools.registry import from_plain
from hippo_studio.signals.tools.tool import Tool


@dataclass(frozen=True)
class Step:
    """A tool in a chain; what is not `on` is skipped."""

    tool: Tool
    on: bool = True

    def to_plain(self) -> dict[str, Any]:
        """The tool's plain values, and `on` where it is not."""
        return self.tool.to_plain() | ({} if self.on else {"on": False})


def steps_from_plain(values: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The chain that `Step.to_plain` wrote; ValueError, one sentence, for what is none."""
    return tuple(
        Step(
            from_plain({key: value for key, value in one.items() if key != "on"}), one.get("on") is not False
        )
        for one in values
    )


def in_use(steps: Iterable[Step]) -> tuple[Tool, ...]:
    """The tools that are switched on."""
    return tuple(step.tool for step in steps if step.on)


def shift_of(steps: Iterable[Step]) -> float:
    """Seconds on the untouched signal's clock at which the result's first sample lies."""
    return sum(tool.shift() for tool in in_use(steps))
