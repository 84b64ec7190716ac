"""The portraits of a training in their order, few enough to be kept: `portraits.npz` of a run folder.

When there are too many, every second one is dropped and from then on every second one is taken up, so that
the film covers the whole training evenly. Its first picture, from before the first step, always stays.

In the file: `steps` (P,), `epochs` (P,), `layers` (JSON: names and titles), and for layer i `i.channels`,
`i.omega`, and with a first dimension P `i.kernels`, `i.spectrum`, `i.eigenvalues`, `i.modes`,
`i.timescales`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from hippo_studio.export.atomic import atomic_write
from hippo_studio.learning.portrait import LayerPortrait, Portrait

ROOM = 8 << 20
"""Bytes that a film may have; it holds at least 16 portraits whatever they take."""

STILL = ("channels", "omega")
MOVING = ("kernels", "spectrum", "eigenvalues", "modes", "timescales")


class Film:
    """The portraits of one training."""

    def __init__(self, portraits: tuple[Portrait, ...] = ()) -> None:
        self._portraits = list(portraits)
        self._stride, self._waiting = 1, 0

    @property
    def portraits(self) -> tuple[Portrait, ...]:
        """All that are kept, the oldest first."""
        return tuple(self._portraits)

    def shows(self, step: int) -> bool:
        """Whether its last picture is of this step."""
        return bool(self._portraits) and self._portraits[-1].step == step

    def append(self, portrait: Portrait) -> None:
        """Take a portrait up, if it is its turn."""
        if not portrait.layers:
            return
        if self._portraits and self._waiting > 0:
            self._waiting -= 1
            return
        self._portraits.append(portrait)
        self._waiting = self._stride - 1
        if len(self._portraits) > max(16, ROOM // _size(portrait)):
            self._portraits = self._portraits[::2]
            self._stride *= 2
            self._waiting = self._stride - 1

    def cut(self, step: int) -> None:
        """Drop the portraits from after `step`: training goes on from there."""
        self._portraits = [portrait for portrait in self._portraits if portrait.step <= step]

    def write(self, file: Path) -> None:
        """Write the film; OSError, in a sentence, if the disk refuses. One without pictures makes no file."""
        if not self._portraits:
            return
        arrays = {
            "steps": np.array([portrait.step for portrait in self._portraits]),
            "epochs": np.array([portrait.epoch for portrait in self._portraits]),
            "stride": np.array(self._stride),
        }
        layers = self._portraits[0].layers
        arrays["layers"] = np.array(json.dumps([[layer.name, layer.title] for layer in layers]))
        for place, layer in enumerate(layers):
            for name in STILL:
                arrays[f"{place}.{name}"] = getattr(layer, name)
            for name in MOVING:
                moments = [getattr(portrait.layers[place], name) for portrait in self._portraits]
                arrays[f"{place}.{name}"] = np.stack(moments)
        with atomic_write(file) as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, file: Path) -> Film:
        """Return the film of a file; an empty one if there is none or it cannot be read."""
        try:
            with np.load(file, allow_pickle=False) as arrays:
                values = {name: arrays[name] for name in arrays.files}
            names = json.loads(str(values["layers"]))
            for place in range(len(names)):  # a film from before λΔ was kept: what Ā tells of it
                if f"{place}.modes" not in values:
                    values[f"{place}.modes"] = np.log(values[f"{place}.eigenvalues"])
            film = cls(
                tuple(
                    Portrait(int(step), float(epoch), _layers(values, names, moment))
                    for moment, (step, epoch) in enumerate(
                        zip(values["steps"], values["epochs"], strict=True)
                    )
                )
            )
            film._stride = max(1, int(values["stride"]))
        except (OSError, KeyError, ValueError, TypeError, IndexError, BadZipFile, EOFError):
            return cls()
        return film


def _layers(
    values: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]], names: list[list[str]], moment: int
) -> tuple[LayerPortrait, ...]:
    known = [key.name for key in fields(LayerPortrait)][2:]
    return tuple(
        LayerPortrait(
            name,
            title,
            **{
                key: values[f"{place}.{key}"] if key in STILL else values[f"{place}.{key}"][moment]
                for key in known
            },  # type: ignore[arg-type]
        )
        for place, (name, title) in enumerate(names)
    )


def _size(portrait: Portrait) -> int:
    return max(1, sum(int(getattr(layer, name).nbytes) for layer in portrait.layers for name in MOVING))
