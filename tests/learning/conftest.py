"""What the tests of this room share: one thread, a cache of its own for every test, small recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hippo_studio.learning.datasets import store

Tone = Callable[..., Path]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors are slower on many threads, and sums differ."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is decoded is kept here and nowhere else."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(store, "folder", lambda: folder)
    return folder


@pytest.fixture
def tone() -> Tone:
    """Write a tone: path, frequency, and what differs from a tenth of a second of mono at 8 kHz."""

    def write(
        path: Path, frequency: float = 440.0, seconds: float = 0.1, rate: int = 8000, channels: int = 1
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
        soundfile.write(path, np.repeat(wave[:, np.newaxis], channels, axis=1), rate)
        return path

    return write
