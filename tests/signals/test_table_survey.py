"""The fast look at a table's lines against the slow twin, which parses each line."""

import csv

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.signals.readers import table_survey
from hippo_studio.signals.readers.table_survey import RowShape, survey


def is_plain(line: bytes, shape: RowShape) -> bool:
    """Whether a strict parser reads this one line, without its end, as a row of the right width."""
    text = line.decode().removesuffix("\r")
    if not text or (shape.comment and text.startswith(shape.comment)) or line + b"\n" == shape.header:
        return False
    try:
        cells = next(csv.reader([text], delimiter=shape.delimiter, quotechar=shape.quote, strict=True))
    except csv.Error:
        return False
    written = shape.delimiter.join(
        f'"{cell.replace(chr(34), chr(34) * 2)}"' if quoted else cell
        for cell, quoted in zip(cells, quotings(text, shape), strict=False)
    )
    return len(cells) == shape.width and written == text


def quotings(text, shape):
    """Whether each cell begins with a quotation mark."""
    inside, begins = False, [text[:1] == shape.quote]
    for index, character in enumerate(text):
        if character == shape.quote:
            inside = not inside
        elif character == shape.delimiter and not inside:
            begins.append(text[index + 1 : index + 2] == shape.quote)
    return begins


lines = st.lists(st.text(st.sampled_from('1a,;"# '), max_size=12), max_size=30)


@given(
    lines=lines,
    width=st.integers(1, 4),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    block=st.sampled_from([7, 64, 1 << 20]),
    header=st.sampled_from([b"", b"1,1\n", b"a\n"]),
)
def test_odd_lines_are_those_that_a_parser_finds_odd(lines, width, end, final, block, header):
    shape = RowShape(width, ",", '"', "#", header)
    content = end.join(lines).encode() + (end.encode() if final and lines else b"")
    before, table_survey.BLOCK = table_survey.BLOCK, block
    try:
        seen = survey(np.frombuffer(content, np.uint8), shape)
    finally:
        table_survey.BLOCK = before
    split = content.split(b"\n")
    split = split[:-1] if split[-1] == b"" else split
    starts = np.cumsum([0] + [len(line) + 1 for line in split])[:-1]
    assert seen.starts.tolist() == starts.tolist()
    odd = set(seen.odd.tolist())
    for index, line in enumerate(split):
        if not is_plain(line, shape) and (line + b"\n" != shape.header or index < len(split) - 1 or final):
            assert index in odd, line
        # A line may be looked at once more in vain, but not one without marks, comment or blanks.
        if is_plain(line, shape) and b'"' not in line and b"#" not in line and line.strip():
            assert index not in odd, line


def test_a_delimiter_of_several_bytes_is_one_delimiter():
    content = "1§2\n3§4\n5\n".encode()
    seen = survey(np.frombuffer(content, np.uint8), RowShape(2, "§", '"', "", b""))
    assert seen.odd.tolist() == [2]


def test_doubled_marks_and_delimiters_within_quotes_are_plain():
    content = b'"a,b","say ""hi""",3\n"","",\n1,2,3\n'
    seen = survey(np.frombuffer(content, np.uint8), RowShape(3, ",", '"', "", b""))
    assert (seen.odd.tolist(), seen.quoted) == ([], True)
