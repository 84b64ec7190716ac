"""Which examples a score is of, in the words that the window, the commands and the report share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEARNED_FROM = "what it learned from"


def is_validated(report: Mapping[str, Any]) -> bool:
    """Whether there were examples to validate by; taken for granted where a report does not say."""
    return bool((report.get("examples") or {}).get("validation", 1))


def judged_on(report: Mapping[str, Any]) -> str:
    """Return which examples the reported score is of: test, validation, or those that were learned from."""
    if report.get("split") == "test":
        return "test"
    return "validation" if is_validated(report) else LEARNED_FROM
