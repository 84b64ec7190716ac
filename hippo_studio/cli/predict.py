"""``hippo-studio predict RUN FILE …``: what a trained model takes signals for."""

import json
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_studio.cli.progress import say_note
from hippo_studio.cli.reading import Reading, read_signal, takes_reading
from hippo_studio.cli.trained import open_trained

if TYPE_CHECKING:
    from hippo_studio.ssm import SequenceModel


@takes_reading
def run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="run folder, or a model.safetensors")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE ...", readable=False, help="signals: sound, tables, arrays")
    ],
    device: Annotated[str, typer.Option(metavar="NAME", help="cpu, cuda, cuda:1, mps or auto")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="print the results as JSON")] = False,
    reading: Reading = MappingProxyType({}),
) -> int:
    """Name the class of each signal, with its probability; a line per FILE.

    A signal at another sampling rate than the model's is taken as it is, and Δ scaled. How a FILE differs
    from what the model learned from is told on stderr. So is a FILE that cannot be read; the others are done,
    and the exit status is 2.
    """
    trained = open_trained(run, device)
    results, refused = [], 0
    for file in files:
        try:
            result = _predict(trained.model, file, reading)
        except (ValueError, OSError) as error:
            refused += 1
            print(" ".join(str(error).split()), file=sys.stderr)
            continue
        results.append(result)
        if not as_json:
            for remark in result["remarks"]:
                say_note(remark)
    if as_json:
        print(json.dumps(results, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        width = max((len(result["file"]) for result in results), default=0)
        for result in results:
            print(f"{result['file']:<{width}}  {result['label']}  {100 * result['probability']:.1f} %")
    return 2 if refused else 0


def _predict(model: "SequenceModel", file: Path, reading: Reading) -> dict[str, Any]:
    from hippo_studio.learning.datasets import holds_examples
    from hippo_studio.learning.likeness import differences
    from hippo_studio.learning.use import channels_for, probabilities
    from hippo_studio.signals.read_warnings import AssumedRate

    signal = read_signal(file, reading)
    assumed = any(isinstance(warning, AssumedRate) for warning in signal.warnings)
    rate = None if assumed else signal.sample_rate
    many = holds_examples(file) and not any(reading.values())
    try:
        found = probabilities(model, signal.samples, rate, signal.channel_names)
    except ValueError as error:
        if not many:
            raise
        raise ValueError(
            f"{file} holds many labelled examples, and no one signal; use evaluate RUN --data {file}."
        ) from error
    rows = channels_for(signal.samples, signal.channel_names, model.details, model.config.d_input)
    remarks = differences(model, str(file), rows, rate)
    if many:
        remarks.append(f"{file} holds many labelled examples, of which one was judged; evaluate judges all.")
    labels = model.details.get("labels") or [str(place) for place in range(found.size)]
    best = int(found.argmax())
    return {
        "file": str(file),
        "label": labels[best],
        "probability": round(float(found[best]), 6),
        "probabilities": {label: round(float(value), 6) for label, value in zip(labels, found, strict=True)},
        "remarks": remarks,
    }
