"""Ring and tape: every sample once, in order, round the loop and at any speed."""

import numpy as np
import pytest

from hippo_studio.signals.capture import Clip, RingBuffer, Tape, silence_reason


def rendered(tape, rate, block=97, most=10**6):
    parts = []
    while (part := tape.render(block, rate)).size and sum(map(len, parts)) < most:
        parts.append(part)
    return np.concatenate(parts)


def test_a_ring_gives_back_what_was_put_in_across_its_seam():
    ring, out = RingBuffer(10, 2), np.zeros((4, 2), np.float32)
    frames = np.arange(60, dtype=np.float32).reshape(30, 2)
    got = []
    at = 0
    while len(got) < 30:
        at += ring.write(frames[at : at + 7])
        got.extend(out[: ring.read_into(out)].tolist())
    assert got == frames.tolist()


def test_a_full_ring_takes_no_more_and_an_empty_one_gives_nothing():
    ring = RingBuffer(4, 1)
    assert ring.write(np.ones((6, 1), np.float32)) == 4
    assert ring.room == 0
    out = np.zeros((6, 1), np.float32)
    assert ring.read_into(out) == 4
    assert ring.read_into(out) == 0


def test_frames_that_nobody_has_fetched_can_be_taken_back_and_changed():
    ring, out = RingBuffer(8, 1), np.zeros((8, 1), np.float32)
    ring.write(np.arange(6, dtype=np.float32)[:, None])
    ring.read_into(out[:1])
    assert ring.withdraw(2)[:, 0].tolist() == [1, 2]
    ring.overwrite(1, np.array([[8.0], [9.0]], np.float32))
    ring.write(np.full((1, 1), 7, np.float32))
    assert ring.read_into(out) == 3
    assert out[:3, 0].tolist() == [8, 9, 7]
    with pytest.raises(ValueError, match=r"frames 4 to 5 are not in the ring"):
        ring.overwrite(4, np.zeros((1, 1), np.float32))


def test_at_the_devices_rate_a_tape_is_the_signal_itself():
    samples = np.random.default_rng(0).standard_normal(10_000).astype(np.float32)
    assert np.array_equal(rendered(Tape(Clip(samples, 8000), 123), 8000), samples[123:])


def test_a_loop_goes_on_without_a_gap_and_a_start_beyond_it_plays_to_the_end():
    samples = np.arange(1000, dtype=np.float32)
    looped = Tape(Clip(samples, 8000), 150, loop=(100, 200)).render(250, 8000)
    assert looped.tolist() == [*range(150, 200), *range(100, 200), *range(100, 200)]
    assert rendered(Tape(Clip(samples, 8000), 300, loop=(100, 200)), 8000).tolist() == list(range(300, 1000))


@pytest.mark.parametrize("speed", [0.1, 0.5, 2.0, 3.7, 16.0])
def test_at_another_speed_the_place_stays_true_to_the_sample(speed):
    rate, device = 16_000, 44_100
    place = 0.5 + 0.25 * speed * np.array([0.2, 0.5, 0.8])  # seconds of the signal
    time = np.arange(round(rate * (0.7 + 0.3 * speed))) / rate
    width = 0.004 * max(speed, 1)
    samples = sum(np.exp(-(((time - centre) / width) ** 2)) for centre in place).astype(np.float32)
    sound = rendered(Tape(Clip(samples, rate), rate // 2, speed), device, block=512)
    expected_length = (samples.size - rate // 2) / rate / speed * device
    assert abs(sound.size - expected_length) <= 2
    for centre in place:
        at = (centre - 0.5) / speed * device
        near = np.arange(max(round(at) - 40, 0), round(at) + 40)
        weight = sound[near] ** 8
        assert abs((near * weight).sum() / weight.sum() - at) < 1


def test_a_faster_tape_raises_the_pitch_and_keeps_the_level():
    time = np.arange(48_000) / 16_000
    sound = rendered(Tape(Clip(0.5 * np.sin(2 * np.pi * 440 * time), 16_000), 0, 2.0), 48_000, 1000)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    assert np.argmax(spectrum) * 48_000 / sound.size == pytest.approx(880, abs=1)
    assert np.sqrt(np.mean(sound[2000:-2000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize(
    ("rate", "speed", "words"),
    [
        (50.0, 1.0, "is no sound: it has 50 samples a second"),
        (50.0, 16.0, "is no sound"),
        (8000.0, 0.1, "below hearing"),
        (44_100.0, 16.0, "above hearing"),
        (44_100.0, np.inf, "as fast as possible"),
    ],
)
def test_what_cannot_be_heard_is_silent_and_says_why(rate, speed, words):
    assert words in silence_reason(rate, speed, "fall.csv")


@pytest.mark.parametrize(
    ("rate", "speed"), [(16_000.0, 0.1), (16_000.0, 16.0), (1000.0, 1.0), (44_100.0, 8.0)]
)
def test_what_can_be_heard_is_played(rate, speed):
    assert silence_reason(rate, speed) == ""
