"""The whole set-up as one line to paste: `hippo1:` and the compressed session in letters, digits, - and _.

Files are named without their folders: a line that is sent around tells nothing of the sender's disk. They are
recognised by their content where the line is pasted.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path

from hippo_studio.session.file import from_text, to_text, with_data, written_path
from hippo_studio.session.model import Session, SessionError

PREFIX = "hippo1:"
_ANY_PREFIX = re.compile(r"hippo(\d{1,9}):")
LONGEST = 1 << 20
"""Letters of a line beyond which it is not looked at."""
LARGEST = 1 << 23
"""Bytes that a line may unpack to."""


def is_shared(text: str) -> bool:
    """Whether a text claims to be such a line."""
    return _ANY_PREFIX.match(text.strip()) is not None


def to_line(session: Session) -> str:
    """The line of a session. SessionError if it is too long to be pasted."""
    compact = json.dumps(json.loads(to_text(_bare(session), Path())), separators=(",", ":"), sort_keys=True)
    packed = zlib.compress(compact.encode("utf-8"), 9)
    line = PREFIX + base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    if len(line) > LONGEST or len(compact) > LARGEST:
        raise SessionError("This set-up is too long for one line; save it as a session instead.")
    return line


def from_line(text: str) -> Session:
    """The session of a line; files have names alone. SessionError, one sentence, for anything else."""
    line = "".join(text.split())  # mail programs break lines
    version = _ANY_PREFIX.match(line)
    if version is None:
        raise SessionError(f"This is no set-up of the studio: such a line begins with {PREFIX}.")
    if version.group() != PREFIX:
        raise SessionError(f"This set-up is of a newer studio ({version.group()} …); update to use it.")
    if len(line) > LONGEST:
        raise SessionError(f"This line is too long for a set-up: it has {len(line):,} letters.")
    body = line.removeprefix(PREFIX)
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, LARGEST)
        whole = unpacking.eof
        text = content.decode("utf-8")
    except (binascii.Error, zlib.error, ValueError):
        raise SessionError("This line is damaged or incomplete; copy it again, whole.") from None
    if not whole:
        raise SessionError("This line is incomplete, or holds far more than a set-up; copy it again, whole.")
    try:
        session = from_text(text, Path())
    except SessionError as error:
        raise SessionError(f"This line is no set-up of the studio. {error}") from None
    return _bare(session)


def _bare(session: Session) -> Session:
    """The session without the folders of its files."""
    signals = tuple(replace(one, path=_name(one.path)) for one in session.signals)
    return session.replace(signals=signals, train=with_data(session.train, _name))


def _name(path: str) -> str:
    if not path or written_path(path, None) != path:  # a bundled sample is everywhere
        return path
    return Path(path).name
