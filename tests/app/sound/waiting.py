"""Patience for a busy machine: what is waited for takes milliseconds, unless others compile meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot


def until(qtbot: QtBot, true: Callable[[], object]) -> None:
    """Wait, with the event loop running, until it is so."""
    qtbot.waitUntil(lambda: bool(true()), timeout=20_000)
