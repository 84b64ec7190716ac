"""The reader's own process: `python -m hippo_studio.signals.streams.reader ADDRESS`, for a `Stream`.

Thousands of datagrams a second are fetched and parsed here, where no window waits for the interpreter. What
comes of them goes down standard output in frames. Who reads standard input is told in a second argument, a
descriptor, what the reader before left, and leaves what it has read and not parsed when it is told to end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

from hippo_studio.signals.streams.address import StreamError, parse_address
from hippo_studio.signals.streams.frames import Outlet, pack
from hippo_studio.signals.streams.intake import Intake
from hippo_studio.signals.streams.piped import Handover

PATIENCE = 0.05
TELL_EVERY = 0.1
"""Seconds between two reports; one that nobody takes tells that the studio is gone."""


def main(text: str, left: str = "") -> int:
    """Read until the studio or the source ends; the sentence of a failure is the last frame."""
    told_to_end = threading.Event()
    if left:
        signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the studio, which ends this
    outlet = Outlet(os.dup(1))
    os.dup2(2, 1)  # whatever a library prints is no frame
    try:
        intake = Intake(parse_address(text))
        if left:
            with open(int(left), "rb") as file:
                intake.go_on(Handover.of(json.load(file)))
        return _serve(intake, outlet, told_to_end)
    except BrokenPipeError:
        return 0
    except StreamError as error:
        outlet.send({"failure": str(error)})
    except Exception as error:
        outlet.send({"failure": f"Reading {text} failed ({type(error).__name__}: {error})."})
    outlet.empty()
    return 2


def _serve(intake: Intake, outlet: Outlet, told_to_end: threading.Event) -> int:
    intake.open()
    lost, told_columns, told_at = 0, False, 0.0
    try:
        while not told_to_end.is_set():
            arrivals = intake.read(PATIENCE)
            outlet.flush()
            if intake.columns is not None and intake.columns.channels and not told_columns:
                told_columns = True
                outlet.send({"columns": vars(intake.columns), "lines": intake.handover().told()})
            for arrival in arrivals or ():
                if outlet.full:
                    lost += len(arrival.values)
                else:
                    outlet.send(*pack(arrival))
            now = time.monotonic()
            if now - told_at > TELL_EVERY or arrivals is None:
                told_at = now
                outlet.send({"state": _state(intake, lost)})
            if arrivals is None:
                outlet.send({"end": True})
                outlet.empty()
                return 0
        outlet.send({"left": intake.handover().told()})
        outlet.empty()
        return 0
    finally:
        intake.close()


def _state(intake: Intake, lost: int) -> dict[str, Any]:
    return {
        "lines": intake.lines,
        "garbled": intake.garbled,
        "last_garbled": intake.last_garbled,
        "dropped": intake.dropped + lost,
        "status": intake.status,
        "tail": list(intake.tail),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
