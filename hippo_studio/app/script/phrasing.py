"""How each thing that can be done is said in Python: acts from plain values. Free of Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from pprint import pformat
from typing import Any

from hippo_studio.app.film.shot import Shot
from hippo_studio.app.memory.state import Memory, MemoryState
from hippo_studio.app.script.acts import Act
from hippo_studio.session import Session, SignalEntry
from hippo_studio.signals.tools import Tool

_SIGNALS, _TOOLS, _HIPPO = "hippo_studio.signals", "hippo_studio.signals.tools", "hippo_studio.hippo"
_FRAMES = "hippo_studio.export.frames"


def opened(entry: SignalEntry) -> Act:
    """Read or make a signal; what can be neither is said in a comment."""
    title, key = f"Open {entry.name}", "open"
    if entry.path:
        return Act(
            title, f"signal = read({_arguments(entry.path, entry.options)})", (f"{_SIGNALS}:read",), key
        )
    if entry.generator:
        made = f"signal = generate({_arguments(entry.generator, entry.parameters)})"
        return Act(title, made, (f"{_SIGNALS}:generate",), key)
    return Act(title, "# This signal is in no file: save it as one, and read it here.", (), key)


def worked(entry: SignalEntry, tools: Sequence[Tool]) -> Act:
    """Lay a chain of tools on the untouched signal."""
    untouched = opened(entry)
    names = tuple(f"{_TOOLS}:{type(tool).__name__}" for tool in tools)
    lines = [untouched.code, *(f"signal = {tool!r}.apply(signal)" for tool in tools)]
    said = "; ".join(tool.sentence for tool in tools) or "No tools"
    later = ("tools", "memory", "playhead")
    return Act(said, "\n".join(lines), (*untouched.imports, *names), "tools", later)


def listened(state: MemoryState, channel: str, follow: str) -> Act:
    """Choose what is heard, and the memories that hear it."""
    lines = [f"heard = Channels(({channel!r},)).apply(signal)"]
    imports = [f"{_TOOLS}:Channels"]
    if follow == "envelope":
        lines.append("heard = envelope(heard)  # the loudness")
        imports.append("hippo_studio.signals.envelope:envelope")
    memories = state.memories()
    lines.append("memories = {")
    lines += [f"    {memory.measure.name!r}: {_settings(memory)}," for memory in memories]
    lines.append("}")
    imports += [f"{_HIPPO}:MemorySettings", f"{_HIPPO}:get_measure"] if memories else []
    titles = ", ".join(memory.measure.title for memory in memories) or "No memory"
    said = f"{titles}, N = {state.order}, θ = {state.theta:g} s, {state.method}"
    return Act(said, "\n".join(lines), tuple(imports), "memory", ("memory", "playhead"))


def looked(position: int, seconds: float) -> Act:
    """The coefficients at the playhead."""
    code = (
        "coefficients = {\n"
        f"    name: coefficients_at(memory, heard.samples, {position}) for name, memory in memories.items()\n"
        "}"
    )
    said = f"The coefficients at {seconds:g} s"
    return Act(said, code, (f"{_FRAMES}:coefficients_at",), "playhead", always=("playhead",))


def exported(
    what: str, files: Sequence[tuple[Path, Memory]], position: int, channel: str, unit: str
) -> Act | None:
    """Write files; None for a kind that has no line of its own."""
    lines, imports = [], [f"{_FRAMES}:write_frames"]
    for path, memory in files:
        name = f"memories[{memory.measure.name!r}]"
        about = f"channel_names=({channel!r},), units=({unit!r},), source=signal.origin"
        if what == "coefficients":
            places = f"[{position}], length={position}"
            lines.append(f"write_frames({str(path)!r}, {name}, heard.samples, {places}, {about})")
        elif what == "trajectory":
            lines.append("every = max(1 / 60, 1 / heard.sample_rate)")
            lines.append("positions = frame_positions(heard.length, heard.sample_rate, every=every)")
            lines.append(f"write_frames({str(path)!r}, {name}, heard.samples, positions, {about})")
            imports.append(f"{_FRAMES}:frame_positions")
        elif what == "through-memory":
            lines.append(f"with writing_wav({str(path)!r}, 1, heard.length, heard.sample_rate) as append:")
            lines.append(f"    draw_through(Readout({name}, {position}), heard.samples, append)")
            imports = [
                f"{_HIPPO}.readout:Readout",
                "hippo_studio.export.reconstruction:draw_through",
                "hippo_studio.export.sound:writing_wav",
            ]
        elif what == "reconstruction":
            lines.append(f"memory = OnlineMemory.from_settings({name})")
            lines.append(f"memory.push(heard.samples[:, :{position}])")
            lines.append("times = np.arange(window_start(memory), memory.samples) / memory.sample_rate")
            lines.append(f"write_wav({str(path)!r}, memory.reconstruct(times), memory.sample_rate)")
            imports = [
                "numpy as np",
                f"{_HIPPO}:OnlineMemory",
                "hippo_studio.export.reconstruction:window_start",
                "hippo_studio.export.sound:write_wav",
            ]
    if not lines:
        return None
    return Act(f"Save {what}", "\n".join(lines), tuple(imports), "export")


def filmed(path: Path, shot: Shot, session: Session) -> Act:
    """Make an animation of what is on screen."""
    words = ["--animation", str(path), "--from", f"{shot.start!r}", "--to", f"{shot.stop!r}"]
    words += ["--speed", f"{shot.speed!r}", "--fps", f"{shot.rate!r}", *_looks(shot.size, shot.theme)]
    return _shown(f"Save animation {path.name}", words, session)


def pictured(
    path: Path, plot: str, size: tuple[int, int], theme: str, seconds: float, session: Session
) -> Act:
    """Save the picture of a plot as it is on screen, with the playhead there."""
    words = ["--screenshot", str(path), "--plot", plot, "--after", f"{seconds!r}", *_looks(size, theme)]
    return _shown(f"Save the picture “{plot}”", words, session)


def _looks(size: tuple[int, int], theme: str) -> list[str]:
    return ["--size", f"{size[0]}x{size[1]}", "--theme", theme]


def _shown(title: str, words: Sequence[str], session: Session) -> Act:
    """What the command line shows of a session."""
    plain = pformat(json.loads(json.dumps(session.to_plain())), sort_dicts=False, width=100)
    code = (
        f"session = Session.from_plain({plain})\n"
        "with TemporaryDirectory() as folder:\n"
        '    shown = Path(folder, "shown.hippo.json")\n'
        "    save(session, shown)\n"
        f"    if main([*{list(words)!r}, str(shown)]):\n"
        f"        raise SystemExit({f'{title}: failed.'!r})"
    )
    imports = (
        "hippo_studio.cli:main",
        "hippo_studio.session:Session",
        "hippo_studio.session.file:save",
        "pathlib:Path",
        "tempfile:TemporaryDirectory",
    )
    return Act(title, code, imports, "export")


def trained(config: Mapping[str, Any], folder: Path) -> Act:
    """Train a model, into a folder of its own beside the one of the window."""
    keys = "".join(f"    {name!r}: {value!r},\n" for name, value in config.items())
    target = str(folder.with_name(f"{folder.name}-again"))
    code = f"config = {{\n{keys}}}\nfinished, error = train(config, Path({target!r}))"
    title = f"Train {config.get('model', 'a model')} on {config.get('data', 'data')}"
    return Act(title, code, ("pathlib:Path", "hippo_studio.cli.train:train"), "train")


def evaluated(folder: Path, data: str, factor: float) -> Act:
    """Test a trained model, at another sample rate if the factor is not 1."""
    words = ["evaluate", str(folder), "--data", data]
    words += ["--sample-rate-factor", f"{factor:g}"] if factor != 1 else []
    title = f"Evaluate {folder.name}"
    code = f"if main({words!r}):\n    raise SystemExit({f'{title}: failed.'!r})"
    return Act(title, code, ("hippo_studio.cli:main",), "evaluate")


def _arguments(first: str, options: Mapping[str, Any]) -> str:
    return ", ".join([repr(first), *(f"{name}={value!r}" for name, value in options.items())])


def _settings(memory: Memory) -> str:
    options = "".join(f", {name}={value!r}" for name, value in memory.measure.options.items())
    alpha = f", alpha={memory.alpha!r}" if memory.method == "gbt" else ""
    measure = f"get_measure({memory.measure.name!r}{options})"
    numbers = f"{memory.order}, heard.sample_rate, {memory.theta!r}, {memory.method!r}{alpha}"
    return f"MemorySettings({measure}, {numbers})"
