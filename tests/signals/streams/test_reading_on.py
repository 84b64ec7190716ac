"""Standard input, read by one stream after the other: nothing is lost between them, and nothing invented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from hippo_studio.signals.streams.address import parse_address
from hippo_studio.signals.streams.intake import Intake
from hippo_studio.signals.streams.lines import LineFormat
from hippo_studio.signals.streams.pace import Arrival
from hippo_studio.signals.streams.piped import Handover, Unrecorded

PRELUDE = """
import json, os, signal, time
from hippo_studio.signals.streams import Stream, stream as streams
from hippo_studio.signals.streams.piped import STANDARD_INPUT

def until(true):
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)

class File:
    def __init__(self): self.rows = []
    def append(self, block): self.rows += block[:, -1].tolist()
    def close(self): pass

def opened(address="-"):
    one = Stream(address)
    one.open()
    return one

def told(one, file):
    answer = one.names, file.rows, one.state.garbled, one.state.last_garbled, one.rate, str(one.failure or "")
    print(json.dumps(answer), flush=True)

def recorded(one):
    file = File()
    until(lambda: one.rate)
    one.record(file)
    return file

def to_the_end():
    one = opened()
    file = recorded(one)
    until(lambda: one.ended)
    one.finish()
    told(one, file)
"""


class Producer:
    """Writes text into a pipe, in pieces that end amid lines, and closes it."""

    def __init__(self, text: bytes, piece: int, every: float) -> None:
        self.reading, self._writing = os.pipe()
        self._text, self._piece, self._every = text, piece, every
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _work(self) -> None:
        for start in range(0, len(self._text), self._piece):
            os.write(self._writing, self._text[start : start + self._piece])
            time.sleep(self._every)
        os.close(self._writing)

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        os.close(self.reading)


@contextmanager
def piped(text: bytes, piece: int = 31, every: float = 0.005) -> Iterator[int]:
    producer = Producer(text, piece, every)
    producer.start()
    yield producer.reading
    producer.join()


def said_by(code: str, reading: int) -> list[list]:
    """What a studio that runs `code` has printed, a line for each stream."""
    run = subprocess.run(
        [sys.executable, "-c", PRELUDE + code], stdin=reading, capture_output=True, text=True, timeout=90
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def timed(rows: int) -> bytes:
    """Numbered rows with times, 500 a second, below a header."""
    return b"time (s),depth\n" + b"".join(b"%.3f,%d\n" % (n / 500, 1_000_000 + n) for n in range(rows))


def test_streams_one_after_the_other_record_every_row_once_under_its_name() -> None:
    code = """
for turn in range(3):
    one = opened()
    file = recorded(one)
    until(lambda: len(file.rows) > 150)
    one.finish()
    one.end()
    told(one, file)
to_the_end()
"""
    with piped(timed(2500)) as reading:
        answers = said_by(code, reading)
    assert len(answers) == 4
    assert all(names == ["depth"] for names, *_ in answers), "the header stands above the first row alone"
    assert all(rate == 500.0 for *_, rate, _ in answers)
    assert [row for _, rows, *_ in answers for row in rows] == list(range(1_000_000, 1_002_500))
    assert sum(garbled for _, _, garbled, *_ in answers) == 0


def test_what_was_only_looked_at_is_read_again_and_a_stream_that_ends_at_once_takes_nothing() -> None:
    code = """
looked = opened()
until(lambda: looked.state.lines > 3)
looked.end()
soon = opened()
soon.end()
early = opened()
until(lambda: early._reader)
early.end()
to_the_end()
"""
    with piped(timed(1200)) as reading:
        ((names, rows, garbled, *_),) = said_by(code, reading)
    assert (names, garbled) == (["depth"], 0)
    assert rows == list(range(1_000_000, 1_001_200))


def test_a_second_stream_waits_until_the_first_has_ended() -> None:
    code = """
first, second = opened(), opened()
file = recorded(first)
until(lambda: second.state.status == "waiting for the stream before" and len(file.rows) > 400)
assert second.state.lines == 0
first.finish()
first.end()
told(first, file)
rest = recorded(second)
until(lambda: second.ended)
second.finish()
told(second, rest)
"""
    with piped(timed(1200)) as reading:
        answers = said_by(code, reading)
    assert [row for _, rows, *_ in answers for row in rows] == list(range(1_000_000, 1_001_200))


def test_the_line_that_a_reader_that_died_has_begun_is_dropped_and_said() -> None:
    code = """
one = opened()
file = recorded(one)
until(lambda: len(file.rows) > 100)
one._reader._process.kill()
until(lambda: one.failure)
one.finish()
told(one, file)
to_the_end()
"""
    with piped(timed(1500)) as reading:
        (_, before, _, _, _, failure), (names, after, garbled, last, *_) = said_by(code, reading)
    assert "ended without a word" in failure
    assert (names, garbled) == (["depth"], 1)
    assert 0 < len(last) <= len("2.999,1001499"), "all of a line where it was not begun"
    assert before == list(range(1_000_000, 1_000_000 + len(before)))
    assert after == list(range(1_001_500 - len(after), 1_001_500)), "no number is the end of another"


def test_rows_that_the_disk_did_not_take_end_the_recording_and_no_later_one_is_lost() -> None:
    code = """
class Full(File):
    full = False
    def append(self, block):
        if self.full:
            raise OSError(28, "No space left on device")
        super().append(block)

one, file = opened(), Full()
until(lambda: one.rate)
one.record(file)
file.full = True
until(lambda: one.failure)
one.finish()
told(one, file)
to_the_end()
"""
    with piped(timed(1500)) as reading:
        (_, before, *_), (names, after, garbled, *_) = said_by(code, reading)
    assert (names, garbled) == (["depth"], 0)
    assert before + after == sorted({*before, *after})
    assert after == list(range(1_001_500 - len(after), 1_001_500))
    assert 1_001_500 - len(after) - before[-1] < 400, "what the disk refused, and no more"


def test_the_pace_of_rows_without_times_is_known_to_the_next_though_they_come_in_a_burst() -> None:
    code = """
one = opened()
file = recorded(one)
one.finish()
one.end()
told(one, file)
until(lambda: not one.alive)
time.sleep(1.0)
to_the_end()
"""
    text = b"".join(b"%d\n" % n for n in range(1000))
    with piped(text, 8, 0.01) as reading:
        (_, before, _, _, rate, _), (_, after, _, _, again, _) = said_by(code, reading)
    assert rate == again
    assert [*dict.fromkeys(row for row in before + after if row % 1 == 0)] == list(range(1000))


@pytest.mark.parametrize(
    "form", [None, LineFormat("json", 2, keys=("a", "b"), time=1, time_unit=0.0, names=("a", "b"))]
)
def test_a_handover_comes_out_of_json_as_it_went_in(form: LineFormat | None) -> None:
    left = Handover(form, b"1,\xff\x002", cut=True)
    assert Handover.of(json.loads(json.dumps(left.told()))) == left


def test_an_intake_goes_on_amid_a_line() -> None:
    first = Intake(parse_address("-"))
    first.go_on(Handover(LineFormat("numbers", 1, names=("depth",))))
    assert [one.values.tolist() for one in first._rows(b"1\n2\n34", 0.0)] == [[[1.0], [2.0]]]
    second = Intake(parse_address("pipe:?rate=100"))
    second.go_on(first.handover())
    assert [one.values.tolist() for one in second._rows(b"56\n", 0.0)] == [[[3456.0]]]
    assert second.columns is not None
    assert (second.columns.names, second.columns.rate) == (("depth",), 100.0)


def test_a_cut_line_is_counted_once_however_many_pieces_it_comes_in() -> None:
    intake = Intake(parse_address("-"))
    intake.go_on(Handover(LineFormat("numbers", 1), cut=True))
    assert [intake._without_cut_line(piece) for piece in (b"58", b"3", b"08\n1\n2")] == [b"", b"", b"1\n2"]
    assert (intake.lines, intake.garbled, intake.last_garbled) == (1, 1, "58308")


def test_rows_that_are_left_come_as_one_burst_of_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    left = Unrecorded()
    assert left.burst(5.0) is None
    monkeypatch.setattr("hippo_studio.signals.streams.piped.MOST_HELD", 6)
    for n in range(5):
        left.add(Arrival(None, np.full((2, 1), float(n)), n))
    burst = left.burst(5.0)
    assert burst is not None
    assert (burst.times, burst.clock, burst.values[:, 0].tolist()) == (None, 5.0, [2, 2, 3, 3, 4, 4])
    assert left.given_way == 4, "which is said of the stream that begins without them"
    left.clear()
    assert (left.burst(6.0), left.given_way) == (None, 0)
