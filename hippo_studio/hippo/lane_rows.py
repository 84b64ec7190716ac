"""Out of lanes, into rows, eight numbers of four rows at a time and not one by one.

Not past the caches: rows are so far apart that this is a third slower.
"""

from __future__ import annotations

from typing import Any

from hippo_studio.hippo.compiled import VectorCode

LANES_AT_ONCE, NUMBERS_AT_ONCE = 4, 8


def _write(lanes: Any) -> None:
    """Eight vectors of four lanes, `line` apart, to four rows of eight numbers, `apart` apart."""
    build = lanes.builder
    source, target = lanes.array(0), lanes.array(3)
    first, line, place, apart = (lanes.values[i] for i in (1, 2, 4, 5))
    vectors = [
        lanes.load(source, build.add(first, build.mul(line, lanes.whole(k)))) for k in range(NUMBERS_AT_ONCE)
    ]
    squares = [_turned(lanes, vectors[k : k + LANES_AT_ONCE]) for k in (0, LANES_AT_ONCE)]
    for i in range(LANES_AT_ONCE):
        row = lanes.shuffled(squares[0][i], squares[1][i], list(range(NUMBERS_AT_ONCE)))
        to = build.add(place, build.mul(apart, lanes.whole(i)))
        lanes.store_rounded(row, target, to, past_caches=False)


def _turned(lanes: Any, rows: list[Any]) -> list[Any]:
    """A square of four by four on its side."""
    low = [lanes.shuffled(rows[k], rows[k + 1], [0, 4, 2, 6]) for k in (0, 2)]
    high = [lanes.shuffled(rows[k], rows[k + 1], [1, 5, 3, 7]) for k in (0, 2)]
    return [lanes.shuffled(*pair, choice) for choice in ([0, 1, 4, 5], [2, 3, 6, 7]) for pair in (low, high)]


_ARGUMENTS = {
    **{"source": None, "first": "intp", "line": "intp"},
    **{"target": None, "place": "intp", "apart": "intp"},
}
write_rows = VectorCode(_ARGUMENTS, _write, LANES_AT_ONCE)
