"""Coefficients to write, and a disk that fails when told to."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hippo_studio.export.coefficients import CoefficientRecord


def make_record(frames: int = 7, channels: int = 2, order: int = 5, **changes: Any) -> CoefficientRecord:
    """Coefficients with nothing simple about them: awkward numbers, names, units and options."""
    random = np.random.default_rng(frames)
    coefficients = random.standard_normal((frames, channels, order)) * 10.0 ** random.integers(-300, 300)
    coefficients.flat[: 4 if coefficients.size >= 4 else 0] = (
        0.1 + 0.2,
        -0.0,
        5e-324,
        1.7976931348623157e308,
    )
    names = ('left, "upper" #1', "θ 🦛 ", "", "plain")
    values: dict[str, Any] = {
        "coefficients": coefficients,
        "times": np.cumsum(random.random(frames)),
        "sample_rate": 44100 / 3.7,
        "measure": "legt",
        "order": order,
        "theta": 0.1 + 0.2,
        "method": "gbt",
        "channel_names": tuple(names[index % 4] for index in range(channels)),
        "units": tuple(("", "m/s²")[index % 2] for index in range(channels)),
        "source": '/home/a b/[1] "quoted".wav',
        "options": {"alpha": 1 / 3, "measure_normalization": "lmu"},
    }
    return CoefficientRecord(**{**values, **changes})


@pytest.fixture(name="make_record", scope="session")
def _make_record() -> Callable[..., CoefficientRecord]:
    return make_record


@pytest.fixture
def record() -> CoefficientRecord:
    return make_record()


class FailingDisk:
    """Counts the calls of chosen functions of `os` and makes the n-th of them all fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.calls: list[str] = []

    def fail(self, at: int, code: int = errno.ENOSPC) -> None:
        """From now on count anew, and let call number `at` (from 0) raise OSError(code)."""
        self.calls.clear()
        for name in ("open", "fsync", "replace", "close", "chmod"):
            self._monkeypatch.setattr(os, name, self._wrapped(name, at, code))

    def recover(self) -> None:
        """Undo `fail`."""
        self._monkeypatch.undo()

    def _wrapped(self, name: str, at: int, code: int) -> Callable[..., Any]:
        original = getattr(os, name)

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) - 1 == at:
                if name == "close":
                    original(*arguments, **keywords)  # close frees the descriptor also when it fails
                raise OSError(code, os.strerror(code))
            return original(*arguments, **keywords)

        return call


@pytest.fixture
def failing_disk(monkeypatch: pytest.MonkeyPatch) -> FailingDisk:
    return FailingDisk(monkeypatch)
