"""Risky files are decoded in a process of their own, whose crash, hang or hunger ends in a sentence.

Sound, HDF5 and Parquet are unpacked by compiled libraries, and a file can be made, or damaged, so that such a
library takes its process down. Once `decode_apart` was called (the studio does), `read` hands these families
to a child that has a limit of memory and time; it lives on for the next file, so a file costs a copy of its
samples and no start of Python. The samples come back through a file that lies in memory, as plain numbers:
nothing that the child sends can run code here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from hippo_studio.signals import read_warnings
from hippo_studio.signals.file_samples import FileSamples, SampleFile
from hippo_studio.signals.regions import Region
from hippo_studio.signals.samples import bundled_samples
from hippo_studio.signals.signal import Samples, Signal, SignalError

RISKY = ("audio", "hdf5", "parquet")
"""Families whose libraries are compiled; ours and DuckDB's reading of text are not among them."""
MEMORY = 6 << 30  # bytes of address space that a child may have
PATIENCE = 30.0  # s that any file may take
BYTES_PER_SECOND = 1 << 20  # and a second more for each of these
MOST_CHILDREN = 4  # that are kept for the next file

_lock = threading.Lock()
_idle: list[_Child] = []
_enabled = False


def decode_apart(enabled: bool = True, *, soon: bool = False) -> None:
    """Let `read` decode risky families in a child process from now on, or in this one again.

    With `soon`, the child starts now: it is there when the first file is.
    """
    global _enabled
    _enabled = enabled
    if enabled and soon:
        with contextlib.suppress(OSError), _child():  # without one now, the first file asks for it
            pass
    if not enabled:
        with _lock:
            while _idle:
                _idle.pop().close()


def is_apart(family: str, path: Path) -> bool:
    """Whether a file of a family is decoded in a child process; those that ship with the studio are not."""
    return _enabled and family in RISKY and all(path != sample.path for sample in bundled_samples())


def read_apart(family: str, path: Path, options: Mapping[str, Any]) -> Signal:
    """What the `read` of a family's module returns or raises, from a child process.

    Raises
    ------
    SignalError, ValueError
        As the reader does; SignalError also where it crashed, took too long or too much memory.
    """
    with _child() as child:
        return child.read(family, path, options)


@contextlib.contextmanager
def _child() -> Iterator[_Child]:
    """A child that nobody else uses meanwhile; it is kept if it is still alive afterwards."""
    with _lock:
        child = _idle.pop() if _idle else None
    child = child if child is not None and child.alive else _Child()
    try:
        yield child
    finally:
        with _lock:
            if child.alive and len(_idle) < MOST_CHILDREN:
                _idle.append(child)
                child = None
        if child is not None:
            child.close()


class _Child:
    """One process that decodes a file at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from hippo_studio.signals.readers.apart import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast(IO[bytes], pipe).close()

    def read(self, family: str, path: Path, options: Mapping[str, Any]) -> Signal:
        patience = PATIENCE + path.stat().st_size / BYTES_PER_SECOND
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        with _shared_file() as (shared, name):
            request = {
                "family": family, "path": str(path), "options": dict(options), "memory": MEMORY,
                "samples": name,
            }  # fmt: skip
            timer = threading.Timer(patience, stop)
            timer.start()
            try:
                answer = self._ask(request)
            finally:
                timer.cancel()
                timer.join()
            if answer is None:
                raise SignalError(self._what_happened(path, late.is_set(), patience))
            if "refused" in answer:
                raise (SignalError if answer["signal_error"] else ValueError)(answer["refused"])
            return _signal(path, answer, shared)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The child's answer; None if it died over it."""
        stdin, stdout = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
        except (OSError, ValueError):
            return None
        return answer

    def _what_happened(self, path: Path, late: bool, patience: float) -> str:
        self._process.kill()
        self._process.wait()
        if late:
            return (
                f"{path.name} was not decoded within {patience:.0f} s, so it was given up; it may be "
                "damaged, so open it in the program that made it and save it in another format."
            )
        return (
            f"The decoder crashed over {path.name}, so it was not opened; it is damaged or made to do harm, "
            "so look for another copy."
        )


def _signal(path: Path, answer: dict[str, Any], shared: IO[bytes]) -> Signal:
    """A signal from what a child says of it, and the samples it left."""
    kept = answer["in_file"]
    if kept is not None:
        samples = cast(Samples, FileSamples(SampleFile(path, **kept)))
    else:
        shared.seek(0)
        shape = tuple(answer["shape"])
        samples = np.fromfile(shared, np.dtype(answer["dtype"]), int(np.prod(shape))).reshape(shape)
    kinds: dict[str, Any] = {
        name: kind for name, kind in vars(read_warnings).items() if dataclasses.is_dataclass(kind)
    }
    return Signal(
        samples,
        answer["sample_rate"],
        tuple(answer["channel_names"]),
        tuple(answer["units"]),
        answer["start"],
        str(path),
        tuple(kinds[name](message, line=line) for name, message, line in answer["warnings"]),
        tuple(Region(*region) for region in answer["regions"]),
        tuple((start, end) for start, end in answer["gaps"]),
    )


@contextlib.contextmanager
def _shared_file() -> Iterator[tuple[IO[bytes], str]]:
    """A file that lies in memory where the system has such, and the name by which a child opens it."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("samples")
        with os.fdopen(descriptor, "r+b") as file:
            yield file, f"/proc/{os.getpid()}/fd/{descriptor}"
    else:
        with tempfile.NamedTemporaryFile(prefix="hippo-studio-") as named:
            yield cast(IO[bytes], named), named.name


def serve() -> None:
    """What a child does: read a file for each line that it is sent, until there are no more."""
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(request["memory"])
        os.write(out, json.dumps(_answer(request)).encode() + b"\n")


def _limit(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """What there is to say of a file; its samples are written where the request says."""
    import importlib

    module = importlib.import_module(f"hippo_studio.signals.readers.{request['family']}")
    path = Path(request["path"])
    try:
        signal: Signal = module.read(path, **request["options"])
    except MemoryError:
        said = f"{path.name} does not fit into memory; open a shorter part of it."
        return {"refused": said, "signal_error": True}
    except ValueError as error:
        return {"refused": str(error), "signal_error": isinstance(error, SignalError)}
    in_file = signal.samples.where if isinstance(signal.samples, FileSamples) else None
    if in_file is None:
        with open(request["samples"], "r+b") as shared:
            np.ascontiguousarray(signal.samples).tofile(shared)
    return {
        "in_file": in_file,
        "shape": signal.samples.shape,
        "dtype": signal.samples.dtype.str,
        "sample_rate": signal.sample_rate,
        "channel_names": signal.channel_names,
        "units": signal.units,
        "start": signal.start,
        "warnings": [(type(one).__name__, one.message, one.line) for one in signal.warnings],
        "regions": [(one.start, one.end, one.label) for one in signal.regions],
        "gaps": signal.gaps,
    }
