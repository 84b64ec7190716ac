"""``hippo-studio train --model minirocket``: the random-convolution baseline, fitted in one go."""

import json
from pathlib import Path
from typing import Any

from hippo_studio.cli.progress import progress_bar, say_note


def fit(flat: dict[str, Any], folder: Path, threads: int | None, as_json: bool) -> int:
    """Fit MiniRocket to what the keys name, on the splits that a model would have; print its report."""
    from hippo_studio.learning import rocket
    from hippo_studio.learning.configuration import check
    from hippo_studio.learning.datasets import open_data
    from hippo_studio.learning.runs import plain

    rocket.check_keys(flat)
    asked = check({name: value for name, value in flat.items() if name != "model"})
    opened = open_data(asked.data, test=asked.test, seed=asked.seed)
    rocket.check_data(opened)
    with progress_bar(f"Reading {opened.title}") as report:
        data = opened.prepare(report)
    for warning in data.warnings:
        say_note(str(warning))
    with progress_bar(f"Fitting {rocket.TITLE}") as report:
        found = rocket.fit_baseline(
            data,
            folder,
            seed=asked.seed,
            test=asked.test,
            threads=threads or 1,
            progress=report,
            notice=say_note,
        )
    if as_json:
        print(json.dumps(plain({"run": str(folder), **found}), ensure_ascii=False, indent=2, allow_nan=False))
        return 0
    print(
        f"{rocket.TITLE} on {found['title']}: accuracy {100 * found['accuracy']:.2f} % on {found['targets']} "
        f"of {found['split']}, {found['parameters']} parameters of ridge, in {found['seconds']:.1f} s on "
        f"{found['device']}\nrun: {folder}"
    )
    return 0
