"""What the online memory costs, beside what else could be used and what the machine can do.

    python -m tests.benchmarks.memory [--quick]

Prints Markdown tables, the README's among them, within five minutes. One thread, whose own processor time is
what counts, so that what else the machine does costs little; and every ratio is the median of ratios taken in
turn within this run.

- NumPy, torch: c = Ā @ c + B̄ * u[k], one step after another. For LegS, whose Ā changes with every step, they
  are given one Ā for nothing, which flatters them.
- SciPy: scipy.signal.dlsim, for time-invariant memories.
- Limit: N multiply-adds per sample, at the measured rate of a matrix-vector product of that size; above 1×
  is faster than that, by fewer multiply-adds.

The second table is of every state. `trajectory` and a copy of what it wrote go into memory that is there:
what the first touch of a page costs counts for neither. Its limits are the copy, and the multiply-adds of a
number at the rate of this core's best matrix product.

The third table says where a push goes: into Python and its checks, and into one pass over its constants,
beside the time in which these come from the cache at all. What lies between the two is that constants are
read by short rows, that the first factor serves every eighth of the block, and, at N = 256, that Python's own
data must come back from the second level of the cache after each push.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse  # noqa: E402
import platform  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib.metadata import version  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from hippo_studio.hippo import OnlineMemory, discretize, get_measure, project  # noqa: E402
from hippo_studio.hippo.blocks import _updates  # noqa: E402
from hippo_studio.hippo.recurrence import warm_up  # noqa: E402
from tests.benchmarks.memory_states import state_table  # noqa: E402
from tests.benchmarks.memory_timing import MEMORIES, RATE, RNG, in_turn, memory, seconds  # noqa: E402

FRAME = 800
PUBLISHED = 470_000  # elements/s of LegS, HiPPO paper: N = 256, one core


def times_faster(taken: dict[str, np.ndarray], slow: str, share: float) -> str:
    """How many times we fit into `slow`, of which a part of 1/share was timed."""
    return f"{np.median(taken[slow] * share / taken['ours']):.0f}×" if slow in taken else "—"


def steppers(name: str, order: int, steps: int) -> dict[str, Callable[[], object]]:
    """The other ways to take `steps` samples in."""
    measure = get_measure(name)
    Ad, Bd = discretize(*measure.transition(order), 1 / RATE, "bilinear")
    u = RNG.standard_normal(steps)

    def numpy_loop() -> object:
        c = np.zeros(order)
        for sample in u:
            c = Ad @ c + Bd * sample
        return c

    ways: dict[str, Callable[[], object]] = {"numpy": numpy_loop}
    try:
        import torch

        torch.set_num_threads(1)
        At, Bt, samples = torch.from_numpy(Ad), torch.from_numpy(Bd), torch.from_numpy(u)

        def torch_loop() -> object:
            c = torch.zeros(order, dtype=torch.float64)
            with torch.no_grad():
                for k in range(steps):
                    c = At @ c + Bt * samples[k]
            return c

        ways["torch"] = torch_loop
    except ImportError:
        pass
    if measure.time_invariant:
        from scipy.signal import dlsim

        system = (Ad, Bd[:, None], np.eye(order), np.zeros((order, 1)), 1 / RATE)
        ways["scipy"] = lambda: dlsim(system, u[:, None])
    return ways


def pushes(name: str, method: str, order: int, block: int, rounds: int) -> list[str]:
    """The state at frame ends: OnlineMemory.push with all its checks, and how many times faster than what."""
    ours, u = memory(name, method, order), RNG.standard_normal(block)
    for _ in range(20):  # until its length has a step of its own
        ours.push(u)
    steps = 200
    matrix = RNG.standard_normal((block, order))
    taken = in_turn(
        {
            "ours": lambda: ours.push(u),
            "limit": lambda: u @ matrix,
            **steppers(name, order, steps),
        },
        rounds,
    )
    ratios = [times_faster(taken, way, block / steps) for way in ("numpy", "torch", "scipy")]
    limit = np.median(taken["limit"] / taken["ours"])
    return [f"{np.median(taken['ours']) * 1e6:.1f}", *ratios, f"{limit:.1f}×"]


def speed_table(rounds: int) -> list[str]:
    """The README's table: a frame of each memory at N = 64 and 256."""
    lines = [
        "| memory, N = 64 / 256 | µs per push | NumPy loop | torch loop | `dlsim` | limit |",
        "|---|---|---|---|---|---|",
    ]
    for name, method in MEMORIES:
        title = f"{get_measure(name).title} {method}"
        few, many = (pushes(name, method, order, FRAME, rounds) for order in (64, 256))
        cells = [one if one == other else f"{one} / {other}" for one, other in zip(few, many, strict=True)]
        lines.append("| " + " | ".join([title, *cells]) + " |")
        if (name, method) == ("legs", "zoh"):
            few, many = (pushes(name, method, order, 4096, rounds) for order in (64, 256))
            cells = [
                one if one == other else f"{one} / {other}" for one, other in zip(few, many, strict=True)
            ]
            lines.append("| " + " | ".join([f"{title}, pushes of 4096", *cells]) + " |")
    return lines


def share_table(rounds: int) -> list[str]:
    """Where a push of a time-invariant memory goes."""
    lines = [
        "| memory | N | µs per push | of which compiled | constants | read from the cache alone |",
        "|---|---|---|---|---|---|",
    ]
    for name, method in MEMORIES:
        for order in (64, 256, 512):
            if not get_measure(name).time_invariant:
                continue
            ours, u = memory(name, method, order), RNG.standard_normal((1, FRAME))
            for _ in range(20):
                ours.push(u)
            step, c = ours._update._steps[FRAME], ours.coefficients.copy()  # type: ignore[attr-defined]
            ways: dict[str, Callable[[], object]] = {
                "push": lambda ours=ours, u=u: ours.push(u),  # type: ignore[misc]
                "step": lambda step=step, c=c, u=u: step.advance(c, u),  # type: ignore[misc]
                "read": lambda table=step.table: np.vdot(table, table),  # type: ignore[misc]
            }
            spent = {way: np.median(times) * 1e6 for way, times in in_turn(ways, rounds).items()}
            row = [
                f"{get_measure(name).title} {method}",
                order,
                *(f"{spent[w]:.1f}" for w in ("push", "step")),
            ]
            row += [f"{step.table.nbytes / 1024:.0f} KB", f"{spent['read']:.1f}"]
            lines.append("| " + " | ".join(map(str, row)) + " |")
    return lines


def million_table(rounds: int) -> list[str]:
    """One million samples through LegS at N = 256, and what is left of them."""
    samples, order = 1_000_000, 256
    x = (np.arange(samples) + 0.5) / samples
    signal = np.sum([np.sin(2 * np.pi * k * x + k) / k for k in range(1, 41)], axis=0)
    lines = [
        "| LegS, N = 256 | million samples/s | published 470 000/s | relative error | of the definition |",
        "|---|---|---|---|---|",
    ]
    times = np.arange(0, samples, 997)
    limit = OnlineMemory("legs", order, RATE, method="zoh").snapshot()
    defined = project("legs", signal, RATE, order, None, at=samples / RATE)
    limit = OnlineMemory.restore({**limit, "coefficients": defined, "samples": samples})

    def error(made: OnlineMemory) -> float:
        again = made.reconstruct(times / RATE)[0]
        return float(np.linalg.norm(again - signal[times]) / np.linalg.norm(signal[times]))

    for method in ("zoh", "bilinear"):

        def push(method: str = method) -> OnlineMemory:
            made = memory("legs", method, order, seen=0)
            made.push(signal)
            return made

        spent = float(np.median(in_turn({"ours": push}, rounds)["ours"]))
        speed = samples / spent
        row = [method, f"{speed / 1e6:.1f}", f"{speed / PUBLISHED:.0f}×"]
        row += [f"{error(push()):.1e}", f"{error(limit):.1e}"]
        lines.append("| " + " | ".join(row) + " |")
    return lines


def line_table() -> list[str]:
    """A straight line of 10⁸ samples through exact LegS at N = 512, whose coefficients are known."""
    order, block = 512, 4096
    pushes_made = 10**8 // block
    ours = OnlineMemory("legs", order, RATE, method="zoh")

    def push() -> None:
        for start in range(0, pushes_made * block, block):
            ours.push(np.arange(start, start + block) + 0.5)

    spent, samples = seconds(push, 1), pushes_made * block
    expected = np.zeros(order)
    expected[:2] = samples / 2, 3**0.5 / 6 * (samples - 1 / samples)
    off = np.abs(ours.coefficients[0] - expected).max() / np.abs(expected).max()
    return [f"{samples} samples in {pushes_made} pushes, {spent:.1f} s: off by {off:.0e} of the largest."]


def growth_tables(rounds: int, longest: int) -> list[str]:
    """Cost as N, the length of a push, and channels grow."""
    chosen = [("legt", "bilinear"), ("legs", "zoh"), ("legs", "bilinear")]
    orders = [16, 32, 64, 128, 256, 512, 1024]
    lengths = [10**i for i in range(3, 9) if 10**i <= longest]
    counts = [1, 2, 4, 8, 16, 32, 64]
    titles = [f"{get_measure(name).title} {method}" for name, method in chosen]

    def table(head: str, values: list[int], cell: Callable[[str, str, int], str]) -> list[str]:
        rows = [f"| {head} | " + " | ".join(map(str, values)) + " |", "|---" * (len(values) + 1) + "|"]
        for title, (name, method) in zip(titles, chosen, strict=True):
            rows.append(f"| {title} | " + " | ".join(cell(name, method, value) for value in values) + " |")
        return [*rows, ""]

    def push_time(ours: OnlineMemory, block: np.ndarray) -> float:
        if block.shape[-1] >= 10**7:
            return seconds(lambda: ours.push(block), 1)
        for _ in range(20 if block.shape[-1] <= FRAME else 1):
            ours.push(block)
        return float(np.median(in_turn({"ours": lambda: ours.push(block)}, rounds)["ours"]))

    def by_order(name: str, method: str, order: int) -> str:
        return f"{push_time(memory(name, method, order), RNG.standard_normal(FRAME)) * 1e6:.1f}"

    def by_length(name: str, method: str, length: int) -> str:
        spent = push_time(memory(name, method, 64), RNG.standard_normal(length))
        return f"{length / spent / 1e6:.0f}"

    def by_channels(name: str, method: str, count: int) -> str:
        ours = memory(name, method, 64, seen=100_000, channels=count)
        return f"{push_time(ours, RNG.standard_normal((count, FRAME))) * 1e6:.1f}"

    def by_building(name: str, method: str, order: int) -> str:
        def build() -> None:
            _updates.clear()
            OnlineMemory(name, order, RATE, theta=1.0, method=method).push(block)

        block = RNG.standard_normal(FRAME)
        return f"{min(seconds(build, 1) for _ in range(3)) * 1e3:.0f}"

    return [
        *table("µs per push of 800; N =", orders, by_order),
        *table("million samples/s, N = 64; samples per push:", lengths, by_length),
        *table("µs per push of 800, N = 64; channels:", counts, by_channels),
        *table("ms until a new memory has taken its first 800 samples; N =", orders, by_building),
    ]


def machine() -> str:
    """One line about where this ran."""
    try:
        models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
        name = models[0].split(":")[1].strip()
    except (OSError, IndexError):
        name = platform.processor() or platform.machine()
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(
        f"{name} {version(name.lower())}"
        for name in ("NumPy", "SciPy", "numba", "torch")
        if find_spec(name.lower())
    )
    versions = f"Python {platform.python_version()}, {versions}"
    return f"{name}, {os.cpu_count()} cores, one thread; {versions}{load}"


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description="What the online memory costs.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, pushes of at most a million")
    quick = parser.parse_args().quick
    warm_up()
    rounds = 5 if quick else 21
    print(f"`python -m tests.benchmarks.memory{' --quick' if quick else ''}` on {machine()}\n")
    for title, lines in (
        (
            "A push of 800 samples, in multiples of what else takes them in",
            lambda: speed_table(rounds),
        ),
        ("Every state, beside copying and the peak", lambda: state_table(rounds // 2, 100_000)),
        ("Where a push goes", lambda: share_table(rounds)),
        ("A million samples", lambda: million_table(max(3, rounds // 3))),
        ("A straight line through LegS zoh, N = 512", lambda: [] if quick else line_table()),
        ("Growth", lambda: growth_tables(max(3, rounds // 4), 10**6 if quick else 10**8)),
    ):
        print(f"**{title}**\n", *lines(), "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
