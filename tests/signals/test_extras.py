"""A package that only a part of the studio needs: where it is missing, one sentence says what brings it."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import open_data
from hippo_studio.learning.extras import EXTRAS, missing_package
from hippo_studio.signals import SignalError
from hippo_studio.signals.readers import wfdb_records
from hippo_studio.signals.streams.address import StreamError, parse_address
from hippo_studio.signals.streams.lsl import LslInlet
from hippo_studio.signals.streams.sources import Serial

_MODULES = {"pyserial": "serial", "scikit-learn": "sklearn"}
_PACKAGES = {module: package for package, module in _MODULES.items()}


@pytest.fixture(scope="module")
def brought(project_root: Path) -> dict[str, set[str]]:
    """The packages of each extra."""
    with (project_root / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    return {name: {re.split(r"[=<>~]", one)[0] for one in wanted} for name, wanted in extras.items()}


@pytest.mark.parametrize(
    ("package", "use", "kind"),
    [
        ("wfdb", lambda: wfdb_records.read(Path("/data/100.hea")), SignalError),
        ("pyserial", lambda: Serial(parse_address("serial:/dev/ttyUSB0?baud=9600")).open(), StreamError),
        ("pylsl", lambda: LslInlet(parse_address("lsl:EEG")).open(), StreamError),
        ("scikit-learn", lambda: open_data("task:digits"), DataError),
    ],
)
def test_the_sentence_names_the_package_and_the_extra_that_has_it(
    package: str,
    use: Callable[[], object],
    kind: type[Exception],
    brought: dict[str, set[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = _MODULES.get(package, package)
    for name in [module, *(name for name in sys.modules if name.startswith(f"{module}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(kind) as error:
        use()
    (extra,) = re.findall(r"-e '\.\[(\w+)\]'", str(error.value))
    assert f"{package}, which is not installed" in str(error.value)
    assert package in brought[extra]


@pytest.mark.parametrize(("module", "extra"), EXTRAS.items())
def test_what_learning_needs_is_in_the_extra_that_it_names(
    module: str, extra: str, brought: dict[str, set[str]]
) -> None:
    assert _PACKAGES.get(module, module) in brought[extra]
    assert f"'.[{extra}]'" in missing_package(ModuleNotFoundError(name=module))
