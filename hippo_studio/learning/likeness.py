"""How a signal differs from what a model learned from, in sentences: what its answer is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.ssm import SequenceModel

QUIET = 1e-3
"""Of the spread that the model learned from: what varies less is as good as silent."""
LONGER = 1.1
"""How many times the longest, or part of the shortest, example is another length."""
NEAR = 0.01
"""Rates that differ by a smaller part are the same, as those of a sensor and its nominal rate are."""


def differences(
    model: SequenceModel, name: str, samples: NDArray[Any], sample_rate: float | None
) -> list[str]:
    """Return a sentence for each way in which a signal is unlike what the model learned from.

    Parameters
    ----------
    name : of the signal, as the sentences call it.
    samples : (channels, T), as `use.probabilities` takes them, in the model's channels.
    sample_rate : Hz; None if it is not known.
    """
    own = model.details.get("sample_rate")
    found = [
        _silence(model, name, samples),
        _rate(model, name, own, sample_rate),
        _length(model, name, samples.shape[1], own, sample_rate),
    ]
    return [sentence for sentence in found if sentence]


def while_followed(model: SequenceModel, sample_rate: float) -> list[str]:
    """Return a sentence for each way in which a signal that a model follows is unlike its examples.

    A model that knows its sampling rate hears a signal of any length resampled to it; `sample_rate` in Hz.
    """
    own = model.details.get("sample_rate")
    median = model.details.get("length")
    _, most = model.details.get("lengths") or (median, median)
    if own is None:
        reach = f": its examples of {_said(most)} of them would be {most / sample_rate:.3g} s" if most else ""
        return [
            "The model learned from samples without a rate, and takes those of this signal, "
            f"{sample_rate:g} a second, for such samples{reach}. "
            "Trust it only where signals are sampled alike."
        ]
    if sample_rate < own * (1 - NEAR):
        return [
            f"The model learned at {own:g} Hz, and this signal has {sample_rate:g} Hz: "
            f"it lacks what is above {sample_rate / 2:g} Hz, so trust it less."
        ]
    return []


def _silence(model: SequenceModel, name: str, samples: NDArray[Any]) -> str:
    scale = np.asarray(model.details.get("scale") or (1.0,), float)
    spread = float(np.max(np.std(samples, axis=1) / scale))
    if spread >= QUIET:
        return ""
    how = "its samples are all the same" if spread == 0 else "it varies far less than what was learned from"
    return f"{name} is silent ({how}), so its class means nothing."


def _rate(model: SequenceModel, name: str, own: float | None, sample_rate: float | None) -> str:
    if own is None:
        return ""
    if sample_rate is None:
        return f"{name} tells no sampling rate; that of the model was taken, {own:g} Hz."
    if abs(own / sample_rate - 1) < NEAR:
        return ""
    rates = f"{name} is sampled at {sample_rate:g} Hz, and the model learned at {own:g} Hz"
    if model.follows_rate:
        return f"{rates}; Δ was scaled by {own / sample_rate:.3g}."
    return f"{rates}; it has no Δ to scale, so trust it less, or resample the file first."


def _length(
    model: SequenceModel, name: str, samples: int, own: float | None, sample_rate: float | None
) -> str:
    median = model.details.get("length")
    least, most = model.details.get("lengths") or (median, median)
    if least is None or most is None:
        return ""
    ratio = own / sample_rate if own and sample_rate and model.follows_rate else 1.0
    if least / LONGER <= samples * ratio <= most * LONGER:
        return ""
    if own and sample_rate and model.follows_rate:
        here, shortest, longest, unit = samples / sample_rate, least / own, most / own, "s"
    else:
        here, shortest, longest, unit = samples, least, most, "samples"
    learned = _said(longest) if least == most else f"{_said(shortest)} to {_said(longest)}"
    return (
        f"{name} is {_said(here)} {unit} long, and the model learned from {learned} {unit}; it was judged "
        "whole, neither cropped nor padded, so trust it less."
    )


def _said(number: float) -> str:
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"
