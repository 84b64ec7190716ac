"""The UCR and UEA archives: .ts, .tsv, .arff, with their given training and test parts.

`Name_TRAIN.ts` and `Name_TEST.ts` belong together: open either, their folder, or the stem `path/Name`. Series
may differ in length, lack values and have many channels. Formats: https://www.timeseriesclassification.com
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets.archive_files import read_archive_file
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.remarks import listed
from hippo_studio.learning.datasets.series import load_series
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.signals.readers import HEAD
from hippo_studio.signals.readers.beside import is_archive

SUFFIXES = (".ts", ".tsv", ".arff", ".txt")
"""Of files of the same name, the first is read."""
DEFAULTS = {"causal": False, "label_smoothing": 0.1, "mixup": 0.3}
"""A series of an archive is there as a whole before it is classified: a model may look both ways (ArrowHead:
82 % instead of 75 %, one seed). Whoever wants to follow a live signal sets causal = true. The sets are small
and learned by heart: mixed pairs and smoothed labels take JapaneseVowels from 97.8 and 96.5 % to 98.4 and
98.9 % (seeds 0, 1), leave GunPoint at 98.0 % (seed 0), and ItalyPowerDemand at 95.9 and 96.6 % from 96.6 and
96.6 %."""
SPARED_FROM = 150
"""Examples in a training part, below which none is spared to validate by: a choice among epochs by so few is
a throw of dice, what they teach is worth more, and published results use them all."""
_PART = re.compile(r"(?P<stem>.+)_(?P<part>TRAIN|TEST)(?P<suffix>\.\w+)", re.IGNORECASE)


def recognises(where: Path) -> bool:
    """Whether this is a file of an archive, a folder with one set, or the stem of a pair."""
    if where.is_file():
        if where.suffix.lower() in (".ts", ".arff"):
            return True
        in_pair = _PART.fullmatch(where.name) is not None
        return (
            where.suffix.lower() in SUFFIXES
            and (in_pair or where.suffix.lower() == ".tsv")
            and _numeric(where)
        )
    if where.is_dir():
        return bool(_stems(where))
    return bool(_pair(where.parent, where.name))


def holds_examples(where: Path) -> bool:
    """Whether no doubt is left: a headless table of few columns may be a signal."""
    if not where.is_file() or where.suffix.lower() in (".ts", ".arff"):
        return True
    with where.open("rb") as stream:
        return is_archive(where, stream.read(HEAD))


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return the series of a set; with `like`, of the file named alone."""
    files = _files(where, alone=like is not None)
    series, warnings = [], []
    for path, role in files:
        found = read_archive_file(path, role, several=len(files) > 1)
        series += found.series
        warnings += found.warnings
    match = _PART.fullmatch(files[0][0].name)
    title = match["stem"] if match else files[0][0].stem
    loaded = load_series(
        str(where),
        title,
        series,
        origin=str(files[0][0]) if len(files) == 1 else "",
        warnings=warnings,
    )
    loaded = replace(loaded, described=replace(loaded.described, defaults=DEFAULTS))
    few = int((loaded.roles == Role.OPEN).sum()) < SPARED_FROM
    return replace(loaded, validation_share=0.0) if few and len(files) > 1 else loaded


def _files(where: Path, alone: bool) -> list[tuple[Path, Role]]:
    """The files to read, and what each is for."""
    if where.is_file():
        match = _PART.fullmatch(where.name)
        if alone or match is None:
            return [(where, Role.OPEN)]
        pair = {**_pair(where.parent, match["stem"]), **_pair(where.parent, match["stem"], where.suffix)}
        return _in_order(pair) if len(pair) == 2 else [(where, Role.OPEN)]
    if where.is_dir():
        stems = _stems(where)
        named = [stem for stem in stems if stem.lower() == where.resolve().name.lower()]
        stem = named[0] if named else min(stems, key=len)
        others = [other for other in stems if not other.startswith(stem)]
        if others and not named:
            raise DataError(
                f"{where} holds several sets: {listed(sorted(stems))}; open one of them, as {where / stem}."
            )
        return _in_order(_pair(where, stem))
    return _in_order(_pair(where.parent, where.name))


def _in_order(pair: dict[str, Path]) -> list[tuple[Path, Role]]:
    """The training file, whose series may also validate, then the test file."""
    if "train" not in pair:
        raise DataError(f"{pair['test'].name} has no training part beside it; it is needed to learn from.")
    files = [(pair["train"], Role.OPEN)]
    return [*files, (pair["test"], Role.TEST)] if "test" in pair else files


def _pair(folder: Path, stem: str, suffix: str | None = None) -> dict[str, Path]:
    """The files of a set by their part, "train" and "test", in the first format that both have."""
    if not folder.is_dir() or not stem:
        return {}
    best: dict[str, Path] = {}
    for ending in (suffix.lower(),) if suffix else SUFFIXES:
        pair = {}
        for name in os.listdir(folder):
            match = _PART.fullmatch(name)
            if match and match["stem"] == stem and match["suffix"].lower() == ending:
                pair[match["part"].lower()] = folder / name
        if len(pair) > len(best):
            best = pair
    return best


def _stems(folder: Path) -> set[str]:
    matches = (_PART.fullmatch(name) for name in os.listdir(folder))
    return {
        match["stem"]
        for match in matches
        if match and match["suffix"].lower() in SUFFIXES and match["part"].lower() == "train"
    }


def _numeric(path: Path) -> bool:
    """Whether the first line is numbers alone: a label and its series."""
    with path.open("rb") as file:
        cells = re.split(r"[\t, ]+", file.readline(1 << 20).decode("ascii", errors="replace").strip())
    try:
        return len([float(cell) for cell in cells if cell]) > 2
    except ValueError:
        return False
