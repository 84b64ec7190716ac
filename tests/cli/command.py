"""A command line run in this process, and what the tests of commands share."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from hippo_studio.cli import main
from hippo_studio.signals import bundled_samples

SAMPLES = {sample.name: sample.path for sample in bundled_samples()}
COMMAND = [sys.executable, "-m", "hippo_studio"]


class Run:
    """What a command line in this process returned and said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> int:
        self._capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        self.out, self.err = self._capsys.readouterr()
        return status

    def refused(self, *arguments: object) -> str:
        """The one sentence with which this is refused."""
        assert self(*arguments) == 2
        assert self.out == ""
        assert re.fullmatch(r"[^\n]+[.?!]\n", self.err), self.err
        return self.err.strip()


def project(run: Run, file: Path, out: Path, *more: object) -> dict[str, Any]:
    assert run("project", file, "--out", out, "--json", *more) == 0, run.err
    assert run.err == ""
    result: dict[str, Any] = json.loads(run.out)
    return result
