"""Tables as people's programs write them; each test is one way in which such files surprise."""

import numpy as np
import pytest

from hippo_studio.signals import SignalError, read, sniff

ROWS = 60
VALUES = np.random.default_rng(0).standard_normal((ROWS, 2)).round(3)
NOON = 1715688000.0  # 2024-05-14 12:00:00 UTC


def rows(template, end="\n", decimal="."):
    """One line per row: {i} is its number, {s} i/100 seconds, {x} and {y} its values."""
    lines = []
    for i, (x, y) in enumerate(VALUES.tolist()):
        line = template.format(i=i, s=f"{i / 100:.2f}", x=x, y=y, ss=f"{i:02d}")
        lines.append(line.replace(".", decimal) if decimal != "." else line)
    return end.join(lines) + end


@pytest.fixture
def table(tmp_path):
    def write(text, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def kinds(signal):
    return [warning.kind for warning in signal.warnings]


def check(signal, channels=2, rate=100.0, start=None, names=("x", "y"), units=None):
    """The values of all rows, with nothing to remark."""
    assert kinds(signal) == []
    assert signal.samples.shape == (channels, ROWS)
    np.testing.assert_allclose(signal.samples, VALUES.T[:channels], atol=1e-12)
    assert signal.sample_rate == pytest.approx(rate, rel=1e-9)
    assert signal.start == (None if start is None else pytest.approx(start, abs=1e-6))
    assert signal.channel_names == names[:channels]
    if units is not None:
        assert signal.units == units


@pytest.mark.parametrize(
    ("header", "row", "decimal"),
    [
        ("time,x,y", "{s},{x},{y}", "."),
        ("time;x;y", "{s};{x};{y}", "."),
        ("Zeit;x;y", "{s};{x};{y}", ","),
        ("time\tx\ty", "{s}\t{x}\t{y}", "."),
        ("time\tx\ty", "{s}\t{x}\t{y}", ","),
        ("time|x|y", "{s}|{x}|{y}", "."),
        ("  time    x     y", "  {s}   {x}   {y} ", "."),
        ("time x y", "{s} {x} {y}", ","),
        ("time, x, y", "{s}, {x}, {y}", "."),
        ('"time","x","y"', '"{s}","{x}","{y}"', "."),
        ('"time","x","y"', '"{s}","{x}","{y}"', ","),
        ("'time';'x';'y'", "'{s}';'{x}';'{y}'", "."),
        ("time,x,y,", "{s},{x},{y},", "."),
        ("time,x,y", "{s},{x},{y},", "."),
        ("sep=;\ntime;x;y", "{s};{x};{y}", "."),
        ("# time, x, y", "{s},{x},{y}", "."),
        ("# by a logger\n% version 2\ntime,x,y", "{s},{x},{y}", "."),
        ("Logger 3000; v2\nName: Ada, L.\n\n\ntime,x,y", "{s},{x},{y}", "."),
        ("time,x,y\n\n", "{s},{x},{y}", "."),
    ],
)
def test_delimiters_decimals_quotes_and_preambles(table, header, row, decimal):
    path = table(header + "\n" + rows(row, decimal=decimal))
    check(read(path))
    found = sniff(path)
    assert found.decimal == ("," if decimal == "," else ".")
    assert found.time is not None
    assert found.preview[0][found.time.columns[0]] in ("0.00", "0,00")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_three_systems(table, end):
    check(read(table("time,x,y" + end + rows("{s},{x},{y}", end))))


def test_line_ends_may_be_mixed(table):
    check(read(table("time,x,y\r\n" + rows("{s},{x},{y}", "\n").replace("\n", "\r\n", 7))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["time,x [µV],y [°C]\n", ""])
def test_unicode_encodings_with_and_without_mark(table, encoding, header):
    signal = read(table(header + rows("{s},{x},{y}"), encoding=encoding))
    if header:
        check(signal, units=("µV", "°C"))
    else:
        check(signal, names=("column 2", "column 3"))


def test_latin_1_is_read_with_a_warning_at_its_line(table):
    signal = read(table("time,x [µV],y\n" + rows("{s},{x},{y}"), encoding="latin-1"))
    assert signal.units == ("µV", "")
    assert [(w.kind, w.line) for w in signal.warnings] == [("assumed-encoding", 1)]


def test_a_foreign_letter_deep_in_the_file_is_found_too(table):
    text = "t,x,note\n" + "".join(f"{i / 100:.2f},{i % 7},quite long a note\n" for i in range(20_000))
    signal = read(table(text.encode() + b"200.00,1,\xb5\n"))
    assert signal.samples.shape == (1, 20_001)
    assert [(w.kind, w.line) for w in signal.warnings if w.kind == "assumed-encoding"] == [
        ("assumed-encoding", 20_002)
    ]


@pytest.mark.parametrize(
    ("header", "names", "units"),
    [
        ("time [s],acc_x [m/s²],ecg (mV)", ("acc_x", "ecg"), ("m/s²", "mV")),
        ("time/s,I/mA,U/V", ("I", "U"), ("mA", "V")),
        ("time,x,y\ns,mV,m/s^2", ("x", "y"), ("mV", "m/s^2")),
        ("time,x,y\n[s],[mV],[g]", ("x", "y"), ("mV", "g")),
        ("time,x {mV},y <g>", ("x", "y"), ("mV", "g")),
    ],
)
def test_units_in_the_header_or_in_a_row_below(table, header, names, units):
    check(read(table(header + "\n" + rows("{s},{x},{y}"))), names=names, units=units)


@pytest.mark.parametrize(
    ("header", "template", "rate", "start"),
    [
        ("time", "2024-05-14T12:00:{ss}", 1, NOON),
        ("time", "2024-05-14 12:00:{ss}.000", 1, NOON),
        ("time", "2024-05-14T12:00:{ss}Z", 1, NOON),
        ("time", "2024-05-14 12:00:{ss} UTC", 1, NOON),
        ("time", "2024-05-14T12:00:{ss}+02:00", 1, NOON - 7200),
        ("time", "2024-05-14T12:00:{ss}.123456789", 1, NOON + 0.123456789),
        ("time", "2024/05/14 12:00:{ss}", 1, NOON),
        ("time", "2024.05.14 12:00:{ss}", 1, NOON),
        ("time", "20240514T1200{ss}", 1, NOON),
        ("time", "14.05.2024 12:00:{ss}", 1, NOON),
        ("time", "14.05.24 12:00:{ss}", 1, NOON),
        ("time", "14/05/2024 12:00:{ss}.5", 1, NOON + 0.5),
        ("time", "5/14/2024 12:00:{ss} PM", 1, NOON),
        ("time", "5/14/2024 12:00:{ss} AM", 1, NOON - 43200),
        ("time", "14-May-2024 12:00:{ss}", 1, NOON),
        ("date,time", "2024-05-14,12:00:{ss}", 1, NOON),
        ("date,time", "14.05.2024,12:00:{ss}.000", 1, NOON),
        ("Time", "12:00:{ss}", 1, None),
        ("Time", "12:00:{ss}.250", 1, None),
        ("timestamp", "17156880{ss}", 1, NOON),
        ("timestamp", "17156880{ss}000", 1, NOON),
        ("timestamp", "17156880{ss}000000", 1, NOON),
        ("timestamp", "17156880{ss}000000000", 1, NOON),
        ("anything", "17156880{ss}.000", 1, NOON),
        ("time_ms", "{ss}0", 100, None),
        ("t [ms]", "{ss}0.0", 100, None),
        ("elapsed (us)", "{ss}000", 1000, None),
        ("t_ns", "{ss}000000", 1000, None),
        ("Time [min]", "{ss}", 1 / 60, None),
        ("SECONDS", "{s}", 100, None),
    ],
)
def test_time_columns_of_every_kind(table, header, template, rate, start):
    check(read(table(f"{header},x,y\n" + rows(template + ",{x},{y}"))), rate=rate, start=start)


def test_time_without_a_header_is_told_by_its_even_steps(table):
    check(read(table(rows("{s},{x},{y}"))), names=("column 2", "column 3"))


def test_a_clock_that_passes_midnight_goes_on(table):
    lines = [
        f"{(86370 + i) // 3600 % 24:02d}:{(86370 + i) // 60 % 60:02d}:{(86370 + i) % 60:02d},{i}"
        for i in range(60)
    ]
    signal = read(table("time,x\n" + "\n".join(lines) + "\n"))
    assert kinds(signal) == []
    assert signal.samples.tolist() == [list(range(60))]


def test_decimal_comma_in_the_seconds_of_a_date(table):
    signal = read(table("time;x\n" + "".join(f"2024-05-14 12:00:00,{i:02d};{i},5\n" for i in range(60))))
    assert signal.sample_rate == pytest.approx(100)
    assert signal.start == NOON
    assert signal.samples[0, 3] == 3.5


def test_dates_whose_order_is_open_are_said_to_be(table):
    signal = read(table("time,x\n" + rows("5/4/2024 12:00:{ss},{x}")))
    assert kinds(signal) == ["assumed-time"]
    assert "month/day/year" in signal.warnings[0].message


def test_whole_numbers_of_unknown_unit_are_said_to_be_taken_for_seconds(table):
    path = table("time,x,y\n" + rows("{i}0,{x},{y}"))
    signal = read(path)
    assert kinds(signal) == ["assumed-time"]
    assert signal.sample_rate == pytest.approx(0.1)
    check(read(path, time_unit="ms"), rate=100)


def test_the_better_of_two_time_columns_is_taken(table):
    signal = read(table("datetime,elapsed (s),x,y\n" + rows("2024-05-14 12:00:00,{s},{x},{y}")))
    check(signal)


def test_without_time_the_rate_is_assumed_given_or_in_the_preamble(table):
    bare = table("x,y\n" + rows("{x},{y}"))
    signal = read(bare)
    assert (signal.sample_rate, kinds(signal)) == (1.0, ["assumed-rate"])
    check(read(bare, sample_rate=100))
    for line in (
        "Sampling rate: 100 Hz",
        "# fs = 0.1 kHz",
        "Sample interval = 10 ms",
        '"Sampling Frequency";"100,0"',
    ):
        check(read(table(line + "\nx,y\n" + rows("{x},{y}"))))


def test_a_given_rate_outranks_the_time_column_but_keeps_the_start(table):
    signal = read(table("time,x,y\n" + rows("2024-05-14T12:00:{ss},{x},{y}")), sample_rate=50)
    check(signal, rate=50, start=NOON)


def test_a_column_that_counts_rows_is_left_aside(table):
    for header, row in (
        (",x,y\n", "{i},{x},{y}"),
        ("index,x,y\n", "{i},{x},{y}"),
        ("x y\n", "{i} {x} {y}"),
        ("", "{i},{x},{y}"),
    ):
        signal = read(table(header + rows(row)), sample_rate=100)
        assert signal.samples.shape == (2, ROWS)
        assert kinds(signal) == ["columns-left-aside"]
        assert "counts rows" in signal.warnings[0].message


def test_numbered_columns_have_a_header_too(table):
    check(read(table("0,1\n" + rows("{x},{y}")), sample_rate=100), names=("0", "1"))


def test_one_column_with_decimal_commas(table):
    values = "\n".join(f"{v:.3f}".replace(".", ",") for v in np.linspace(-2, 2, 60))
    signal = read(table(values), sample_rate=100)
    np.testing.assert_allclose(signal.samples, [np.linspace(-2, 2, 60).round(3)])


def test_text_columns_are_left_aside_by_name(table):
    signal = read(table("time,x,label,y\n" + rows('{s},{x},"walk, ""fast""",{y}')))
    assert kinds(signal) == ["columns-left-aside"]
    assert signal.warnings[0].message == "'label' holds text; left aside."
    np.testing.assert_allclose(signal.samples, VALUES.T)


def test_a_quoted_cell_may_span_lines(table):
    signal = read(table("time,x,y,note\n" + rows('{s},{x},{y},"two\nlines"')))
    np.testing.assert_allclose(signal.samples, VALUES.T)
    assert kinds(signal) == ["columns-left-aside"]


def test_a_lone_quotation_mark_is_text(table):
    signal = read(table("time,x,y,note\n" + rows('{s},{x},{y},5" pipe')))
    np.testing.assert_allclose(signal.samples, VALUES.T)


def test_comments_blank_lines_and_repeated_headers_within_the_data_are_no_rows(table):
    lines = rows("{s},{x},{y}").splitlines(keepends=True)
    lines[50:50] = ["time,x,y\n"]
    lines[20:20] = ["# paused\n", "\n"]
    check(read(table("# logger\ntime,x,y\n" + "".join(lines))))


def test_zero_bytes_at_the_end_of_a_crashed_log_are_no_rows(table):
    check(read(table("time,x,y\n" + rows("{s},{x},{y}") + "\0" * 700)))


def test_ragged_rows_are_counted_with_the_line_of_the_first(table):
    lines = rows("{s},{x},{y}").splitlines()
    lines[7] = lines[7].rsplit(",", 1)[0]
    lines[9] += ",99"
    signal = read(table("time,x,y\n" + "\n".join(lines) + "\n"))
    assert [(w.kind, w.line) for w in signal.warnings] == [("ragged-rows", 9), ("missing-values", 9)]
    assert "2 rows" in signal.warnings[0].message
    np.testing.assert_allclose(signal.samples[0], VALUES[:, 0])
    assert signal.samples[1, 7] == pytest.approx((VALUES[6, 1] + VALUES[8, 1]) / 2)


def test_lines_are_counted_right_behind_comments_and_quotes(table):
    lines = rows('{s},{x},{y},"a\nb"').split('b"\n')[:-1]
    lines[5] = "# one line more\n" + lines[5]
    lines[30] = "0.30,oops," + lines[30].split(",", 2)[2]
    signal = read(table("time,x,y,note\n" + "".join(line + 'b"\n' for line in lines)))
    bad = next(warning for warning in signal.warnings if warning.kind == "bad-cells")
    assert bad.line == 1 + 2 * 30 + 1 + 1
    assert "'oops'" in bad.message


def test_a_last_row_that_breaks_off_is_left_out(table):
    text = "time,x,y\n" + rows("{s},{x},{y}")
    signal = read(table(text.rstrip("\n").rsplit(",", 1)[0]))
    assert signal.samples.shape == (2, ROWS - 1)
    assert [(w.kind, w.line) for w in signal.warnings] == [("truncated-file", ROWS + 1)]


@pytest.mark.parametrize("word", ["", "NaN", "nan", "NA", "n/a", "-", "null", "#N/A", "inf", "-Infinity"])
def test_missing_values_are_filled_as_told(table, word):
    lines = rows("{s},{x},{y}").splitlines()
    lines[5] = f"0.05,{word},1.0"
    path = table("time,x,y\n" + "\n".join(lines) + "\n")
    signal = read(path)
    assert [(w.kind, w.line) for w in signal.warnings] == [("missing-values", 7)]
    assert signal.samples[0, 5] == pytest.approx((VALUES[4, 0] + VALUES[6, 0]) / 2)
    assert read(path, missing="zero").samples[0, 5] == 0
    with pytest.raises(SignalError, match=r"1 value is missing or not finite, first in line 7; .*missing="):
        read(path, missing="error")


def test_missing_values_at_the_ends_hold_the_next_one(table):
    signal = read(table("time,x\n0,\n1,5\n2,\n3,7\n4,\n"))
    assert signal.samples.tolist() == [[5, 5, 6, 7, 7]]


def test_words_among_numbers_are_missing_values_of_their_own_kind(table):
    lines = rows("{s},{x},{y}").splitlines()
    lines[5] = "0.05,ERR,1.0"
    lines[8] = "0.08,ERR,1.0"
    signal = read(table("time,x,y\n" + "\n".join(lines) + "\n"))
    assert [(w.kind, w.line) for w in signal.warnings] == [("bad-cells", 7), ("missing-values", 7)]
    assert signal.warnings[0].message == "2 cells of 'x' hold no number (here 'ERR'); taken as missing."


def test_a_thousands_point_is_never_read_as_a_decimal_point(table):
    lines = [f"{i},5;{i},25" for i in range(40)]
    lines[7] = "1.234;7,25"
    signal = read(table("x;y\n" + "\n".join(lines) + "\n"), sample_rate=1)
    assert signal.samples[0, 7] == pytest.approx(7.5), "filled from its neighbours"
    assert kinds(signal) == ["bad-cells", "missing-values"]


def test_an_empty_column_is_left_aside_and_an_empty_table_refused(table):
    signal = read(table("time,x,y,z\n" + rows("{s},{x},{y},nan")))
    assert kinds(signal) == ["columns-left-aside"]
    assert signal.channel_names == ("x", "y")
    with pytest.raises(SignalError, match="every value is missing"):
        read(table("time,x\n" + rows("{s},nan")))


def test_a_column_that_fills_late_is_read(table):
    text = "time,x,late\n" + "".join(f"{i / 100:.2f},{i},{'' if i < 900 else i}\n" for i in range(1000))
    signal = read(table(text))
    assert signal.channel_names == ("x", "late")
    assert signal.samples[1, 950] == 950


def test_columns_of_one_name_are_numbered(table):
    signal = read(table("time,x,x\n" + rows("{s},{x},{y}")))
    assert signal.channel_names == ("x", "x (2)")
    assert [(w.kind, w.line) for w in signal.warnings] == [("duplicate-names", 1)]


def test_one_row_is_a_signal_of_one_sample(table):
    for text in ("time,x\n0,1.5\n", "1.5\n", "x\n1.5"):
        signal = read(table(text))
        assert signal.samples.tolist() == [[1.5]]
        assert kinds(signal) == ["assumed-rate"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,x\n", "header but no rows"),
        ("a,b\nfoo,bar\nbaz,qux\n", "no column of numbers"),
        ("Some words, and more of them.\nAnother line of prose.\n", "no column of numbers"),
        ("\n\n  \n", "blank or comments"),
        ("# nothing\n# here\n", "blank or comments"),
        ("time\n0\n1\n2\n", "only times"),
        (",".join(["1"] * 5000) + "\n", "5000 columns, and at most 4096"),
        (
            "time,x\n0,1\n0.01,2\n0.02,3\n1e6,4\n1000000.01,5\n",
            "gap of 1e[+]06 s .* before line 5 is too long",
        ),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(table, text, words):
    path = table(text)
    with pytest.raises(SignalError, match=words) as caught:
        read(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_standing_clock_is_left_aside(table):
    signal = read(table("time,x\n" + rows("5.0,{x}")))
    assert kinds(signal) == ["columns-left-aside", "assumed-rate"]
    assert signal.channel_names == ("x",)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"columns": ["y"]}, ("y",)),
        ({"columns": [2, "x"]}, ("x", "y")),
        ({"time_column": None}, ("time", "x", "y")),
        ({"time_column": "time"}, ("x", "y")),
        ({"time_column": 0, "columns": ["time", "x"]}, ("time", "x")),
        ({"header_row": None}, ("column 2", "column 3")),
        ({"delimiter": ",", "decimal": ".", "header_row": 1, "encoding": "utf-8"}, ("x", "y")),
    ],
)
def test_every_decision_can_be_overridden(table, options, names):
    path = table("time,x,y\n" + rows("{s},{x},{y}"))
    assert read(path, **options).channel_names == names


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": "ab"},
        {"decimal": "x"},
        {"header_row": 0},
        {"header_row": 99999},
        {"time_column": "nope"},
        {"time_unit": "weeks"},
        {"sample_rate": -5.0},
        {"columns": ["nope"]},
        {"columns": []},
        {"missing": "guess"},
        {"encoding": "klingon"},
        {"variable": "x"},
    ],
)
def test_an_option_that_makes_no_sense_is_quoted(table, options):
    path = table("time,x,y\n" + rows("{s},{x},{y}"))
    with pytest.raises(ValueError, match=str(next(iter(options)))) as caught:
        read(path, **options)
    assert not isinstance(caught.value, SignalError)


def test_file_names_with_pattern_characters_and_quotes(table):
    for name in ("data[1].csv", "what?.csv", "it's.csv", "a*b.csv", "ü ñ.csv"):
        check(read(table("time,x,y\n" + rows("{s},{x},{y}"), name)))


def test_sniffing_says_what_reading_will_do(table):
    found = sniff(
        table(
            "# fs: 250 Hz\nDate;Time;u [mV];note\n"
            + rows("14.05.2024;12:00:{ss};{x};ok", decimal=",").replace("14,05,", "14.05.")
        )
    )
    assert (found.delimiter, found.decimal, found.comment) == (";", ",", "#")
    assert (found.header_row, found.units_row, found.data_row) == (2, None, 3)
    assert [(c.name, c.unit, c.kind, c.selected) for c in found.columns] == [
        ("Date", "", "time", False),
        ("Time", "", "time", False),
        ("u", "mV", "number", True),
        ("note", "", "text", False),
    ]
    assert found.time is not None
    assert (found.time.columns, found.time.kind, found.time.absolute) == ((0, 1), "datetime", True)
    assert found.sample_rate == 250
    assert found.describe() == (
        "columns separated by semicolons; decimal comma; header in line 2; data from line 3; time in 'Date' "
        "and 'Time'; channels u."
    )


def test_sniffing_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x93NUMPY\x01\x00" + bytes(100))
    with pytest.raises(SignalError, match="not a text file"):
        sniff(tmp_path / "a.csv")
    with pytest.raises(SignalError, match="no file"):
        sniff(tmp_path / "absent.csv")


def test_nothing_stays_in_the_temporary_folder(table, tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    read(table("  t  x\n" + rows("{s} {x}"), encoding="utf-16"))
    with pytest.raises(SignalError):
        read(table("  t  x\n" + rows("{s} nan"), encoding="utf-16"))
    assert list((tmp_path / "scratch").iterdir()) == []
