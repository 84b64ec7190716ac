"""An animation holds the frames that were asked for, the same on every machine, or leaves nothing behind."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.film.camera import Camera
from hippo_studio.app.film.film_dialog import FilmDialog
from hippo_studio.app.film.shot import Shot
from hippo_studio.app.film.stage import Stage
from hippo_studio.app.memory.frame import compose
from hippo_studio.app.memory.source import Source, follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.options import StudioOptions
from hippo_studio.app.services import Services
from hippo_studio.signals import Region, Signal

av = pytest.importorskip("av")
RATE = 8000.0
STATE = MemoryState(order=12, theta=0.3, view="signal")
SHOT = Shot(0.2, 1.0, rate=10, size=(480, 360), theme="dark")


@pytest.fixture(scope="module")
def signal() -> Signal:
    t = np.arange(8000) / RATE
    return Signal(0.4 * np.sin(2 * np.pi * 3 * t), RATE, ("left",), origin="/data/walk.wav")


@pytest.fixture(scope="module")
def source(signal: Signal) -> Source:
    return follow(signal)


class Outcome:
    def __init__(self) -> None:
        self.done, self.error, self.parts = False, None, []

    def finish(self) -> None:
        self.done = True

    def fail(self, error: Exception) -> None:
        self.error = error

    def over(self) -> bool:
        return self.done or self.error is not None


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def camera(services: Services, window: QWidget) -> Camera:
    return Camera(services, window)


def begin(camera: Camera, path: Path, source: Source, signal: Signal | None, shot: Shot = SHOT) -> Outcome:
    outcome = Outcome()
    camera.film(
        path,
        shot,
        STATE,
        source,
        signal,
        done=outcome.finish,
        failed=outcome.fail,
        progress=lambda part, _: outcome.parts.append(part),
    )
    return outcome


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_a_film_has_every_frame_with_the_playhead_where_it_belongs(
    qtbot: QtBot, camera: Camera, source: Source, signal: Signal, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    outcome = begin(camera, path, source, signal)
    qtbot.waitUntil(outcome.over, timeout=30_000)
    assert outcome.error is None
    found = pictures(path)
    assert [picture.shape for picture in found] == [(360, 480, 3)] * 8
    assert all(np.abs(a.astype(int) - b).max() > 60 for a, b in itertools.pairwise(found))
    with av.open(str(path)) as container:
        assert container.duration / 1e6 == pytest.approx(0.8, abs=0.03)
        assert container.streams.audio[0].codec_context.name == "aac"
    places = [_playhead(picture) for picture in found]
    steps = np.diff(places)
    assert steps.min() > 0
    assert np.ptp(steps) <= 2, "the playhead moves evenly"
    assert outcome.parts[-1] == 1.0
    assert not camera.busy


def _playhead(picture: np.ndarray) -> int:
    """The brightest column of the overview."""
    rows = picture[24:44, 20:].astype(int).min(axis=2)
    return int(rows.sum(axis=0).argmax())


def test_the_same_shot_gives_the_same_pictures(
    qtbot: QtBot, window: QWidget, source: Source, camera: Camera, tmp_path: Path
) -> None:
    films = []
    for name in ("a.gif", "b.gif"):
        outcome = begin(camera, tmp_path / name, source, None)
        qtbot.waitUntil(outcome.over, timeout=30_000)
        films.append(pictures(tmp_path / name))
    assert len(films[0]) == 8
    np.testing.assert_array_equal(films[0], films[1])


def test_a_film_that_is_cancelled_leaves_nothing_and_the_next_is_made(
    qtbot: QtBot, services: Services, camera: Camera, source: Source, tmp_path: Path
) -> None:
    outcome = begin(camera, tmp_path / "long.mp4", source, None, Shot(0, 1, 0.1, 60, (480, 360)))
    qtbot.waitUntil(lambda: any(part > 0.15 for part in outcome.parts), timeout=30_000)
    assert list(tmp_path.iterdir()), "the file is under way"
    (job,) = services.jobs.live
    job.ask_to_cancel()
    assert not camera.busy
    again = begin(camera, tmp_path / "short.mp4", source, None)
    qtbot.waitUntil(again.over, timeout=30_000)
    assert again.error is None
    qtbot.waitUntil(lambda: [one.name for one in tmp_path.iterdir()] == ["short.mp4"])
    assert not outcome.over()


def test_a_film_that_fails_says_why_and_leaves_nothing(
    qtbot: QtBot, camera: Camera, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("in a painting")

    with monkeypatch.context() as patch:
        patch.setattr(Stage, "paint", fail)
        outcome = begin(camera, tmp_path / "a.mp4", source, None)
        qtbot.waitUntil(outcome.over, timeout=30_000)
    assert "in a painting" in str(outcome.error)
    assert not list(tmp_path.iterdir())
    again = begin(camera, tmp_path / "a.mp4", source, None)
    qtbot.waitUntil(again.over, timeout=30_000)
    assert again.done


def test_a_second_film_is_refused_while_the_first_is_made(
    qtbot: QtBot, camera: Camera, source: Source, tmp_path: Path
) -> None:
    begin(camera, tmp_path / "a.mp4", source, None)
    second = begin(camera, tmp_path / "b.mp4", source, None)
    assert "already" in str(second.error)
    camera.cancel()


def test_a_shot_has_the_frames_of_its_time() -> None:
    assert Shot(0, 2, 0.5, 25).frames == 100
    assert Shot(0, 2, 0.5, 25).seconds == 4.0
    assert Shot(0, 1e-4, 1, 25).frames == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": 1.0, "stop": 1.0}, "later"),
        ({"speed": 100.0}, "speed"),
        ({"rate": 0.0}, "frames per second"),
        ({"size": (100, 720)}, "480×360"),
        ({"theme": "pink"}, "pink"),
    ],
)
def test_a_shot_that_cannot_be_is_refused(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Shot(**({"start": 0.0, "stop": 1.0} | change))


def test_the_dialog_tells_what_will_be_made(qtbot: QtBot, signal: Signal, window: QWidget) -> None:
    taken = []
    dialog = FilmDialog(SHOT, 1.0, signal, lambda *choice: taken.append(choice), window)
    assert "24 frames" in dialog.outlook.text()
    assert "with the signal's sound" in dialog.outlook.text()
    dialog.format.setCurrentIndex(dialog.format.findData(".gif"))
    assert dialog.rate.currentData() == 25
    assert "in silence" in dialog.outlook.text()
    dialog.speed.setCurrentIndex(dialog.speed.findData(0.5))
    assert "40 frames" in dialog.outlook.text()
    save = dialog.buttons.button(dialog.buttons.StandardButton.Save)
    dialog.start.setValue(1.0)
    assert not save.isEnabled()
    dialog.start.setValue(0.5)
    save.click()
    assert taken == [(Shot(0.5, 1.0, 0.5, 25, (1280, 720), "dark"), ".gif")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"animation": Path("a.avi")}, r"\.avi"),
        ({"animation": Path("a.mp4"), "size": (641, 480)}, "even"),
        ({"animation": Path("a.mp4"), "start": 2.0, "stop": 1.0}, "later"),
        ({"animation": Path("a.mp4"), "screenshot": Path("a.png")}, "exclude"),
        ({"fps": 20.0}, "--fps goes with --animation"),
    ],
)
def test_contradictions_on_the_command_line_are_refused(given: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        StudioOptions(**given)


def test_labels_are_in_the_picture(qtbot: QtBot, source: Source, window: QWidget) -> None:
    stages = [Stage(SHOT, STATE, source, window, regions) for regions in ((), (Region(0.3, 0.6, "walk"),))]
    frame = compose(1, STATE, source, 4000, (), stages[0].columns)
    without, labelled = (stage.paint(frame) for stage in stages)
    differs = (without != labelled).any(axis=(0, 2))
    assert differs.any()
    assert np.ptp(np.flatnonzero(differs)) > 0.15 * differs.size, "a stretch, and no line"
    for stage in stages:
        stage.hide()
        stage.deleteLater()
