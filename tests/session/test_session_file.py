"""The session file: there and back, moved files, and a sentence for whatever is no session."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.session import Session, SessionError, SignalEntry, View
from hippo_studio.session.file import FORMAT, from_text, load, save, to_text, with_suffix
from hippo_studio.session.finding import find, find_all
from hippo_studio.session.fingerprint import BLOCK, BLOCKS, fingerprint
from hippo_studio.signals import bundled_samples

HEAD = f'{{"format": "{FORMAT}", "version": 1'


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """One with something of everything, its file on the disk."""
    path = tmp_path / "data" / "day one.wav"
    path.parent.mkdir()
    path.write_bytes(os.urandom(3000))
    return Session(
        signals=(
            SignalEntry(path=str(path), options={"sample_rate": 100.0}, regions=((0.5, 1.0, "fall"),)),
            SignalEntry(
                generator="sine", parameters={"frequency": 2.0}, tools=({"name": "crop", "stop": 1.0},)
            ),
            SignalEntry(path=str(bundled_samples()[0].path)),
        ),
        current=1,
        memory={"order": 64, "measures": ["legt"]},
        train={"model": "s4", "chosen": {"seed": 3}},
        parts={"panel": [1, 2]},
        unknown={"tomorrow": {"x": 1}},
        view=View("train", 1.5, (0.0, 2.0), 0.5, True, (0.25, 0.5)),
    )


def test_a_session_comes_back_whole(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.hippo.json"
    save(session, path)
    back = load(path)
    assert back == session
    assert back.view == session.view
    assert back.signals[0].size == 3000
    assert json.loads(path.read_text())["signals"][0]["path"] == "data/day one.wav"
    assert json.loads(path.read_text())["signals"][2]["path"] == "sample:speech.flac"


def test_folder_and_session_may_move_together(session: Session, tmp_path: Path) -> None:
    old, new = tmp_path / "data", tmp_path / "elsewhere"
    save(session, old / "a.hippo.json")
    old.rename(new)
    found, notes = find_all(load(new / "a.hippo.json"), [new])
    assert found.signals[0].path == str(new / "day one.wav")
    assert notes == ()


def test_a_moved_and_renamed_file_is_found_by_its_content(session: Session, tmp_path: Path) -> None:
    save(session, tmp_path / "a.hippo.json")
    target = tmp_path / "deep" / "er" / "renamed.wav"
    target.parent.mkdir(parents=True)
    (tmp_path / "data" / "day one.wav").rename(target)
    (target.parent / "decoy.wav").write_bytes(bytes(3000))
    found, notes = find_all(load(tmp_path / "a.hippo.json"), [tmp_path])
    assert found.signals[0].path == str(target)
    assert notes == (f"day one.wav was found as {target}.",)


def test_a_file_that_changed_is_used_and_that_is_said(session: Session, tmp_path: Path) -> None:
    save(session, tmp_path / "a.hippo.json")
    path = tmp_path / "data" / "day one.wav"
    path.write_bytes(b"other")
    found, notes = find_all(load(tmp_path / "a.hippo.json"), [tmp_path])
    assert found.signals[0].path == str(path)
    assert notes == (f"{path} is not what it was when the session was saved.",)


def test_a_file_that_is_nowhere_keeps_its_place_and_a_search_can_be_ended(
    session: Session, tmp_path: Path
) -> None:
    save(session, tmp_path / "a.hippo.json")
    path = tmp_path / "data" / "day one.wav"
    path.unlink()
    loaded = load(tmp_path / "a.hippo.json")
    assert find_all(loaded, [tmp_path])[0].signals[0].path == str(path)

    class EndedError(Exception):
        pass

    def end() -> None:
        raise EndedError

    with pytest.raises(EndedError):
        find(loaded.signals[0], [tmp_path], end)


def test_a_large_file_is_known_by_a_megabyte_and_a_change_in_a_block_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(10**10)  # sparse: reading all of it would take long
    whole = fingerprint(path)
    with open(path, "r+b") as file:
        file.seek(10**10 - 1)
        file.write(b"x")
    assert fingerprint(path) != whole
    assert BLOCK * BLOCKS == 1 << 20


def test_every_byte_of_a_small_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "small"
    seen = set()
    for place in (None, 0, 40_000, 99_999):
        content = bytearray(100_000)
        if place is not None:
            content[place] = 1
        path.write_bytes(content)
        os.utime(path, ns=(0, len(seen)))
        seen.add(fingerprint(path))
    assert len(seen) == 4


def test_a_name_that_is_no_unicode_comes_back(tmp_path: Path) -> None:
    name = os.fsdecode(b"/somewhere/\xff.wav")
    path = tmp_path / "a.hippo.json"
    save(Session(signals=(SignalEntry(path=name),)), path)
    assert load(path).signals[0].path == name


@pytest.mark.parametrize("typed", ["a", "a.json", "a.hippo", "a.hippo.json", "a.b"])
def test_the_ending_is_added_to_what_was_typed(typed: str) -> None:
    assert with_suffix(Path(typed)).name in ("a.hippo.json", "a.b.hippo.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged at line 1"),
        (HEAD.encode() + b',\n"signals": [\n', "damaged at line 3"),
        (HEAD.encode() + b',\n"x": "\xff"}', "damaged at line 2: it is no text"),
        (b"[" * 100_000, "nested without end"),
        (b"[1]", 'it does not begin with "format"'),
        (b'{"format": "other"}', 'it does not begin with "format"'),
        (f'{{"format": "{FORMAT}", "version": 2}}'.encode(), "newer studio (format 2; this one"),
        (f'{{"format": "{FORMAT}", "version": "1"}}'.encode(), "version of its format is '1'"),
        (HEAD.encode() + b', "current": NaN}', "NaN, which is no number"),
        (HEAD.encode() + b', "current": 1' + b"0" * 5000 + b"}", "damaged"),
        (HEAD.encode() + b', "current": 0}', "current is the number of one of 0 signals"),
        (HEAD.encode() + b', "signals": {}}', "signals is a list"),
        (HEAD.encode() + b', "signals": [{}]}', "signals[0] names no signal"),
        (HEAD.encode() + b', "signals": [{"path": 3}]}', "signals[0].path is text"),
        (HEAD.encode() + b', "signals": [{"path": "a", "regions": [[2, 1, "x"]]}]}', "ends after it begins"),
        (HEAD.encode() + b', "memory": 7}', "memory is a table"),
        (HEAD.encode() + b', "view": {"speed": -1}}', "view.speed is a number, 0 or more"),
    ],
)  # fmt: skip
def test_what_is_no_session_is_refused_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.hippo.json"
    path.write_bytes(content)
    with pytest.raises(SessionError) as refusal:
        load(path)
    assert str(refusal.value).startswith(str(path))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_or_far_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="No such file"):
        load(tmp_path / "none.hippo.json")
    with open(tmp_path / "long.hippo.json", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SessionError, match="no session is that long"):
        load(tmp_path / "long.hippo.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text("aé\0", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = [*Session.__dataclass_fields__, *SignalEntry.__dataclass_fields__, *View.__dataclass_fields__, "x"]


@given(
    st.dictionaries(st.sampled_from(NAMES), JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON)))
)
def test_any_json_is_a_session_that_comes_back_or_a_sentence(values: dict) -> None:
    try:
        session = from_text(json.dumps({**values, "format": FORMAT, "version": 1}), Path("/here"))
    except SessionError as error:
        sentence = str(error)
    else:
        sentence, again = ".", from_text(to_text(session, Path("/here")), Path("/here"))
        assert (again, again.view) == (session, session.view)
    assert sentence.endswith(".")


def test_what_is_looked_at_is_no_change_and_what_is_chosen_is(session: Session) -> None:
    assert session.replace(view=View()) == session
    assert session.replace(current=0).content == session.content
    assert session.replace(memory={}).content != session.content
    assert replace(session.signals[0], digest="x") == session.signals[0]


@pytest.mark.parametrize("data", ["words", "words/a.csv::x"])
def test_data_that_are_learned_move_with_the_session(tmp_path: Path, data: str) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    session = Session(train={"model": "s4", "data": str(old / data), "test": "task:digits"})
    save(session, old / "a.hippo.json")
    assert json.loads((old / "a.hippo.json").read_text())["train"]["data"] == data
    old.rename(new)
    loaded = load(new / "a.hippo.json")
    assert loaded.train == {"model": "s4", "data": str(new / data), "test": "task:digits"}
    assert Session.from_plain(session.to_plain()).train == session.train
    assert from_text(to_text(session, None), new).train == session.train, (
        "kept for itself, it names them whole"
    )
