"""``hippo-studio info FILE | --system``: what a file holds, or what this machine offers."""

import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_studio.cli.labelled import describe_data, is_labelled, labels_of_signal
from hippo_studio.cli.reading import Reading, Tools, read_signal, takes_reading

if TYPE_CHECKING:
    from hippo_studio.signals import Signal

#: Samples looked at together.
BLOCK = 1 << 20

#: Signals of a file of several that are listed on a terminal; --json has them all.
MOST_PARTS = 20

#: The packages whose versions matter in a report, besides Python and Qt.
PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "PyQt6",
    "PyQt6-Qt6",
    "pyqtgraph",
    "duckdb",
    "soundfile",
    "soxr",
    "h5py",
)


@takes_reading
def run(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", readable=False, help="the file to describe")
    ] = None,
    system: Annotated[bool, typer.Option("--system", help="describe this machine instead")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
    tools: Tools = None,
    reading: Reading = MappingProxyType({}),
) -> None:
    """Say what a file or labelled data hold and what was assumed of them, or what this machine offers."""
    if system == (file is not None):
        raise ValueError("info describes a FILE, or this machine with --system; give one of the two.")
    if file is None:
        facts = describe_system()
    elif is_labelled(file) and not any(reading.values()):
        facts = describe_data(str(file))
    else:
        facts = describe_file(file, reading, tools)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print(facts)


def _start(file: Path, signal: "Signal") -> str:
    """When a signal begins, by ISO 8601; as a table writes it where that names no zone."""
    import datetime

    from hippo_studio.signals import SignalError, sniff

    start = datetime.datetime.fromtimestamp(signal.start or 0.0, datetime.UTC)
    try:
        table = sniff(file, **signal.reading)
    except (SignalError, ValueError):  # no table
        return start.isoformat()
    time = table.time
    zoned = time is None or time.kind != "datetime" or time.zoned or bool(table.time_zone)
    if not zoned and time is not None:
        cells = [row[time.columns[-1]] for row in table.preview if len(row) > time.columns[-1]]
        zoned = bool(cells) and cells[0].strip().upper().endswith(("Z", "UTC", "GMT"))
    return (start if zoned else start.replace(tzinfo=None)).isoformat()


def describe_file(file: Path, reading: Reading, tools: list[str] | None = None) -> dict[str, Any]:
    """Return the facts about the signal in `file`: rate in Hz, duration in seconds, range per channel."""
    from hippo_studio.signals.read_warnings import ColumnsLeftAside

    signal = read_signal(file, reading, tools=tools)
    start = None if signal.start is None else _start(file, signal)
    channels = []
    for name, unit, samples in zip(signal.channel_names, signal.units, signal.samples, strict=True):
        channels.append(
            {
                "name": name,
                "unit": unit,
                **_statistics(samples),
            }
        )
    labels, column = labels_of_signal(file)
    warnings = [
        one
        for one in (*signal.warnings, *signal.late_warnings)
        if not (isinstance(one, ColumnsLeftAside) and one.columns == (column,))  # which is told of below
    ]
    return {
        "file": signal.origin,
        "sample_rate": signal.sample_rate,
        "samples": signal.length,
        "seconds": signal.duration,
        "start": start,
        "channels": channels,
        "regions": len(signal.regions),
        "labels": labels,
        "parts": _parts(file),
        "warnings": [str(warning) for warning in warnings],
        "warning_details": [
            {"kind": warning.kind, "line": warning.line, "message": warning.message} for warning in warnings
        ],
    }


def _parts(file: Path) -> list[dict[str, Any]]:
    """Return the signals that a file of several holds, each with the options that read it."""
    from hippo_studio.signals import contents

    listing = contents(file) if file.is_file() else None
    found = [] if listing is None else listing.parts
    return [{"name": one.name, "detail": one.detail, "options": dict(one.options)} for one in found]


def _statistics(samples: Any) -> dict[str, float]:
    """Return the range and the RMS of a channel, block by block: a long one stays in its file."""
    import numpy as np

    least, greatest, squares = math.inf, -math.inf, 0.0
    for start in range(0, len(samples), BLOCK):
        block = np.asarray(samples[start : start + BLOCK])
        least, greatest = min(least, float(block.min())), max(greatest, float(block.max()))
        squares += float(np.sum(np.square(block, dtype=np.float64)))
    return {"least": least, "greatest": greatest, "rms": math.sqrt(squares / len(samples))}


def describe_system() -> dict[str, Any]:
    """Return versions, processor, sound and training: what a report of a fault should contain."""
    return {
        "hippo-studio": importlib.metadata.version("hippo-studio"),
        "python": platform.python_version(),
        "system": _system(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "display": os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "none",
        "sound": _sound(),
        "training": _training(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _system() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.platform()}"
    except (OSError, KeyError):
        return platform.platform()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _sound() -> str:
    """Say whether PortAudio is there and what it can play on."""
    try:
        import sounddevice
    except OSError:
        return "PortAudio is missing; install libportaudio2 to hear and record."
    try:
        devices = list(sounddevice.query_devices())
    except sounddevice.PortAudioError as error:
        return f"PortAudio is here but cannot be used: {error}"
    outputs = sum(device["max_output_channels"] > 0 for device in devices)
    inputs = sum(device["max_input_channels"] > 0 for device in devices)
    library = sounddevice.get_portaudio_version()[1].partition(",")[0]
    return f"{library}: {outputs} devices to play on, {inputs} to record from"


def _training() -> str:
    """Say which torch is installed, and what it would train on."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed; the extra 'train' brings it."
    from hippo_studio.learning.devices import describe, own_device

    return f"torch {_version('torch')} on {describe(own_device('auto'))}"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _print(facts: dict[str, Any]) -> None:
    """Print facts as aligned lines; a list of channels as a small table."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        if name in ("warnings", "warning_details"):
            continue
        if name == "parts":
            if value:
                print(f"{name:<{width}}  {len(value)}, of which this is the one described above")
                for part in value[:MOST_PARTS]:
                    print(f"  {part['name']}: {part['detail']}")
        elif name == "channels":
            print(f"{name.replace('_', ' '):<{width}}  {len(value)}")
            for channel in value:
                unit = f" {channel['unit']}" if channel["unit"] else ""
                print(
                    f"  {channel['name']}: {channel['least']:.6g} … {channel['greatest']:.6g}{unit}, "
                    f"RMS {channel['rms']:.6g}{unit}"
                )
        elif isinstance(value, dict) and value:
            print(f"{name:<{width}}  " + ", ".join(f"{key} {text}" for key, text in value.items()))
        elif isinstance(value, list):
            if value:
                print(f"{name.replace('_', ' '):<{width}}  {', '.join(value)}")
        elif value not in (None, {}, 0, ""):
            unit = {"sample_rate": " Hz", "seconds": " s"}.get(name, "")
            text = f"{value:.10g}" if isinstance(value, float) else str(value)
            print(f"{name.replace('_', ' '):<{width}}  {text}{unit}")
    for remark in facts.get("warnings", ()):
        print(f"note: {remark}", file=sys.stderr)
