"""Everything that writes a file for a person, by name: how it writes one, and how the file is read back.

    python tests/export/exporters.py FOLDER

writes each in FOLDER and prints what is said if it cannot be, a line each.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from model_exporters import model_exporters
from window_exporters import window_exporters

from hippo_studio.export.coefficients import (
    FORMATS,
    CoefficientRecord,
    read_coefficients,
    write_coefficients,
)
from hippo_studio.export.sound import write_wav
from hippo_studio.session import Session, SignalEntry
from hippo_studio.session.file import load, save

RECORD = CoefficientRecord(
    coefficients=np.random.default_rng(0).standard_normal((300, 1, 48)),
    times=np.arange(300) / 10,
    sample_rate=100.0,
    measure="legt",
    order=48,
    theta=0.5,
    method="zoh",
    channel_names=("signal",),
    units=("",),
    source="made up",
)
SOUND = np.random.default_rng(1).standard_normal(40_000).astype(np.float32)
LABELS = tuple((float(k), k + 0.5, f"label {k}") for k in range(3000))
SESSION = Session((SignalEntry(generator="sine", regions=LABELS),), 0, {"order": 64})

Write = Callable[[Path], object]
Read = Callable[[Path], object]


def _coefficients(path: Path) -> None:
    read = read_coefficients(path)
    np.testing.assert_array_equal(read.coefficients, RECORD.coefficients)


def _sound(path: Path) -> None:
    np.testing.assert_array_equal(soundfile.read(path, dtype="float32")[0], SOUND)


def _session(path: Path) -> None:
    assert load(path) == SESSION


def exporters() -> dict[str, tuple[Write, Read]]:
    """File name → how it is written, and a reading that fails for any file but the whole one."""
    table: dict[str, tuple[Write, Read]] = {
        f"coefficients{one.suffix}": (lambda path: write_coefficients(path, RECORD), _coefficients)
        for one in FORMATS
    }
    table["reconstruction.wav"] = (lambda path: write_wav(path, SOUND, 8000), _sound)
    table["one.hippo.json"] = (lambda path: save(SESSION, path), _session)
    return table | model_exporters() | window_exporters()


def main(folder: Path) -> int:
    """Write all; prints a JSON of name → sentence, empty where the file is there."""
    said: dict[str, Any] = {}
    for name, (write, _) in exporters().items():
        path = folder / name
        try:
            write(path)
            said[name] = ""
        except Exception as error:
            said[name] = f"{type(error).__name__}: {error}"
        said[f"{name} left"] = sorted(os.listdir(folder))
        path.unlink(missing_ok=True)
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
