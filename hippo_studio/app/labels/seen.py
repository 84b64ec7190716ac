"""A labelled signal as it is seen, tools and all, as a file that can be learned from. Free of Qt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.labels.beside import write_labels
from hippo_studio.app.labels.editing import Regions
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal
from hippo_studio.signals.capture.recording import recordings_folder
from hippo_studio.signals.read_warnings import AssumedRate
from hippo_studio.signals.readers.arrays import RATE_NAMES, TIME_NAMES
from hippo_studio.signals.regions import SUFFIX, table_text
from hippo_studio.signals.tools import Step, in_use
from hippo_studio.signals.tools.tool import moved

MOST_KEPT = 20
"""Such files that are kept, the newest, besides those that runs learned from."""
MOST_NUMBERS = 1 << 27
"""Samples of all channels that are written: 1 GB."""
_TAKEN = (*TIME_NAMES, *RATE_NAMES, "file", "allow_pickle")  # the last two are of `np.savez` itself


def labelled_folder() -> Path:
    """Where such files lie."""
    return recordings_folder().with_name("labelled")


def is_as_in_its_file(entry: SignalEntry, steps: Iterable[Step]) -> bool:
    """Whether reading the file of a line anew, as one who learns from it does, gives what is seen."""
    return bool(entry.path) and not entry.options and not in_use(steps)


def write_seen(signal: Signal, regions: Regions, in_use: Callable[[], set[Path]] = set) -> Path:
    """Write a signal and its labels, on its own clock, and return where; the same ones are written once.

    Old ones of which there are many go, but none of those `in_use`.

    Raises
    ------
    ValueError
        It is longer than what is written. ExportError, one too: the disk refuses.
    """
    from hippo_studio.export.atomic import atomic_write

    if signal.samples.size > MOST_NUMBERS:
        raise ValueError(
            f"{signal.title} has {signal.samples.size:,} samples, more than are written to be learned from; "
            "crop it, or switch its tools off."
        )
    regions = moved(regions, 0.0, signal.duration)
    samples = np.asarray(signal.samples[:, :])
    digest = hashlib.blake2b(np.ascontiguousarray(samples).tobytes(), digest_size=4)
    digest.update(f"{signal.sample_rate}{signal.channel_names}{table_text(regions)}".encode())
    stem = re.sub(r"[^\w. -]+", " ", Path(signal.title).stem)[:60].strip() or "signal"
    path = labelled_folder() / f"{stem} as seen {digest.hexdigest()}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {}
    for channel, row in zip(signal.channel_names, samples, strict=True):
        arrays[_array_name(channel, arrays)] = row
    if not any(isinstance(one, AssumedRate) for one in signal.warnings):
        arrays["fs"] = np.float64(signal.sample_rate)
    with atomic_write(path) as file:
        np.savez(file, **arrays)
    write_labels(path, regions)
    _keep_newest({path, *in_use()})
    return path


def _array_name(channel: str, others: Collection[str]) -> str:
    """A channel's name, where it says nothing else among arrays, such as a time, a rate or another one."""
    name = re.sub(r"[./\\]", "_", channel)
    name = f"{name} channel" if name.lower() in _TAKEN else name
    return next(one for one in chain([name], (f"{name} {k}" for k in count(2))) if one not in others)


def _keep_newest(kept: set[Path]) -> None:
    files = sorted(labelled_folder().glob("*.npz"), key=lambda path: path.stat().st_mtime)
    for path in files[: max(len(files) - MOST_KEPT, 0)]:
        if path not in kept:
            path.unlink(missing_ok=True)
            path.with_name(path.stem + SUFFIX).unlink(missing_ok=True)
