"""The text of a table: its encoding, its first lines, and a line split into cells."""

from __future__ import annotations

import codecs
import csv
import re
from pathlib import Path

from hippo_studio.signals.readers.content import looks_like_utf16
from hippo_studio.signals.signal import SignalError

SAMPLE = 1 << 18  # bytes that decide how a table is written
LONGEST_LINE = 1 << 22  # bytes that one line may have
FALLBACK = "cp1252"  # the one-byte encoding of most old files, for text that is not UTF-8
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLANKS = re.compile(r"[ \t]+")
# What crashes, old editors and glued files leave in a text and means nothing; and the minus of typesetters.
_PLAIN = {"\0": None, "\x1a": None, "\ufeff": None, "\u2212": "-"}
UNCLEAN = tuple(character.encode() for character in _PLAIN)
_TO_PLAIN = str.maketrans(_PLAIN)


def sample_lines(path: Path, encoding: str | None) -> tuple[str, list[str]]:
    """Encoding, and the first lines without their ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        while len(head) < size and not re.search(rb"[\r\n]", head):
            if len(head) > LONGEST_LINE:
                raise SignalError(
                    f"{path.name} has no end of line in its first {LONGEST_LINE} bytes; no table does."
                )
            head += file.read(SAMPLE)
    encoding = encoding or find_encoding(head)
    try:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    except LookupError:
        raise ValueError(f"encoding is one that Python knows, such as 'utf-8'; got {encoding!r}.") from None
    lines = plain(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    complete = len(head) >= size
    if not complete or not lines[-1]:
        lines = lines[:-1] or lines
    return encoding, lines


def plain(text: str) -> str:
    """The text without characters that mean nothing."""
    return text.translate(_TO_PLAIN)


def find_encoding(head: bytes) -> str:
    """The encoding of text that begins with these bytes: by its mark, by its zeros, by being valid UTF-8."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if order := looks_like_utf16(head[:4096]):
        return order
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8"


def split_row(line: str, delimiter: str, quote: str) -> list[str]:
    """The stripped cells of one line."""
    if delimiter == " ":
        line = _BLANKS.sub(" ", line.strip())
    if quote not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        row = next(csv.reader([line], delimiter=delimiter, quotechar=quote, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return [cell.strip() for cell in line.split(delimiter)]
    return [cell.strip() for cell in row]
