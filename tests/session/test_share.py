"""The line to paste: there and back, and no line whatever does harm."""

from __future__ import annotations

import base64
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hippo_studio.session import Session, SessionError, SignalEntry, View
from hippo_studio.session.file import with_fingerprints
from hippo_studio.session.finding import find_all
from hippo_studio.session.share import LARGEST, LONGEST, PREFIX, from_line, is_shared, to_line
from hippo_studio.signals import bundled_samples

SESSION = Session(
    signals=(
        SignalEntry(path="/home/somebody/secret/day.wav", size=3, digest="ab"),
        SignalEntry(path=str(bundled_samples()[1].path)),
        SignalEntry(generator="noise", parameters={"seed": 7}),
    ),
    current=2,
    memory={"order": 64, "theta": 0.5},
    train={"model": "s4", "chosen": {"seed": 3}},
    view=View(playhead=1.25),
)
LINE = to_line(SESSION)


def packed(content: bytes) -> str:
    return PREFIX + base64.urlsafe_b64encode(zlib.compress(content)).decode()


def test_a_set_up_comes_back_from_its_line_without_the_folders() -> None:
    back = from_line(LINE)
    assert back.signals[0] == SignalEntry(path="day.wav")
    assert (back.signals[0].size, back.signals[0].digest) == (3, "ab")
    assert back.signals[1:] == SESSION.signals[1:]
    assert (back.memory, back.train, back.current, back.view) == (
        SESSION.memory, SESSION.train, SESSION.current, SESSION.view,
    )  # fmt: skip
    assert set(LINE.removeprefix(PREFIX)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )
    assert "somebody" not in zlib.decompress(base64.urlsafe_b64decode(LINE[7:] + "==")).decode()


def test_a_line_that_a_mail_program_broke_is_still_one() -> None:
    assert from_line("  " + LINE[:50] + "\r\n " + LINE[50:] + "\n") == from_line(LINE)
    assert is_shared(f" {LINE}")
    assert not is_shared("speech.flac")


def test_a_line_cannot_reach_into_folders() -> None:
    text = '{"format": "hippo-studio session", "version": 1, "signals": [{"path": "../../../etc/passwd"}]}'
    assert from_line(packed(text.encode())).signals == (SignalEntry(path="passwd"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "begins with hippo1:"),
        ("hippo2:abc", "newer studio"),
        (LINE[:-9], "copy it again"),
        (LINE[:40] + "A" + LINE[41:], "copy it again"),
        (PREFIX + "!" * 8, "copy it again"),
        (PREFIX + "A" * LONGEST, "too long"),
        (packed(b"{"), "damaged at line 1"),
        (packed(b"\xff"), "copy it again"),
        (packed(bytes(2 * LARGEST)), "far more than a set-up"),
    ],
)
def test_what_is_no_line_is_refused_in_a_sentence(line: str, said: str) -> None:
    began = time.perf_counter()
    with pytest.raises(SessionError, match=said) as refusal:
        from_line(line)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300
    assert time.perf_counter() - began < 2


def test_a_set_up_that_is_too_long_to_paste_is_refused() -> None:
    import random

    labels = tuple((float(k), k + 0.5, str(random.random())) for k in range(60_000))
    with pytest.raises(SessionError, match="save it as a session"):
        to_line(Session(signals=(SignalEntry(generator="sine", regions=labels),)))


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text().map(lambda text: PREFIX + text) | st.binary(max_size=300).map(packed))
@example(PREFIX)
@example(PREFIX + "é")
def test_any_text_is_a_session_or_a_sentence(line: str) -> None:
    try:
        ending = "." if isinstance(from_line(line), Session) else ""
    except SessionError as error:
        ending = str(error)[-1]
    assert ending == "."


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(LINE) - 1), st.integers(0, 5), st.text("AZaz09-_=+/ \n\0", max_size=5))
def test_a_line_that_was_changed_on_the_way_is_never_taken_for_another_set_up(
    place: int, gone: int, put: str
) -> None:
    line = LINE[:place] + put + LINE[place + gone :]
    try:
        same = from_line(line) == from_line(LINE)
    except SessionError:
        same = True
    assert same


def test_paths_stay_names_alone() -> None:
    assert not Path(from_line(LINE).signals[0].path).is_absolute()


def test_a_file_that_changed_and_what_is_learned_are_found_by_their_names(tmp_path: Path) -> None:
    day, folder = tmp_path / "zone.csv", tmp_path / "words"
    day.write_text("1\n2\n")
    folder.mkdir()
    session = with_fingerprints(
        Session(signals=(SignalEntry(path=str(day)),), train={"data": str(folder), "test": "task:digits"})
    )
    line = to_line(session)
    assert from_line(line).train == {"data": "words", "test": "task:digits"}
    found, notes = find_all(from_line(line), [tmp_path])
    assert (found.train["data"], found.signals[0].path, notes) == (str(folder), str(day), ())
    day.write_text("1\n2\n3\n")
    found, notes = find_all(from_line(line), [tmp_path])
    assert found.signals[0].path == str(day)
    assert notes == (f"{day} is not what it was when the set-up was copied; it is shown as it is now.",)
