"""A run on one page: what was trained, how it went, how well it ends, what the layers became.

One HTML file that needs nothing else: curves, confusion matrix and kernels are inline SVG, no script, no
fonts, no addresses. It reads well on a screen, light or dark, and on paper.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from hippo_studio.export.atomic import ExportError, atomic_write
from hippo_studio.export.report_figures import confusion, curves, kernels, plane, spectra
from hippo_studio.learning.events import EpochEnded
from hippo_studio.learning.film import Film
from hippo_studio.learning.judged import LEARNED_FROM, is_validated, judged_on
from hippo_studio.learning.runs import PORTRAITS, Run, open_run
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.ssm.config import ModelConfig

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --faint: #6a737d; --line: #d0d7de; --paper: #fff;
  --train: #8a939c; --validation: #0969da; --cell: 9,105,218; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #8b949e; --line: #30363d;
  --paper: #0d1117; --train: #7d8590; --validation: #58a6ff; --cell: 88,166,255; } }
@media print { :root { color-scheme: light; --ink: #000; --faint: #444; --line: #bbb; --paper: #fff;
  --train: #777; --validation: #0550ae; --cell: 9,105,218; } section { break-inside: avoid; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.under { color: var(--faint); margin: .25rem 0 1rem; }
dl.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0; }
dl.figures dt { color: var(--faint); font-size: .85rem; } dl.figures dd { margin: 0; font-size: 1.35rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
td, th { border-bottom: 1px solid var(--line); padding: .2rem .8rem .2rem 0; text-align: left; }
td.meaning { color: var(--faint); }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .faint { fill: var(--faint); } svg .axis { stroke: var(--line); fill: none; }
figure { margin: .5rem 0; display: inline-block; } figcaption { color: var(--faint); font-size: .85rem; }
"""


def write_report(folder: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the report of a run folder to `path`.

    Raises RunError (a ValueError) if the folder is no run, ExportError if there is nothing to report yet or
    the disk refuses.
    """
    run = open_run(folder)
    if not run.epochs and run.accuracy is None:
        raise ExportError(f"{path} is not written: no epoch of {run.folder} is done yet.")
    with atomic_write(path) as stream:
        stream.write(page(run, Film.read(run.folder / PORTRAITS)).encode("utf-8", "replace"))


def page(run: Run, film: Film) -> str:
    """Return the report as HTML."""
    report = run.report
    title = (
        f"{str(run.config.get('model', 'model')).upper()} on {report.get('title') or run.config.get('data')}"
    )
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="under">{escape(_ending(run))}</p>',
        _figures(run),
    ]
    if run.epochs:  # a baseline is fitted in one go
        parts.append(_section("Learning curves", curves(run.epochs)))
    matrix = report.get("confusion_matrix")
    if isinstance(matrix, list) and len(matrix) <= 60:
        caption = f"Rows are the truth, columns the answer; {report.get('targets')} of {judged_on(report)}."
        parts.append(_section("Confusion", _figure(confusion(matrix, run.labels), caption)))
    parts += [
        _mistakes(report),
        _layers(run, film),
        _settings(run),
        _last_epochs(run.epochs, is_validated(report)),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _ending(run: Run) -> str:
    when = datetime.fromtimestamp(run.modified).strftime("%Y-%m-%d %H:%M")
    return f"{run.name} · {when} · {run.sentence}"


def _figures(run: Run) -> str:
    report, best = run.report, run.best
    shown: list[tuple[str, str]] = []
    if run.accuracy is not None:
        shown.append((f"Accuracy ({judged_on(report)})", f"{100 * run.accuracy:.2f} %"))
    if best is not None:
        of = "Best validation" if is_validated(report) else f"Best on {LEARNED_FROM}"
        shown.append((f"{of} (epoch {best.epoch})", f"{100 * best.validation_score:.2f} %"))
    if run.parameters is not None:
        shown.append(("Parameters", f"{run.parameters:,}".replace(",", "\u202f")))
    if run.seconds is not None:
        shown.append(("Training", _duration(run.seconds)))
    if report.get("device"):
        shown.append(("Device", str(report["device"])))
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in shown)
    return f'<dl class="figures">{cells}</dl>'


def _mistakes(report: Any) -> str:
    wrong = report.get("wrong")
    if not isinstance(wrong, list) or not wrong:
        return ""
    rows = [
        (str(one["index"]), str(one["truth"]), str(one["predicted"]), f"{100 * one['confidence']:.1f} %")
        for one in wrong[:20]
    ]
    return _section("Most confident mistakes", _table(("Example", "Truth", "Answer", "Confidence"), rows))


def _layers(run: Run, film: Film) -> str:
    if not film.portraits:
        return ""
    first, last = film.portraits[0], film.portraits[-1]
    rate = run.report.get("sample_rate")
    parts = []
    for before, after in zip(first.layers, last.layers, strict=True):
        figures = [
            _figure(kernels(before, after, rate), "Convolution kernels: grey before training, blue after"),
            _figure(spectra(before, after, rate), "Their spectra |K(ω)|, in dB"),
        ]
        if after.eigenvalues.size:
            figures.append(_figure(plane(before, after), "Eigenvalues of Ā in the unit circle"))
        parts.append(_section(after.title, "".join(figures)))
    return "".join(parts)


def _settings(run: Run) -> str:
    meanings = {**TrainingSettings.describe(), **ModelConfig.describe()}
    rows = [
        (name, _value(value), meanings.get(name, "")) for name, value in run.config.items() if value != ""
    ]
    return _section("Settings", _table(("Key", "Value", ""), rows, faint=2))


def _last_epochs(epochs: Sequence[EpochEnded], validated: bool) -> str:
    if not epochs:
        return ""
    rows = [
        (
            str(epoch.epoch),
            f"{epoch.train_loss:.4f}",
            f"{100 * epoch.train_score:.2f} %",
            f"{epoch.validation_loss:.4f}",
            f"{100 * epoch.validation_score:.2f} %",
            "best so far" if epoch.best else "",
        )
        for epoch in epochs[-10:]
    ]
    judged = (
        ("Validation loss", "Validation accuracy") if validated else ("Loss after it", "Accuracy after it")
    )
    titles = ("Epoch", "Loss", "Accuracy", *judged, "")
    return _section("The last epochs", _table(titles, rows))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], faint: int | None = None) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=meaning' if place == faint else ''}>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
