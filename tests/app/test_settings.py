"""Settings: a file that people can read, and that is never fatal."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

from hippo_studio.app.settings import Settings, settings_folder


def test_values_come_back_in_the_next_session(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.toml"
    first = Settings(path)
    first.write("memory", order=64, theta=0.5, measures=["legt", "legs"], follow=True)
    first.write("window", {"theme": "dark"})
    first.save()
    second = Settings(path)
    assert second.notice == ""
    assert second.read("memory") == {"order": 64, "theta": 0.5, "measures": ["legt", "legs"], "follow": True}
    assert second.value("window", "theme", "system") == "dark"
    assert tomllib.loads(path.read_text())["memory"]["order"] == 64


def test_nothing_is_written_before_anything_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    settings = Settings(path)
    settings.save()
    assert not path.exists()
    settings.write("memory", order=1)
    settings.save()
    written = path.stat().st_mtime_ns
    settings.save()
    assert path.stat().st_mtime_ns == written


def test_what_is_read_is_a_copy(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    settings.write("memory", order=1)
    settings.read("memory")["order"] = 2
    assert settings.read("memory") == {"order": 1}


def test_none_removes_a_value(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    settings.write("files", recent=["a"], folder="b")
    settings.write("files", recent=None, never=None)
    assert settings.read("files") == {"folder": "b"}


@pytest.mark.parametrize(
    ("stored", "default", "value"),
    [
        (3, 0.5, 3.0),
        ("x", 0.5, 0.5),
        (True, 1, 1),
        (0.5, 1, 1),
        ([1], "a", "a"),
        ("b", "a", "b"),
        (math.nan, 0.5, 0.5),
        (math.inf, 0.5, math.inf),
    ],
)
def test_a_value_of_the_wrong_type_counts_as_missing(
    tmp_path: Path, stored: object, default: object, value: object
) -> None:
    settings = Settings(tmp_path / "settings.toml")
    settings.write("table", name=stored)
    assert settings.value("table", "name", default) == value


@pytest.mark.parametrize(
    "content",
    [
        b"order = ",
        b"\xff\xfe\x00",
        b"lonely = 1",
        b"[memory\norder=1",
        b"\x00" * 100,
        b"[a]\nx=" + b"[" * 5000,
    ],
)
def test_a_broken_file_is_kept_aside_and_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.read("memory") == {}
    backups = list(tmp_path.glob("settings.broken-*.toml"))
    assert [backup.read_bytes() for backup in backups] == [content]
    assert str(backups[0]) in settings.notice
    settings.write("memory", order=2)
    settings.save()
    assert Settings(path).read("memory") == {"order": 2}


def test_a_folder_in_the_file_s_place_is_not_fatal(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    settings = Settings(tmp_path / "settings.toml")
    assert "could not be read" in settings.notice
    settings.write("memory", order=2)
    with pytest.raises(OSError, match=r"settings\.toml"):
        settings.save()


def test_the_folder_is_the_users_own() -> None:
    assert settings_folder().name == "hippo-studio"
