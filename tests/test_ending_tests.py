"""What `packaging/test.sh` leaves when it is ended amid the tests: their errors, and nothing on the disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

SETUP = """
say() { printf '%s\\n' "$*"; }
venv=$root/.venv
need_system() { :; }
need_venv() { :; }
"""


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Path:
    """A project whose tools are silent and whose tests do what `act` says."""
    for folder in ("packaging", ".venv/bin", "temporary"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(project_root / "packaging" / "test.sh", tmp_path / "packaging")
    (tmp_path / "packaging" / "setup.sh").write_text(SETUP)
    for name, script in (
        ("lint-imports", "exit 0"),
        ("python", 'case $* in *pytest*) echo "a fault, here" >&2; . "$root/act";; esac'),
    ):
        path = tmp_path / ".venv" / "bin" / name
        path.write_text(f"#!/bin/sh\nroot={tmp_path}\n{script}\n")
        path.chmod(0o755)
    return tmp_path


def run(project: Path, act: str) -> subprocess.CompletedProcess[str]:
    (project / "act").write_text(act)
    return subprocess.run(
        ["/bin/sh", project / "packaging" / "test.sh"],
        env={**os.environ, "TMPDIR": str(project / "temporary")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_ends_the_tests_sees_their_errors(project: Path, ending: signal.Signals) -> None:
    ended = run(project, f"kill -{int(ending)} $PPID; exit 1")
    assert ended.returncode == 128 + ending
    assert ended.stderr == "a fault, here\n"
    assert not [*(project / "temporary").iterdir()]


@pytest.mark.parametrize(("status", "last"), [(0, "PASSED"), (1, "FAILED: tests")])
def test_errors_are_shown_once_when_the_tests_end_by_themselves(
    project: Path, status: int, last: str
) -> None:
    ended = run(project, f"exit {status}")
    assert (ended.returncode, ended.stderr) == (status, "a fault, here\n")
    assert ended.stdout.splitlines()[-1] == last
    assert not [*(project / "temporary").iterdir()]
