"""``hippo-studio project FILE --measure … --order … --out …``: coefficients of a signal, without a window."""

import json
import math
import operator
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_studio.cli.progress import progress_bar
from hippo_studio.cli.reading import Reading, Seconds, Tools, read_signal, takes_reading

if TYPE_CHECKING:
    from hippo_studio.export.reconstruction import SquaredErrors
    from hippo_studio.export.record import Dtype
    from hippo_studio.hippo import OnlineMemory
    from hippo_studio.hippo.readout import Readout
    from hippo_studio.signals import Signal

#: How often on the way the memory is compared with its signal.
MOMENTS = 16


@takes_reading
def run(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="the signal: sound, a table, arrays; or - for lines piped in"),
    ],
    measure: Annotated[
        str, typer.Option(metavar="NAME", help="legt, legs, lagt, fout or legs-lti", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="NAME.SUFFIX",
            help="coefficient file to write: .npz, .csv, .parquet, .mat or .h5; "
            ".npz and .h5 suit --every-sample, as .csv is larger and slower",
            show_default=False,
        ),
    ],
    order: Annotated[int, typer.Option(metavar="N", help="number of coefficients per channel")] = 64,
    theta: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="window or decay time θ; the length of the signal if not given. LegS has none",
        ),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="NAME", help="discretization: forward, backward, bilinear, gbt or zoh")
    ] = "bilinear",
    alpha: Annotated[float, typer.Option(metavar="NUMBER", help="α of --method gbt")] = 0.5,
    normalization: Annotated[
        str | None, typer.Option(metavar="NAME", help="scaling of legt: orthonormal (the default) or lmu")
    ] = None,
    laguerre_alpha: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="α of lagt, between −1 and 1: GLagT(α, β)")
    ] = None,
    laguerre_beta: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="β of lagt, above 0: GLagT(α, β)")
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="one channel, by name or number from 0; all if not given"),
    ] = None,
    every: Annotated[float | None, typer.Option(metavar="SECONDS", help="a frame every so often")] = None,
    frames: Annotated[
        int | None,
        typer.Option(metavar="K", help="K frames, evenly spaced; one at the end if neither is given"),
    ] = None,
    every_sample: Annotated[
        bool, typer.Option("--every-sample", help="a frame after every sample: the whole trajectory")
    ] = False,
    dtype: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="numbers of the coefficient file: float64, or float32 for half the size and seven digits",
        ),
    ] = "float64",
    reconstruction: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.wav",
            help="also write what the memory holds at the end: the last θ seconds (legs: the whole signal)",
        ),
    ] = None,
    through: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.wav",
            help="also write the whole signal as the memory tells each moment --age seconds later",
        ),
    ] = None,
    age: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="age for --through; θ/2 if not given")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
    tools: Tools = None,
    seconds: Seconds = None,
    reading: Reading = MappingProxyType({}),
) -> None:
    """Feed a signal to a HiPPO memory and write its coefficients over time.

    Prints how far the memory's reconstruction is from the signal, at the end and over 16 moments evenly
    spaced on the way: in the measure (each moment of the past weighed as the measure does) and as a plain RMS
    over the window. 0 % is perfect, 100 % no better than silence.
    """
    # A block's matrix products are small: on several cores they wait for each other longer than they compute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _check_targets(Path(file), out, {"--reconstruction": reconstruction, "--through": through})
    if age is not None and not (through and math.isfinite(age) and age >= 0):
        raise ValueError(f"--age is seconds, 0 or more, and goes with --through OUT.wav; received {age!r}.")
    stored = _dtype(dtype)
    if every_sample and (every is not None or frames is not None):
        raise ValueError("--every-sample goes with neither --every nor --frames; give one of the three.")
    signal = read_signal(
        file,
        reading,
        tools=tools,
        seconds=seconds,
    )
    if channel is not None:
        signal = _one_channel(signal, channel)

    from hippo_studio.hippo import MemorySettings, OnlineMemory, get_measure

    named = {"normalization": normalization, "alpha": laguerre_alpha, "beta": laguerre_beta}
    chosen = get_measure(measure, **{name: value for name, value in named.items() if value is not None})
    if theta is None and chosen.time_invariant:
        theta = signal.duration
    memory = OnlineMemory.from_settings(
        MemorySettings(
            chosen, order, signal.sample_rate, theta, method, channels=signal.channels, alpha=alpha
        )
    )
    telling = (
        None if through is None else _telling(memory, (theta or signal.duration) / 2 if age is None else age)
    )
    wanted = signal.length if every_sample else frames
    outcome = _work(memory, signal, out, stored, reconstruction, every, wanted)
    if telling is not None and through is not None:
        _write_through(telling, signal, through)
    result = _result(memory, signal, outcome, out, reconstruction, through)
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print(result, memory)


def _check_targets(file: Path, out: Path, sounds: dict[str, Path | None]) -> None:
    """Refuse what cannot be written before anything is read."""
    from hippo_studio.export.coefficients import coefficient_format

    coefficient_format(out)
    for option, target in sounds.items():
        if target is not None and target.suffix.lower() != ".wav":
            raise ValueError(f"{option} writes a WAV file; end the name {target} in .wav.")
    for option, target in {"--out": out, **sounds}.items():
        if target is not None and target.exists() and file.exists() and target.samefile(file):
            raise ValueError(f"{option} {target} is the signal itself; choose another name.")
    first, second = (target and target.resolve() for target in sounds.values())
    if first is not None and first == second:
        raise ValueError(f"{' and '.join(sounds)} are the same file {first}; give each a name of its own.")


def _dtype(name: str) -> "Dtype":
    if name == "float64":
        return "float64"
    if name == "float32":
        return "float32"
    raise ValueError(f"--dtype is {name!r}; float64 or float32 is needed.")


def _one_channel(signal: "Signal", channel: str) -> "Signal":
    index = signal.channel_index(channel)
    return replace(
        signal,
        samples=signal.samples[index : index + 1],
        channel_names=(signal.channel_names[index],),
        units=(signal.units[index],),
    )


@dataclass(frozen=True)
class Outcome:
    """What there is to say of the work done: frames written, errors overall and at the end."""

    frames: int
    overall: "SquaredErrors"
    at_end: "SquaredErrors"


def _work(
    memory: "OnlineMemory",
    signal: "Signal",
    out: Path,
    dtype: "Dtype",
    reconstruction: Path | None,
    every: float | None,
    frames: int | None,
) -> Outcome:
    """Write the files, and compare on the way; the files appear when all is done, or not at all."""
    from hippo_studio.export.coefficients import coefficient_writer
    from hippo_studio.export.frames import describe, frame_positions, stream_frames
    from hippo_studio.export.reconstruction import compare, draw, window_start
    from hippo_studio.export.sound import writing_wav

    positions = frame_positions(signal.length, signal.sample_rate, every=every, count=frames)
    moments = frame_positions(signal.length, signal.sample_rate, count=min(MOMENTS, signal.length))
    metadata = describe(memory, signal.channel_names, signal.units, signal.origin)
    errors: list[SquaredErrors] = []
    with ExitStack() as files:
        append = files.enter_context(coefficient_writer(out, metadata, len(positions), dtype))
        with progress_bar(f"Projecting {signal.title}") as report:
            stream_frames(
                memory,
                signal.samples,
                positions,
                append,
                pause_at=[int(moment) for moment in moments],
                on_pause=lambda: errors.append(compare(memory, signal.samples)),
                progress=report,
            )
        if reconstruction is not None:
            length = signal.length - window_start(memory)
            append_sound = files.enter_context(
                writing_wav(reconstruction, signal.channels, length, signal.sample_rate)
            )
            with progress_bar("Reconstructing") as report:
                draw(memory, append_sound, report)
    return Outcome(len(positions), reduce(operator.add, errors), errors[-1])


def _telling(memory: "OnlineMemory", age: float) -> "Readout":
    """What tells each sample again at an age in seconds; ValueError where the memory holds nothing so old."""
    from hippo_studio.hippo.readout import Readout

    return Readout(memory.settings, max(round(age * memory.sample_rate - 0.5), 0))


def _write_through(telling: "Readout", signal: "Signal", path: Path) -> None:
    """Write the whole signal as the memory tells it."""
    from hippo_studio.export.reconstruction import draw_through
    from hippo_studio.export.sound import writing_wav

    with (
        writing_wav(path, signal.channels, signal.length, signal.sample_rate) as append,
        progress_bar("Telling it again") as report,
    ):
        draw_through(telling, signal.samples, append, report)


def _result(
    memory: "OnlineMemory",
    signal: "Signal",
    outcome: Outcome,
    out: Path,
    reconstruction: Path | None,
    through: Path | None,
) -> dict[str, Any]:
    """Return what ``--json`` prints; numbers that do not exist are null."""

    def numbers(errors: "SquaredErrors") -> dict[str, list[float | None]]:
        return {
            name: [value if math.isfinite(value) else None for value in values]
            for name, values in (("in_measure", errors.in_measure), ("rms", errors.rms))
        }

    window = memory.settings.span(memory.samples)
    return {
        "file": signal.origin,
        "measure": memory.measure.name,
        "options": memory.measure.options,
        "order": memory.order,
        "theta": window if memory.measure.time_invariant else None,
        "method": memory.method,
        "sample_rate": signal.sample_rate,
        "channels": list(signal.channel_names),
        "seconds": signal.duration,
        "frames": outcome.frames,
        "out": str(out),
        "reconstruction": None if reconstruction is None else str(reconstruction),
        "through": None if through is None else str(through),
        "window_seconds": min(window, signal.duration),
        "relative_error": numbers(outcome.overall),
        "relative_error_at_end": numbers(outcome.at_end),
        "warnings": [*map(str, (*signal.warnings, *signal.late_warnings)), *memory.health().warnings],
    }


def _print(result: dict[str, Any], memory: "OnlineMemory") -> None:
    """Say the result in words; warnings go to stderr."""
    frames = f"{result['frames']} frame{'s' if result['frames'] > 1 else ''}"
    print(f"{memory.measure.label}, N = {memory.order}, {memory.method}: {frames} in {result['out']}")
    if result["reconstruction"]:
        print(f"the last {result['window_seconds']:.6g} s as remembered: {result['reconstruction']}")
    if result["through"]:
        print(f"the whole signal as told by the memory: {result['through']}")
    width = max(len(name) for name in result["channels"])
    window = f"{result['window_seconds']:.6g} s"
    for index, name in enumerate(result["channels"]):
        for errors, when in (("relative_error", "on the way"), ("relative_error_at_end", "at the end")):
            weighed, even = result[errors]["in_measure"][index], result[errors]["rms"][index]
            values = (
                f"{_percent(weighed)} in the measure, {_percent(even)} RMS over {window}"
                if weighed is not None
                else "undefined, there is only silence in the window"
            )
            print(f"  {name:<{width}}  relative error {when}: {values}")
    for remark in result["warnings"]:
        print(f"note: {remark}", file=sys.stderr)


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{100 * value:.3g} %"
