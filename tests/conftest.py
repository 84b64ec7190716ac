"""What every test runs under; nothing here imports Qt (that part is in tests/app/conftest.py)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import hypothesis
import pytest

# The same examples in every run, however slow the machine: a red test is red for everyone.
# HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", max_examples=1000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_configure() -> None:
    """Before any test is imported: test processes share the cores, and none needs a display."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # A shell lets what it starts in the background ignore Ctrl-C, and so would all programs started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples(project_root: Path) -> Path:
    """The folder of the bundled sample signals."""
    return project_root / "resources" / "samples"
