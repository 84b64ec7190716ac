"""What is learned from labels is the signal that is seen: with its tools, and read as it was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from hippo_studio.app.labels import seen
from hippo_studio.app.labels.seen import labelled_folder, write_seen
from hippo_studio.app.services import Services
from hippo_studio.app.window import StudioWindow
from hippo_studio.learning.datasets import open_data
from hippo_studio.learning.run_folders import data_in_use
from hippo_studio.learning.runs import write_config
from hippo_studio.signals import Region, Signal, generate, read
from hippo_studio.signals.read_warnings import AssumedRate
from hippo_studio.signals.tools import Crop, Detrend, Step

PATIENCE = 60_000
"""Milliseconds: on a busy machine a job waits long for its turn."""


@pytest.fixture
def window(services: Services, qtbot: QtBot, tmp_path: Path) -> Iterator[StudioWindow]:
    path = tmp_path / "day.wav"
    soundfile.write(path, 0.5 + 0.1 * np.sin(np.arange(8000) / 10), 1000)
    window = StudioWindow(services)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.opening.finished, timeout=PATIENCE):
        window.opening.open([path])
    yield window
    window.close()


def label(window: StudioWindow) -> None:
    for name, start in (("a", 0), ("b", 1), ("a", 2), ("b", 3)):
        window.rooms.labels.panel.words.setCurrentText(name)
        window.rooms.labels.add(start, start + 1)


def learned(window: StudioWindow, qtbot: QtBot) -> Path:
    window.services.actions["train_regions"].trigger()
    qtbot.waitUntil(lambda: window.tabs.currentWidget() is window.train, timeout=PATIENCE)
    return Path(window.train.state.data)


def test_labels_of_a_signal_with_tools_are_learned_with_them(
    torch_imported: None, window: StudioWindow, qtbot: QtBot
) -> None:
    window.rooms.bench.lay([Step(Crop(2, 8)), Step(Detrend())])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    label(window)
    shown = window.signals.current
    path = learned(window, qtbot)
    assert path.parent == labelled_folder()
    again = read(path)
    assert (again.sample_rate, again.channel_names) == (1000.0, shown.channel_names)
    np.testing.assert_array_equal(again.samples, shown.samples)
    data = open_data(str(path))
    assert (data.sample_rate, data.labels) == (1000.0, ("a", "b"))


def test_a_signal_without_a_file_can_be_learned_from_too(
    torch_imported: None, window: StudioWindow, qtbot: QtBot
) -> None:
    window.signals.add(generate("sine", duration=6.0, sample_rate=100.0))
    label(window)
    assert read(learned(window, qtbot)).duration == 6.0


def test_the_same_is_written_once_and_the_oldest_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_KEPT", 2)
    regions = (Region(0, 1, "a"), Region(1, 9, "b"))
    signals = [Signal(np.full((2, 40), float(level)), 10.0, ("time", "a/b")) for level in range(3)]
    paths = [write_seen(signal, regions) for signal in (*signals, signals[-1])]
    assert paths[2] == paths[3]
    assert [path.is_file() for path in paths[:3]] == [False, True, True]
    assert len([*labelled_folder().iterdir()]) == 4
    assert read(paths[2]).channel_names == ("time channel", "a_b")
    table = paths[2].with_name(f"{paths[2].stem}.labels.csv")
    assert table.read_text().splitlines()[1:] == ["0.0,1.0,a", "1.0,4.0,b"]


def test_what_a_run_learned_from_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(seen, "MOST_KEPT", 1)
    signals = [Signal(np.full((1, 40), float(level)), 10.0, ("x",)) for level in range(3)]
    learned_from = write_seen(signals[0], ())
    (tmp_path / "run").mkdir()
    write_config(tmp_path / "run", {"data": str(learned_from), "model": "s4d"})
    others = [write_seen(signal, (), lambda: data_in_use(tmp_path)) for signal in signals[1:]]
    assert [path.is_file() for path in (learned_from, *others)] == [True, False, True]


def test_channels_whose_names_become_one_stay_two() -> None:
    signal = Signal(np.array([[1.0, 2.0], [3.0, 4.0]]), 10.0, ("a.b", "a_b"))
    again = read(write_seen(signal, ()))
    assert again.channel_names == ("a_b", "a_b 2")
    assert np.array_equal(again.samples, signal.samples)


def test_a_rate_that_was_assumed_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = replace(generate("sine"), warnings=(AssumedRate("1 Hz was assumed."),))
    assert any(isinstance(one, AssumedRate) for one in read(write_seen(signal, ())).warnings)


def test_what_is_too_long_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_NUMBERS", 10)
    with pytest.raises(ValueError, match="crop it, or switch its tools off"):
        write_seen(generate("sine"), ())
