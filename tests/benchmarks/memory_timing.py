"""Memories to time, and times taken in turn: what the benchmarks of the online memory share."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from hippo_studio.hippo import OnlineMemory

RATE = 48_000.0
TURN = 0.004  # seconds
MEMORIES = [
    ("legt", "bilinear"),
    ("legt", "zoh"),
    ("lagt", "bilinear"),
    ("fout", "bilinear"),
    ("legs-lti", "bilinear"),
    ("legs", "zoh"),
    ("legs", "bilinear"),
]
RNG = np.random.default_rng(0)


def seconds(function: Callable[[], object], calls: int) -> float:
    """Seconds of this thread per call."""
    begun = time.thread_time()
    for _ in range(calls):
        function()
    return (time.thread_time() - begun) / calls


def in_turn(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """Seconds per call of each function, (rounds,): every one of them in each round, for `TURN` or a call."""
    calls = {}
    for name, function in functions.items():
        once = seconds(function, 1)  # with what is done but once; of something slow that is no matter
        calls[name] = 1 + int(TURN / (once if once > 1 else seconds(function, 1)))
    taken = [{name: seconds(way, calls[name]) for name, way in functions.items()} for _ in range(rounds)]
    return {name: np.array([one[name] for one in taken]) for name in functions}


def memory(name: str, method: str, order: int, seen: int = 1_000_000, **options: object) -> OnlineMemory:
    """A memory with a second of window that has seen `seen` samples."""
    made = OnlineMemory(name, order, RATE, theta=1.0, method=method, **options)  # type: ignore[arg-type]
    if seen:
        made.push(RNG.standard_normal((made.channels, seen)))
    return made
