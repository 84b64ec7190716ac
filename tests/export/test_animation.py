"""Animations decode to what was painted: frames, times, sound; what is given up leaves no file."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.export.animation import SoundTrack, even, writing_animation
from hippo_studio.export.atomic import ExportError

av = pytest.importorskip("av")
SIZE = (128, 96)


def picture(k: int) -> np.ndarray:
    """A red block that moves over grey, eight pixels a frame."""
    rgb = np.full((SIZE[1], SIZE[0], 3), 230, np.uint8)
    rgb[32:64, 8 * k : 8 * k + 16] = (200, 30, 30)
    return rgb


def film(path: Path, count: int = 12, rate: float = 24, sound: SoundTrack | None = None) -> None:
    with writing_animation(path, SIZE, rate, sound) as append:
        for k in range(count):
            append(picture(k))


def give_up(path: Path) -> None:
    with writing_animation(path, SIZE, 24) as append:
        append(picture(0))
        raise KeyboardInterrupt


def frames(path: Path) -> list:
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


@pytest.mark.parametrize(("suffix", "rate"), [(".mp4", 24), (".gif", 25), (".MP4", 23.976)])
def test_an_animation_decodes_to_the_pictures_at_their_times(
    tmp_path: Path, suffix: str, rate: float
) -> None:
    path = tmp_path / f"film{suffix}"
    film(path, rate=rate)
    found = frames(path)
    assert len(found) == 12
    np.testing.assert_allclose([time for time, _ in found], np.arange(12) / rate, atol=0.006)
    for k, (_, rgb) in enumerate(found):
        error = np.abs(rgb.astype(int) - picture(k))
        assert error.mean() < 3, f"frame {k} shows another picture"
        assert np.abs(rgb[48, 8 * k + 8].astype(int) - (200, 30, 30)).max() < 12, "a colour was shifted"


def test_an_mp4_is_h264_that_every_player_takes(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film(path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (*SIZE, 24)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "it plays before it is loaded whole"


@pytest.mark.parametrize("rate", [16000.0, 5000.0])
def test_the_sound_of_an_mp4_is_as_long_as_its_pictures(tmp_path: Path, rate: float) -> None:
    path = tmp_path / "film.mp4"
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(3 * rate)) / rate)
    film(path, 24, 24, SoundTrack(tone, rate))
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    heard = np.concatenate(blocks, axis=1)[0]
    assert abs(heard.size / stream.rate - 1.0) < 0.05, "the sound ends where the pictures do"
    middle = heard[heard.size // 4 : -heard.size // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    assert abs(np.argmax(spectrum) * stream.rate / middle.size - 440) < 5
    assert abs(np.sqrt(2 * np.mean(middle**2)) - 0.5) < 0.03


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_what_is_given_up_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        give_up(path)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(path.name, b"old")]


@pytest.mark.parametrize(
    ("name", "size", "rate", "words"),
    [
        ("a.avi", SIZE, 24, r"'\.avi'"),
        ("a.mp4", (127, 96), 24, "127×96"),
        ("a.mp4", (128, 9600), 24, "128×9600"),
        ("a.gif", SIZE, 60, "up to 50"),
        ("a.mp4", SIZE, 0, "received 0"),
        ("none/a.mp4", SIZE, 24, "no folder"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(
    tmp_path: Path, name: str, size: tuple[int, int], rate: float, words: str
) -> None:
    with pytest.raises(ExportError, match=words), writing_animation(tmp_path / name, size, rate):
        pytest.fail("no frame may be asked for")


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"\(96, 128, 3\)"),
        writing_animation(tmp_path / "a.mp4", SIZE, 24) as append,
    ):
        append(np.zeros((96, 96, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ExportError, match=r"\[video\]"), writing_animation(tmp_path / "a.mp4", SIZE, 24):
        pytest.fail("no frame may be asked for")


def test_even_sides() -> None:
    assert [even(side) for side in (1, 640, 641.2, 643.1)] == [2, 640, 642, 644]
