"""How long this process has been alive, and how its start went."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_IMPORTED = time.perf_counter()


@dataclass
class StartUp:
    """How the start went: when the window was on screen, in seconds since the process began.

    `imports_s` is what importing Qt, numpy and pyqtgraph took of it.
    """

    imports_s: float
    window_shown_s: float = 0.0
    torch_imported_before_window: bool = False


def seconds_since_start() -> float:
    """Seconds since the operating system started this process, to a hundredth.

    Where that cannot be learnt (not on Linux), since this module was imported.
    """
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # field 22 of proc(5): clock ticks since boot
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, ValueError, IndexError, AttributeError):
        return time.perf_counter() - _IMPORTED
