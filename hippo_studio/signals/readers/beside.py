"""What the name of a text file, and what lies beside it, say of its format beyond its first bytes."""

from __future__ import annotations

import re
from pathlib import Path

TELLING = 12  # numbers in a row from which on a headless .tsv is taken for one series per row
ANNOTATIONS = ("atr", "qrs", "ecg", "ann", "apn", "st", "man", "ari", "pwave")
"""Endings of files with annotations; the first that lies beside a record is read."""
_RECORD = re.compile(r"[^\s/]+(?:/\d+)?\s+\d+(?:\s+[\d.]+(?:/\S+)?(?:\s+\d+(?:\s.*)?)?)?\s*")
_SIGNAL = re.compile(r"\S*[A-Za-z~_]\S*\s+\d{1,3}(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:\s.*)?")
_SEGMENT = re.compile(r"\S+\s+\d+\s*")
_KEYWORD = re.compile(
    r"^\s*@(?:relation|problemname|timestamps|missing|univariate|dimensions?|equallength|serieslength|"
    r"classlabel|targetlabel|data)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PART = re.compile(r".+_(?:TRAIN|TEST)\.(?:tsv|txt)", re.IGNORECASE)


def is_wfdb_header(head: bytes) -> bool:
    """Whether a text is the header of a record."""
    lines = [line.strip() for line in head.decode("latin-1").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return len(lines) > 1 and bool(_RECORD.fullmatch(lines[0])) and bool(_SIGNAL.fullmatch(lines[1]))


def belongs_to_wfdb_record(path: Path, _head: bytes) -> bool:
    """Whether a header lies beside a file, or this is one by its name."""
    if path.suffix.lower() not in (".hea", ".dat", *(f".{name}" for name in ANNOTATIONS)):
        return False
    header = path.with_suffix(".hea")
    try:
        with header.open("rb") as file:
            first = file.read(4096)
    except OSError:
        return False
    lines = [line.strip() for line in first.decode("latin-1").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    segments = len(lines) > 1 and "/" in lines[0].split()[0] and bool(_SEGMENT.fullmatch(lines[1]))
    return is_wfdb_header(first) or (segments and bool(_RECORD.fullmatch(lines[0])))


def is_archive(path: Path, head: bytes) -> bool:
    """Whether a text file holds one series per line, in one of the three formats."""
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    if b"\0" in head:
        return False
    first = next((line for line in text.splitlines() if line.strip() and line[0] not in "#%"), "")
    if _KEYWORD.match(first):
        return True
    if path.suffix.lower() in (".ts", ".arff"):  # whose comments may be longer than what was looked at
        return not first or first.lstrip().startswith("@")
    if path.suffix.lower() not in (".tsv", ".txt"):
        return False
    cells = [cell for cell in re.split(r"[\t, ]+", first.strip()) if cell]
    if len(text) < len(head.rstrip()) or not _all_numbers(cells):
        return False
    named = _PART.fullmatch(path.name) is not None and len(cells) > 2
    return named or (path.suffix.lower() == ".tsv" and len(cells) > TELLING and _is_whole(cells[0]))


def _all_numbers(cells: list[str]) -> bool:
    try:
        return bool([float(cell) for cell in cells])
    except ValueError:
        return False


def _is_whole(cell: str) -> bool:
    return float(cell).is_integer()
