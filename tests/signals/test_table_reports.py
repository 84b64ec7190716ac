"""Sixty reports as users of signal programs send them: each table opens right, or says why with its line.

Every report is a sentence, the text of a small file, and what it must give: samples, rate, and the warnings
that a person reads. The files are made up here, in the manner of the programs they are named after.
"""
# ruff: noqa: E501 - a row of a file is one line here as there

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from hippo_studio.signals import SignalError, read

N = 12
COUNT = np.arange(float(N))
NOON = 1715688000.0  # 2024-05-14 12:00:00 UTC


@dataclass(frozen=True)
class Report:
    """What somebody wrote, the file they sent, and what it holds."""

    said: str
    text: str | bytes
    rate: float = 10.0
    values: Any = field(default_factory=lambda: COUNT)
    kinds: tuple[str, ...] = ()
    lines: tuple[int | None, ...] = ()  # of the warnings, where they matter
    start: float | None = None
    names: tuple[str, ...] | None = None
    units: tuple[str, ...] | None = None
    name: str = "report.csv"
    options: dict[str, Any] = field(default_factory=dict)
    refused: str = ""  # what the sentence matches, where it cannot be opened


def rows(template: str, end: str = "\n", count: int = N) -> str:
    """Lines with {i} the row, {t} a tenth of it, {ms} milliseconds, {ss} two digits."""
    return "".join(
        template.format(
            i=i, t=f"{i / 10:.1f}", ms=i * 100, ss=f"{i:02d}", c=f"{i / 10:.1f}".replace(".", ",")
        )
        + end
        for i in range(count)
    )


def split(template: str, at: int) -> tuple[str, str]:
    """The rows before and after a place."""
    lines = rows(template).splitlines(keepends=True)
    return "".join(lines[:at]), "".join(lines[at:])


TWO = (COUNT, -COUNT)
HALF = COUNT + 0.5
BEFORE, AFTER = split("{t},{i}", 6)

REPORTS = [
    Report("Excel in Germany saved my numbers with commas", "Zeit;a\n" + rows("{c};{i},5"), values=HALF),
    Report("Decimal commas and tabs, pasted from a spreadsheet", "t\ta\n" + rows("{c}\t{i},5"), values=HALF),
    Report(
        "Everything is quoted, with decimal commas and comma between",
        '"t","a"\n' + rows('"{c}","{i},5"'),
        values=HALF,
    ),
    Report(
        "A mark of three strange bytes stands before my first name",
        "\ufefftime,a\n" + rows("{t},{i}"),
        names=("a",),
    ),
    Report("My logger writes UTF-16", ("time\ta\r\n" + rows("{t}\t{i}", "\r\n")).encode("utf-16")),
    Report("UTF-16 without a mark", ("time,a\n" + rows("{t},{i}")).encode("utf-16-le")),
    Report(
        "The umlaut in the header is from Windows",
        "time,Höhe [µm]\n".encode("cp1252") + rows("{t},{i}").encode(),
        kinds=("assumed-encoding",),
        lines=(1,),
        names=("Höhe",),
        units=("µm",),
    ),
    Report("Every row ends in a comma", "time,a,\n" + rows("{t},{i},")),
    Report("Rows end in a semicolon, the header does not", "time;a\n" + rows("{t};{i};")),
    Report(
        "There is a row of units below the names",
        "time,a,b\ns,mV,m/s^2\n" + rows("{t},{i},-{i}"),
        values=TWO,
        units=("mV", "m/s^2"),
    ),
    Report(
        "Twenty lines of description stand above",
        "".join(f"Note {k}: setting {k}\n" for k in range(20)) + "time,a\n" + rows("{t},{i}"),
    ),
    Report(
        "Thousands are grouped inside quotes", "time,a\n" + rows('{t},"1,{i:03d}.5"'), values=COUNT + 1000.5
    ),
    Report(
        "Thousands with points, decimals with commas",
        "t;a\n" + rows("{c};1.{i:03d},5"),
        values=COUNT + 1000.5,
    ),
    Report(
        "Thousands with thin blanks, as in France",
        "t;a\n" + rows("{c};1\u202f{i:03d},5"),
        values=COUNT + 1000.5,
    ),
    Report("Two editors have mixed the line ends", "time,a\r\n" + BEFORE + AFTER.replace("\n", "\r\n")),
    Report("An old Mac wrote it", ("time,a\n" + rows("{t},{i}")).replace("\n", "\r")),
    Report("Some lines in the middle are empty", "time,a\n" + BEFORE + "\n\n" + AFTER),
    Report(
        "Two sensors have the same name",
        "time,acc,acc\n" + rows("{t},{i},-{i}"),
        values=TWO,
        kinds=("duplicate-names",),
        lines=(1,),
        names=("acc", "acc (2)"),
    ),
    Report(
        "ISO times with a zone of minus eight hours",
        "time,a\n" + rows("2024-05-14T04:00:{ss}-08:00,{i}"),
        rate=1,
        start=NOON,
    ),
    Report(
        "ISO times with Z and milliseconds",
        "time,a\n" + rows("2024-05-14T12:00:{ss}.250Z,{i}"),
        rate=1,
        start=NOON + 0.25,
    ),
    Report(
        "Milliseconds since 1970",
        "timestamp,a\n" + "".join(f"{1715688000000 + 100 * i},{i}\n" for i in range(N)),
        start=NOON,
    ),
    Report(
        "Seconds since 1970 with six decimals",
        "ts,a\n" + "".join(f"{NOON + i / 10:.6f},{i}\n" for i in range(N)),
        start=NOON,
    ),
    Report(
        "Nanoseconds since 1970, from a robot",
        "stamp,a\n" + "".join(f"{(1715688000 * 10 + i) * 10**8},{i}\n" for i in range(N)),
        start=NOON,
    ),
    Report("The day comes first", "time;a\n" + rows("14.05.2024 12:00:{ss};{i}"), rate=1, start=NOON),
    Report(
        "My logger's clock shows summer time in Berlin",
        "time;a\n" + rows("14.05.2024 14:00:{ss};{i}"),
        rate=1,
        start=NOON,
        options={"time_zone": "Europe/Berlin"},
    ),
    Report(
        "My logger's clock is five and a half hours ahead",
        "time;a\n" + rows("2024-05-14 17:30:{ss};{i}"),
        rate=1,
        start=NOON,
        options={"time_zone": "+05:30"},
    ),
    Report(
        "The day comes first, with slashes",
        "time,a\n" + rows("14/05/2024 12:00:{ss},{i}"),
        rate=1,
        start=NOON,
    ),
    Report(
        "Date and clock are in two columns",
        "Date,Time,a\n" + rows("2024-05-14,12:00:{ss},{i}"),
        rate=1,
        start=NOON,
    ),
    Report(
        "The recording ran past midnight",
        "time,a\n"
        + "".join(
            f"{'23:59:' + f'{54 + i:02d}' if i < 6 else '00:00:' + f'{i - 6:02d}'},{i}\n" for i in range(N)
        ),
        rate=1,
    ),
    Report(
        "The clock jumped back an hour in autumn",
        "time,a\n"
        + "".join(
            f"2023-10-29 02:{59 if i < 6 else 0:02d}:{54 + i if i < 6 else i - 6:02d},{i}\n" for i in range(N)
        ),
        rate=1,
        kinds=("non-monotonic-time",),
        lines=(8,),
        start=1698548394.0,
    ),
    Report(
        "Two rows are swapped",
        "time,a\n" + BEFORE + "0.7,7\n0.6,6\n" + rows("{t},{i}").split("0.7,7\n")[1],
        kinds=("non-monotonic-time",),
        lines=(9,),
    ),
    Report(
        "A second is missing",
        "time,a\n" + "".join(f"{i / 10:.1f},{i}\n" for i in (*range(6), *range(16, 26))),
        values=np.arange(26.0),
        kinds=("time-gaps",),
        lines=(8,),
    ),
    Report(
        "NaN in seven spellings",
        "time,a\n"
        + BEFORE
        + "".join(
            f"{(6 + k) / 10:.1f},{word}\n"
            for k, word in enumerate(("NaN", "nan", "N/A", "#N/A", "null", "-", ""))
        )
        + "1.3,13\n",
        values=np.interp(np.arange(14), [*range(6), 13], [*range(6), 13]),
        kinds=("missing-values",),
        lines=(8,),
    ),
    Report(
        "The meter says inf when it overflows",
        "time,a\n" + BEFORE + "0.6,inf\n" + rows("{t},{i}").split("0.6,6\n")[1],
        kinds=("missing-values",),
        lines=(8,),
    ),
    Report(
        "Registers in hexadecimal",
        "time,a\n" + "".join(f"{i / 10:.1f},0x{2 * i + 200:02X}\n" for i in range(N)),
        values=2 * COUNT + 200,
    ),
    Report(
        "A switch that is true or false",
        "time,a,b\n" + "".join(f"{i / 10:.1f},{i},{'true' if i % 3 else 'false'}\n" for i in range(N)),
        values=(COUNT, (np.arange(N) % 3 > 0).astype(float)),
    ),
    Report(
        "There is a column of remarks",
        "time,a,remark\n" + rows("{t},{i},started well"),
        kinds=("columns-left-aside",),
    ),
    Report("One number per line and nothing else", rows("{i}"), rate=1, kinds=("assumed-rate",)),
    Report("One number per line and I know the rate", rows("{i}"), rate=50, options={"sample_rate": 50}),
    Report("The logger died after one row", "time,a\n0.0,5\n", rate=1, values=[5], kinds=("assumed-rate",)),
    Report("Only the header was written", "time,a,b\n", refused="holds a header but no rows"),
    Report(
        "Some rows are short",
        "time,a,b\n" + "0.0,0,0\n0.1,1\n" + "".join(f"{i / 10:.1f},{i},-{i}\n" for i in range(2, N)),
        values=(COUNT, np.interp(COUNT, [0, *range(2, N)], [0, *(-i for i in range(2, N))])),
        kinds=("ragged-rows", "missing-values"),
        lines=(3, 3),
    ),
    Report(
        "Some rows are long",
        "time,a\n" + BEFORE + "0.6,6,99,99\n" + rows("{t},{i}").split("0.6,6\n")[1],
        kinds=("ragged-rows",),
        lines=(8,),
    ),
    Report(
        "NUL bytes, after the battery failed",
        ("time,a\n" + BEFORE).encode() + b"\0" * 500 + b"\n" + AFTER.encode(),
    ),
    Report("Values up to ten to the 300", "time,a\n" + rows("{t},{i}e300"), values=COUNT * 1e300),
    Report(
        "Whole numbers of eighteen digits",
        "time,a\n" + rows("{t},1000000000000000{i:02d}"),
        values=1e17 + COUNT,
    ),
    Report("The program adds comments at the end", "time,a\n" + rows("{t},{i}") + "# mean 5.5\n# end\n"),
    Report(
        "A semicolon stands inside quotes",
        "time;label;a\n" + rows('{t};"x;y";{i}'),
        kinds=("columns-left-aside",),
    ),
    Report("Excel's own line names the separator", "sep=;\ntime;a\n" + rows("{t};{i}")),
    Report(
        "LabVIEW measurement file",
        "LabVIEW Measurement\nWriter_Version\t2\nReader_Version\t2\nSeparator\tTab\n"
        "Decimal_Separator\t.\nMulti_Headings\tNo\nX_Columns\tOne\nTime_Pref\tRelative\n***End_of_Header***\n\n"
        "Channels\t1\nSamples\t12\nX_Dimension\tTime\nX0\t0.0E+0\nDelta_X\t0.100000\n***End_of_Header***\n"
        "X_Value\tVoltage\tComment\n" + rows("{t}00000\t{i}.000000\t"),
        name="report.lvm",
        names=("Voltage",),
        kinds=("columns-left-aside",),
    ),
    Report(
        "LabVIEW without a time column",
        "LabVIEW Measurement\nSeparator\tTab\nX_Columns\tNo\n***End_of_Header***\n\n"
        "Channels\t1\t\nSamples\t12\t\nDelta_X\t0.100000\t\n***End_of_Header***\nX_Value\tVoltage\tComment\n"
        + rows("\t{i}.000000\t"),
        name="report.lvm",
        names=("Voltage",),
        kinds=("columns-left-aside",),
    ),
    Report(
        "Arduino's serial monitor with its times",
        rows("12:00:{ss}.000 -> {i}"),
        rate=1,
        kinds=("columns-left-aside",),
    ),
    Report(
        "Arduino prints name and value",
        rows("temp:{i}.5,light:-{i}"),
        rate=1,
        values=(HALF, -COUNT),
        kinds=("assumed-rate",),
        names=("temp", "light"),
    ),
    Report(
        "Arduino prints name and value, with its time and tabs",
        rows("t = {t}\ttemp = {i}.5 C\tlight = -{i}"),
        values=(HALF, -COUNT),
        names=("temp", "light"),
        units=("C", ""),
    ),
    Report(
        "A chat about numbers",
        "I measured about five\nand then again\nand so on\n",
        name="report.txt",
        refused=r"no column of numbers \(3 lines .* line 2 reads",
    ),
    Report(
        "Arduino prints its milliseconds first",
        rows("{ms},{i},-{i}"),
        values=TWO,
        options={"time_unit": "ms"},
    ),
    Report(
        "A phone's accelerometer app",
        '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)"\n'
        + rows("{t}00000000E0,{i}.0E0,-{i}.0E0"),
        values=TWO,
        units=("m/s^2", "m/s^2"),
        names=("Acceleration x", "Acceleration y"),
    ),
    Report(
        "A phone app with nanoseconds since it was switched on",
        "seconds_elapsed,z,time\n"
        + "".join(f"{i / 10:.1f},{i},{(17156880000 + i) * 10**8}\n" for i in range(N)),
        start=NOON,
    ),
    Report(
        "Audacity's labels",
        "0.000000\t1.000000\tcough\n1.500000\t2.000000\tlaugh\n",
        refused=r"a list of labels, as Audacity exports them \(line 1: from 0\.000000 s to 1\.000000 s 'cough'\)",
    ),
    Report(
        "Audacity's sample export",
        "Audacity sample data\nSample Rate: 10 Hz.\nLength processed: 12 samples.\nChannels: 1 (mono)\n\n"
        + rows("{i}.00000"),
    ),
    Report(
        "Tektronix oscilloscope",
        "Model,MSO46\nWaveform Type,ANALOG\nSample Interval,1.00000E-01\nRecord Length,12\n"
        "Labels,,\n\nTIME,CH1\n" + rows("{t}00000,{i}.00000"),
        names=("CH1",),
    ),
    Report(
        "An old Tektronix oscilloscope, its settings beside the samples",
        "Record Length,1.2e+01,,-00.500000000000,   0.00000,\nSample Interval,1.0e-01,,-00.400000000000,   1.00000,\n"
        "Source,CH2,,-00.300000000000,   2.00000,\nVertical Units,V,,-00.200000000000,   3.00000,\n"
        + "".join(f",,,{i / 10 - 0.5:016.12f},{i:10.5f},\n" for i in range(4, N)),
        names=("CH2",),
        units=("V",),
        kinds=("columns-left-aside",),
    ),
    Report(
        "An oscilloscope that gives its step and no times",
        "Sample Interval,1.00000E-01\nVertical Units,V\n\nCH1\n" + rows("{i}.5"),
        values=HALF,
    ),
    Report(
        "Rigol oscilloscope",
        "X,CH1,Start,Increment,\nSequence,Volt,-0.000000e+00,1.000000e-01\n" + rows("{i},{i}.00e+00,"),
        kinds=("columns-left-aside",) * 2,
        names=("CH1",),
    ),
    Report(
        "Siglent oscilloscope",
        "Record Length,Analog:12\nSample Interval,Analog:0.100000000\nVertical Units,CH1:V\nSource,CH1\nSecond,Value\n"
        + rows("{t}0000000,{i}.00000"),
    ),
    Report(
        "A PicoScope export",
        "Time,Channel A\n(ms),(mV)\n\n" + "".join(f"{i * 100}.00000000,{i}.0\n" for i in range(N)),
        units=("mV",),
    ),
    Report(
        "A table with bars and dashes, from a wiki", "| time | a |\n|------|---|\n" + rows("| {t} | {i} |")
    ),
    Report(
        "OpenSignals with its JSON in the header",
        '# OpenSignals Text File Format\n# {"sampling rate": 10, "sensor": ["RAW"]}\n# EndOfHeader\n'
        + rows("{i}\t0\t{i}\t"),
        names=None,
        values=(np.zeros(N), COUNT),
        kinds=("columns-left-aside",),
    ),
    Report("The header is repeated every few rows", "time,a\n" + BEFORE + "time,a\n" + AFTER),
    Report(
        "A footer with the sum",
        "time,a\n" + rows("{t},{i}") + "Sum,66\n",
        kinds=("rows-left-aside",),
        lines=(14,),
    ),
    Report("Minutes and seconds with hundredths", "time,a\n" + rows("01:{ss}.50,{i}"), rate=1),
    Report("MATLAB wrote exponents in the time", "t,a\n" + "".join(f"{i / 10:.15e},{i}\n" for i in range(N))),
]


@pytest.mark.parametrize("report", REPORTS, ids=[report.said for report in REPORTS])
def test_report(report, tmp_path):
    path = tmp_path / report.name
    path.write_bytes(report.text if isinstance(report.text, bytes) else report.text.encode())
    if report.refused:
        with pytest.raises(SignalError, match=report.refused):
            read(path, **report.options)
        return
    signal = read(path, **report.options)
    assert signal.sample_rate == pytest.approx(report.rate, rel=1e-6)
    np.testing.assert_allclose(signal.samples, np.atleast_2d(report.values), atol=1e-9)
    assert tuple(warning.kind for warning in signal.warnings) == report.kinds
    if report.lines:
        assert tuple(warning.line for warning in signal.warnings) == report.lines
    if report.start is not None:
        assert signal.start == pytest.approx(report.start, abs=1e-3)
    if report.names is not None:
        assert signal.channel_names == report.names
    if report.units is not None:
        assert signal.units == report.units


def test_there_are_sixty_reports():
    assert len({report.said for report in REPORTS}) >= 60


def test_ten_thousand_columns_say_what_to_do(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("\n".join(",".join("12" for _ in range(10_000)) for _ in range(3)) + "\n")
    with pytest.raises(SignalError, match=r"has 10000 columns, and at most 4096 are read; .* transpose it"):
        read(path)
