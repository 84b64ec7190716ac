"""From the microphone to a signal in the list: followed live, kept whatever ends it, saved at will."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PyQt6.QtWidgets import QWidget
from waiting import until

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.frame import compose
from hippo_studio.app.memory.moments import Moments
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.stepping import fitted_live
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.signals_panel import describe
from hippo_studio.app.sound import keeping
from hippo_studio.app.sound.desk import SoundDesk
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.sound.recorder import Phase
from hippo_studio.app.transport import Transport
from hippo_studio.hippo.compiled import _Compiled
from hippo_studio.signals import Signal, read
from hippo_studio.signals.capture import leftovers, new_recording

RATE = 1000


def noise(frames, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, frames).astype(np.float32)


def tone(frames, start=0):
    return np.sin(2 * np.pi * 44 * np.arange(start, start + frames) / RATE).astype(np.float32)


@pytest.mark.parametrize("cuts", [(1, 70, 64, 500, 3), (2000, 1000), (777,) * 5])
def test_a_page_that_fills_up_tells_what_a_finished_signal_would(cuts):
    samples = noise(sum(cuts))
    page, start = new_page("live", RATE, 5000), 0
    for cut in cuts:
        page.append(samples[start : start + cut])
        start += cut
    whole = follow(Signal(np.concatenate([samples, np.zeros(5000 - start)]).astype(np.float32), RATE))
    while not whole.moments.build():
        pass
    edges = np.sort(np.random.default_rng(1).uniform(0, start, 40))
    assert page.moments.over(edges) == pytest.approx(whole.moments.over(edges), abs=1e-9)
    for bins in (3, 8, 100):
        for found, expected in zip(
            page.pyramid.minmax(0, 5000, bins), whole.pyramid.minmax(0, 5000, bins), strict=True
        ):
            assert np.array_equal(found, expected)
    assert page.known == start


def test_sound_is_taken_up_without_waiting_for_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    page = new_page("a", 8000.0, 20_000)
    with monkeypatch.context() as patch:
        patch.setattr(_Compiled, "__call__", lambda *_: pytest.fail("machine code is asked for"))
        for start in range(0, 15_000, 700):
            page.append(np.sin(np.arange(start, start + 700) / 30)[:, None])
    whole = Moments(page.samples)
    while not whole.build():
        pass
    edges = np.array([0.0, 3.5, 4096.0, 9000.25, 14_000.0])
    assert page.moments.over(edges) == pytest.approx(whole.over(edges), abs=1e-9)


def test_the_next_page_begins_as_the_last_and_misses_nothing():
    samples = noise(900)
    first = new_page("live", RATE, 1000)
    first.append(samples[:850])
    assert first.nearly_full
    second = first.turned()
    first.append(samples[850:900])
    second.catch_up(first)
    assert (second.length, second.known, second.continues) == (2000, 900, first)
    assert np.array_equal(second.samples[:900], samples)
    first.append(noise(500))
    assert first.known == 1000


def test_a_memory_that_is_carried_over_to_the_next_page_is_the_same():
    samples = noise(900)
    first = new_page("live", RATE, 1000)
    first.append(samples)
    state = MemoryState(measures=("legs",), order=8, theta=0.2)
    moving = PlayheadMemory(state.memories()[0], first)
    moving.move_to(500)
    second = first.turned()
    moving.source = second
    moving.move_to(900)
    straight = PlayheadMemory(state.memories()[0], follow(Signal(samples, RATE)))
    straight.move_to(900)
    assert moving.coefficients == pytest.approx(straight.coefficients, abs=1e-12)
    frame = compose(1, state, second, 900, (moving,), 50)
    assert np.isfinite(frame.recollections[0].error)


def test_a_transport_follows_what_is_recorded_until_it_is_sent_elsewhere():
    transport, known = Transport(lambda: 0.0), [0]
    transport.load(5000, 1000.0)
    transport.follow(lambda: known[0])
    for known[0] in (10, 25, 400):
        assert transport.advance() == known[0]
    transport.seek(100)
    known[0] = 500
    assert (transport.advance(), transport.playing) == (100, False)
    transport.seek(4000)
    assert transport.position == 500
    transport.play()
    known[0] = 600
    assert transport.advance() == 600
    transport.load(100, 1000.0)
    assert not transport.following


def test_what_is_live_is_heard_as_a_waveform_over_a_time_that_the_order_can_hold():
    far = MemoryState(order=64, theta=2.0, follow="envelope", view="signal")
    live = far.replace(**fitted_live(far, 44_100.0, 30.0))
    assert (live.follow, live.view) == ("waveform", "window")
    assert 0.05 < live.theta < 0.5
    near = far.replace(theta=0.03)
    assert near.replace(**fitted_live(near, 44_100.0, 30.0)).theta == 0.03


class Studio:
    """The parts of the window that recording concerns."""

    def __init__(self, services, qtbot):
        self.window = QWidget()
        self.signals = OpenSignals(self.window)
        self.opening = Opening(self.signals, services, self.window)
        self.tab = MemoryTab(services, self.window)
        self.desk = SoundDesk(self.tab, services, self.signals, self.opening.open, self.window)
        self.recorder = self.desk.recorder
        self.signals.current_changed.connect(self.tab.set_signal)
        for part in (self.window, self.tab.settings_panel, self.tab.inspector_panel):
            qtbot.addWidget(part)


@pytest.fixture
def studio(services, twin, qtbot):
    studio = Studio(services, qtbot)
    yield studio
    assert studio.desk.close_desk()
    assert studio.tab.close_tab()


def recording(studio, services, twin, qtbot):
    services.actions["record"].trigger()
    until(qtbot, lambda: studio.recorder.phase is Phase.RECORDING)
    return twin.streams[-1]


def test_what_is_heard_is_followed_at_once_and_becomes_a_signal(studio, services, twin, qtbot):
    stream = recording(studio, services, twin, qtbot)
    studio.tab.change(measures=("legt",), order=16, theta=0.1)
    for start in range(0, 2000, 100):
        stream.push(tone(100, start)[:, None])

    def remembered():
        frame = studio.tab.player.frame
        return frame is not None and frame.position == 2000 and np.isfinite(frame.recollections[0].error)

    until(qtbot, remembered)
    assert studio.tab.player.frame.recollections[0].error < 0.3
    studio.tab.change(order=32)
    services.actions["record"].trigger()
    assert studio.recorder.phase is Phase.OFF
    until(qtbot, lambda: studio.signals.current is not None)
    signal = studio.signals.current
    assert np.array_equal(signal.samples[0], tone(2000))
    assert describe(signal).startswith("unsaved · ")
    assert services.actions["save_recording"].isEnabled()
    until(qtbot, lambda: stream.closed)  # in the background: a device may take its time
    assert "recent" not in services.settings.read("files")


def test_the_level_is_shown_before_and_during_a_recording(studio, services, twin, qtbot):
    services.actions["microphone"].trigger()
    until(qtbot, lambda: bool(twin.streams) and twin.streams[-1].active)
    assert not studio.desk.record_row.isHidden()
    twin.streams[-1].push(np.full((100, 1), 0.5))
    until(qtbot, lambda: studio.desk.record_row.meter._level == pytest.approx(-6, abs=1))
    assert leftovers() == ()
    stream = recording(studio, services, twin, qtbot)
    stream.push(np.full((100, 1), 0.9))
    until(qtbot, lambda: studio.desk.record_row.meter._level == pytest.approx(-1, abs=0.5))
    assert not studio.desk.record_row.device.isEnabled()
    services.actions["record"].trigger()
    assert studio.desk.record_row.isHidden()


def test_a_pause_is_left_out_and_a_second_recording_is_another(studio, services, twin, qtbot):
    stream = recording(studio, services, twin, qtbot)
    stream.push(tone(300)[:, None])
    until(qtbot, lambda: studio.recorder.seconds == 0.3)
    services.actions["pause_recording"].trigger()
    assert studio.recorder.phase is Phase.PAUSED
    services.actions["pause_recording"].trigger()
    stream.push(tone(200, 300)[:, None])
    until(qtbot, lambda: studio.recorder.seconds == 0.5)
    services.actions["record"].trigger()
    stream = recording(studio, services, twin, qtbot)
    stream.push(tone(100)[:, None])
    until(qtbot, lambda: studio.recorder.seconds == 0.1)
    services.actions["record"].trigger()
    until(qtbot, lambda: len(studio.signals) == 2)
    assert sorted(signal.length for signal in studio.signals) == [100, 500]


def test_pages_turn_while_it_records(studio, services, twin, qtbot, monkeypatch):
    monkeypatch.setattr("hippo_studio.app.sound.recorder.FIRST_PAGE", 0.5)
    stream = recording(studio, services, twin, qtbot)
    for start in range(0, 1500, 50):
        stream.push(tone(50, start)[:, None])
        until(qtbot, lambda start=start: studio.recorder.page.known == start + 50)
        until(qtbot, lambda: not studio.recorder._pages.turning)
    until(qtbot, lambda: studio.tab.player.frame is not None and studio.tab.player.frame.position == 1500)
    assert studio.tab.source.length == 2000
    services.actions["record"].trigger()
    until(qtbot, lambda: studio.signals.current is not None)
    assert studio.signals.current.length == 1500


def test_a_page_that_does_not_fit_ends_the_picture_and_not_the_recording(
    studio, services, twin, qtbot, monkeypatch
):
    def turned(page):
        raise MemoryError

    monkeypatch.setattr("hippo_studio.app.sound.recorder.FIRST_PAGE", 0.5)
    monkeypatch.setattr("hippo_studio.app.sound.live_source.LiveSource.turned", turned)
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    stream = recording(studio, services, twin, qtbot)
    for start in range(0, 900, 50):
        stream.push(tone(50, start)[:, None])
        until(qtbot, lambda start=start: studio.recorder.seconds == (start + 50) / 1000)
    until(qtbot, lambda: any("not enough memory" in text for text in said))
    services.actions["record"].trigger()
    until(qtbot, lambda: studio.signals.current is not None)
    assert studio.signals.current.length == 900


def test_a_device_that_goes_away_keeps_everything_and_says_why(studio, services, twin, qtbot):
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    stream = recording(studio, services, twin, qtbot)
    stream.push(tone(400)[:, None])
    until(qtbot, lambda: studio.recorder.seconds == 0.4)
    twin.lost = "Device unavailable"
    stream.active = False
    until(qtbot, lambda: studio.signals.current is not None)
    assert studio.signals.current.length == 400
    assert (
        said[0] == "The microphone ended: 'built in' is gone (Device unavailable). What was recorded is kept."
    )
    assert not services.actions["record"].isChecked()
    twin.lost = ""
    recording(studio, services, twin, qtbot)
    services.actions["record"].trigger()


def test_without_a_microphone_there_is_one_sentence_and_the_button_is_up_again(studio, services, twin, qtbot):
    twin.refusal = "Invalid device"
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    services.actions["record"].trigger()
    until(qtbot, lambda: bool(said))
    assert said == ["The microphone cannot be used: Invalid device."]
    assert not services.actions["record"].isChecked()
    assert leftovers() == ()
    taken_back = []
    services.messages.withdrawn.connect(taken_back.append)
    twin.refusal = ""
    recording(studio, services, twin, qtbot)
    assert "microphone" in taken_back, "it is asked again"
    services.actions["record"].trigger()


def test_lost_sound_is_counted_and_told(studio, services, twin, qtbot):
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    stream = recording(studio, services, twin, qtbot)
    stream.push(tone(100)[:, None], overflow=True)
    until(qtbot, lambda: "lost sound 1×" in studio.desk.record_row.words.text())
    services.actions["record"].trigger()
    assert "lost sound 1×" in said[0]


def test_a_recording_is_saved_where_it_is_wanted_and_leaves_the_studios_folder(
    studio, services, twin, qtbot, tmp_path
):
    stream = recording(studio, services, twin, qtbot)
    stream.push(tone(100)[:, None])
    until(qtbot, lambda: studio.recorder.seconds == 0.1)
    services.actions["record"].trigger()
    until(qtbot, lambda: studio.signals.current is not None)
    recorded = studio.signals.current.origin
    entry = dataclasses.replace(studio.signals.entries[0], regions=((0.0, 0.05, "a"),))
    studio.signals.put(0, studio.signals.current, entry)
    studio.signals.add(Signal(np.zeros(10), 1.0), show=False)
    target = tmp_path / "mine.wav"
    studio.desk.keeping.save_as(type(target)(recorded), target)
    until(qtbot, lambda: studio.signals.current is not None and studio.signals.current.origin == str(target))
    assert np.array_equal(read(target).samples[0], tone(100))
    assert (len(studio.signals), studio.signals.index) == (2, 0)
    assert studio.signals.entries[0].regions == entry.regions
    assert not services.actions["save_recording"].isEnabled()
    assert not type(target)(recorded).exists()


def test_a_recording_is_not_saved_onto_itself(studio, services):
    file = new_recording(RATE, 1)
    file.append(tone(500)[:, None])
    file.release()
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    for name in (file.path.name, "mine.wav"):
        studio.desk.keeping.save_as(file.path, file.path.with_name(name))
    assert [left.path for left in leftovers()] == [file.path]
    assert keeping._KEY not in [job.key for job in services.jobs.live]
    assert all("save this one in another folder" in text for text in said)
    assert len(said) == 2


def test_a_copy_over_a_file_that_is_listed_leaves_one_line(studio, services, qtbot, tmp_path):
    target = tmp_path / "mine.wav"
    keep, signals = studio.desk.keeping, studio.signals
    for seconds in (0.2, 0.1):
        file = new_recording(RATE, 1)
        file.append(tone(round(seconds * RATE))[:, None])
        file.release()
        studio.opening.open([file.path])
        until(qtbot, lambda file=file: signals.row_of(file.path) is not None)
        keep.save_as(file.path, target)
        until(qtbot, lambda: leftovers() == () and not services.jobs._live and not studio.opening.busy)
    assert [row.entry.path for row in signals.rows].count(str(target)) == 1
    assert signals.row_of(target).signal.duration == pytest.approx(0.1, abs=0.01)


def test_a_copy_that_is_cancelled_leaves_the_recording_and_no_half_file(
    studio, services, qtbot, tmp_path, monkeypatch
):
    file = new_recording(RATE, 1)
    file.append(tone(500)[:, None])
    file.release()
    monkeypatch.setattr(keeping, "_PIECE", 100)
    keep, ended = studio.desk.keeping, []
    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "report", lambda context, _part: ended.append(context._job.cancel()))
        keep.save_as(file.path, tmp_path / "mine.wav")
        until(qtbot, lambda: ended and not services.jobs._live)
    assert len(ended) == 1
    assert list(tmp_path.glob("*.wav")) == []
    assert [left.path for left in leftovers()] == [file.path]
    keep.save_as(file.path, tmp_path / "mine.wav")
    until(qtbot, lambda: leftovers() == ())


def test_a_recording_that_cannot_be_removed_is_said_in_a_sentence(studio, services, tmp_path):
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    studio.desk.keeping.throw_away([tmp_path])
    assert said == [f"{tmp_path} cannot be removed: Is a directory."]


def test_recordings_that_nobody_saved_are_offered_and_can_be_thrown_away(studio, services, qtbot):
    file = new_recording(RATE, 1)
    file.append(tone(500)[:, None])
    file.release()
    said = []
    services.messages.shown.connect(lambda message: said.append(message))
    studio.desk.keeping.offer()
    assert said[0].text == "A recording was never saved; File ▸ Unsaved Recordings opens it."
    menu = studio.desk.keeping.menu
    menu.aboutToShow.emit()
    assert "00:00.5" in menu.actions()[0].text()
    menu.actions()[0].trigger()
    until(qtbot, lambda: studio.signals.current is not None)
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert leftovers() == ()


def test_closing_while_recording_keeps_it_for_the_next_start(services, twin, qtbot):
    studio = Studio(services, qtbot)
    stream = recording(studio, services, twin, qtbot)
    stream.push(tone(250)[:, None])
    until(qtbot, lambda: studio.recorder.seconds == 0.25)
    assert studio.desk.close_desk()
    assert studio.tab.close_tab()
    assert [left.seconds for left in leftovers()] == [0.25]
