"""The blocks of `tests.benchmarks.models` on a GPU, in milliseconds; printed where there is one.

Each is measured as it is (float32, TF32 off), compiled by torch.compile, and with bf16 in all but the state
spaces. Before that a step runs with host synchronization forbidden: a layer that waits for the GPU is named.
Not tried so far: no machine with a GPU was at hand.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from tests.benchmarks.rivals import BATCH, WIDTH

NAMES = ("LSTM", "S4D", "S4", "H3", "Transformer, fused")


def tables(
    layers: Mapping[str, Callable[[], nn.Module]], lengths: list[int]
) -> list[tuple[str, Callable[[], list[str]]]]:
    """Titles, and what computes the lines below them."""
    name = torch.cuda.get_device_name()
    return [
        (f"Forward and backward on {name}, ms", lambda: times(layers, lengths)),
        (f"What bounds them, L = {lengths[-1]}", lambda: bounds(layers, lengths[-1])),
    ]


def times(layers: Mapping[str, Callable[[], nn.Module]], lengths: list[int]) -> list[str]:
    """A row per block and way to run it."""
    lines = [
        "| block | way | " + " | ".join(f"L = {length}" for length in lengths) + " | waits for the GPU |",
        "|---" * (len(lengths) + 3) + "|",
    ]
    for name in NAMES:
        layer = layers[name]().cuda()
        waits = "yes" if waits_for_device(step(layer, lengths[0])) else "no"
        compiled = torch.compile(layer)
        for way, run, context in (
            ("as it is", layer, nullcontext()),
            ("compiled", compiled, nullcontext()),
            ("bf16", layer, torch.autocast("cuda", torch.bfloat16)),
        ):
            cells = [f"{milliseconds(step(run, length, context)):.2f}" for length in lengths]
            lines.append(f"| {name} | {way} | {' | '.join(cells)} | {waits} |")
    return lines


def bounds(layers: Mapping[str, Callable[[], nn.Module]], length: int) -> list[str]:
    """The three kernels that take the largest share of a step."""
    lines = ["| block | kernels, and their share of the time |", "|---|---|"]
    for name in NAMES:
        run = step(layers[name]().cuda(), length)
        run()
        with profile(activities=[ProfilerActivity.CUDA]) as measured:
            run()
            torch.cuda.synchronize()
        events = sorted(measured.key_averages(), key=lambda event: -event.self_device_time_total)
        total = sum(event.self_device_time_total for event in events) or 1
        worst = [f"`{event.key[:60]}` {event.self_device_time_total / total:.0%}" for event in events[:3]]
        lines.append(f"| {name} | {', '.join(worst)} |")
    return lines


def step(
    layer: Callable[[Tensor], Tensor], length: int, context: AbstractContextManager[object] | None = None
) -> Callable[[], None]:
    """Forward and backward on the GPU."""
    x = torch.randn(BATCH, length, WIDTH, device="cuda", requires_grad=True)
    grad = torch.randn(BATCH, length, WIDTH, device="cuda")

    def run() -> None:
        x.grad = None
        with context or nullcontext():
            y = layer(x)
        y.backward(grad.to(y.dtype))

    return run


def waits_for_device(run: Callable[[], None]) -> bool:
    """Whether a step, once warm, makes the host wait for the GPU."""
    run()
    torch.cuda.set_sync_debug_mode("error")
    try:
        run()
    except RuntimeError:
        return True
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return False


def milliseconds(run: Callable[[], None], rounds: int = 20) -> float:
    """Median over `rounds`, by the GPU's own clock."""
    for _ in range(3):
        run()
    taken = []
    for _ in range(rounds):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        end.synchronize()
        taken.append(begin.elapsed_time(end))
    return statistics.median(taken)
