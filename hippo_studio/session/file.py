"""The session file: one readable JSON, `name.hippo.json`, with paths beside it as seen from its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from hippo_studio.session.fingerprint import fingerprint
from hippo_studio.session.model import VERSION, Plain, Session, SessionError, SignalEntry
from hippo_studio.signals import bundled_samples

SUFFIX = ".hippo.json"
FORMAT = "hippo-studio session"
LARGEST = 1 << 26
"""Bytes beyond which a file is no session."""
_SAMPLE = "sample:"
_TASK = "task:"
_FRAME = ("format", "version")


def is_session(path: Path) -> bool:
    """Whether a file is one of ours, by its name."""
    return path.name.lower().endswith(SUFFIX)


def with_suffix(path: Path) -> Path:
    """The path of a session file, whatever of the ending was typed."""
    if is_session(path):
        return path
    return path.with_name(path.name.removesuffix(".json").removesuffix(".hippo") + SUFFIX)


def save(session: Session, path: Path) -> None:
    """Write a session, whole or not at all. ExportError, one sentence, if the disk does not take it."""
    from hippo_studio.export.atomic import atomic_text

    atomic_text(path, to_text(with_fingerprints(session), path.absolute().parent))


def load(path: Path) -> Session:
    """Read a session file, with absolute paths. SessionError, one sentence, if it is none."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise SessionError(f"{path} is no session: it has {size:,} bytes, and no session is that long.")
        content = path.read_bytes()
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SessionError(f"{path} is damaged at line {line}: it is no text there.") from None
    try:
        return from_text(text, path.absolute().parent)
    except SessionError as error:
        raise SessionError(f"{path}: {error}") from None


def to_text(session: Session, folder: Path | None) -> str:
    """A session as JSON; paths as seen from a folder, or absolute for None."""
    plain = session.to_plain()
    for entry in plain["signals"]:
        if "path" in entry:
            entry["path"] = written_path(entry["path"], folder)
    plain["train"] = with_data(session.train, lambda source: _written_data(source, folder))
    head = {"format": FORMAT, "version": VERSION}
    text = json.dumps({**head, **plain}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # a file name that is no Unicode
        text = json.dumps({**head, **plain}, indent=1, allow_nan=False) + "\n"
    return text


def from_text(text: str, folder: Path) -> Session:
    """The session that JSON describes, its paths as seen from a folder. SessionError, one sentence."""
    try:
        values = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise SessionError(
            f"It is damaged at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except RecursionError:
        raise SessionError("It is damaged: its brackets are nested without end.") from None
    except ValueError as error:  # a number of thousands of digits
        raise SessionError(f"It is damaged: {error}.") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise SessionError(f'This is no session: it does not begin with "format": "{FORMAT}".')
    version = values.get("version")
    if type(version) is not int or version < 1:
        raise SessionError(f"The version of its format is {version!r}, where a whole number is expected.")
    if version > VERSION:
        raise SessionError(
            f"It was saved by a newer studio (format {version}; this one reads up to {VERSION}); "
            "update to open it."
        )
    session = Session.from_plain({name: value for name, value in values.items() if name not in _FRAME})
    return session.replace(
        signals=tuple(_placed(entry, folder) for entry in session.signals),
        train=with_data(session.train, lambda source: read_path(source, folder)),
    )


def with_data(train: Plain, placed: Callable[[str], str]) -> dict[str, Any]:
    """The choices of a training with the paths of its data told otherwise; what is made has none."""
    named = {name: train[name] for name in ("data", "test") if _is_path(train.get(name))}
    return {**train, **{name: placed(source) for name, source in named.items()}}


def _is_path(source: object) -> TypeGuard[str]:
    if not isinstance(source, str) or not source or source.startswith(_TASK):
        return False
    try:
        return b"\0" not in os.fsencode(source)
    except UnicodeEncodeError:
        return False


def with_fingerprints(session: Session) -> Session:
    """The session with size and digest of each file, by which it is found when it was moved; reads them."""
    return session.replace(signals=tuple(_known(entry) for entry in session.signals))


def written_path(path: str, folder: Path | None) -> str:
    """How a path is written down: a bundled sample by its name, others as seen from a folder."""
    real = os.path.realpath(path)
    if sample := next((one for one in bundled_samples() if os.path.realpath(one.path) == real), None):
        return _SAMPLE + sample.path.name
    if folder is None:
        return path
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(path).as_posix()


def read_path(path: str, folder: Path) -> str:
    """The absolute path that was written down."""
    if path.startswith(_SAMPLE):
        name = path.removeprefix(_SAMPLE)
        return next((str(one.path) for one in bundled_samples() if one.path.name == name), path)
    return os.path.normpath(folder / path)


def _written_data(source: str, folder: Path | None) -> str:
    """How the data of a training are written down: as signals are; they may have been typed from anywhere."""
    return written_path(os.path.abspath(os.path.expanduser(source)), folder)


def _placed(entry: SignalEntry, folder: Path) -> SignalEntry:
    return replace(entry, path=read_path(entry.path, folder)) if entry.path else entry


def _known(entry: SignalEntry) -> SignalEntry:
    if not entry.path:
        return entry
    try:
        size, digest = fingerprint(Path(entry.path))
    except OSError:
        return entry
    return replace(entry, size=size, digest=digest)


def _refuse(constant: str) -> NoReturn:
    raise SessionError(f"It says {constant}, which is no number.")
