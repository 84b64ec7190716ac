"""What takes a bare machine to the studio: scripts, pinned packages, desktop entry and metadata."""

from __future__ import annotations

import configparser
import importlib.metadata
import os
import re
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import hippo_studio

SCRIPTS = ("packaging/run.sh", "packaging/test.sh", "packaging/setup.sh", ".ci/run")


@pytest.fixture(scope="module")
def pyproject(project_root: Path) -> dict[str, Any]:
    return tomllib.loads((project_root / "pyproject.toml").read_text(encoding="utf-8"))


# Pinned packages


@pytest.fixture(scope="module")
def pins(project_root: Path) -> dict[str, Version]:
    """The version of each package that constraints.txt pins, by its canonical name."""
    found = {}
    for line in (project_root / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, equals, version = line.partition("==")
            assert equals, f"constraints.txt pins nothing by {line!r}"
            assert canonicalize_name(name) not in found, f"{name} is pinned twice"
            found[canonicalize_name(name)] = Version(version)
    return found


def declared(pyproject: dict[str, Any]) -> list[Requirement]:
    project = pyproject["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(text) for group in groups for text in group]


def test_every_declared_package_is_pinned_within_its_bounds(
    pyproject: dict[str, Any], pins: dict[str, Version]
) -> None:
    for requirement in declared(pyproject):
        name = canonicalize_name(requirement.name)
        assert name in pins, f"constraints.txt does not pin {requirement.name}"
        assert pins[name] in requirement.specifier, f"{name} is pinned at {pins[name]}, against {requirement}"


def test_every_package_that_those_bring_is_pinned_too(
    pyproject: dict[str, Any], pins: dict[str, Version]
) -> None:
    waiting, seen = declared(pyproject), set()
    while waiting:
        requirement = waiting.pop()
        for extra in requirement.extras or {""}:
            name = canonicalize_name(requirement.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                distribution = importlib.metadata.distribution(name)
            except importlib.metadata.PackageNotFoundError:
                continue  # an extra that this environment does without
            assert name in pins, f"constraints.txt does not pin {name}"
            waiting += [
                needed
                for needed in map(Requirement, distribution.requires or ())
                if needed.marker is None or needed.marker.evaluate({"extra": extra})
                if not needed.name.startswith(("nvidia-", "cuda-"))
                and needed.name != "triton"  # torch pins them
            ]


def test_pins_resolve_on_any_machine(pins: dict[str, Version]) -> None:
    assert [name for name, version in pins.items() if version.local] == []


# Scripts


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_posix_shell(project_root: Path, script: str) -> None:
    shell = shutil.which("dash") or "sh"
    subprocess.run([shell, "-n", script], cwd=project_root, check=True)
    if shutil.which("shellcheck"):
        command = ["shellcheck", "-x", "-P", "SCRIPTDIR", "-S", "warning", "-s", "sh", script]
        done = subprocess.run(command, cwd=project_root, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", [name for name in SCRIPTS if "setup" not in name])
def test_scripts_may_be_run_directly(project_root: Path, script: str) -> None:
    assert os.access(project_root / script, os.X_OK)
    assert (project_root / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n")


def test_continuous_integration_runs_the_readers_test_command(project_root: Path) -> None:
    assert "sh packaging/test.sh" in (project_root / ".ci" / "run").read_text(encoding="utf-8")


class Machine:
    """A machine of pretended commands, on which functions of setup.sh run."""

    def __init__(self, project_root: Path, folder: Path) -> None:
        self._root = project_root
        self._commands = folder / "bin"
        self._commands.mkdir()
        for name in ("sh", "cat", "head", "tail", "find", "mktemp", "rm", "tr", "cksum", "printf"):
            (self._commands / name).symlink_to(shutil.which(name) or f"/bin/{name}")
        self.has("ldconfig", "printf ''")
        self.has("python3", "case $* in *ensurepip*) exit 0;; *--version*) echo Python 3.12;; esac")
        self.has("id", "echo 1000")

    def has(self, name: str, script: str) -> None:
        """Let the machine have a command `name` that does `script`."""
        (self._commands / name).unlink(missing_ok=True)
        (self._commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (self._commands / name).chmod(0o755)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run `script` with the functions of setup.sh at hand."""
        text = f"set -eu\nroot={self._root}\n. {self._root}/packaging/setup.sh\n{script}"
        return subprocess.run(
            ["/bin/sh", "-c", text.replace("/sbin:/usr/sbin", "")],
            env={"PATH": str(self._commands), "HOME": str(self._commands)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def machine(project_root: Path, tmp_path: Path) -> Machine:
    return Machine(project_root, tmp_path)


def libraries(project_root: Path) -> dict[str, str]:
    text = (project_root / "packaging" / "setup.sh").read_text(encoding="utf-8")
    table = re.search(r"^LIBRARIES='\n(.*?)^'", text, re.DOTALL | re.MULTILINE)
    assert table
    return dict(line.split() for line in table[1].splitlines())


def test_a_machine_that_has_everything_is_left_alone(machine: Machine, project_root: Path) -> None:
    listing = "\n".join(f"\t{name} (libc6,x86-64) => /lib/{name}" for name in libraries(project_root))
    machine.has("ldconfig", f"cat <<'END'\n{listing}\nEND")
    machine.has("Xvfb", "exit 0")
    machine.has("find", "echo /usr/share/fonts/a.ttf")
    machine.has("apt-get", "echo apt-get must not run; exit 1")
    done = machine.run("need_system Xvfb=xvfb; echo ready")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")


def test_only_what_is_missing_is_installed(machine: Machine, project_root: Path, tmp_path: Path) -> None:
    known = [name for name in libraries(project_root) if "xcb-cursor" not in name and "portaudio" not in name]
    machine.has("ldconfig", "cat <<'END'\n" + "\n".join(f"\t{name} (x)" for name in known) + "\nEND")
    machine.has("find", "echo /usr/share/fonts/a.ttf")
    machine.has("id", "echo 0")
    machine.has("apt-get", f'echo "$@" >> {tmp_path}/calls')
    done = machine.run("need_system Xvfb=xvfb")
    assert (done.returncode, done.stderr) == (0, "")
    assert "libportaudio2 libxcb-cursor0 xvfb" in done.stdout
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0].startswith("update")
    assert calls[1].endswith("--no-install-recommends libportaudio2 libxcb-cursor0 xvfb")


def test_without_root_and_sudo_the_packages_are_named(machine: Machine) -> None:
    machine.has("apt-get", "exit 0")
    done = machine.run("need_system Xvfb=xvfb; echo not reached")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"The Debian packages .*libegl1 .* xvfb are missing, .*'apt-get install .*\n", done.stderr
    )


def test_sudo_that_would_ask_is_not_used_without_a_terminal(machine: Machine) -> None:
    machine.has("apt-get", "exit 0")
    machine.has("sudo", "exit 1")
    assert machine.run("need_system").returncode == 2


def test_a_failing_apt_get_is_shown_and_named(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", "echo E: no network >&2; exit 100")
    done = machine.run("need_system")
    assert done.returncode == 2
    assert "E: no network" in done.stderr
    assert "apt-get could not install libegl1" in done.stderr


def test_another_distribution_is_told_and_goes_on(machine: Machine) -> None:
    done = machine.run("need_system; echo went on")
    assert done.returncode == 0
    assert "it has no apt-get" in done.stdout
    assert done.stdout.endswith("went on\n")


def test_an_old_python_is_named(machine: Machine) -> None:
    machine.has("python3", "exit 1")
    done = machine.run("need_venv ''")
    assert done.returncode == 2
    assert done.stderr.startswith("Python 3.11 or newer is needed")


def test_the_environment_is_made_once_and_again_when_a_pin_changes(machine: Machine, tmp_path: Path) -> None:
    """The pretended Python makes an environment whose own Python notes what it is asked."""
    root = tmp_path / "project folder"
    (root / "packaging").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]")
    (root / "packaging" / "constraints.txt").write_text("a==1")
    notes, inner = tmp_path / "notes", tmp_path / "inner"
    inner.write_text(f'#!/bin/sh\necho "$@" >> {notes}\n')
    inner.chmod(0o755)
    making = f'/bin/mkdir -p "$4/bin"; /bin/cp {inner} "$4/bin/python"'
    machine.has("python3", f'case "$*" in *"-m venv"*) {making};; esac')
    work = f'root="{root}"; venv="$root/.venv"; need_venv train,test; echo done'

    def installs() -> int:
        return notes.read_text().count("-m pip install")

    done = machine.run(work)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert f"--constraint {root}/packaging/constraints.txt --editable {root}[train,test]" in notes.read_text()
    assert "Making .venv" in done.stdout
    assert machine.run(work).stdout == "done\n"
    assert installs() == 1
    (root / "packaging" / "constraints.txt").write_text("a==2")
    assert "Making .venv" not in machine.run(work).stdout
    assert installs() == 2


# What a desktop shows


def test_the_desktop_entry_starts_a_command_that_is_installed(
    project_root: Path, pyproject: dict[str, Any]
) -> None:
    path = project_root / "packaging" / "hippo-studio.desktop"
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    entry = parser["Desktop Entry"]
    assert entry["Exec"].split() == ["hippo-studio-window", "%F"]
    assert "hippo-studio-window" in pyproject["project"]["gui-scripts"]
    assert (project_root / "resources" / "icons" / f"{entry['Icon']}.svg").exists()
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", path], check=True)


def test_the_metadata_names_this_version_licence_and_entry(
    project_root: Path, pyproject: dict[str, Any]
) -> None:
    (path,) = (project_root / "packaging").glob("*.metainfo.xml")
    component = ElementTree.parse(path).getroot()
    assert component.findtext("id") == path.name.removesuffix(".metainfo.xml")
    assert component.findtext("project_license") == pyproject["project"]["license"]
    assert component.findtext("launchable") == "hippo-studio.desktop"
    newest = component.find("releases/release")
    assert newest is not None
    assert newest.get("version") == pyproject["project"]["version"] == hippo_studio.__version__
    if shutil.which("appstreamcli"):
        subprocess.run(["appstreamcli", "validate", "--no-net", path], check=True, capture_output=True)
