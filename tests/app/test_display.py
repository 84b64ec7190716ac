"""The studio under a window manager, driven by mouse and keyboard as a person does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from desktop import Desktop, desktop, missing, wait_for

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(bool(missing()), reason=f"this machine lacks {', '.join(missing())}"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with desktop(tmp_path_factory.mktemp("home")) as desk:
        yield desk


@pytest.fixture(scope="module")
def studio(desk: Desktop) -> str:
    """The window of a studio that was started without any file."""
    desk.start_studio("--size", "1000x640")
    window = desk.window("speech.flac — HiPPO Studio")
    desk.place(window, 20, 20, 1000, 640)
    return window


def test_a_file_dragged_from_another_window_is_opened(desk: Desktop, studio: str, tmp_path: Path) -> None:
    file = tmp_path / "dropped here äö.wav"
    soundfile.write(file, np.sin(np.arange(4000) / 20), 8000)
    source = desk.start(sys.executable, str(Path(__file__).with_name("drag_source.py")), str(file))
    window = desk.window("Drag source")
    desk.place(window, 1200, 300, 200, 120)
    desk.drag((1300, 360), (500, 400))
    desk.window("dropped here äö.wav — HiPPO Studio", 15)
    assert wait_for(source.stdout.readline, "the source to learn of the drop") == "dropped: CopyAction\n"
    source.terminate()


def test_several_files_dragged_at_once_are_all_listed(desk: Desktop, studio: str, tmp_path: Path) -> None:
    names = ["one.wav", "two.wav", "three.wav"]
    for name in names:
        soundfile.write(tmp_path / name, np.zeros(800), 8000)
    source = desk.start(
        sys.executable,
        str(Path(__file__).with_name("drag_source.py")),
        *(str(tmp_path / name) for name in names),
    )
    desk.place(desk.window("Drag source"), 1200, 300, 200, 120)
    desk.drag((1300, 360), (80, 500))
    desk.window("three.wav — HiPPO Studio", 15)
    for name in ("two.wav", "one.wav"):
        desk.xdotool("windowactivate", "--sync", studio)
        desk.xdotool("key", "Prior")
        desk.window(f"{name} — HiPPO Studio", 15)
    source.terminate()


def test_the_palette_opens_a_sample_by_name(desk: Desktop, studio: str) -> None:
    desk.xdotool("windowactivate", "--sync", studio)
    desk.xdotool("key", "ctrl+k")
    desk.xdotool("type", "--delay", "30", "sample chord")
    desk.xdotool("key", "Return")
    desk.window("chord.flac — HiPPO Studio", 15)


def test_ctrl_q_ends_the_studio_with_0(desk: Desktop, samples: Path) -> None:
    process = desk.start_studio(str(samples / "heartbeat.csv"))
    window = desk.window("heartbeat.csv — HiPPO Studio")
    desk.xdotool("windowactivate", "--sync", window)
    desk.xdotool("key", "ctrl+q")
    output, _ = process.communicate(timeout=15)
    assert (process.returncode, output) == (0, "")
