"""What the sequence models cost, beside what else could be used.

    python -m tests.benchmarks.models [--quick] [--only TABLE ...]

Prints Markdown tables with the target beside each figure, in about ten minutes of a quiet machine. One
thread, float32, H = 128, N = 64, batch 8, forward and backward unless a table says otherwise; every ratio is
the median of ratios taken in turn within this run, so that a machine that is busy or slow at the moment is so
for both sides. Nothing is extrapolated: the longer a call takes the fewer rounds there are (`ROUNDS`), down
to three. A block is all of it: norm, mixer, GELU, GLU, residual. Memory is the peak of a process of its own,
above what its imports took.

- LSTM: torch.nn.LSTM of the same width, alone, without a block around it.
- direct sum: the kernel as S4D's paper writes it, N/2 · L complex exponentials in complex64.
- direct Cauchy sum: S4's own way, one sum over N/2 poles per frequency, in complex64.
- Transformer: torch.nn.TransformerEncoderLayer with 4 heads and 4 H hidden units, once with its matrix of
  attention held, as when S4 was compared with it, once with torch's fused attention, which never holds it.
- step: one sample of one stream, in torch.inference_mode, as torch's LSTMCell beside it.

On a machine with a GPU a table in milliseconds follows (`models_gpu`).
"""

from __future__ import annotations

from tests.benchmarks.memory import in_turn, machine  # first: it keeps the libraries to one thread

# isort: split
import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from hippo_studio.ssm import build_model
from hippo_studio.ssm.h3 import H3, ShiftSSM
from hippo_studio.ssm.lssl import LSSL
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D
from hippo_studio.ssm.state_space import StateSpace
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
ROUNDS = {256: 7, 1024: 7, 4096: 5, 16384: 3}
"""Rounds by the length of the sequences."""
STEPS = 35
"""Rounds of what takes microseconds."""


def block_table(lengths: list[int]) -> list[str]:
    """Blocks as multiples of the LSTM."""
    lines = [
        "| forward + backward | " + " | ".join(f"L = {length}" for length in lengths) + " |",
        "|---" * (len(lengths) + 1) + "|",
    ]
    names = ["LSTM", "S4D", "S4", "H3", "S4D layer alone", "S4 layer alone"]
    columns = {}
    for length in lengths:
        steps = {name: training_step(LAYERS[name](), length) for name in names}
        columns[length] = in_turn(steps, ROUNDS[length])
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


def kernel_table(lengths: list[int]) -> list[str]:
    """Kernels as how many times faster than the sums that define them."""
    diagonal, dplr = S4D(WIDTH, ORDER), S4(WIDTH, ORDER)
    wide, longest = S4(WIDTH, 2 * ORDER), lengths[-1]
    lines = [
        "| kernel, forward + backward | L | ours | direct | times faster | target |",
        "|---|---|---|---|---|---|",
    ]

    def both(kernel: Callable[[], Tensor]) -> Callable[[], None]:
        return lambda: kernel().square().sum().backward()

    def row(
        title: str, length: int, ours: Callable[[], Tensor], direct: Callable[[], Tensor], goal: str
    ) -> None:
        taken = in_turn({"ours": both(ours), "direct": both(direct)}, ROUNDS[length])
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
    for title, layer, length in (("S4", dplr, longest), ("S4, N = 128,", wide, 4096)):
        row(
            f"{title} against the direct Cauchy sum",
            length,
            lambda layer=layer, length=length: layer.kernel(length),  # type: ignore[misc]
            lambda layer=layer, length=length: cauchy_direct(layer, length),  # type: ignore[misc]
            "≥ 10×" if length == 16384 else "—",
        )
    return lines


def convolution_table() -> list[str]:
    """Both ways to convolve, and which of them a layer takes by itself."""
    lengths = [256, 1024, 4096]
    lines = [
        "| chunks, as a multiple of the FFT's time | " + " | ".join(f"L = {n}" for n in lengths) + " |",
        "|---" * (len(lengths) + 1) + "|",
    ]
    for make in (S4D, S4, ShiftSSM, LSSL):
        cells = []
        for length in lengths:
            layer = make(WIDTH, ORDER)
            step = training_step(layer, length)

            def way(convolution: str, layer: StateSpace = layer, step: Callable[[], None] = step) -> None:
                layer.convolution = convolution
                step()

            taken = in_turn({name: partial(way, name) for name in ("chunks", "fft")}, 3)
            layer.convolution = "auto"
            chosen = "chunks" if layer._in_chunks(length, torch.device("cpu")) else "FFT"
            cells.append(f"{np.median(taken['chunks'] / taken['fft']):.2f}×, takes {chosen}")
        lines.append(f"| {make.__name__} | {' | '.join(cells)} |")
    return lines


def transformer_table() -> list[str]:
    """A block of S4 against a Transformer layer: training, memory, generation."""
    lines = [
        "| S4 block against a Transformer layer | L | times faster | target | memory | target |",
        "|---|---|---|---|---|---|",
    ]
    rivals = ["Transformer, matrix held", "Transformer, fused"]
    for length, (speed, share) in TRANSFORMER_TARGETS.items():
        names = ["S4", *rivals]
        taken = in_turn({name: training_step(LAYERS[name](), length) for name in names}, 3)
        peaks = {name: peak(name, length) for name in names}
        for rival in rivals:
            faster = f"{np.median(taken[rival] / taken['S4']):.2f}×"
            memory = f"{peaks['S4'] / peaks[rival]:.3f}× ({peaks['S4']:.0f} of {peaks[rival]:.0f} MB)"
            cells = [rival, length, faster, f"≥ {speed}×", memory, f"≤ {share}×"]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    one, wanted = 4e-6 * BATCH * length * WIDTH, share * peaks[rivals[1]]
    return [
        *lines,
        "",
        f"Of the memory of fused attention {share}× is out of reach for any layer that trains: it is "
        f"{wanted:.0f} MB, and input, output and their gradients alone take {4 * one:.0f} MB. The target is "
        "from when attention held its L × L matrix; fused, it holds rows of width H as all layers do.",
    ]


def generation_table() -> list[str]:
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
                ROUNDS[length],
            )
        faster = np.median(taken["transformer"] / taken["s4"])
        cells = [f"{np.median(taken[name]) * 1e3:.2f} ms" for name in ("s4", "transformer")]
        lines.append(f"| after {length} | {' | '.join(cells)} | {faster:.0f}× | ≥ 60× |")
    return lines


def step_table() -> list[str]:
    """One sample of one stream through one layer."""
    lines = [
        "| one step at batch 1, in inference mode | µs | of torch's LSTMCell | target |",
        "|---|---|---|---|",
    ]
    u, cell = torch.randn(1, WIDTH), nn.LSTMCell(WIDTH, WIDTH)
    hidden = torch.zeros(1, WIDTH), torch.zeros(1, WIDTH)
    layers = {
        "S4D": S4D(WIDTH, ORDER),
        "S4": S4(WIDTH, ORDER),
        "H3": H3(WIDTH, ORDER),
        "LSSL": LSSL(WIDTH, ORDER),
    }
    steps: dict[str, Callable[[], object]] = {"LSTMCell": lambda: cell(u, hidden)}
    for name, layer in layers.items():
        state = layer.initial_state(1)
        steps[name] = lambda layer=layer, state=state: layer.step(u, state)  # type: ignore[misc]
    with torch.inference_mode():
        for step in steps.values():
            step()  # the first one compiles
        taken = in_turn(steps, STEPS)
    for name in steps:
        ratio = np.median(taken[name] / taken["LSTMCell"])
        target = "< 60 µs" if name in ("S4", "S4D") else "—"
        lines.append(f"| {name} | {np.median(taken[name]) * 1e6:.0f} | {ratio:.2f}× | {target} |")
    return lines


def live_table() -> list[str]:
    """A model that follows 16 kHz sound live, in chunks of 10 ms."""
    lines = ["| 2 layers of S4D, H = 64, N = 64, following 16 kHz | of one core | target |", "|---|---|---|"]
    model = build_model({"model": "s4d", "d_model": 64, "d_state": 64, "n_classes": 10}).eval()
    chunk = torch.randn(1, 160, 1)
    state = model.initial_state(1)

    def by_samples() -> None:
        now = state
        for moment in chunk.unbind(1):
            _, now = model.step(moment, now)

    with torch.inference_mode():
        by_samples()  # the first step compiles
        taken = in_turn({"chunk": lambda: model.chunk(chunk, state), "step": by_samples}, STEPS)
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
    """Megabytes that a process of its own needs for two training steps, above its imports."""
    command = [sys.executable, "-m", "tests.benchmarks.models", "--peak", name, str(length)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(name: str, length: int) -> None:
    """What `peak` starts."""
    layer = LAYERS[name]()
    optimizer = torch.optim.AdamW(layer.parameters())
    before = high_water()
    step = training_step(layer, length)
    for _ in range(2):  # the optimizer's own memory is there from the second on
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
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What the sequence models cost.")
    parser.add_argument("--quick", action="store_true", help="lengths up to 4096, three rounds")
    parser.add_argument("--only", nargs="+", metavar="TABLE", help=f"of {', '.join(TABLES)}", choices=TABLES)
    parser.add_argument("--peak", nargs=2, metavar=("LAYER", "LENGTH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if chosen.peak:
        return print_peak(chosen.peak[0], int(chosen.peak[1]))
    lengths = [1024, 4096, 16384]
    if chosen.quick:
        lengths.pop()
        ROUNDS.update(dict.fromkeys(ROUNDS, 3))
    print(f"`{' '.join(['python -m tests.benchmarks.models', *sys.argv[1:]])}` on {machine()}\n")
    for name in chosen.only or TABLES:
        title, lines = TABLES[name]
        begun = time.perf_counter()
        print(f"**{title}**\n", *lines(lengths), "", sep="\n", flush=True)
        print(f"{name} took {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    if torch.cuda.is_available() and not chosen.only:
        from tests.benchmarks import models_gpu

        for title, rows in models_gpu.tables(LAYERS, lengths):
            print(f"**{title}**\n", *rows(), "", sep="\n", flush=True)
    return None


TABLES: dict[str, tuple[str, Callable[[list[int]], list[str]]]] = {
    "blocks": ("Blocks as multiples of nn.LSTM", block_table),
    "kernels": ("Kernels", kernel_table),
    "convolutions": ("By FFT or in chunks", lambda _: convolution_table()),
    "memory": ("Memory", lambda _: memory_table()),
    "transformer": ("Against the Transformer", lambda _: transformer_table()),
    "generation": ("Generation", lambda _: generation_table()),
    "steps": ("Recurrence", lambda _: step_table()),
    "live": ("Live sound", lambda _: live_table()),
}
"""Every table by the name that `--only` takes."""

if __name__ == "__main__":
    main()
