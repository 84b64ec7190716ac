"""Whole runs of the studio in a process of their own: start-up, picture, profile, and the end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6.QtGui import QImage

HEAVY = ("torch", "numba", "scipy", "duckdb", "h5py", "soxr", "IPython")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "CACHE", "STATE", "DATA")}
    without = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    return {**without, **home, "QT_QPA_PLATFORM": "offscreen"}


def python(code: str, environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)


def studio(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    code = "import sys; from hippo_studio.cli import main; sys.exit(main(sys.argv[1:]))"
    return python(code, environment, *arguments)


START = """
import json, sys
from hippo_studio.app.main import StudioOptions
from hippo_studio.app.studio import Studio
studio = Studio(StudioOptions(), 0.0)

def shown():
    print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
    studio.window.close()

studio.window.first_painted.connect(shown)
sys.exit(studio.run())
"""


def test_nothing_heavy_is_imported_before_the_window_is_up(environment: dict[str, str]) -> None:
    """How soon that is, `python -m tests.benchmarks.window` measures."""
    run = python(START, environment, *HEAVY)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    assert json.loads(run.stdout) == []


def test_a_picture_is_the_whole_window_at_the_size_and_place_asked_for(
    environment: dict[str, str], samples: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "window.png"
    run = studio(
        environment,
        "--screenshot", picture, "--theme", "dark", "--size", "1280x720", "--after", "0.5",
        samples / "heartbeat.csv",
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 720)
    assert image.pixelColor(image.width() // 2, 3).lightness() < 80
    colors = {image.pixel(x, y) for x in range(0, 1280, 3) for y in range(0, 720, 3)}
    assert len(colors) > 30, "a window full of curves has many colours"
    assert list(tmp_path.glob("*.part*")) == []


def test_a_picture_of_a_broken_file_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"")
    run = studio(environment, "--screenshot", tmp_path / "window.png", broken)
    assert run.returncode == 2
    assert "broken.wav" in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "window.png").exists()


def test_a_picture_beyond_the_end_is_refused(
    environment: dict[str, str], samples: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "window.png"
    run = studio(environment, "--screenshot", picture, "--after", "9999", samples / "heartbeat.csv")
    assert run.returncode == 2
    assert re.fullmatch(r"--after 9999 lies beyond the end of the signal, [\d.]+ s\.\n", run.stderr)
    assert not picture.exists()


def test_a_picture_that_cannot_be_written_is_refused(
    environment: dict[str, str], samples: Path, tmp_path: Path
) -> None:
    run = studio(
        environment, "--screenshot", tmp_path / "no folder" / "window.png", samples / "heartbeat.csv"
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "no folder" in run.stderr


def test_the_profile_has_the_keys_of_the_design(
    environment: dict[str, str], samples: Path, tmp_path: Path
) -> None:
    report = tmp_path / "profile.json"
    run = studio(environment, "--profile", "1", "--report", report, samples / "speech.flac")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    found = json.loads(report.read_text())
    assert {"fps", "p50_ms", "p95_ms", "p99_ms", "max_ms"} <= set(found["frames"])
    assert {"p50_ms", "p99_ms", "max_ms"} <= set(found["event_loop"])
    assert found["frames"]["fps"] > 5
    assert found["window_shown_s"] > found["imports_s"] > 0
    assert found["torch_imported_before_window"] is False
    assert not Path(environment["XDG_CONFIG_HOME"]).exists(), "a run that nobody attends changes no settings"


UNTIL_OPENED = """
import sys
from hippo_studio.app.main import StudioOptions
from hippo_studio.app.studio import Studio
studio = Studio(StudioOptions(), 0.0)
studio.window.opening.finished.connect(studio.window.close)
status = studio.run()
print(*(row.message.text for row in studio.window.message_bar.rows))
sys.exit(status)
"""


def test_settings_that_are_broken_are_said_so_and_replaced(environment: dict[str, str]) -> None:
    folder = Path(environment["XDG_CONFIG_HOME"]) / "hippo-studio"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("[[[")
    (folder / "window.ini").write_bytes(b"\x00\xff")
    run = python(UNTIL_OPENED, environment)
    assert (run.returncode, run.stderr) == (0, "")
    (backup,) = folder.glob("settings.broken-*.toml")
    assert str(backup) in run.stdout
    assert (folder / "settings.toml").exists()
    assert python(UNTIL_OPENED, environment).stdout == "\n"


def test_settings_that_cannot_be_kept_are_said_so_at_the_end(environment: dict[str, str]) -> None:
    Path(environment["XDG_CONFIG_HOME"]).write_text("a file where a folder should be")
    run = python(UNTIL_OPENED, environment)
    assert run.returncode == 0
    assert "could not be saved" in run.stderr
    assert run.stderr.count("\n") == 1


PLAY = """
import sys
from PyQt6.QtCore import QTimer
from hippo_studio.app.main import StudioOptions
from hippo_studio.app.studio import Studio
studio = Studio(StudioOptions(play=True, speed=4.0), 0.0)

def look():
    transport = studio.window.memory.transport
    if transport.seconds > 1:
        timer.stop()
        print(transport.playing, transport.speed)
        studio.window.close()

timer = QTimer(interval=20)
timer.timeout.connect(look)
timer.start()
sys.exit(studio.run())
"""


def test_without_a_file_a_sample_plays_at_the_speed_asked_for(environment: dict[str, str]) -> None:
    run = python(PLAY, environment)
    assert (run.returncode, run.stdout, run.stderr) == (0, "True 4.0\n", "")


WRONG = """
import sys
from PyQt6.QtCore import QTimer
from hippo_studio.app.main import StudioOptions
from hippo_studio.app.studio import Studio
studio = Studio(StudioOptions(), 0.0)

def wrong():
    raise ZeroDivisionError("in a slot")

def then():
    print(*(row.message.text for row in studio.window.message_bar.rows))
    studio.window.close()

def opened():
    QTimer.singleShot(0, wrong)
    QTimer.singleShot(50, then)

studio.window.opening.finished.connect(opened)
sys.exit(studio.run())
"""


def test_an_exception_in_a_slot_is_a_sentence_and_the_studio_goes_on(environment: dict[str, str]) -> None:
    run = python(WRONG, environment)
    assert (run.returncode, run.stderr) == (0, "")
    assert "ZeroDivisionError: in a slot" in run.stdout
    log = Path(environment["XDG_STATE_HOME"]) / "hippo-studio" / "log" / "studio.log"
    assert "Traceback" in log.read_text()


END_BY_SIGNAL = """
import os, signal, sys
from PyQt6.QtCore import QTimer
from hippo_studio.app.main import StudioOptions
from hippo_studio.app.studio import Studio
studio = Studio(StudioOptions(), 0.0)
ctrl_c = lambda: os.kill(os.getpid(), signal.SIGINT)
studio.window.opening.finished.connect(lambda: QTimer.singleShot(0, ctrl_c))
sys.exit(studio.run())
"""


def test_ctrl_c_in_the_terminal_ends_the_studio_in_order(environment: dict[str, str]) -> None:
    run = python(END_BY_SIGNAL, environment)
    assert (run.returncode, run.stderr) == (0, "")
    assert (Path(environment["XDG_CONFIG_HOME"]) / "hippo-studio" / "window.ini").exists()


def test_an_animation_is_made_without_anybody(
    environment: dict[str, str], samples: Path, tmp_path: Path
) -> None:
    av = pytest.importorskip("av")
    film = tmp_path / "film.mp4"
    run = studio(
        environment,
        "--animation", film, "--from", "1", "--to", "2", "--speed", "2", "--fps", "10", "--size", "640x480",
        samples / "heartbeat.csv",
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    with av.open(str(film)) as container:
        frames = list(container.decode(video=0))
    assert [(frame.width, frame.height) for frame in frames] == [(640, 480)] * 5
    assert list(tmp_path.glob("*.part*")) == []


CONFIGURED = """
import sys
from pathlib import Path
from hippo_studio.app.main import StudioOptions
from hippo_studio.app.studio import Studio
studio = Studio(StudioOptions(), 0.0)

def configured():
    studio.window.train.train = lambda **_: None
    print(studio._train(Path(sys.argv[1])), studio.window.train.state.data)
    studio.window.close()

studio.window.first_painted.connect(configured)
sys.exit(studio.run())
"""


def test_data_of_a_configuration_are_looked_for_beside_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "asked" / "clips").mkdir(parents=True)
    config = tmp_path / "asked" / "train.toml"
    config.write_text('data = "clips"\nmodel = "s4d"\n')
    run = python(CONFIGURED, environment, config)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    assert run.stdout.strip() == str(tmp_path / "asked" / "clips")
