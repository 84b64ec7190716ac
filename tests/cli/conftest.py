"""What every test of a command may ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from hippo_studio.learning.datasets import store
from tests.cli.command import Run


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decoded is kept here and nowhere else."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(store, "folder", lambda: folder)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    """Two channels, half a second at 1 kHz."""
    times = np.arange(500) / 1000
    channels = np.stack([np.sin(14 * times), np.cos(9 * times) ** 3])
    soundfile.write(tmp_path / "wave.wav", channels.T, 1000, subtype="DOUBLE")
    return tmp_path / "wave.wav"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The options with which the studio was opened; no window appears."""
    options: list[Any] = []
    monkeypatch.setattr("hippo_studio.app.main.run", lambda given: options.append(given) or 0)
    return options
