"""A PortAudio that the test turns by hand, in place of the machine's."""

from __future__ import annotations

import sys

import pytest
from portaudio_twin import PortAudioTwin


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> PortAudioTwin:
    twin = PortAudioTwin()
    monkeypatch.setitem(sys.modules, "sounddevice", twin)
    return twin
