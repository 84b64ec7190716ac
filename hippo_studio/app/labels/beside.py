"""The labels that lie beside a file: written there, and put on the signal read from it. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hippo_studio.signals import Region, Signal
from hippo_studio.signals.regions import table_beside, table_text


def labelled(signal: Signal, path: Path) -> Signal:
    """The signal with the labels of the table beside its file, if there is one; else with its own."""
    table = table_beside(path)
    if not table.is_file():
        return signal
    from hippo_studio.learning.data import DataError
    from hippo_studio.learning.datasets.regions import regions_of
    from hippo_studio.learning.datasets.remarks import LabelsLeftAside

    try:
        regions, _ = regions_of(table)
    except DataError as error:
        return replace(signal, warnings=(*signal.warnings, LabelsLeftAside(str(error))))
    return replace(signal, regions=tuple(regions))


def write_labels(path: Path, regions: Iterable[Region]) -> Path:
    """Write the table of labels beside a file, and return where. Raises ExportError, one sentence."""
    from hippo_studio.export.atomic import atomic_text

    table = table_beside(path)
    atomic_text(table, table_text(regions))
    return table
