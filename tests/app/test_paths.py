"""Drops, clipboard, folders and recent files, as paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hippo_studio.app.paths import (
    MOST_RECENT,
    expand,
    path_of_address,
    paths_in_text,
    still_there,
    with_recent,
)


def files(folder: Path, *names: str) -> list[Path]:
    made = [folder / name for name in names]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return made


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///a/b.wav", "/a/b.wav"),
        ("file://localhost/a/b.wav", "/a/b.wav"),
        (f"file://{os.uname().nodename}/a/b.wav", "/a/b.wav"),
        ("file:///a/with%20space%20%C3%A4.wav", "/a/with space ä.wav"),
        ("file://elsewhere.example/a.wav", None),
        ("https://example.org/a.wav", None),
    ],
)
def test_addresses_of_local_files_are_paths(address: str, path: str | None) -> None:
    assert path_of_address(address) == (Path(path) if path else None)


def test_text_on_the_clipboard_may_name_files(tmp_path: Path) -> None:
    one, two = files(tmp_path, "one.wav", "two words.csv")
    text = f"{one}\n'{two}'\n\n/does/not/exist.wav\nsome prose\n{one.as_uri()}\n\x00"
    assert paths_in_text(text) == [one, two, one]


def test_prose_that_is_too_long_for_a_path_is_no_path() -> None:
    assert paths_in_text("x" * 100_000) == []


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    (odd,) = files(tmp_path, "odd.xyz")
    missing = tmp_path / "missing.wav"
    assert expand([odd, missing], [".wav"]) == ([odd, missing], "")


def test_a_folder_stands_for_the_signals_below_it(tmp_path: Path) -> None:
    files(tmp_path, "b.WAV", "a.wav", "notes.md", ".hidden.wav", "deep/c.csv", ".git/d.wav")
    found, note = expand([tmp_path], [".wav", ".csv"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.wav", "b.WAV", "deep/c.csv"]
    assert note == ""


def test_a_folder_without_signals_is_named(tmp_path: Path) -> None:
    found, note = expand([tmp_path], [".wav"])
    assert found == []
    assert str(tmp_path) in note


def test_a_huge_folder_is_opened_in_part_and_said_so(tmp_path: Path) -> None:
    files(tmp_path, *(f"{index:03}.wav" for index in range(12)))
    found, note = expand([tmp_path], [".wav"], limit=10)
    assert len(found) == 10
    assert "more than 10" in note


def test_expanding_can_be_cancelled(tmp_path: Path) -> None:
    files(tmp_path, "a/b/c.wav")

    def cancelled() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expand([tmp_path], [".wav"], cancelled)


def test_the_same_file_twice_is_opened_once(tmp_path: Path) -> None:
    (one,) = files(tmp_path, "one.wav")
    assert expand([one, tmp_path, one], [".wav"]) == ([one], "")


def test_recent_files_are_newest_first_once_each_and_limited(tmp_path: Path) -> None:
    recent: list[str] = []
    made = files(tmp_path, *(f"{index}.wav" for index in range(MOST_RECENT + 3)))
    for path in [*made, made[5]]:
        recent = with_recent(recent, path)
    assert recent[0] == str(made[5])
    assert len(recent) == len(set(recent)) == MOST_RECENT


def test_recent_files_that_are_gone_are_not_offered(tmp_path: Path) -> None:
    one, two = files(tmp_path, "one.wav", "two.wav")
    one.unlink()
    assert still_there([str(one), str(two)]) == [two]


@pytest.mark.parametrize("nonsense", [None, "text", 5, [5, None, "\x00"], {}])
def test_nonsense_in_the_settings_is_no_recent_file(nonsense: object) -> None:
    assert still_there(nonsense) == []
