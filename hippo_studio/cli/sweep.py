"""``hippo-studio sweep SWEEP.toml --out FOLDER``: train with many settings, and say which are best."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hippo_studio.cli.progress import say_note
from hippo_studio.cli.train import read_toml


def run(
    file: Annotated[
        Path, typer.Argument(metavar="SWEEP.toml", help="keys of all trainings, and a table [search]")
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="where the runs go, a folder each")],
    trials: Annotated[int, typer.Option(metavar="N", help="settings to try in all", min=1)] = 20,
    processes: Annotated[int, typer.Option(metavar="P", help="trainings at once", min=1, max=256)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="print the results as JSON")] = False,
) -> None:
    """Train with settings that optuna draws from [search], and list them, the best first.

    The same command again goes on; started on several machines that share FOLDER, they share the work.
    """
    from hippo_studio.learning.sweeping import Sweep, run_sweep

    tried = run_sweep(Sweep.from_dict(read_toml(file)), out, trials, processes, say_note)
    if as_json:
        content = [
            {"trial": one.number, "score": one.score, "keys": one.drawn, "run": str(one.folder)}
            for one in tried
        ]
        print(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False))
        return
    for one in tried:
        score = "ended early" if one.score is None else f"{100 * one.score:.2f} %"
        keys = ", ".join(f"{name} = {value}" for name, value in one.drawn.items())
        print(f"{score:>11}  {one.folder}  {keys}")
