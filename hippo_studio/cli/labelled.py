"""What labelled data hold: the counterpart of `describe_file` for what a classifier learns from."""

from pathlib import Path
from typing import Any

SUFFIXES = (".ts", ".arff")
"""Files that hold labelled series and no signal."""


def is_labelled(file: Path) -> bool:
    """Whether a path names labelled data rather than a signal: a folder, an archive's file, task:NAME."""
    return str(file).startswith("task:") or file.is_dir() or file.suffix.lower() in SUFFIXES


def describe_data(source: str) -> dict[str, Any]:
    """Return the facts about labelled data, without decoding them: examples, lengths, classes."""
    from hippo_studio.learning.datasets import open_data, preview

    seen = preview(open_data(source))
    train, validation, test = seen.examples
    return {
        "data": source,
        "title": seen.title,
        "examples": {"train": train, "validation": validation, "test": test},
        "inputs": seen.d_input,
        "sample_rate": seen.sample_rate,
        "moments": {"shortest": seen.shortest, "median": seen.median, "longest": seen.longest},
        "classes": {one.label: one.total for one in seen.classes},
        "remarks": " ".join(seen.sentences),
        "warnings": [str(warning) for warning in seen.warnings],
    }
