"""Labelled regions of a signal: a table of start, end and label beside the file, in seconds.

    day1.wav                  start,end,label
    day1.labels.csv           12.5,14.0,cough

Open the signal, its table, or a folder of such pairs; then all regions of one file serve one purpose. Of a
single file, regions that overlap do.
"""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import remarks
from hippo_studio.learning.datasets.clips import load_clips
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.recordings import Clip, is_readable
from hippo_studio.learning.datasets.words import LABEL, read_words
from hippo_studio.signals import ReadWarning, Region
from hippo_studio.signals.regions import SUFFIX

START = ("start", "begin", "onset", "from", "start_s", "start_time")
END = ("end", "stop", "offset", "to", "end_s", "end_time")


def recognises(where: Path) -> bool:
    """Whether there is a table of regions: this one, one beside this file, or some in this folder."""
    return bool(_tables(where))


def holds_examples(where: Path) -> bool:
    """Whether it is a folder or the table: a signal beside one stays a signal."""
    return where.is_dir() or where.name.lower().endswith(".labels.csv")


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return all regions; DataError if a table lacks its signal or its columns."""
    warnings: list[ReadWarning] = []
    regions: list[tuple[Path, Region, str]] = []
    orphans: list[str] = []
    tables = _tables(where)
    for table in tables:
        signal = _signal_of(table)
        if signal is None:
            orphans.append(table.name)
            continue
        found, bad = regions_of(table)
        if bad:
            warnings.append(
                remarks.LabelsLeftAside(
                    f"{remarks.counted(bad, 'row')} of {table.name} left aside: start < end and a label are "
                    "needed."
                )
            )
        groups = [table.name] * len(found) if len(tables) > 1 else _overlapping(found)
        regions += [(signal, region, group) for region, group in zip(found, groups, strict=True)]
    if not regions:
        lacking = (
            f"no signal lies beside {remarks.listed(orphans)}" if orphans else "the tables hold no region"
        )
        raise DataError(f"{where} has no labelled region that can be used: {lacking}.")
    if orphans:
        warnings.append(
            remarks.LabelsLeftAside(f"No signal lies beside {remarks.listed(orphans)}; left aside.")
        )
    classes = sorted({region.label for _, region, _ in regions})
    clips = [
        Clip(
            path,
            f"{path.name} {region.start:g}–{region.end:g} s",
            classes.index(region.label),
            group=group,
            span=(region.start, region.end),
        )
        for path, region, group in regions
    ]
    return load_clips(where, tuple(classes), clips, like, warnings)


def _tables(where: Path) -> list[Path]:
    if where.is_dir():
        return [where / name for name in sorted(os.listdir(where)) if name.lower().endswith(SUFFIX)]
    if where.name.lower().endswith(SUFFIX):
        return [where]
    beside = [where.with_name(where.name + SUFFIX), where.with_name(where.stem + SUFFIX)]
    return [table for table in beside if table.is_file()][:1]


def _signal_of(table: Path) -> Path | None:
    """The file that a table is about: "a.wav" for "a.labels.csv" and for "a.wav.labels.csv"."""
    stem = table.name[: -len(SUFFIX)]
    names = [name for name in sorted(os.listdir(table.parent)) if not name.lower().endswith(SUFFIX)]
    exact = [name for name in names if name == stem]
    alike = [name for name in names if Path(name).stem == stem and is_readable(Path(name))]
    return next((table.parent / name for name in (*exact, *alike)), None)


def regions_of(table: Path) -> tuple[list[Region], int]:
    """The regions of a table, and how many rows hold none; DataError if it lacks its columns."""
    words = read_words(table)
    start, end, label = words.find(START), words.find(END), words.find(LABEL)
    if start is None or end is None or label is None:
        raise DataError(
            f"{table.name} has the columns {', '.join(words.columns)}; start, end and label are "
            "needed, times in seconds."
        )
    found: list[Region] = []
    for row in words.rows:
        with suppress(ValueError):
            found.append(Region(float(row[start]), float(row[end]), row[label]))
    return found, len(words.rows) - len(found)


def _overlapping(regions: list[Region]) -> list[str]:
    """A group for each region; those that share a moment share the group."""
    groups = [""] * len(regions)
    reach, number = -math.inf, 0
    for index in sorted(range(len(regions)), key=lambda index: regions[index].start):
        region = regions[index]
        if region.start >= reach:
            number += 1
        reach = max(reach, region.end)
        groups[index] = f"{number}"
    return groups
