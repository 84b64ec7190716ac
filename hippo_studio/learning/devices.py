"""What a training asks of the machine: which device, how much memory, and whether that has run out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from hippo_studio.ssm import ModelConfig
from hippo_studio.ssm.checks import check_device

COPIES = 24
"""About how many arrays of (moments, d_model) a block keeps for the way back, as float32."""

NUMBERS_PER_THREAD = 1 << 18
"""Of one array: with fewer, threads wait for each other longer than they compute."""


MOST_AT_ONCE = 1 << 16
"""Moments that a processor computes at once, at most: more are no faster, and let a wish to stop wait."""


def own_device(name: str) -> torch.device:
    """Return the device that a setting names; for "auto" the fastest, each process of torchrun its own.

    MPS is not taken by itself: the phases of a state space need float64, which it lacks.
    """
    if name == "auto":
        if not torch.cuda.is_available():
            return torch.device("cpu")
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    return check_device(name)


def worthwhile_threads(numbers: float, most: int) -> int:
    """Return how many threads arrays of so many numbers keep busy, at most `most`.

    The size decides and not a clock, so that the same training is the same to the bit, also when it goes on.
    """
    return max(1, min(most, int(numbers / NUMBERS_PER_THREAD)))


@contextmanager
def threads_of_torch(threads: int) -> Iterator[None]:
    """Compute on so many threads meanwhile."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def describe(device: torch.device) -> str:
    """Return what to call a device in a report."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu ({threads} thread{'s' if threads > 1 else ''})"
    return str(device)


def reseed(device: torch.device, seed: int) -> None:
    """Set the generators that layers draw from on this device, and no others."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)
    elif device.type != "cpu":
        torch.manual_seed(seed)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on whatever device."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text


def memory_in_use(device: torch.device) -> int:
    """Return bytes: on a GPU of torch's tensors, else of this process; 0 if the system does not say."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def most_moments(device: torch.device, model: ModelConfig) -> float:
    """Return how many moments at once the memory of this device allows for, roughly, and patience.

    A GPU says when its memory is full; a computer may stop answering instead, or end the process.
    """
    if device.type != "cpu":
        return float("inf")
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                free = 1024 * int(line.split()[1])
    except (OSError, ValueError, AttributeError):
        return float(MOST_AT_ONCE)
    return min(MOST_AT_ONCE, 0.5 * free / (4 * COPIES * model.d_model * (model.n_layers + 1)))
