"""Tables as bug reports bring them: each opens right, or says in a sentence why it does not."""

import numpy as np
import pytest

from hippo_studio.signals import SignalError, read, sniff


def rows(template, count=12):
    """Lines with {i} the row, {t} a tenth of it."""
    return "".join(template.format(i=i, t=f"{i / 10:.1f}") + "\n" for i in range(count))


@pytest.fixture
def table(tmp_path):
    def write(content, name="nasty.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def opens(path, rate, values, *kinds):
    """Read a table of one channel, and compare it with what it must hold."""
    signal = read(path)
    assert signal.channels == 1
    assert signal.sample_rate == pytest.approx(rate, rel=1e-9)
    np.testing.assert_allclose(signal.samples[0], values, atol=1e-9)
    assert tuple(warning.kind for warning in signal.warnings) == kinds
    return signal


COUNT = np.arange(12.0)


def test_zero_bytes_in_the_middle_of_a_crashed_log_are_no_row(table):
    text = ("time,a\n" + rows("{t},{i}")).encode()
    opens(table(text[:40] + b"\0" * 200 + text[40:]), 10, COUNT)
    lines = text.splitlines(keepends=True)
    opens(table(b"".join(lines[:7]) + b"\0" * 64 + b"\n" + b"".join(lines[7:])), 10, COUNT)


def test_glued_files_have_a_mark_and_a_header_in_the_middle(table):
    first, second = (rows("{t},{i}", 12).splitlines(keepends=True)[part] for part in (slice(6), slice(6, 12)))
    text = "\ufefftime,a\n" + "".join(first) + "\ufefftime,a\n" + "".join(second)
    opens(table(text), 10, COUNT)


def test_the_end_mark_of_old_systems_is_no_row(table):
    opens(table("time,a\r\n" + rows("{t},{i}").replace("\n", "\r\n") + "\x1a"), 10, COUNT)


def test_a_typesetters_minus_is_a_minus(table):
    opens(table("time,a\n" + rows("{t},−{i}.5")), 10, -COUNT - 0.5)


def test_a_log_that_begins_with_the_newest_row_is_turned_round(table):
    lines = rows("{t},{i}").splitlines()[::-1]
    opens(table("time,a\n" + "\n".join(lines) + "\n"), 10, COUNT, "non-monotonic-time")


def test_uneven_steps_without_gaps_are_resampled_and_not_called_gaps(table):
    text = "".join(f"{i + 0.3 * np.sin(i * 7.1):.4f},{i}\n" for i in range(50))
    signal = read(table("time,a\n" + text))
    assert [warning.kind for warning in signal.warnings] == ["irregular-time"]


@pytest.mark.parametrize(
    ("header", "step", "rate", "said"),
    [
        ("time [d]", 1 / 24, 1 / 3600, ""),
        ("time", 1 / 86400, 1.0, "taken as days"),
        ("t [days]", 1, 1 / 86400, ""),
    ],
)
def test_days_are_days(table, header, step, rate, said):
    text = "".join(f"{44927 + i * step:.9f},{i}\n" for i in range(12))
    signal = read(table(f"{header},a\n{text}"))
    assert signal.sample_rate == pytest.approx(rate, rel=1e-3)
    assert said in " ".join(map(str, signal.warnings))
    seconds_of_day = "".join(f"{44927 + i / 100:.2f},{i}\n" for i in range(12))
    assert read(table(f"time,a\n{seconds_of_day}")).sample_rate == pytest.approx(100)


@pytest.mark.parametrize(
    ("template", "order"),
    [("0{}/02/2023 10:00:00", "day/month/year"), ("02/0{}/2023 10:00:00", "month/day/year")],
)
def test_what_changes_in_dates_of_open_order_is_the_day(table, template, order):
    text = "".join(template.format(i + 1) + f",{i}\n" for i in range(9))
    signal = opens(table("date,a\n" + text), 1 / 86400, np.arange(9), "assumed-time")
    assert signal.start == 1675245600.0
    assert order in str(signal.warnings[0])


def test_dates_may_begin_with_the_name_of_the_month(table):
    for comma in ("", ","):
        text = "".join(f'"Jan 15{comma} 2023 10:00:{i:02d}",{i}\n' for i in range(12))
        assert opens(table("time,a\n" + text), 1, COUNT).start == 1673776800.0


@pytest.mark.parametrize(
    ("delimiter", "template", "thousands"),
    [
        (";", "{t};1.{n},5;7,5", "."),
        (";", "{t};1.{n},5", "."),
        (";", "{t};1\u00a0{n},5", "\u00a0"),
        (";", "{t};1 {n},5", " "),
        (";", "{t};1'{n}.5", "'"),
        (",", '{t},"1,{n}.5"', ","),
        ("\t", "{t}\t2.001.{n}\t1,5", "."),
    ],
)
def test_thousands_are_told_from_decimals(table, delimiter, template, thousands):
    decimal = "," if ",5" in template else "."
    lines = [template.format(t=f"{i / 10:.1f}".replace(".", decimal), n=100 + i) for i in range(12)]
    names = delimiter.join(["time", "a", "b"][: lines[0].count(delimiter) + 1])
    names = "time,a" if delimiter == "," else names
    path = table(names + "\n" + "\n".join(lines) + "\n")
    signal = read(path)
    assert signal.warnings == ()
    wanted = 2001100.0 if "2.001" in template else 1100.5
    np.testing.assert_allclose(signal.samples[0], wanted + COUNT)
    assert signal.sample_rate == 10
    assert sniff(path).thousands == thousands


def test_a_thousands_sign_counts_in_every_cell_once_one_leaves_no_doubt(table):
    text = "t;a\n" + "".join(f"{i},0;{i % 3}.{i:03d}\n" for i in range(11)) + "11,0;1.234,5\n"
    wanted = [i % 3 * 1000 + i if i % 3 else i for i in range(11)] + [1234.5]
    np.testing.assert_allclose(read(table(text)).samples[0], wanted)


@pytest.mark.parametrize(("time", "rate"), [("{t} s", 10), ("{i}00 ms", 10), ("{i}min", 1 / 60)])
def test_units_may_stand_behind_the_numbers(table, time, rate):
    signal = opens(table("time,a\n" + rows(time + ",{i}.5 mV")), rate, COUNT + 0.5)
    assert signal.units == ("mV",)
    opens(table("time,a\n" + rows("{i},-{i}%").replace("5,-5%", "5,")), 1, -COUNT, "missing-values")


def test_a_footer_is_left_aside_with_its_line(table):
    path = table("time,a\n" + rows("{t},{i}") + "\nTotal,66\nEnd of file\n")
    _, warning = opens(path, 10, COUNT, "ragged-rows", "rows-left-aside").warnings
    assert (warning.line, "'Total' stands in place of a time" in str(warning)) == (15, True)


def test_a_second_table_below_the_first_is_left_aside(table):
    path = table("time,a\n" + rows("{t},{i}") + "\ntime,b\n" + rows("{t},1{i}"))
    (warning,) = opens(path, 10, COUNT, "rows-left-aside").warnings
    assert (warning.line, "13 rows" in str(warning)) == (15, True)


def test_rows_that_break_off_below_the_header_leave_it_the_header(table):
    text = "time,a,b,c\n0,1\n1,2\n" + "".join(f"{i + 2},{i}.5,{i}.5,{i}.5\n" for i in range(20))
    signal = read(table(text))
    assert signal.channel_names == ("a", "b", "c")
    assert [warning.kind for warning in signal.warnings] == ["ragged-rows", "missing-values"]


def test_fewer_names_than_columns_name_the_first(table):
    signal = read(table("time,a\n" + rows("{t},{i}.5,{i}.25,-{i}.5")))
    assert signal.channel_names == ("a", "column 3", "column 4")
    assert signal.sample_rate == 10


def test_numbers_in_a_spelling_that_is_not_read_are_quoted(table):
    with pytest.raises(SignalError, match=r"'a' holds text such as '1\.5D\+02'"):
        read(table("time,a\n" + rows("{t},1.5D+02")))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html><body><h1>404 Not found</h1></body></html>\n", "a web page"),
        ("\ufeff <!DOCTYPE html>\n<p>1,2\n", "a web page"),
        ('<?xml version="1.0"?>\n<a>1</a>\n', "another XML document"),
        ('{"a": [1,2,3]}\n', "JSON"),
        ('{"t":0,"a":1}\n{"t":1,"a":2}\n', "JSON"),
        ("[[1,2],[3,4]]", "JSON"),
    ],
)
def test_text_that_is_no_table_is_called_by_its_name(table, text, what):
    with pytest.raises(SignalError, match=what):
        read(table(text))


def test_a_section_in_brackets_is_a_preamble_and_no_json(table):
    opens(table("[Common Infos]\n[Data]\ntime,a\n" + rows("{t},{i}")), 10, COUNT)
