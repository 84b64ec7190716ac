"""A first look at a table before it is opened: its raw lines, what was made of them, what is in doubt."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hippo_studio.signals.read_warnings import AssumedTime, BadCells, RaggedRows, ReadWarning
from hippo_studio.signals.readers.table import read_table
from hippo_studio.signals.readers.table_format import TableFormat
from hippo_studio.signals.readers.table_sniff import sniff
from hippo_studio.signals.readers.table_text import find_encoding, plain
from hippo_studio.signals.signal import Signal

LINES = 60  # raw lines that are shown
AROUND = 5  # lines that are shown before and after one that is looked for
ENOUGH = 1 << 20  # bytes of a file that are read for a preview
MANY = 0.1  # of the rows, from which on ragged ones or bad cells put the reading in doubt


@dataclass(frozen=True)
class TablePreview:
    """What a table would be, read with some options."""

    lines: tuple[str, ...]  # the first of the file as they stand there
    table: TableFormat | None  # every decision; None if no table was found
    signal: Signal | None  # of the beginning of the file; None if it gives none
    whole: bool  # whether that is all of it
    problem: str = ""  # why it cannot be read so, in a sentence

    def role(self, number: int) -> str:
        """What a line, from 1, is: preamble, header, units or data."""
        if self.table is None:
            return ""
        if number in (self.table.header_row, self.table.units_row):
            return "header" if number == self.table.header_row else "units"
        return "data" if number >= self.table.data_row else "preamble"

    @property
    def warnings(self) -> tuple[ReadWarning, ...]:
        """What there is to say of the part that was read."""
        return self.signal.warnings if self.signal is not None else ()


def preview(path: Path, **options: Any) -> TablePreview:
    """Read the beginning of a table with these options; what is wrong with them or it is the `problem`."""
    with path.open("rb") as file:
        head = file.read(ENOUGH + 1)
    whole = len(head) <= ENOUGH
    if not whole:
        head = head[: head.rfind(b"\n", 0, ENOUGH) + 1] or head[:ENOUGH]
    lines = _lines(head, options.get("encoding"))
    table = signal = None
    try:
        with tempfile.TemporaryDirectory(prefix="hippo-studio-") as folder:
            part = path if whole else Path(folder) / path.name
            if not whole:
                part.write_bytes(head)
            table = sniff(part, **options)
            signal = read_table(part, table, rate_given=options.get("sample_rate") is not None)
    except (ValueError, OSError) as error:
        return TablePreview(lines, table, None, whole, " ".join(str(error).split()))
    return TablePreview(lines, table, signal, whole)


def doubts(signal: Signal) -> tuple[str, ...]:
    """What a person should look at before trusting a table that was read without being asked."""
    found = []
    for warning in signal.warnings:
        few = warning.message.split(" ", 1)[0]
        many = few.isdigit() and int(few) > MANY * signal.length
        if isinstance(warning, AssumedTime) or (isinstance(warning, RaggedRows | BadCells) and many):
            found.append(str(warning))
    return tuple(found)


def kind_of_table(path: Path, table: TableFormat) -> str:
    """What files of one kind share: their ending and the names in their header; "" without a header."""
    if table.header_row is None:
        return ""
    return " ".join((path.suffix.lower() or "-", *(column.name for column in table.columns)))[:300]


def lines_around(path: Path, number: int, encoding: str | None = None) -> tuple[int, tuple[str, ...]]:
    """Some lines of a file around one, from 1, and the number of the first of them; none past its end."""
    with path.open("rb") as file:
        encoding = encoding or find_encoding(file.read(ENOUGH))
    first = max(number - AROUND, 1)
    with path.open(encoding=encoding, errors="replace") as text:
        return first, tuple(line.rstrip("\n")[:400] for line in islice(text, first - 1, number + AROUND))


def _lines(head: bytes, encoding: str | None) -> tuple[str, ...]:
    try:
        text = head.decode(encoding or find_encoding(head), "replace")
    except LookupError:
        text = head.decode("utf-8", "replace")
    return tuple(line[:400] for line in islice(plain(text).splitlines(), LINES))
