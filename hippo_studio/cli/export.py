"""``hippo-studio export RUN --to FILE``: a trained model, its kernels or a report, taken home."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from hippo_studio.cli.trained import open_trained

REPORTS = (".html", ".htm")
_WITH_RATE = (".npz", ".csv", ".wav")
"""Files of kernels and spectra, whose times and frequencies a sample rate scales."""


def run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="run folder, or a model.safetensors")],
    to: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="model.safetensors, model.onnx or model.pt2; kernels.npz, .csv or .wav; spectra.csv; "
            "report.html. Repeatable",
            show_default=False,
        ),
    ],
    form: Annotated[
        str, typer.Option(metavar="NAME", help="of a graph: sequence, block or step")
    ] = "sequence",
    length: Annotated[
        int | None,
        typer.Option(metavar="L", help="moments of a sequence or block; samples of a kernel", min=1),
    ] = None,
    sample_rate: Annotated[
        float | None,
        typer.Option(metavar="HZ", help="of kernels and spectra; by default that of the training data"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the files written as JSON")] = False,
) -> None:
    """Write what a training has brought, as the name of FILE says.

    A table whose name begins with “spectra” holds |K(ω)|; any other the convolution kernels. Graphs take
    standardised values, (what was measured − offset) / scale, as the details of the model give them.
    """
    if sample_rate is not None:
        _refuse_unfit_rate(sample_rate, to)
    _refuse_unfit_names(to)
    written: list[Path] = []
    for target in to:
        if target.suffix.lower() in REPORTS:
            from hippo_studio.export.report import write_report

            write_report(run, target)
            written.append(target)
        else:
            written += _export_model(run, target, form, length, sample_rate)
    if as_json:
        print(json.dumps({"run": str(run), "files": [str(file) for file in written]}, ensure_ascii=False))
    else:
        for file in written:
            print(file)


def _refuse_unfit_names(targets: list[Path]) -> None:
    """Raise ValueError for any FILE that cannot be written, before one is."""
    from hippo_studio.export.atomic import refuse_unfit

    for target in targets:
        if target.suffix.lower() not in REPORTS:
            from hippo_studio.export.models import SUFFIXES  # which a report does without: it needs torch

            if target.suffix.lower() not in SUFFIXES:
                known = ", ".join((*SUFFIXES, REPORTS[0]))
                raise ValueError(
                    f"{target} ends in {target.suffix!r}; end the name of a --to FILE in one of {known}."
                )
        refuse_unfit(target)


def _refuse_unfit_rate(sample_rate: float, targets: list[Path]) -> None:
    if not 0 < sample_rate < math.inf:
        raise ValueError(f"--sample-rate is a number of Hz above 0; received {sample_rate:g}.")
    if not any(target.suffix.lower() in _WITH_RATE for target in targets):
        known = ", ".join(_WITH_RATE)
        raise ValueError(
            f"--sample-rate is of kernels and spectra, of which none is written; end the name of a --to FILE "
            f"in one of {known}, or leave it out."
        )


def _export_model(
    run: Path, target: Path, form: str, length: int | None, sample_rate: float | None
) -> list[Path]:
    from hippo_studio.export.kernels import write_spectra
    from hippo_studio.export.models import export_model

    model = open_trained(run).model
    if target.suffix.lower() == ".csv" and target.stem.lower().startswith("spectra"):
        write_spectra(model, target, sample_rate)
        return [target]
    graph = target.suffix.lower() in (".onnx", ".pt2")
    usual = int(model.details.get("length", 1024)) if graph else 1024
    length = usual if length is None else length
    return list(export_model(model, target, form=form, length=length, sample_rate=sample_rate))
