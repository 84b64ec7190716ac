"""``hippo-studio train``: fit a classifier to labelled sequences, without a window."""

import json
import os
import signal
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_studio.cli import baseline
from hippo_studio.cli.progress import progress_bar, say_note

if TYPE_CHECKING:
    from hippo_studio.learning.control import Control
    from hippo_studio.learning.events import Event, Finished

BASELINE = "minirocket"
"""The name of `learning.rocket`, which is not imported for it: a command line should answer at once."""


def run(
    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG.toml]", help="keys of the training and the model")
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="what to learn from: a folder, a file, task:NAME")
    ] = None,
    test: Annotated[str | None, typer.Option(metavar="SOURCE", help="what to report on")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="s4, s4d, h3, lssl, lstm, transformer …; minirocket")
    ] = None,
    epochs: Annotated[int | None, typer.Option(metavar="E", help="how often every example is seen")] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help="of everything that is random")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="cpu, cuda, cuda:1, mps or auto")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="any other key; --set help lists them. Repeatable"),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="RUN", help="run folder to write")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="run folder to go on with")] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", help="most cores to compute on", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> int:
    """Fit a classifier to labelled sequences; keys that are not given suit the data.

    Ctrl-C saves a checkpoint; the same command again, or --resume RUN, goes on from it. Under torchrun
    several processes share each batch.
    """
    if set_ and "help" in set_:
        return _list_keys()
    options = {"data": data, "test": test, "model": model, "epochs": epochs, "seed": seed, "device": device}
    given = {name: value for name, value in options.items() if value is not None} | parse_keys(set_ or [])
    flat, folder = _what_to_train(config, given, out, resume)
    if flat.get("model") == BASELINE:
        return baseline.fit(flat, folder, threads, as_json)
    finished, error = train(flat, folder, threads=threads)
    if error is not None and "HIPPO_STUDIO_TRACEBACK" in os.environ:
        raise error
    return _say(finished, error, folder, as_json)


def parse_keys(pairs: list[str]) -> dict[str, Any]:
    """Return KEY=VALUE pairs as values: numbers, true, false, [lists] as in TOML, all else as text."""
    keys = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"--set is {pair!r}; KEY=VALUE is needed, as in --set lr=0.001.")
        try:
            keys[name.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            keys[name.strip()] = text.strip()
    return keys


def _list_keys() -> int:
    from hippo_studio.learning.settings import TrainingSettings
    from hippo_studio.ssm.config import ModelConfig

    for title, described in (
        ("Training", TrainingSettings.describe()),
        ("Model", ModelConfig.describe()),
    ):
        print(f"{title}:")
        for name, meaning in described.items():
            print(f"  {name:<18} {meaning}")
    return 0


def _what_to_train(
    config: Path | None, given: dict[str, Any], out: Path | None, resume: Path | None
) -> tuple[dict[str, Any], Path]:
    """Return the flat keys, and the run folder."""
    if resume is not None:
        if out is not None or config is not None:
            raise ValueError("--resume RUN needs neither CONFIG.toml nor --out: both are in RUN.")
        return _what_goes_on(resume, given), resume
    flat = {**(read_toml(config) if config is not None else {}), **given}
    if not flat.get("data"):
        raise ValueError("Nothing to learn from is given; give CONFIG.toml, or --data task:digits.")
    if out is None:
        raise ValueError("No run folder is given; add --out RUN.")
    return flat, out


def _what_goes_on(folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Return the flat keys of a run that goes on; one that is over does for as many epochs as are given."""
    from hippo_studio.learning.configuration import check
    from hippo_studio.learning.events import StopReason
    from hippo_studio.learning.going_on import given_more, is_over
    from hippo_studio.learning.runs import open_run

    run = open_run(folder)
    flat = {**run.config, **given}
    done, epochs = len(run.epochs), check(flat).epochs
    if not is_over(run):
        return flat
    if "epochs" in given and epochs > done:
        return {**given_more(flat, epochs), **given}
    if run.ending is StopReason.CONVERGED:
        say_note(f"{folder} ended early, after {done} epochs; --epochs E gives it more.")
    elif epochs <= done:
        say_note(f"All {done} epochs of {folder} are done; --epochs E gives it more.")
    return flat


def read_toml(file: Path) -> dict[str, Any]:
    """Return what a TOML file holds, its data first looked for beside it.

    ValueError in a sentence if there is none.
    """
    from hippo_studio.learning.whereabouts import found_beside

    try:
        return found_beside(tomllib.loads(file.read_text(encoding="utf-8")), file)
    except FileNotFoundError:
        raise ValueError(f"There is no file {file}; give a CONFIG.toml, or --data and --model.") from None
    except IsADirectoryError:
        raise ValueError(
            f"{file} is a folder; a TOML file is needed, and what to learn from is its key data, or --data."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{file} is no TOML: {str(error).rstrip('.')}.") from error


def train(
    flat: dict[str, Any], folder: Path, threads: int | None = None
) -> tuple["Finished", Exception | None]:
    """Open the data and train, with progress on a terminal; also what made it fail, if anything did."""
    from hippo_studio.learning.configuration import check, configure
    from hippo_studio.learning.control import Control
    from hippo_studio.learning.whereabouts import open_data_of

    asked = check(flat)
    opened = open_data_of(folder, asked.to_dict())
    configure(flat, opened, folder)  # what cannot be is refused before everything is decoded
    with progress_bar(f"Reading {opened.title}") as report:
        data = opened.prepare(report)
    settings, model = configure(flat, data, folder)

    from hippo_studio.learning.trainer import Trainer

    control = Control()
    with _progress() as tell, _stopped_by_signals(control):
        trainer = Trainer(settings, model, data, folder, tell, control, threads)
        finished = trainer.run()
    return finished, trainer.error


@contextmanager
def _stopped_by_signals(control: "Control") -> Iterator[None]:
    """Let Ctrl-C, and a request to terminate, end training in order; a second one ends it at once."""

    def stop(number: int, frame: object) -> None:
        if control.stopped:
            raise KeyboardInterrupt
        control.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress() -> Iterator[Callable[["Event"], None]]:
    """Yield a listener: a bar on a terminal; what the person should know on stderr, also in a pipe."""
    from hippo_studio.learning.events import BatchEnded, EpochEnded, Noticed, Started

    if not sys.stderr.isatty():

        def notice(event: "Event") -> None:
            if isinstance(event, Noticed):
                print(f"note: {event.sentence}", file=sys.stderr)

        yield notice
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Training", total=1.0, figures="")
        epochs = total = 1
        validation, judged = "", "validation"

        def tell(event: "Event") -> None:
            nonlocal epochs, total, validation, judged
            if isinstance(event, Started):
                judged = "validation" if event.validated else "after the epoch"
                epochs, total = event.epochs, event.epochs * event.batches
                bar.update(task, total=total, completed=event.step)
            elif isinstance(event, BatchEnded):
                figures = f"loss {event.loss:.4f} {validation} {event.samples_per_second:,.0f} examples/s"
                title = f"Epoch {event.epoch}/{epochs}"
                bar.update(task, completed=event.step, description=title, figures=figures)
            elif isinstance(event, EpochEnded):
                validation = f"{judged} {100 * event.validation_score:.1f} %"
            elif isinstance(event, Noticed):
                bar.console.print(f"note: {event.sentence}", markup=False, highlight=False)

        yield tell


def _say(finished: "Finished", error: Exception | None, folder: Path, as_json: bool) -> int:
    """Print how it ended; return the exit status."""
    from hippo_studio.learning.events import StopReason
    from hippo_studio.learning.runs import CHECKPOINT

    if int(os.environ.get("RANK", "0")):
        return 0
    report = dict(finished.report)
    if as_json and report:
        from hippo_studio.learning.runs import plain

        content = plain({"run": str(folder), **report})
        print(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False))
    if finished.reason is StopReason.FAILED:
        if isinstance(error, (ValueError, OSError)):
            raise error
        print(finished.sentence, file=sys.stderr)
        return 1
    if not as_json:
        print(_summary(report, folder))
    if finished.reason is StopReason.DIVERGED:
        print(finished.sentence, file=sys.stderr)
        return 1
    if finished.reason is StopReason.STOPPED:
        where = f"Stopped after step {report['steps']}, in epoch {report['epochs'] + 1}"
        if (folder / CHECKPOINT).is_file():
            left = f"a checkpoint is saved. Go on with: hippo-studio train --resume {folder}"
        else:
            left = f"no checkpoint. {finished.sentence}"
        print(f"{where}; {left}", file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT)  # not returned: typer's word for Ctrl-C at an idle moment
    return 0


def _summary(report: dict[str, Any], folder: Path) -> str:
    from hippo_studio.learning.judged import judged_on

    accuracy = report["accuracy"]
    share = "not validated yet" if accuracy is None else f"accuracy {100 * accuracy:.2f} %"
    split = f" on {report['targets']} of {judged_on(report)}" if "split" in report else ""
    return (
        f"{report['model']} on {report['title']}: {share}{split}, {report['parameters']} parameters, "
        f"{report['epochs']} epochs in {report['seconds']:.1f} s on {report['device']}\nrun: {folder}"
    )
