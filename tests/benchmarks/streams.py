"""A stream at 50 000 samples/s over UDP, with the window open: `python -m tests.benchmarks.streams`.

A process of its own sends lines, several to a datagram and one datagram in five hundred garbage, to
`hippo-studio --profile SECONDS udp://127.0.0.1:PORT`. What must hold: 60 frames a second, every line
received, every garbage line counted, and memory that grows no further once the history is full. Memory is
what the studio and its reader hold together, shared pages shared out (PSS). On the display of this session,
or offscreen.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.window import STUDIO, display

GARBAGE_EVERY = 500
"""Datagrams from one of garbage to the next."""
Look = tuple[float, float, float, float]
"""Seconds since the start, MB held, processor seconds of the studio, and those of its reader."""


def main() -> None:
    """Run it once, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="measured time")
    parser.add_argument("--rate", type=int, default=50_000, help="samples per second")
    parser.add_argument("--per-datagram", type=int, default=25, help="lines in a datagram")
    parser.add_argument("--history", type=float, default=10.0, help="seconds that the studio holds")
    parser.add_argument("--measures", default="legt,legs,lagt", help="as in legt,legs")
    parser.add_argument("--order", type=int, default=64, help="N of each memory")
    parser.add_argument("--size", default="1280x720", help="of the window")
    parser.add_argument("--send", type=int, metavar="PORT", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.send:
        send(chosen.send, chosen.rate, chosen.per_datagram)
        return
    report, memory, sent = run(chosen)
    frames, loop, stream = report["frames"], report["event_loop"], report["stream"]
    print(
        f"frames/s          {frames['fps']:.1f}  (p50 {frames['p50_ms']:.1f}, p95 {frames['p95_ms']:.1f} ms)"
    )
    print(f"event loop        p99 {loop['p99_ms']:.1f} ms late, at most {loop['max_ms']:.1f}")
    print(f"rate              {stream['measured']:.0f} measured, {stream['rate']:.0f} used")
    print(f"received          {stream['seconds']:.1f} s, {stream['lines']} lines")
    print(
        f"lost              {stream['dropped']} datagrams, {stream['gaps']} gaps of {stream['missing']:.3f} s"
    )
    print(f"garbled           {stream['garbled']}, the last one {stream['last_garbled']!r}; {sent}")
    looks = [look for look in memory if look[0] > memory[-1][0] - chosen.seconds]
    if len(looks) > 1:
        after = [size for _, size, _, _ in looks]
        wall, _, studio, _ = np.subtract(looks[-1], looks[0])
        reader = max(look[3] for look in looks) - looks[0][3]  # at the last look it may have ended
        print(f"processor         {studio / wall:.2f} of a core the studio, {reader / wall:.2f} its reader")
        third = max(len(after) // 3, 1)
        early, late = np.median(after[:third]), np.median(after[-third:])
        print(f"memory            {early:.0f} MB early, {late:.0f} MB late,")
        print(f"                  at most {max(after):.0f}")


def run(chosen: argparse.Namespace) -> tuple[dict[str, Any], list[Look], str]:
    """The studio's report, looks at it over time, and what the sender said."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = display()
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("CONFIG", "STATE"):
            environment[f"XDG_{kind}_HOME"] = str(Path(folder) / kind.lower())
        report = Path(folder) / "report.json"
        options = ["--profile", str(chosen.seconds), "--report", str(report), "--size", chosen.size]
        options += ["--measures", chosen.measures, "--order", str(chosen.order)]
        options += ["--history", str(chosen.history)]
        studio = subprocess.Popen([*STUDIO, *options, f"udp://127.0.0.1:{port}"], env=environment)
        memory: list[Look] = []
        watcher = threading.Thread(target=watch, args=(studio, memory), daemon=True)
        watcher.start()
        while not bound(port) and studio.poll() is None:
            time.sleep(0.02)
        words = [sys.executable, "-m", "tests.benchmarks.streams", "--send", str(port)]
        words += ["--rate", str(chosen.rate), "--per-datagram", str(chosen.per_datagram)]
        sender = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        status = studio.wait()
        said, _ = sender.communicate("")
        if status:
            sys.exit(status)
        return json.loads(report.read_text()), memory, said.strip()


def send(port: int, rate: int, per_datagram: int) -> None:
    """Send a second of lines over and over, until standard input ends."""
    samples = np.sin(2 * np.pi * 50 * np.arange(rate) / rate) + np.sin(2 * np.pi * 3 * np.arange(rate) / rate)
    lines = [f"{sample:.5f}\n" for sample in samples]
    datagrams = ["".join(lines[at : at + per_datagram]).encode() for at in range(0, rate, per_datagram)]
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    began, sent, garbage = time.perf_counter(), 0, 0
    while not ended.is_set():
        due = int((time.perf_counter() - began) * rate / per_datagram)
        for place in range(sent, due):
            out.sendto(datagrams[place % len(datagrams)], ("127.0.0.1", port))
            if place % GARBAGE_EVERY == 0:
                out.sendto(b"?? garbage", ("127.0.0.1", port))
                garbage += 1
        sent = max(due, sent)
        time.sleep(0.001)
    seconds = time.perf_counter() - began
    print(f"sent {garbage} so, and {sent * per_datagram} lines in {seconds:.1f} s")


def bound(port: int) -> bool:
    """Whether somebody listens at a UDP port of this machine."""
    wanted = f":{port:04X} "
    return any(wanted in line for line in Path("/proc/net/udp").read_text().splitlines()[1:])


def watch(studio: subprocess.Popen[bytes], memory: list[Look]) -> None:
    """Note what the studio and its reader hold, and have used, twice a second."""
    began = time.monotonic()
    while studio.poll() is None:
        try:
            children = Path(f"/proc/{studio.pid}/task/{studio.pid}/children").read_text().split()
            tasks = Path(f"/proc/{studio.pid}/task").iterdir()
            children += [child for task in tasks for child in (task / "children").read_text().split()]
            readers = {int(child) for child in children}
            size = held(studio.pid) + sum(map(held, readers))
            memory.append((time.monotonic() - began, size, used(studio.pid), sum(map(used, readers))))
        except OSError:
            pass
        time.sleep(0.5)


def held(pid: int) -> float:
    """The memory of a process in MB, its share of shared pages included."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def used(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
