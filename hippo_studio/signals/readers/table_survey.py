"""One fast look at every line of a table: where it begins, and whether it is a plain row.

Lines are examined by the million as arrays of bytes, so that only the few that are no plain rows (blank,
comment, repeated header, too short, too long, oddly quoted) cost Python a look each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 23  # bytes looked at together
NEWLINE, RETURN = 10, 13

Bytes = NDArray[np.uint8]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Survey:
    """What was seen; lines are counted from 0 here."""

    starts: NDArray[np.int64]  # byte at which each line begins
    odd: NDArray[np.int64]  # lines that are no plain rows
    quoted: bool  # whether plain rows among them have quoted cells


@dataclass(frozen=True)
class RowShape:
    """What makes a line a plain row."""

    width: int  # cells
    delimiter: str
    quote: str
    comment: str  # what comment lines begin with, "" if nothing
    header: bytes  # a line that is no row where it stands among the data, with its line end


def survey(data: Bytes, shape: RowShape) -> Survey:
    """Look at every line of a file's bytes, block by block."""
    starts, odd, quoted = [np.empty(0, np.int64)], [np.empty(0, np.int64)], False
    begin = lines = 0
    while begin < len(data):
        block, ends = _whole_lines(data, begin)
        line_starts = np.concatenate(([0], ends[:-1] + 1))
        strange, has_quotes = _strange(block, line_starts, ends, shape)
        starts.append(line_starts + begin)
        odd.append(np.flatnonzero(strange) + lines)
        quoted |= has_quotes
        lines += len(line_starts)
        begin += len(block)
    return Survey(np.concatenate(starts), np.concatenate(odd), quoted)


def _whole_lines(data: Bytes, begin: int) -> tuple[Bytes, Positions]:
    """Some megabytes of whole lines from `begin` on, and where each of them ends."""
    stop = begin
    while True:
        stop += BLOCK
        block = np.asarray(data[begin:stop])
        ends = np.flatnonzero(block == NEWLINE)
        if len(ends) or stop >= len(data):
            break
    if stop >= len(data) and (len(ends) == 0 or ends[-1] != len(block) - 1):
        ends = np.append(ends, len(block))  # the last line need not end
    return block[: ends[-1] + 1], ends


def _strange(
    block: Bytes, starts: Positions, ends: Positions, shape: RowShape
) -> tuple[NDArray[np.bool_], bool]:
    """Which lines are no plain rows, and whether any others have quoted cells."""
    delimiters = _places(block, shape.delimiter)
    quotes = np.flatnonzero(block == ord(shape.quote))
    if len(quotes):
        delimiters, badly_quoted = _outside_quotes(block, ends, delimiters, quotes, shape)
    cells = 1 + np.diff(np.searchsorted(delimiters, ends), prepend=0)
    strange = cells != shape.width
    if len(quotes):
        strange |= badly_quoted
    firsts = block[np.minimum(starts, len(block) - 1)]
    strange |= (ends == starts) | ((ends == starts + 1) & (firsts == RETURN))
    if shape.header:
        alike = np.flatnonzero(np.diff(np.append(starts, len(block))) == len(shape.header))
        same = [block[s : s + len(shape.header)].tobytes() == shape.header for s in starts[alike].tolist()]
        strange[alike[same]] = True
    if shape.comment:
        strange |= firsts == shape.comment.encode()[0]
    return strange, len(quotes) > 0


def _places(block: Bytes, character: str) -> Positions:
    """Where a character stands, by its last byte in UTF-8."""
    code = character.encode()
    found = np.flatnonzero(block[: len(block) - len(code) + 1] == code[0])
    for offset, byte in enumerate(code[1:], start=1):
        found = found[block[found + offset] == byte]
    return found + (len(code) - 1)


def _outside_quotes(
    block: Bytes, ends: Positions, delimiters: Positions, quotes: Positions, shape: RowShape
) -> tuple[Positions, NDArray[np.bool_]]:
    """The delimiters outside quoted cells, and which lines have quotation marks that are out of place.

    In a well quoted line the marks open and close in turn; what opens stands at the beginning of a cell, what
    closes at its end, and a mark within a cell is doubled (it closes and opens again at once).
    """
    line = np.searchsorted(ends, quotes)
    first = np.searchsorted(quotes, np.concatenate(([0], ends[:-1] + 1)))
    opens = (np.arange(len(quotes)) - first[line]) % 2 == 0
    delimiter = shape.delimiter.encode()
    before = np.where(quotes > 0, block[quotes - 1], NEWLINE)
    after = block[np.minimum(quotes + 1, len(block) - 1)]
    after = np.where(quotes + 1 < len(block), after, NEWLINE)
    mark = ord(shape.quote)
    fits_before = np.isin(before, (delimiter[-1], NEWLINE, mark))
    fits_after = np.isin(after, (delimiter[0], NEWLINE, RETURN, mark))
    counts = np.bincount(line, minlength=len(ends))
    misplaced = np.bincount(line[~np.where(opens, fits_before, fits_after)], minlength=len(ends))
    bad: NDArray[np.bool_] = (counts % 2 == 1) | (misplaced > 0)
    before_delimiter = np.searchsorted(quotes, delimiters) - first[np.searchsorted(ends, delimiters)]
    return delimiters[before_delimiter % 2 == 0], bad
