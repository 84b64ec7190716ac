"""The start of the studio: look whether a window can be had, open it, and only then do what is slow.

Qt, numpy and pyqtgraph are imported here, timed, when `run` is called; torch, numba, scipy and duckdb are not
imported before the window is on screen.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hippo_studio.app.options import StudioOptions
from hippo_studio.app.preflight import missing_library_sentence, obstacle, platform_for


def main(argv: Sequence[str] | None = None) -> int:
    """Start the studio from a desktop entry, whose arguments are files; the exit status."""
    names = sys.argv[1:] if argv is None else argv
    if options := [name for name in names if name.startswith("-")]:
        return refuse(f"hippo-studio-window takes files alone, not {options[0]!r}; see hippo-studio --help.")
    return run(StudioOptions(files=tuple(Path(name) for name in names)))


def run(options: StudioOptions) -> int:
    """Open the window and stay until it is closed. The exit status: 0, or 2 after one sentence on stderr."""
    if platform := platform_for(os.environ, needs_display=not options.unattended):
        os.environ["QT_QPA_PLATFORM"] = platform
    if reason := obstacle(os.environ):
        return refuse(reason)
    # A frame's matrix products are small: on several cores they wait for each other longer than they compute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Threads of torch that spin while they wait take the window's core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    began = time.perf_counter()
    try:
        import numpy  # noqa: F401
        import pyqtgraph  # noqa: F401
        from PyQt6 import QtSvg, QtWidgets  # noqa: F401
    except ImportError as error:
        if ".so" in str(error):
            return refuse(missing_library_sentence(str(error)))
        raise
    imports_s = time.perf_counter() - began
    from hippo_studio.app.studio import Studio

    return Studio(options, imports_s).run()


def refuse(sentence: str) -> int:
    """Say why not, for a person at a terminal; the exit status."""
    print(sentence, file=sys.stderr)
    return 2
