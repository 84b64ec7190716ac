"""Every state of a memory, beside what limits it: copying as much memory, and multiplying at the peak."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hippo_studio.hippo import OnlineMemory, get_measure, legs_flow, trajectories
from hippo_studio.hippo.blocks import BlockUpdate
from hippo_studio.hippo.updates import ExactLegS
from tests.benchmarks.memory_timing import MEMORIES, RNG, in_turn, memory


def multiply_adds(ours: OnlineMemory, seen: int) -> float:
    """What one number of a trajectory costs, in multiplications with or without an addition."""
    update, order = ours._update, ours.order
    if isinstance(update, BlockUpdate):
        step, found = update._structured_step, update._skeleton
        if step is not None:
            return 5 if step.kind == 0 else 6
        return order + 64 if found is None else trajectories.multiply_adds(order, found.samples, found.rank)
    if isinstance(update, ExactLegS):
        largest = 0.64 * order**2 / seen  # of a flow, as in `legs_flow`
        needed, size = 0, 1.0
        while size > legs_flow._NEGLIGIBLE:
            needed += 1
            size *= largest / needed
        return 4 * legs_flow._round_up(needed) + 1
    return 7


def state_table(rounds: int, samples: int) -> list[str]:
    """Every state, in the array that `trajectory` made and that is there already; no page is new to any."""
    square = RNG.standard_normal((768, 768))
    product = np.empty_like(square)
    lines = [
        "| every state, N = 64 / 256 | million/s | of a copy | multiply-adds per number | ns per number "
        "| multiplying alone | copying alone | of the peak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rates = []
    for name, method in [*MEMORIES, ("lagt", "zoh"), ("fout", "zoh")]:
        columns = []
        for order in (64, 256):
            ours, u = memory(name, method, order), RNG.standard_normal(samples * 64 // order)
            out = ours.trajectory(u)
            copy = np.ones_like(out)
            ways: dict[str, Callable[[], object]] = {
                "ours": lambda ours=ours, u=u, out=out: ours.trajectory(u, out=out),  # type: ignore[misc]
                "copy": lambda copy=copy, out=out: np.copyto(copy, out),  # type: ignore[misc]
                "product": lambda: np.matmul(square, square, out=product),
            }
            taken = in_turn(ways, rounds)
            cost = multiply_adds(ours, 1_000_000)
            spent, copied = (float(np.median(taken[way])) / out.size * 1e9 for way in ("ours", "copy"))
            peak = taken["product"] / len(square) ** 3  # seconds per multiply-add
            rates.append(1e-9 / float(np.median(peak)))
            share = float(np.median(cost * peak * out.size / taken["ours"]))
            columns.append(
                [
                    f"{1e3 / spent / order:.2f}",
                    f"{np.median(taken['copy'] / taken['ours']):.2f}",
                    f"{cost:.0f}",
                    f"{spent:.2f}",
                    f"{cost * float(np.median(peak)) * 1e9:.2f}",
                    f"{copied:.2f}",
                    f"{100 * share:.0f} %",
                ]
            )
        cells = [one if one == other else f"{one} / {other}" for one, other in zip(*columns, strict=True)]
        lines.append("| " + " | ".join([f"{get_measure(name).title} {method}", *cells]) + " |")
    peak_line = (
        f"Peak: {np.median(rates):.1f} thousand million multiply-adds a second, of a product of 768 × 768."
    )
    return [*lines, "", peak_line]
