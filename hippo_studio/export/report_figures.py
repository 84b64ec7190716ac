"""The figures of a report as SVG text: curves, confusion matrix, kernels, spectra, eigenvalues.

Colours are CSS variables of the page, so that a figure follows light, dark and print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.events import EpochEnded
from hippo_studio.learning.portrait import LayerPortrait

WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 16, 34

Line = tuple[NDArray[Any], NDArray[Any], str]
"""Horizontal values, vertical values, and CSS of a stroke."""

TRAIN, VALIDATION = "stroke:var(--train)", "stroke:var(--validation);stroke-width:1.8"
BEFORE, AFTER = "stroke:var(--train);opacity:.5", "stroke:var(--validation);opacity:.75"


def curves(epochs: Sequence[EpochEnded]) -> str:
    """Return loss and accuracy over the epochs, side by side; grey: training, blue: validation."""
    numbers = np.array([epoch.epoch for epoch in epochs], float)

    def both(name: str, factor: float) -> list[Line]:
        return [
            (numbers, factor * np.array([getattr(epoch, f"{part}_{name}") for epoch in epochs]), style)
            for part, style in (("train", TRAIN), ("validation", VALIDATION))
        ]

    return _plot(both("loss", 1), "epoch", "loss") + _plot(both("score", 100), "epoch", "accuracy in %")


def kernels(before: LayerPortrait, after: LayerPortrait, sample_rate: float | None) -> str:
    """Return up to four kernels, as long as they are heard, over time in seconds or in samples.

    A portrait keeps their beginning alone; where they are heard to its end, the axis says so.
    """
    loud = np.abs(np.concatenate([before.kernels, after.kernels])).max(0)
    heard = int(np.flatnonzero(loud >= 0.01 * loud.max())[-1]) if loud.max() > 0 else 0
    lags = np.arange(min(loud.size, max(16, heard + 1)))
    times = lags / sample_rate if sample_rate else lags
    chosen = _few(len(after.channels))
    lines = [
        (times, part.kernels[c, : lags.size], style)
        for part, style in _moments(before, after)
        for c in chosen
    ]
    over = "time in s" if sample_rate else "time in samples"
    return _plot(lines, f"{over}, the first {loud.size} samples" if lags.size == loud.size else over, "K")


def spectra(before: LayerPortrait, after: LayerPortrait, sample_rate: float | None) -> str:
    """Return up to four spectra in dB over the frequency in Hz, or as a share of the sampling rate."""
    turns = after.omega / (2 * math.pi)
    frequencies = turns * sample_rate if sample_rate else turns
    chosen = _few(len(after.channels))
    lines = [
        (frequencies, 20 * np.log10(np.maximum(part.spectrum[c], 1e-6)), style)
        for part, style in _moments(before, after)
        for c in chosen
    ]
    return _plot(lines, "frequency in Hz" if sample_rate else "frequency in 1/sample", "dB")


def plane(before: LayerPortrait, after: LayerPortrait) -> str:
    """Return eigenvalues in the complex plane, with the unit circle: the border of stability."""
    side, radius = HEIGHT, HEIGHT / 2 - 12
    middle = side / 2
    parts = [f'<circle class="axis" cx="{middle}" cy="{middle}" r="{radius:.1f}"/>']
    for layer, style in ((before, "fill:var(--train);opacity:.5"), (after, "fill:var(--validation)")):
        values = layer.eigenvalues.ravel()
        values = values[np.isfinite(values) & (np.abs(values) < 1.1)][:2000]
        parts += [
            f'<circle r="1.6" cx="{middle + radius * v.real:.1f}" cy="{middle - radius * v.imag:.1f}" '
            f'style="{style}"/>'
            for v in values
        ]
    return _svg(side, side, "Eigenvalues", "".join(parts))


def confusion(matrix: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    """Return a confusion matrix, each row shaded by its shares."""
    count = len(matrix)
    cell = max(16, min(44, 640 // max(1, count)))
    margin = 12 + 7 * max((len(_short(label)) for label in labels), default=1)
    parts = []
    for row, counts in enumerate(matrix):
        total = max(1, sum(counts))
        y = margin + row * cell
        if row < len(labels):
            middle = y + cell / 2 + 4
            parts.append(
                f'<text x="{margin - 6}" y="{middle}" text-anchor="end">{escape(_short(labels[row]))}</text>'
            )
            place = margin + row * cell + cell / 2 + 4
            parts.append(
                f'<text transform="translate({place},{margin - 6}) rotate(-90)">'
                f"{escape(_short(labels[row]))}</text>"
            )
        for column, number in enumerate(counts):
            x = margin + column * cell
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" class="axis" '
                f'style="fill:rgb(var(--cell));fill-opacity:{number / total:.3f}"/>'
            )
            if number and cell >= 22:
                parts.append(
                    f'<text x="{x + cell / 2}" y="{y + cell / 2 + 4}" text-anchor="middle">{number}</text>'
                )
    side = margin + count * cell + 4
    return _svg(side, side, "Confusion matrix", "".join(parts))


def _moments(before: LayerPortrait, after: LayerPortrait) -> tuple[tuple[LayerPortrait, str], ...]:
    return (before, BEFORE), (after, AFTER)


def _few(count: int) -> list[int]:
    return sorted({int(place) for place in np.linspace(0, count - 1, min(4, count))})


def _short(label: str) -> str:
    return label if len(label) <= 14 else f"{label[:13]}…"


def _plot(lines: Sequence[Line], horizontal: str, vertical: str) -> str:
    """Return lines in a frame with ticks."""
    finite = [(x[np.isfinite(y)], y[np.isfinite(y)], style) for x, y, style in lines]
    finite = [line for line in finite if line[0].size]
    if not finite:
        return ""
    x_low, x_high = _range(np.concatenate([x for x, _, _ in finite]))
    y_low, y_high = _range(np.concatenate([y for _, y, _ in finite]))
    x_scale = (WIDTH - LEFT - RIGHT) / (x_high - x_low)
    y_scale = (HEIGHT - TOP - BOTTOM) / (y_high - y_low)
    parts = []
    for tick in _ticks(y_low, y_high):
        y = HEIGHT - BOTTOM - (tick - y_low) * y_scale
        parts.append(f'<path class="axis" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="faint" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in _ticks(x_low, x_high):
        x = LEFT + (tick - x_low) * x_scale
        parts.append(
            f'<text class="faint" x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{tick:g}</text>'
        )
    for xs, ys, style in finite:
        points = " ".join(
            f"{LEFT + (x - x_low) * x_scale:.1f},{HEIGHT - BOTTOM - (y - y_low) * y_scale:.1f}"
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
        )
        parts.append(f'<polyline fill="none" style="{style}" points="{points}"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">{escape(horizontal)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 4}">{escape(vertical)}</text>')
    return _svg(WIDTH, HEIGHT, f"{vertical} over {horizontal}", "".join(parts))


def _range(values: NDArray[Any]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-12 * max(1.0, abs(high)):
        return low - 0.5, high + 0.5
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers in the range."""
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= 5)
    first = math.ceil(low / step)
    return [round(step * place, 12) for place in range(first, math.floor(high / step) + 1)]


def _svg(width: float, height: float, title: str, content: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>{content}</svg>"
    )
