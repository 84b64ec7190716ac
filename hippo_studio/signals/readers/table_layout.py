"""Lines split into cells, by the delimiter that makes the most regular table of the most numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hippo_studio.signals.readers import cells as cell
from hippo_studio.signals.readers.table_preamble import below_header, named_separator
from hippo_studio.signals.readers.table_text import split_row
from hippo_studio.signals.signal import SignalError

DELIMITERS = ("\t", ";", ",", "|", " ")
COMMENTS = ("#", "%", "//")
LOOKED_AT = 400  # lines of data that decide
MOST_COLUMNS = 4096
_RULE = re.compile(r"[-+|:= ]+")  # between header and data, as in wikis and terminals
_DIGITS = re.compile(r"[+-]?\d+", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """Lines split into cells: neither blank nor comment, with the line numbers they came from."""

    delimiter: str
    quote: str
    comment: str
    rows: list[list[str]]
    lines: list[int]
    width: int  # cells of most rows


def find_layout(
    path: Path, lines: Sequence[str], delimiter: str | None, header_row: int | str | None
) -> Layout:
    """Split the lines by the delimiter that makes the best table of them."""
    comment = next((mark for mark in COMMENTS if any(line.lstrip().startswith(mark) for line in lines)), "")
    kept = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
        and not (comment and line.lstrip().startswith(comment) and number != header_row)
        and not (_RULE.fullmatch(line) and "--" in line)
    ]
    if not kept:
        raise SignalError(f"{path.name} holds no table: its lines are blank or comments.")
    if match := re.fullmatch(r'"?sep=(.)"?', kept[0][1].strip()):  # Excel's own way to name the delimiter
        delimiter = delimiter or match.group(1)
        kept = kept[1:] or kept
    delimiter = delimiter or named_separator(line for _, line in kept)
    kept = below_header(kept)
    quote = "'" if _is_quoted_by(kept, "'") and not any('"' in line for _, line in kept) else '"'
    best: tuple[float, Layout] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        rows = [split_row(line, candidate, quote) for _, line in kept]
        tail = rows[len(rows) // 4 :] if len(rows) > 8 else rows
        width = _usual_width(tail)
        layout = Layout(candidate, quote, comment, rows, [number for number, _ in kept], width)
        score = _score(tail, width, candidate)
        if best is None or score > best[0] + 1e-9:
            best = score, layout
    assert best is not None
    if best[1].width > MOST_COLUMNS:
        raise SignalError(
            f"{path.name} has {best[1].width} columns, and at most {MOST_COLUMNS} are read; if its rows are "
            "the channels, transpose it first."
        )
    return best[1]


def _is_quoted_by(kept: Sequence[tuple[int, str]], quote: str) -> bool:
    pattern = re.compile(rf"(?:^|[,;\t| ]){quote}[^{quote}]*{quote}(?:$|[,;\t| ])")
    return sum(pattern.search(line.strip()) is not None for _, line in kept) > len(kept) / 2


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    counts = Counter(len(row) for row in rows)
    most = max(counts.values())
    return max(width for width, count in counts.items() if count >= 0.9 * most)


def _score(rows: Sequence[Sequence[str]], width: int, delimiter: str) -> float:
    """How good a table this is: the share of regular rows times the share of cells that say something."""
    regular = [row for row in rows if len(row) == width]
    values = [value for row in regular[:LOOKED_AT] for value in row]
    filled = [value for value in values if not cell.is_missing(value)]
    telling = sum(
        cell.is_number(value, ".")
        or cell.is_number(value, ",")
        or cell.is_hexadecimal(value)
        or cell.is_datetime(value)
        or cell.is_clock(value)
        or cell.is_grouped(value)
        or cell.has_unit(value)
        or cell.is_labelled(value)
        for value in filled
    )
    share = telling / len(filled) if filled else 0.0
    if delimiter == "," and width == 2 and filled and all(map(_DIGITS.fullmatch, filled)):
        # 0,05 and 1,50 under one another: a comma within numbers, not between them.
        share *= 0.1 if any(row[1][:1] == "0" and len(row[1]) > 1 for row in regular) else 1.0
    return len(regular) / len(rows) * (0.02 + share**2) * (1.0 if width > 1 else 0.5)
