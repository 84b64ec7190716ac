"""What there is to know about one memory besides its signal: matrices, eigenvalues, formulas, health.

Free of Qt; `inspect` may take a second at N = 512 and runs off the GUI thread.
"""

from __future__ import annotations

import math
import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.state import Memory
from hippo_studio.app.memory.wording import amount
from hippo_studio.app.widgets.quantities import format_seconds
from hippo_studio.hippo import Health, MemorySettings, discretized_eigenvalues
from hippo_studio.hippo.discretization import gbt_alpha
from hippo_studio.hippo.health import examine

_RENDERING = threading.Lock()  # ziamath keeps settings and a font for all


@dataclass(frozen=True, eq=False)
class Inspection:
    """One memory, looked at. `problem` is a sentence if there can be no such memory."""

    memory: Memory
    A: NDArray[np.float64]
    B: NDArray[np.float64]
    eigenvalues: NDArray[np.complex128]
    """Of Ā; empty where there is a problem."""
    formulas: tuple[str, ...]
    """LaTeX, one line each."""
    health: Health | None
    problem: str = ""


def inspect(memory: Memory, sample_rate: float, samples: int) -> Inspection:
    """Look at a memory of a signal at `sample_rate` Hz that has seen so many samples."""
    A, B = memory.measure.transition(memory.order)
    try:
        settings = memory.settings(sample_rate)
    except ValueError as error:
        lines = formulas(memory, sample_rate, samples)
        return Inspection(memory, A, B, np.empty(0, np.complex128), lines, None, str(error))
    seen = max(samples, 2)
    return Inspection(
        memory, A, B, step_eigenvalues(memory, settings, seen), formulas(memory, sample_rate, seen),
        examine(settings, seen),
    )  # fmt: skip


def step_eigenvalues(memory: Memory, settings: MemorySettings, seen: int) -> NDArray[np.complex128]:
    """The eigenvalues of Ā, for LegS of the step at which `seen` samples are seen: (N,)."""
    of_A = memory.measure.eigenvalues(memory.order)
    if not memory.measure.time_invariant and memory.method == "zoh":
        return np.exp(of_A * math.log(seen / (seen - 1)))
    return discretized_eigenvalues(of_A, settings.step(seen), memory.method, memory.alpha)


def formulas(memory: Memory, sample_rate: float, samples: int) -> tuple[str, ...]:
    """The equation with the numbers in force, the matrices, and the step, as lines of LaTeX."""
    measure, legs = memory.measure, not memory.measure.time_invariant
    time = r"t" if legs else r"\theta"
    value = format_seconds(samples / sample_rate if memory.theta is None else memory.theta)
    number, _, unit = value.partition(" ")
    lines = [
        rf"\frac{{dc}}{{dt}} = \frac{{1}}{{{time}}}\,(A\,c + B\,f)"
        rf" \quad {time} = {number}\,\mathrm{{{unit}}} \quad N = {memory.order}"
    ]
    lines += [part.strip() for part in measure.formula.split(r"\qquad")]
    if measure.options.get("beta") is not None:
        lines.append(rf"\alpha = {measure.options['alpha']:g} \quad \beta = {measure.options['beta']:g}")
    return (*lines, *_step_lines(memory, sample_rate, samples))


def _step_lines(memory: Memory, sample_rate: float, samples: int) -> tuple[str, ...]:
    place = gbt_alpha(memory.method, memory.alpha)
    legs = not memory.measure.time_invariant
    if legs and place is None:
        return (r"\bar A_k = e^{A \ln\frac{k}{k-1}}", rf"k = {samples}")
    step = 1 / samples if memory.theta is None else 1 / (memory.theta * sample_rate)
    name = r"\delta = \frac{1}{k}" if legs else r"\delta = \frac{\Delta t}{\theta}"
    if place is None:
        ways = r"\bar A = e^{\delta A} \qquad \bar B = \int_0^\delta e^{sA} B\,ds"
    else:
        implicit = rf"(I - {_factor(place)}\delta A)^{{-1}}" if place else ""
        explicit = rf"(I + {_factor(1 - place)}\delta A)" if place < 1 else ""
        ways = rf"\bar A = {implicit}{explicit}"
    return (ways, rf"{name} = {scientific(step)}")


def _factor(place: float) -> str:
    """What stands before δA: nothing for 1, a fraction for ½."""
    return {1.0: "", 0.5: r"\tfrac{1}{2}"}.get(place, f"{place:g}\\,")


def scientific(value: float) -> str:
    """A number as LaTeX, with three figures: 4.17·10⁻⁵."""
    if value >= 0.01:
        return f"{value:.3g}"
    exponent = math.floor(math.log10(value))
    return rf"{value / 10**exponent:.3g} \cdot 10^{{{exponent}}}"


@lru_cache(maxsize=256)
def drawing(latex: str, color: str) -> bytes:
    """A formula as SVG in a colour, `#rrggbb`, at 16 pixels per em."""
    with _RENDERING:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of ziamath's own way to find its font
            import ziamath
        ziamath.config.svg2 = False  # Qt draws no <symbol>
        return ziamath.Latex(latex, size=16, color=color).svg().encode()


def health_lines(inspection: Inspection) -> tuple[str, ...]:
    """The health in words: what the numbers are, then what is unwise."""
    if inspection.problem or inspection.health is None:
        return (inspection.problem,)
    health, measure = inspection.health, inspection.memory.measure
    window = "θ" if measure.time_invariant else "the past"
    return (
        f"Spectral radius of Ā {health.spectral_radius:.6f}",
        f"Resolves about {amount(health.cycles_resolved)} cycles across {window}",
        f"{grouped(health.samples_in_window)} samples in {window}",
        *health.warnings,
    )


def grouped(number: float) -> str:
    """A count in groups of three digits."""
    return f"{number:,.0f}".replace(",", "\u202f") if number >= 100 else f"{number:.3g}"
