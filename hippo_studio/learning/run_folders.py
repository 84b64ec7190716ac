"""The runs in a folder of runs, the trials of its sweeps among them: listed, and deleted. Without torch."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hippo_studio.learning.runs import SWEEPS, Run, RunError, is_run, is_sweep, open_run, read_config


def list_runs(folder: str | os.PathLike[str]) -> list[Run]:
    """Return the runs in a folder of runs, the newest first; whatever else lies there is passed over.

    The trials of its sweeps are among them.
    """
    runs = []
    for path in _run_folders(Path(folder)):
        try:
            runs.append(open_run(path))
        except (RunError, OSError):
            continue  # being deleted, or of another program
    return sorted(runs, key=lambda run: -run.modified)


def data_in_use(folder: str | os.PathLike[str]) -> set[Path]:
    """Return the files and folders that the runs in a folder of runs learned from, or are tested on."""
    found: set[Path] = set()
    for path in _run_folders(Path(folder)):
        with suppress(RunError, OSError):
            config = read_config(path)
            found.update(Path(str(config[key])) for key in ("data", "test") if config.get(key))
    return found


def delete_run(folder: str | os.PathLike[str]) -> None:
    """Delete a run folder with all that is in it; RunError if it is none."""
    path = Path(folder)
    if not is_run(path):
        raise RunError(f"{path} is no run folder, so it is not deleted.")
    shutil.rmtree(path)


def _run_folders(folder: Path) -> Iterator[Path]:
    for child in sorted(folder.iterdir()) if folder.is_dir() else []:
        if is_run(child):
            yield child
        elif child.name == SWEEPS or is_sweep(child):
            yield from _run_folders(child)
