"""Files changed at random, for as long as is asked: nothing crashes, hangs over 2 s or takes 1.5 GB.

    python -m tests.benchmarks.fuzzing --minutes 20 [--seed 0]

A worker damages a valid file of each kind (`tests.signals.originals`: bytes set, cut, inserted, repeated, two
files spliced, numbers made extreme) or writes a table that hypothesis thinks up, and reads it. A parent
watches from outside, so a crash of a compiled library is a finding and not the end. Each finding names its
seed and leaves its file in ``out/fuzzing``.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SLOW = 2.0  # s of processor that a small file may take
HANG = 30.0  # s without a word after which a worker is taken for dead
START = 300.0  # s that its libraries may take to be imported, on a machine that is busy otherwise
MEMORY = 1.5e9  # bytes that a worker may have held at once
EXTREME = (b"1e308", b"-1e309", b"9" * 40, b"0", b"-1", b"2147483648", b"nan", b"1e-320", b"", b"x")


def mutated(originals: dict[str, bytes], seed: int) -> tuple[str, bytes]:
    """The name and bytes of the file that a seed stands for."""
    dice = random.Random(seed)
    name = dice.choice(sorted(originals))
    data = bytearray(originals[name])
    for _ in range(dice.choice((1, 1, 2, 3, 6, 12))):
        action = dice.randrange(8)
        at = min(int(len(data) * dice.random() ** dice.choice((1, 3))), max(len(data) - 1, 0))
        if action == 0:
            data[at : at + dice.randrange(1, 9)] = dice.randbytes(dice.randrange(1, 9))
        elif action == 1:
            del data[at : at + dice.choice((1, 4, 64, 4096))]
        elif action == 2:
            data[at : at + 4] = dice.choice((b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
        elif action == 3:
            del data[at:]
        elif action == 4:
            data[at:at] = data[at : at + dice.choice((1, 16, 512))] * dice.choice((1, 3, 40))
        elif action == 5 and data:
            data[at % len(data)] ^= 1 << dice.randrange(8)
        elif action == 6:
            other = originals[dice.choice(sorted(originals))]
            data[at:] = other[int(len(other) * dice.random()) :]
        else:
            numbers = list(re.finditer(rb"\d+", bytes(data[:20_000])))
            if numbers:
                found = dice.choice(numbers)
                data[found.start() : found.end()] = dice.choice(EXTREME)
    return name, bytes(data)


def check(path: Path) -> str:
    """Read a file as a person would open it; what is wrong with how that ended, empty if nothing is."""
    import numpy as np

    from hippo_studio.signals import SignalError, contents, read

    began = time.process_time()
    try:
        contents(path)
        signal = read(path)
        if not np.isfinite(np.asarray(signal.samples[:, :1000])).all():
            return "samples that are not finite"
        if any("\n" in str(one) for one in signal.warnings):
            return "a warning of several lines"
    except SignalError as error:
        if "\n" in str(error) or str(error)[-1] not in ".?":
            return f"no sentence: {error!s}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    took = time.process_time() - began
    return f"{took:.1f} s" if took > SLOW else ""


def worker(first: int, folder: Path) -> None:
    """Read the files of all seeds from `first` on, telling each before and after."""
    from tests.signals.originals import write_originals

    sources = folder / "sources"
    sources.mkdir(exist_ok=True)
    originals = write_originals(sources)
    seed = first
    while True:
        place = folder / "case"
        place.mkdir(exist_ok=True)
        for other in ("a.hea", "a.dat"):
            (place / other).write_bytes(originals[other])
        name, data = thought_up(seed) if seed % 10 == 0 else mutated(originals, seed)
        path = place / name
        path.write_bytes(data)
        print(json.dumps({"seed": seed, "path": str(path)}), flush=True)
        wrong = check(path)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seed": seed, "name": name, "wrong": wrong, "held": held}), flush=True)
        path.unlink()
        seed += 1


def thought_up(seed: int) -> tuple[str, bytes]:
    """A table that hypothesis makes of the characters that tables are made of."""
    import hypothesis
    from hypothesis import strategies as st

    letters = "0123456789.,;:-+eE \t\n\r\"'#%/|abtimeNs[]()TZµ\ufeff\x00²"
    found: list[str] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=8, database=None, phases=[hypothesis.Phase.generate], deadline=None)
    @hypothesis.given(st.text(st.sampled_from(letters), max_size=400))
    def keep(text: str) -> None:
        found.append(text)

    keep()
    return "thought up.csv", max(found, key=len).encode("utf-8" if seed % 3 else "utf-16") or b"\n"


def main() -> None:
    """Watch workers until the time is over, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worker", type=Path)
    told = parser.parse_args()
    if told.worker:
        worker(told.seed, told.worker)
        return
    seed, until, most, findings = told.seed, time.monotonic() + 60 * told.minutes, 0.0, 0
    read: Counter[str] = Counter()
    kept = Path("out/fuzzing")
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            seed, most, found = watch(seed, Path(folder), until, kept, read, most)
        findings += found
    total, megabytes = sum(read.values()), most / 1e6
    print(f"{total} files in {told.minutes:g} minutes, {findings} findings, at most {megabytes:.0f} MB")
    print(", ".join(f"{name} {count}" for name, count in sorted(read.items())))
    sys.exit(1 if findings else 0)


def watch(
    seed: int, folder: Path, until: float, kept: Path, read: Counter[str], most: float
) -> tuple[int, float, int]:
    """Follow one worker to its end: the seed to go on with, the most memory held, the number of findings."""
    import selectors

    findings = 0
    arguments = [
        sys.executable,
        "-m",
        "tests.benchmarks.fuzzing",
        "--worker",
        str(folder),
        "--seed",
        str(seed),
    ]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        selector = selectors.DefaultSelector()
        selector.register(process.stdout, selectors.EVENT_READ)
        path: Path | None = None
        wrong = ""
        while time.monotonic() < until:
            line = process.stdout.readline() if selector.select(HANG if path else START) else None
            if not line:
                process.kill()
                wrong = "hangs" if line is None else f"ends the process ({process.wait()})"
                findings += 1
                report(kept, seed, path, wrong)
                return seed + 1, most, findings
            told = json.loads(line)
            seed = told["seed"]
            if "path" in told:
                path = Path(told["path"])
                continue
            read[told["name"]] += 1
            most = max(most, told["held"])
            wrong = told["wrong"] or (f"{told['held'] / 1e6:.0f} MB" if told["held"] > MEMORY else "")
            if wrong:
                findings += 1
                report(kept, seed, None, wrong + f" ({told['name']})")
            if told["held"] > MEMORY:
                break
        process.kill()
    return seed + 1, most, findings


def report(kept: Path, seed: int, path: Path | None, wrong: str) -> None:
    """Say what is wrong with a seed, and keep the file that a worker died over."""
    print(f"seed {seed}: {wrong}", flush=True)
    if path is not None and path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{seed} {path.name}").write_bytes(path.read_bytes())


if __name__ == "__main__":
    main()
