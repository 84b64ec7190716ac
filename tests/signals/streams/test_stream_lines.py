"""Lines to rows: every form, cut anywhere, with garbage in between; and how a form is found out."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hippo_studio.signals.streams.lines import LONGEST_LINE, LineFormat, LineParser
from hippo_studio.signals.streams.sniffing import sniff

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 4))


def parsed(form, text):
    return LineParser(form).parse(text, last=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "   ", ", "])
def test_numbers_between_any_delimiter(delimiter):
    lines = [delimiter.join(f"{row}.{column}" for column in range(3)).encode() for row in range(10)]
    form = sniff(lines)
    assert (form.columns, form.time) == (3, None)
    found = parsed(form, b"\r\n".join(lines))
    assert np.array_equal(found.values[4], [4.0, 4.1, 4.2])
    assert (found.lines, found.garbled) == (10, 0)


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ([b"1,5;2,25;3"] * 5, [1.5, 2.25, 3.0]),
        ([b"1,5\t2,25"] * 5, [1.5, 2.25]),
        ([b"1,5;2,25"] * 5, [1.5, 2.25]),
        ([b"[1, -2.5e-3, 3]"] * 5, [1.0, -0.0025, 3.0]),
        ([b'{"a": 1, "acc": {"x": 2, "y": [3, 4]}, "word": "on"}'] * 5, [1.0, 2.0, 3.0, 4.0]),
        ([b"[[1, 2], [3]]"] * 5, [1.0, 2.0, 3.0]),
        ([b"7"] * 5, [7.0]),
        ([b"1,2,"] * 5, [1.0, 2.0]),
    ],
)
def test_forms_of_numbers(lines, row):
    form = sniff(lines)
    assert parsed(form, b"\n".join(lines)).values.tolist() == [row] * 5


@pytest.mark.parametrize("delimiter", [b";", b"\t"])
def test_a_first_line_of_decimal_commas_is_no_header(delimiter):
    lines = [delimiter.join((b"%d,5" % k, b"%d,25" % k)) for k in range(5)]
    form = sniff(lines)
    assert (form.names, form.columns) == ((), 2)
    assert parsed(form, b"\n".join(lines)).values[0].tolist() == [0.5, 0.25]
    form = sniff([delimiter.join((b"a,b", b"c")), *lines])
    assert form.names == ("a,b", "c")


def test_a_header_names_channels_and_units_whenever_it_comes():
    lines = [b"# speed (m/s), temp [C], flow", *[b"%d,2,3" % k for k in range(5)], b"4,,nan"]
    form = sniff(lines)
    assert form.channel_names == ("speed", "temp", "flow")
    assert form.channel_units == ("m/s", "C", "")
    found = parsed(form, b"\n".join([*lines, b"speed,temp,flow", b"5,6,7"]))
    assert found.garbled == 0
    assert len(found.values) == 7
    assert np.isnan(found.values[5]).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ([1_700_000_000 + k / 100 for k in range(20)], 1.0),
        ([1_700_000_000_000 + 10 * k for k in range(20)], 1e-3),
        ([1_700_000_000_000_000 + 10_000 * k for k in range(20)], 1e-6),
        ([1_700_000_000_000_000_000 + 10**7 * k for k in range(20)], 1e-9),
        ([5 + k / 100 for k in range(60)], 1.0),  # from here on the arrivals tell
        ([5000 + 10 * k for k in range(60)], 1e-3),
        ([5_000_000 + 10_000 * k for k in range(60)], 1e-6),
    ],
)
def test_a_time_is_recognised_and_its_unit(column, unit):
    lines = [f"{time},{math.sin(place)}".encode() for place, time in enumerate(column)]
    form = sniff(lines, [place / 100 for place in range(len(lines))])
    assert (form.time, form.time_unit) == (0, unit)
    assert np.diff(parsed(form, b"\n".join(lines)).times) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("column", [range(60), [math.sin(k) for k in range(60)], [3.0] * 60])
def test_a_count_or_a_value_is_no_time(column):
    lines = [f"{value},{place % 7}".encode() for place, value in enumerate(column)]
    assert sniff(lines, [place / 100 for place in range(60)]).time is None


def test_names_tell_times_that_nothing_else_would():
    objects = [json.dumps({"temp": 20, "t": 10 * k}).encode() for k in range(6)]
    assert (sniff(objects).time, sniff(objects).time_unit) == (1, 1e-3)
    table = [b"time_us,x", *[b"%d,1" % (k * 500) for k in range(6)]]
    assert (sniff(table).time, sniff(table).time_unit) == (0, 1e-6)


def test_iso_moments_are_times_with_and_without_a_zone():
    lines = [f"2026-11-24T21:00:{k:02}.5Z,{k}".encode() for k in range(8)]
    form = sniff(lines)
    found = parsed(form, b"\n".join(lines))
    assert (form.time, form.time_unit) == (0, 0.0)
    assert np.array_equal(np.diff(found.times), np.ones(7))
    objects = [json.dumps({"v": k, "timestamp": f"2026-11-24 21:00:{k:02}"}).encode() for k in range(8)]
    found = parsed(sniff(objects), b"\n".join(objects))
    assert found.times[3] - found.times[0] == 3.0
    assert found.values[:, 0].tolist() == list(range(8))


@given(
    st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=1, max_size=30),
    st.lists(st.integers(1, 40), max_size=40),
    st.sampled_from(["%s,%s", "%s;%s", "%s\t%s", "%s %s", "[%s, %s]", '{"a": %s, "b": %s}']),
)
def test_rows_do_not_depend_on_where_the_text_is_cut(rows, cuts, form):
    text = "".join(form % tuple(row) + "\n" for row in rows).encode()
    delimiter = {"%s;%s": ";", "%s\t%s": "\t", "%s %s": " "}.get(form, ",")
    keys = ("a", "b") if "{" in form else ()
    parser = LineParser(LineFormat("json" if keys else "numbers", 2, keys=keys, delimiter=delimiter))
    found, place = [], 0
    for cut in [*cuts, len(text)]:
        found += parser.parse(text[place : place + cut]).values.tolist()
        place += cut
    assert found == rows


@given(st.binary(max_size=300), st.sampled_from([1, 2, 3]), st.sampled_from([",", ";", " "]))
def test_whatever_comes_is_counted_and_gives_finite_rows_or_absent_values(text, columns, delimiter):
    form = LineFormat("numbers", columns, delimiter=delimiter)
    found = parsed(form, text)
    assert found.values.shape == (found.lines - found.garbled, columns)
    assert not np.isinf(found.values).any()
    twin = LineParser(form)._one_by_one(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    assert np.array_equal(found.values, twin[0], equal_nan=True)
    assert (found.lines, found.garbled, found.last_garbled) == twin[1:]


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"1,2", b'{"a":1}', b"[1]"])), max_size=30)
)
@example([b"["])
@example([b"1 2", b"3 4", b"["])
def test_sniffing_never_fails(lines):
    form = sniff(lines, [0.1 * place for place in range(len(lines))])
    if form is not None:
        assert form.channels >= 1
        assert parsed(form, b"\n".join(lines)).values.shape[1] == form.channels


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello",
        b"1,2,3",
        b"1",
        b"1.2.3,4",
        b"--1,2",
        b"1e,2",
        b"\xff\x00\x01,2",
        b"1,two",
        b"{",
        b",",
        b"nan,nan",
    ],
)
def test_a_garbled_line_is_counted_quoted_and_disturbs_no_other(garbage):
    form = LineFormat("numbers", 2)
    found = parsed(form, b"1,2\n" + garbage + b"\n3,4\n")
    assert found.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (found.lines, found.garbled) == (3, 1)
    assert found.last_garbled.isprintable()


def test_a_line_without_end_does_not_eat_the_memory():
    parser = LineParser(LineFormat("numbers", 1))
    found = [parser.parse(b"1" * (LONGEST_LINE // 4)) for _ in range(6)]
    assert sum(one.garbled for one in found) == 1
    assert len(parser._rest) <= LONGEST_LINE
    assert len(found[4].last_garbled) == 80


@pytest.mark.parametrize("form", [LineFormat("numbers", 2), LineFormat("numbers", 2, decimal_comma=True)])
def test_remarks_stand_before_the_first_row_and_are_garbage_behind_it(form):
    form = replace(form, delimiter=";", names=("t", "x"))
    parser = LineParser(form)
    head = parser.parse(b"% a logger\n# t;x\n")
    assert (head.lines, head.garbled) == (0, 0)
    body = parser.parse(b"# still the head\n1;2\n%%garbage\n3;4\n# t;x\n")
    assert (len(body.values), body.lines, body.garbled, body.last_garbled) == (2, 3, 1, "%%garbage")
    rest = parser.parse(b"%1;2\n5;6\n")
    assert (len(rest.values), rest.garbled, rest.last_garbled) == (1, 1, "%1;2")


def test_keys_of_objects_that_hold_no_numbers_are_named():
    form = sniff([b'{"x": %d, "y": "bad", "who": {"id": "a"}}' % k for k in range(6)])
    assert (form.keys, form.left_out) == (("x",), ("y", "who.id"))
    assert str(form) == "1 channel of JSON objects, without y, who.id (no numbers)"
    seldom = sniff([b'{"x": 1}'] * 5 + [b'{"x": 1, "temp": 20}'])
    assert (seldom.keys, seldom.left_out) == (("x",), ())
    mixed = sniff([b'{"x": 1, "y": 2}'] * 5 + [b'{"x": 1, "y": "bad"}'])
    assert mixed.left_out == ()
    assert LineParser(mixed).parse(b'{"x": 1, "y": "bad"}\n').garbled == 1
