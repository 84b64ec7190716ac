"""What labelled data hold: the counterpart of `describe_file` for what a classifier learns from."""

from pathlib import Path
from typing import Any

from hippo_studio.cli.progress import progress_bar


def is_labelled(file: Path) -> bool:
    """Whether a path names labelled data rather than a signal: a folder, a file of examples, task:NAME."""
    if str(file).startswith("task:") or file.is_dir():
        return True
    from hippo_studio.learning.datasets import holds_examples

    return file.is_file() and holds_examples(file)


def labels_of_signal(file: Path) -> tuple[str, str]:
    """Return where a signal's own labels are, as a sentence, and the column that holds them; "" for none."""
    from hippo_studio.learning.datasets import label_of_moments
    from hippo_studio.signals.regions import table_beside

    learn = f"train --data {file} learns from them"
    if not file.is_file():
        return "", ""
    if table_beside(file).is_file():
        return f"in {table_beside(file).name} beside it; {learn}", ""
    if column := label_of_moments(file):
        return f"one for each moment, in the column {column!r}; {learn}", column
    return "", ""


def describe_data(source: str) -> dict[str, Any]:
    """Return the facts about labelled data, decoded if they are not too many: examples, lengths, classes."""
    from hippo_studio.learning.datasets import find_source, looked_through, open_data, preview

    data = open_data(source, to_learn=False)
    with progress_bar(f"Reading {data.title}") as report:
        data = looked_through(data, report)
    seen = preview(data)
    train, validation, test = seen.examples
    built_in = source.startswith("task:")
    return {
        "data": source,
        "title": seen.title,
        "kind": "built-in task" if built_in else f"labelled examples, {find_source(Path(source)).title}",
        "examples": {"train": train, "validation": validation, "test": test},
        "inputs": seen.d_input,
        "channel_names": list(data.channel_names),
        "sample_rate": seen.sample_rate,
        "moments": {"shortest": seen.shortest, "median": seen.median, "longest": seen.longest}
        if seen.longest
        else None,  # known once they are decoded
        "classes": {one.label: one.total for one in seen.classes},
        "remarks": " ".join(seen.sentences),
        "warnings": [str(warning) for warning in seen.warnings],
    }
