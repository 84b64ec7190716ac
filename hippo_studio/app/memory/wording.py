"""What the Memory tab says about numbers, in one place. Free of Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from hippo_studio.app.memory.frame import Frame, Recollection
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.survey import Story
from hippo_studio.app.widgets.quantities import format_seconds
from hippo_studio.hippo import Measure

Runs = list[tuple[str, str]]


def percent(part: float) -> str:
    """A share as per cent with three figures; a dash where there is none."""
    if not math.isfinite(part):
        return "—"
    value = 100 * part
    if value >= 999.5:
        return "> 999 %"
    if 0 < value < 0.001:
        return "< 0.001 %"
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2 if value >= 0.0995 else 3}f} %"


def amount(value: float, unit: str = "") -> str:
    """A value of the signal with three figures."""
    if not math.isfinite(value):
        return "—"
    text = f"{value:.3g}".replace("-", "−").replace("e−0", "e−").replace("e+0", "e+")
    return f"{text} {unit}".strip()


def speed_text(speed: float) -> str:
    """How fast the signal plays: `0.5×`, `16×`, or `max`."""
    return f"{speed:g}×" if math.isfinite(speed) else "max"


def captions(frame: Frame, color: Callable[[str], str], *, short: bool = False) -> Runs:
    """The past in a line: what is drawn, and each measure's relative error; if `short`, little else."""
    runs = [(f"{frame.source.channel}" + (f" in {frame.source.unit}" if frame.source.unit else ""), "")]
    for recollection in frame.recollections:
        measure = recollection.memory.measure
        words = "not possible" if recollection.problem else holds(recollection, frame)
        if math.isfinite(recollection.error):
            error = percent(recollection.error)
            words = error if short else f"{words}, error {error}"
        if math.isfinite(recollection.optimum_error):
            words += f" (best {percent(recollection.optimum_error)})"
        runs.append((f"{measure.label}: {words}", color(measure.name)))
    return runs


def holds(recollection: Recollection, frame: Frame) -> str:
    """How much of the past a memory keeps: the last θ, all of it, or ever less of it."""
    memory = recollection.memory
    if not frame.position:
        return "nothing yet"
    if memory.theta is None:
        return f"all {format_seconds((frame.position + recollection.before) / frame.source.sample_rate)}"
    if math.isfinite(memory.measure.support):
        passed = frame.position / frame.source.sample_rate
        return f"the last {format_seconds(min(memory.theta, passed))}"
    return f"fading over {format_seconds(memory.theta)}"


def mean_gap_ms(instants: Sequence[float], last: int = 15) -> float:
    """Milliseconds from one picture to the next, over the last few; NaN if there were none of late."""
    recent = list(instants)[-last:]
    if len(recent) < 2:
        return math.nan
    gap = 1e3 * (recent[-1] - recent[0]) / (len(recent) - 1)
    return gap if gap < 500 else math.nan


def about(measure: Measure) -> str:
    """The tooltip of a measure: what it remembers, what it forgets, when to choose it."""
    return (
        f"<b>{measure.title}</b>: {measure.summary}.<br><b>Remembers</b> {_lowered(measure.remembers)}<br>"
        f"<b>Forgets</b> {_lowered(measure.forgets)}<br><b>Choose it when</b> {_lowered(measure.choose_when)}"
    )


def past_at(frame: Frame, time: float) -> str:
    """The values under the cursor in the past."""
    index = frame.index(time)
    if index is None:
        return ""
    unit = frame.source.unit
    words = [f"{frame.source.begin + time:.4f} s".replace("-", "−")]
    if time <= frame.present:
        words.append(f"age {frame.present - time:.4f} s")
    low, high = float(frame.low[index]), float(frame.high[index])
    same = high - low <= 1e-3 * (abs(high) + abs(low))
    words.append(f"signal {amount(high, unit) if same else f'{amount(low)} … {amount(high, unit)}'}")
    for recollection in frame.recollections:
        if recollection.told is not None and math.isfinite(recollection.told[index]):
            words.append(f"{recollection.memory.measure.title} {amount(float(recollection.told[index]))}")
    return "   ".join(words)


def coefficients_at(frame: Frame, n: int) -> str:
    """The n-th coefficient of every memory."""
    words = [f"n = {n}"]
    for recollection in frame.recollections:
        values = recollection.coefficients
        if values is not None and 0 <= n < values.size:
            words.append(f"{recollection.memory.measure.title} c = {amount(float(values[n]))}")
    return "   ".join(words)


def story_at(stories: Sequence[Story], source: Source, time: float) -> str:
    """The errors along the signal at a time."""
    words, rate = [f"{source.begin + time:.3f} s"], source.sample_rate
    for story in stories:
        measured = [i for i in range(story.done) if math.isfinite(story.errors[i])]
        if measured:
            nearest = min(measured, key=lambda i: abs(story.positions[i] / rate - time))
            words.append(f"{story.memory.measure.title} {percent(float(story.errors[nearest]))}")
    return "   ".join(words)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
