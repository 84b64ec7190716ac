"""``hippo-studio evaluate RUN``: how good a trained model is on data, also at another sampling rate."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hippo_studio.cli.progress import progress_bar, say_note
from hippo_studio.cli.trained import open_trained

PARTS = ("test", "validation", "train", "all")


def run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="run folder, or a model.safetensors")],
    data: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="folder, file or task:NAME; the run's own data if not given"),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="test, validation, train or all; by default test of the run's own data, all of others",
        ),
    ] = None,
    sample_rate_factor: Annotated[
        float, typer.Option(metavar="F", help="resample the data by F, and scale Δ by 1 / F: 0.5 is half")
    ] = 1.0,
    batch_size: Annotated[int, typer.Option(metavar="B", help="examples at once", min=1)] = 64,
    device: Annotated[str, typer.Option(metavar="NAME", help="cpu, cuda, cuda:1, mps or auto")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
) -> None:
    """Say how many examples a trained model classifies right, and which classes it takes for which."""
    if part is not None and part not in PARTS:
        raise ValueError(f"--part is {part!r}; one of {', '.join(PARTS)} is needed.")
    trained = open_trained(run, device)

    from hippo_studio.learning.datasets import open_data
    from hippo_studio.learning.use import evaluate_on
    from hippo_studio.learning.whereabouts import absolute, open_data_of

    source, own = data or trained.data, data is None or absolute(data) == absolute(trained.data)
    if not source:
        raise ValueError(f"{run} does not say what it learned from; add --data SOURCE.")
    if own:
        opened = open_data_of(run, {"data": trained.data, "test": trained.test, "seed": trained.seed})
    else:
        opened = open_data(source, to_learn=False)
    with progress_bar(f"Reading {opened.title}") as report:
        opened = opened.prepare(report)
    if part is None:
        part = ("test" if len(opened.test) else "validation") if own else "all"
    splits = {"test": [opened.test], "validation": [opened.validation], "train": [opened.train]}
    splits["all"] = [opened.train, opened.validation, opened.test]
    with progress_bar(f"Evaluating {trained.model.title}") as report:
        found = evaluate_on(
            trained.model,
            opened,
            splits[part],
            factor=sample_rate_factor,
            batch_size=batch_size,
            notice=say_note,
            progress=report,
        )
    labels = list(trained.model.details.get("labels", opened.labels))
    result = {
        "run": str(run),
        "data": source,
        "part": part,
        "sample_rate_factor": sample_rate_factor,
        "score": opened.score,
        "accuracy": found.score,
        "loss": found.loss,
        "targets": found.targets,
        "labels": labels,
        "confusion_matrix": None if found.confusion is None else found.confusion.tolist(),
    }
    if as_json:
        from hippo_studio.learning.runs import plain

        print(json.dumps(plain(result), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print(result, trained.model.title, opened.title)


def _print(result: dict[str, Any], model: str, title: str) -> None:
    rate = "" if result["sample_rate_factor"] == 1 else f" at {result['sample_rate_factor']:g} of its rate"
    print(
        f"{model} on {title}, {result['part']}{rate}: accuracy {100 * result['accuracy']:.2f} % of "
        f"{result['targets']}, loss {result['loss']:.4f}"
    )
    matrix, labels = result["confusion_matrix"], result["labels"]
    if matrix is None or len(labels) > 40:
        return
    width = max(map(len, labels))
    for label, row in zip(labels, matrix, strict=True):
        total = sum(row)
        if total:
            mistakes = sorted(
                ((count, other) for other, count in zip(labels, row, strict=True) if other != label),
                reverse=True,
            )
            taken = ", ".join(f"{count} for {other}" for count, other in mistakes[:3] if count)
            right = 100 * row[labels.index(label)] / total
            print(f"  {label:<{width}}  {right:5.1f} % of {total}{f'; taken {taken}' if taken else ''}")
