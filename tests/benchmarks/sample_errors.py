"""What a memory makes of each bundled sample: the table of errors in the README.

    python -m tests.benchmarks.sample_errors

Runs `hippo-studio project` on every bundled sample with every measure and every method, checks that the
coefficients are finite, and prints the relative error in the measure of the first channel's reconstruction,
over 16 moments on the way: 0 % is perfect, 100 % no better than silence. LegS has no θ: it holds all.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.cli import main
from hippo_studio.hippo import MEASURES, METHODS
from hippo_studio.signals import bundled_samples

ORDER = 64
THETA = {"speech": 0.02, "chord": 0.02, "fall": 3.0, "heartbeat": 1.5}
"""θ in seconds: as long a window as N = 64 can resolve the sample over (about N/π cycles)."""


def project(sample: Path, measure: str, method: str, theta: float, out: Path) -> tuple[int, str, str]:
    """Run the command in this process; return its exit status, stdout and stderr."""
    arguments = ["project", str(sample), "--measure", measure, "--order", str(ORDER), "--theta", str(theta)]
    arguments += ["--method", method, "--frames", "16", "--out", str(out), "--json"]
    printed, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
        status = main(arguments)
    return status, printed.getvalue(), complained.getvalue()


def cell(sample: Path, measure: str, method: str, theta: float) -> str:
    """One entry of the table; raises AssertionError where a coefficient is not finite."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coefficients.npz"
        status, printed, complained = project(sample, measure, method, theta, out)
        if status:
            assert not out.exists(), f"{measure} {method}: refused, and yet there is a file"
            assert complained.strip(), f"{measure} {method}: refused without a word"
            return "refused"
        with np.load(out) as file:
            assert np.isfinite(file["coefficients"]).all(), f"{measure} {method}: not finite"
        result: dict[str, Any] = json.loads(printed)
    error = result["relative_error"]["in_measure"][0]
    return "—" if error is None else f"{100 * error:.3g} %"


def table() -> str:
    """The whole table, in Markdown."""
    lines = [f"| sample (N = {ORDER}) | method | " + " | ".join(m.title for m in MEASURES.values()) + " |"]
    lines.append("|---|---|" + "---|" * len(MEASURES))
    for sample in bundled_samples():
        theta = THETA[sample.name]
        for method in METHODS:
            cells = [cell(Path(sample.path), measure, method, theta) for measure in MEASURES]
            lines.append(f"| {sample.title}, θ = {theta:g} s | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
