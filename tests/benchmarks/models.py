"""What the sequence models cost, beside what else could be used.

    python -m tests.benchmarks.models [--quick]

Prints Markdown tables with the target beside each figure. One thread, float32, H = 128, N = 64, batch 8,
forward and backward unless a table says otherwise; every ratio is the median of ratios taken in turn within
this run, so that a machine that is busy or slow at the moment is so for both sides. A block is all of it:
norm, mixer, GELU, GLU, residual. Memory is the peak of a process of its own, above what its imports took.

- LSTM: torch.nn.LSTM of the same width, alone, without a block around it.
- direct sum: the kernel as S4D's paper writes it, N/2 · L complex exponentials in complex64.
- direct Cauchy sum: S4's own way, one sum over N/2 poles per frequency, in complex64.
- Transformer: torch.nn.TransformerEncoderLayer with 4 heads and 4 H hidden units, once with its matrix of
  attention held, as when S4 was compared with it, once with torch's fused attention, which never holds it.

On a machine with a GPU a table in milliseconds follows (`models_gpu`).
"""

from __future__ import annotations

from tests.benchmarks.memory import in_turn, machine  # first: it keeps the libraries to one thread

# isort: split
import argparse
import resource
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from hippo_studio.ssm import build_model
from hippo_studio.ssm.h3 import H3
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D
from tests.benchmarks.rivals import (
    BATCH,
    LAYERS,
    ORDER,
    WIDTH,
    cauchy_direct,
    training_step,
    vandermonde_direct,
)

BLOCK_TARGETS = {
    "S4D": {1024: 1.2, 4096: 1.0, 16384: 1.0},
    "S4": dict.fromkeys((1024, 4096, 16384), 1.8),
    "H3": dict.fromkeys((1024, 4096, 16384), 2.5),
}
KERNEL_TARGETS = {1024: 15, 4096: 30, 16384: 60}
TRANSFORMER_TARGETS = {1024: (1.58, 0.43), 4096: (5.19, 0.091)}


def block_table(lengths: list[int], rounds: int) -> list[str]:
    """Blocks as multiples of the LSTM."""
    lines = [
        "| forward + backward | " + " | ".join(f"L = {length}" for length in lengths) + " |",
        "|---" * (len(lengths) + 1) + "|",
    ]
    names = ["LSTM", "S4D", "S4", "H3", "S4D layer alone", "S4 layer alone"]
    columns = {}
    for length in lengths:
        steps = {name: training_step(LAYERS[name](), length) for name in names}
        columns[length] = in_turn(steps, rounds if length < 16384 else max(3, rounds // 3))
    for name in names:
        cells = []
        for length, taken in columns.items():
            target = BLOCK_TARGETS.get(name, {}).get(length)
            cell = f"{np.median(taken[name]) * 1e3:.0f} ms"
            if name != "LSTM":
                cell = f"{np.median(taken[name] / taken['LSTM']):.2f}× ({cell})"
            cells.append(cell + (f", target ≤ {target:g}×" if target else ""))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def kernel_table(lengths: list[int], rounds: int) -> list[str]:
    """Kernels as how many times faster than the sums that define them."""
    diagonal, dplr = S4D(WIDTH, ORDER), S4(WIDTH, ORDER)
    wide = S4(WIDTH, 2 * ORDER)
    lines = [
        "| kernel, forward + backward | L | ours | direct | times faster | target |",
        "|---|---|---|---|---|---|",
    ]

    def both(kernel: Callable[[], Tensor]) -> Callable[[], None]:
        return lambda: kernel().square().sum().backward()

    def row(
        title: str, length: int, ours: Callable[[], Tensor], direct: Callable[[], Tensor], goal: str
    ) -> None:
        taken = in_turn({"ours": both(ours), "direct": both(direct)}, rounds if length < 16384 else 3)
        cells = [f"{np.median(taken[name]) * 1e3:.1f} ms" for name in ("ours", "direct")]
        faster = np.median(taken["direct"] / taken["ours"])
        lines.append(f"| {title} | {length} | {' | '.join(cells)} | {faster:.0f}× | {goal} |")

    for length in lengths:
        row(
            "S4D against the direct sum",
            length,
            lambda length=length: diagonal.kernel(length),  # type: ignore[misc]
            lambda length=length: vandermonde_direct(diagonal, length),  # type: ignore[misc]
            f"≥ {KERNEL_TARGETS[length]}×",
        )
    for title, layer in (("S4", dplr), ("S4, N = 128,", wide)):
        row(
            f"{title} against the direct Cauchy sum",
            16384,
            lambda layer=layer: layer.kernel(16384),  # type: ignore[misc]
            lambda layer=layer: cauchy_direct(layer, 16384),  # type: ignore[misc]
            "≥ 10×" if layer is dplr else "—",
        )
    return lines


def transformer_table(rounds: int) -> list[str]:
    """A block of S4 against a Transformer layer: training, memory, generation."""
    lines = [
        "| S4 block against a Transformer layer | L | times faster | target | memory | target |",
        "|---|---|---|---|---|---|",
    ]
    rivals = ["Transformer, matrix held", "Transformer, fused"]
    for length, (speed, share) in TRANSFORMER_TARGETS.items():
        names = ["S4", *rivals]
        taken = in_turn(
            {name: training_step(LAYERS[name](), length) for name in names},
            rounds if length < 4096 else max(3, rounds // 3),
        )
        peaks = {name: peak(name, length) for name in names}
        for rival in rivals:
            faster = f"{np.median(taken[rival] / taken['S4']):.2f}×"
            memory = f"{peaks['S4'] / peaks[rival]:.3f}× ({peaks['S4']:.0f} of {peaks[rival]:.0f} MB)"
            cells = [rival, length, faster, f"≥ {speed}×", memory, f"≤ {share}×"]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def generation_table(rounds: int) -> list[str]:
    """One more token: a step of S4 against a Transformer that looks at all of its prefix again."""
    lines = [
        "| one token more, 2 layers, batch 8 | S4 step | Transformer without cache | times faster | target |",
        "|---|---|---|---|---|",
    ]
    keys = {"vocabulary": 100, "n_classes": 100, "d_model": WIDTH, "d_state": ORDER, "pool": "last"}
    s4 = build_model({"model": "s4", **keys}).eval()
    transformer = build_model(
        {"model": "transformer", "causal": True, "feedforward": 4 * WIDTH, **keys}
    ).eval()
    token, state = torch.zeros(BATCH, dtype=torch.int64), s4.initial_state(BATCH)
    for length in TRANSFORMER_TARGETS:
        prefix = torch.randint(100, (BATCH, length))
        with torch.no_grad():
            taken = in_turn(
                {
                    "s4": lambda: s4.step(token, state),
                    "transformer": lambda prefix=prefix: transformer(prefix),  # type: ignore[misc]
                },
                rounds,
            )
        faster = np.median(taken["transformer"] / taken["s4"])
        cells = [f"{np.median(taken[name]) * 1e3:.2f} ms" for name in ("s4", "transformer")]
        lines.append(f"| after {length} | {' | '.join(cells)} | {faster:.0f}× | ≥ 60× |")
    return lines


def step_table(rounds: int) -> list[str]:
    """One sample of one stream through one layer."""
    lines = ["| one step at batch 1 | µs | of torch's LSTMCell | target |", "|---|---|---|---|"]
    u, cell = torch.randn(1, WIDTH), nn.LSTMCell(WIDTH, WIDTH)
    hidden = torch.zeros(1, WIDTH), torch.zeros(1, WIDTH)
    layers = {"S4": S4(WIDTH, ORDER), "S4D": S4D(WIDTH, ORDER), "H3": H3(WIDTH, ORDER)}
    steps: dict[str, Callable[[], object]] = {"LSTMCell": lambda: cell(u, hidden)}
    for name, layer in layers.items():
        state = layer.initial_state(1)
        steps[name] = lambda layer=layer, state=state: layer.step(u, state)  # type: ignore[misc]
    with torch.no_grad():
        taken = in_turn(steps, 5 * rounds)
    for name in steps:
        ratio = np.median(taken[name] / taken["LSTMCell"])
        target = "< 60 µs" if name in ("S4", "S4D") else "—"
        lines.append(f"| {name} | {np.median(taken[name]) * 1e6:.0f} | {ratio:.2f}× | {target} |")
    return lines


def live_table(rounds: int) -> list[str]:
    """A model that follows 16 kHz sound live, in chunks of 10 ms."""
    lines = ["| 2 layers of S4D, H = 64, N = 64, following 16 kHz | of one core | target |", "|---|---|---|"]
    model = build_model({"model": "s4d", "d_model": 64, "d_state": 64, "n_classes": 10}).eval()
    chunk = torch.randn(1, 160, 1)
    state = model.initial_state(1)

    def by_samples() -> None:
        now = state
        for moment in chunk.unbind(1):
            _, now = model.step(moment, now)

    with torch.no_grad():
        taken = in_turn({"chunk": lambda: model.chunk(chunk, state), "step": by_samples}, 5 * rounds)
    for title, name, target in (
        ("in chunks of 10 ms", "chunk", "< 50 %"),
        ("sample by sample", "step", "—"),
    ):
        lines.append(f"| {title} | {np.median(taken[name]) / 0.01:.0%} | {target} |")
    return lines


def memory_table() -> list[str]:
    """Peak memory of a training step, optimizer included."""
    lines = ["| peak of a training step | L = 16384 | target |", "|---|---|---|"]
    for name, target in (("LSTM", "—"), ("S4D", "—"), ("S4", "< 1500 MB"), ("H3", "—")):
        lines.append(f"| {name} | {peak(name, 16384):.0f} MB | {target} |")
    return lines


def peak(name: str, length: int) -> float:
    """Megabytes that a process of its own needs for three training steps, above its imports."""
    command = [sys.executable, "-m", "tests.benchmarks.models", "--peak", name, str(length)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(name: str, length: int) -> None:
    """What `peak` starts."""
    layer = LAYERS[name]()
    optimizer = torch.optim.AdamW(layer.parameters())
    before = high_water()
    step = training_step(layer, length)
    for _ in range(3):
        step()
        optimizer.step()
    print((high_water() - before) / 1e6)


def high_water() -> int:
    """Bytes that this process has held at most. A child's ru_maxrss begins with that of its parent."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description="What the sequence models cost.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, lengths up to 4096")
    parser.add_argument("--peak", nargs=2, metavar=("LAYER", "LENGTH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if chosen.peak:
        return print_peak(chosen.peak[0], int(chosen.peak[1]))
    rounds, lengths = (3, [1024, 4096]) if chosen.quick else (9, [1024, 4096, 16384])
    command = f"python -m tests.benchmarks.models{' --quick' if chosen.quick else ''}"
    print(f"`{command}` on {machine()}, torch {torch.__version__}\n")
    tables: list[tuple[str, Callable[[], list[str]]]] = [
        ("Blocks as multiples of nn.LSTM", lambda: block_table(lengths, rounds)),
        ("Kernels", lambda: kernel_table(lengths, rounds)),
        ("Memory", memory_table),
        ("Against the Transformer", lambda: transformer_table(rounds)),
        ("Generation", lambda: generation_table(rounds)),
        ("Recurrence", lambda: step_table(rounds)),
        ("Live sound", lambda: live_table(rounds)),
    ]
    if torch.cuda.is_available():
        from tests.benchmarks import models_gpu

        tables += models_gpu.tables(LAYERS, lengths)
    for title, lines in tables:
        print(f"**{title}**\n", *lines(), "", sep="\n", flush=True)
    return None


if __name__ == "__main__":
    main()
