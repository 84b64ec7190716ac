"""A table made regular, so that a strict parser reads each row as one row of the same columns.

A file that is regular UTF-8 already is used where it lies. Any other is copied once or twice into a temporary
folder: first as plain UTF-8 with one kind of line end and one delimiter between cells, then with every row as
wide as the header. Which line of the file each row came from is kept, for the warnings.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.read_warnings import AssumedEncoding, RaggedRows, ReadWarning, TruncatedFile
from hippo_studio.signals.readers.table_format import TableFormat
from hippo_studio.signals.readers.table_survey import BLOCK, RowShape, survey
from hippo_studio.signals.readers.table_text import FALLBACK, UNCLEAN, plain, split_row

MOST_JOINED = 50  # lines that one quoted cell may span


@dataclass(frozen=True)
class RegularTable:
    """A file in which every line from `skip` on is a row with the same number of cells."""

    path: Path
    skip: int  # lines above the first row
    rows: int
    delimiter: str
    quote: str  # "" if no cell is quoted
    line_numbers: NDArray[np.int64] | None  # of each row in the original file; None: skip + 1, skip + 2, …
    warnings: tuple[ReadWarning, ...]

    def line(self, row: int) -> int:
        """The line, from 1, that a row (from 0) has in the file that was opened."""
        return self.skip + 1 + row if self.line_numbers is None else int(self.line_numbers[row])


@contextmanager
def regular_table(path: Path, table: TableFormat) -> Iterator[RegularTable]:
    """The table as a regular file, for as long as it is being read."""
    with tempfile.TemporaryDirectory(prefix="hippo-studio-") as folder:
        yield _regular(path, table, Path(folder))


def _regular(path: Path, table: TableFormat, folder: Path) -> RegularTable:
    problems: list[ReadWarning] = []
    delimiter = table.delimiter
    encoding, bad_line = _true_encoding(path, table.encoding)
    if encoding == FALLBACK:
        problems.append(
            AssumedEncoding(
                "The text is not UTF-8; it was read as Windows-1252, so letters outside ASCII may be wrong.",
                bad_line,
            )
        )
    if encoding != "utf-8" or delimiter == " " or _needs_cleaning(path):
        delimiter = "\t" if delimiter == " " else delimiter
        path = _clean_copy(path, encoding, table.delimiter == " ", folder / "clean.csv")
    return _even_rows(path, table, delimiter, folder / "even.csv", problems)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _true_encoding(path: Path, encoding: str) -> tuple[str, int | None]:
    """The encoding that fits the whole file, and the first line that is not UTF-8 if there is one."""
    if encoding not in ("utf-8", FALLBACK):
        return encoding, None
    decoder, lines = codecs.getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as file:
        for block in _blocks(file):
            try:
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
            except UnicodeDecodeError as error:
                return FALLBACK, lines + block[: max(error.start, 0)].count(b"\n")
            lines += block.count(b"\n")
    return encoding, None


def _needs_cleaning(path: Path) -> bool:
    """Whether the text has characters that mean nothing, or line ends that are not all of one usual kind."""
    ends = returns = pairs = 0
    last = b""
    with path.open("rb") as file:
        for block in _blocks(file):
            joined = last[-2:] + block
            if any(mark in joined for mark in UNCLEAN):
                return True
            ends += block.count(b"\n")
            returns += block.count(b"\r")
            pairs += block.count(b"\r\n") + (last[-1:] == b"\r" and block.startswith(b"\n"))
            last = block
    return not (returns == 0 or returns == pairs == ends)


def _clean_copy(path: Path, encoding: str, blanks: bool, target: Path) -> Path:
    r"""The text as UTF-8 with "\\n" line ends; with `blanks`, runs of blanks become one tab."""
    decode = codecs.getincrementaldecoder(encoding)("replace").decode
    unify = io.IncrementalNewlineDecoder(None, translate=True).decode
    rest = ""
    with path.open("rb") as source, target.open("wb") as copy:
        for block in _blocks(source):
            text = rest + unify(plain(decode(block)))
            cut = text.rfind("\n") + 1
            rest, text = text[cut:], text[:cut]
            copy.write(_tabbed(text, blanks).encode("utf-8"))
        text = rest + unify(plain(decode(b"", True)), True)
        copy.write(_tabbed(text, blanks).encode("utf-8"))
    return target


def _tabbed(text: str, blanks: bool) -> str:
    if not blanks:
        return text
    text = re.sub(r"^[ \t]+|[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"[ \t]+", "\t", text)


def _even_rows(
    path: Path, table: TableFormat, delimiter: str, target: Path, problems: list[ReadWarning]
) -> RegularTable:
    """The table with every row as wide as its columns; copied only if some are not."""
    width, skip = len(table.columns), table.data_row - 1
    data = np.memmap(path, np.uint8, "r")
    header = _header_line(path, table)
    seen = survey(data, RowShape(width, delimiter, table.quote, table.comment, header))
    starts, odd = seen.starts[skip:], seen.odd[seen.odd >= skip] - skip
    rows = len(starts)
    # Quoted lines are skipped wrongly by DuckDB where they are no rows, as in a preamble.
    if len(odd) == 0 and not (seen.quoted and np.any(seen.odd < skip)):
        quote = table.quote if seen.quoted else ""
        return RegularTable(path, skip, rows, delimiter, quote, None, tuple(problems))
    ends = np.append(seen.starts, len(data))[skip + 1 :]
    repeated = split_row(header.decode("utf-8", "replace"), delimiter, table.quote)
    ragged: list[tuple[int, int]] = []
    lines = np.ones(rows, np.bool_)
    cut_off = None
    at = int(starts[0]) if rows else len(data)
    quote = table.quote
    with target.open("wb") as copy:
        position = 0
        while position < len(odd):
            line = int(odd[position])
            copy.write(data[at : starts[line]].data)
            text, last = _whole_cell(data, starts, ends, line, delimiter, quote)
            at = int(ends[last])
            lines[line + 1 : last + 1] = False
            position = int(np.searchsorted(odd, last, side="right"))
            cells = split_row(text, delimiter, quote)
            blank = not text.strip() or (table.comment and text.lstrip().startswith(table.comment))
            unfinished = last == rows - 1 and not text.endswith("\n") and len(cells) < width
            if blank or cells == repeated or unfinished:
                lines[line] = False
                cut_off = skip + 1 + line if unfinished and not blank else cut_off
                continue
            if len(cells) < width or any(cells[width:]):
                ragged.append((line, len(cells)))
            cells = (cells + [""] * width)[:width]
            copy.write(_joined(cells, delimiter, quote))
        copy.write(data[at:].data)
    del data
    if ragged:
        line, found = ragged[0]
        problems.append(
            RaggedRows(
                f"{_uneven(len(ragged), found, width)}; absent cells count as missing values, "
                "extra ones were left aside.",
                skip + 1 + line,
            )
        )
    if cut_off is not None:
        problems.append(TruncatedFile("The last row breaks off in the middle; it was left out.", cut_off))
    kept = np.flatnonzero(lines)
    return RegularTable(target, 0, len(kept), delimiter, quote, kept + (skip + 1), tuple(problems))


def _header_line(path: Path, table: TableFormat) -> bytes:
    """The bytes of the header, which some loggers repeat within the data; none if there is no header."""
    if table.header_row is None:
        return b""
    with path.open("rb") as file:
        return next(islice(file, table.header_row - 1, None), b"").removeprefix(codecs.BOM_UTF8)


def _whole_cell(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    line: int,
    delimiter: str,
    quote: str,
) -> tuple[str, int]:
    """A line's text, with those that a quoted cell in it goes on to; and the index of the last."""

    def text_to(last: int) -> str:
        return data[starts[line] : ends[last]].tobytes().decode("utf-8", "replace")

    text, last = text_to(line), line
    while _is_open(text, delimiter, quote) and last + 1 < len(starts) and last - line < MOST_JOINED:
        last += 1
        text = text_to(last)
    if _is_open(text, delimiter, quote):  # never closed, so it was no quotation
        text, last = text_to(line), line
    if last > line:
        text = " ".join(text.splitlines()) + "\n"
    return text, last


def _is_open(text: str, delimiter: str, quote: str) -> bool:
    """Whether a cell begins with a quotation mark and is not closed; marks within a cell are text."""
    if quote not in text:
        return False
    begin, mark = rf"(?:^|{re.escape(delimiter)})[ ]*", re.escape(quote)
    closed = rf"({begin}){mark}(?:[^{mark}]|{mark}{mark})*{mark}(?=\s*(?:{re.escape(delimiter)}|$))"
    return re.search(begin + mark, re.sub(closed, r"\1", text)) is not None


def _joined(cells: list[str], delimiter: str, quote: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quotechar=quote, lineterminator="\n")
    writer.writerow(cells)
    return text.getvalue().encode("utf-8")


def _uneven(rows: int, found: int, width: int) -> str:
    """Say how many rows have other cells than `width`, the first of them `found`."""
    cells = "1 cell" if found == 1 else f"{found} cells"
    if rows == 1:
        return f"1 row has {cells} where the others have {width}"
    return f"{rows} rows have more or fewer cells than the {width} of the others (here {cells})"
