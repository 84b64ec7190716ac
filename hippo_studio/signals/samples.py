"""The bundled sample signals and what to show them with; resources/samples/make_samples.py makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A signal that ships with the studio.

    `preset` is what the Memory tab opens it with: `measures` (names), `order`, `theta` in seconds, `follow`
    ("waveform": the samples themselves, or "envelope": their loudness) and `channel` (a name).
    """

    name: str
    title: str
    description: str
    path: Path
    preset: Mapping[str, Any]


def bundled_samples() -> tuple[Sample, ...]:
    """The samples in the order in which they are offered; the first is the one to begin with."""
    folder = Path(str(files("hippo_studio_resources"))) / "samples"
    return tuple(
        Sample(Path(file).stem, title, description, folder / file, MappingProxyType(preset))
        for file, title, description, preset in _SAMPLES
    )


def _preset(order: int, theta: float, follow: str, channel: str) -> dict[str, Any]:
    return {
        "measures": ("legt", "legs", "lagt"),
        "order": order,
        "theta": theta,
        "follow": follow,
        "channel": channel,
    }


_SAMPLES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "speech.flac",
        "Speech",
        "A synthesized sentence; its loudness is remembered, syllable by syllable.",
        _preset(64, 2.0, "envelope", "mono"),
    ),
    (
        "chord.flac",
        "Chord",
        "Four struck strings; order 128 holds three hundredths of a second of them.",
        _preset(128, 0.03, "waveform", "mono"),
    ),
    (
        "fall.csv",
        "A fall",
        "Acceleration of a person who stands, walks, hurries and falls.",
        _preset(64, 4.0, "waveform", "acc_z"),
    ),
    (
        "heartbeat.csv",
        "Heartbeat",
        "A modelled electrocardiogram; the spikes ask for a high order.",
        _preset(128, 2.0, "waveform", "ECG"),
    ),
)
