"""The house rules that no type checker sees: which layer imports which, and what a start may cost."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

#: Slow to import, so imported only where they are used.
HEAVY = (
    "torch",
    "numba",
    "scipy",
    "duckdb",
    "h5py",
    "soundfile",
    "soxr",
    "sounddevice",
    "rich",
    "onnx",
    "PyQt6",
)

#: Between them, Qt: the package of PyQt6 and what imports it.
QT = ("PyQt6", "pyqtgraph")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("hippo_studio", include_external_packages=True, cache_dir=None)


def test_the_layers_of_pyproject_hold(project_root: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_has_its_place_in_the_layers(project_root: Path) -> None:
    contracts = tomllib.loads((project_root / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.replace("(", "").replace(")", "").split("|")}
    folders = {
        f"hippo_studio.{path.parent.name}" for path in (project_root / "hippo_studio").glob("*/__init__.py")
    }
    assert folders <= placed


@pytest.mark.parametrize("library", QT)
def test_qt_is_imported_in_the_app_alone(graph: grimp.ImportGraph, library: str) -> None:
    importers = graph.find_modules_that_directly_import(library)
    assert importers, f"nothing imports {library}: the test looks in the wrong place"
    assert [name for name in sorted(importers) if not name.startswith("hippo_studio.app")] == []


def test_torch_is_imported_where_models_are_alone(graph: grimp.ImportGraph) -> None:
    allowed = ("hippo_studio.ssm", "hippo_studio.learning", "hippo_studio.experiments", "hippo_studio.export")
    importers = graph.find_modules_that_directly_import("torch") if "torch" in graph.modules else set()
    assert [name for name in sorted(importers) if not name.startswith(allowed)] == []


def imported_by(statement: str) -> set[str]:
    """Which of the heavy packages a fresh Python has loaded after `statement`."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    return loaded & set(HEAVY)


@pytest.mark.parametrize(
    "module",
    [
        "hippo_studio.cli",
        "hippo_studio.cli.studio",
        "hippo_studio.cli.project",
        "hippo_studio.cli.info",
        "hippo_studio.app.main",
        "hippo_studio.export",
        "hippo_studio.hippo",
        "hippo_studio.signals",
        "hippo_studio.ssm",
        "hippo_studio.learning.settings",
        "hippo_studio.learning.events",
    ],
)
def test_importing_a_room_loads_nothing_slow(module: str) -> None:
    assert imported_by(f"import {module}") == set()


def test_the_window_comes_before_everything_slow_but_qt() -> None:
    """The modules that the window is made of, imported as `app.main.run` does."""
    assert imported_by("import hippo_studio.app.studio") <= {"PyQt6"}


def test_help_needs_neither_the_mathematics_nor_the_window() -> None:
    assert (
        imported_by("from hippo_studio.cli import main; main(['--help']); main(['project', '--help'])")
        == set()
    )
