"""What the text of one cell says: a number, a moment, nothing, or words; and what a header cell calls it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hippo_studio.signals.reading_options import how_to_say

# Cells that mean "no value", in lower case. Infinity is among them: no sensor measured it.
MISSING_TEXTS = (
    "", "na", "n/a", "n.a.", "nan", "+nan", "-nan", "null", "none", "nil", "-", "--", "---", "?", ".", "*",
    "#n/a", "#na", "#nv", "#value!", "#div/0!", "#num!", "missing", "no data", "nodata", "inf", "+inf",
    "-inf", "infinity", "-infinity", "nan(ind)", "1.#qnan", "1.#inf", "-1.#ind", "\\n", "<na>", "over",
    "overflow", "ovf",
)  # fmt: skip
_MISSING = frozenset(MISSING_TEXTS)
ON, OFF = ("true", "on", "yes"), ("false", "off", "no")  # of a switch, in lower case
_HEXADECIMAL = re.compile(r"0[xX][0-9A-Fa-f]{1,15}", re.ASCII)
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)
_REAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_REAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", re.ASCII)

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?[AaPp][Mm])?"
_ZONE = r"\s?(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_DATE = (
    r"\d{4}(?P<a>[-/.])\d{1,2}(?P=a)\d{1,2}|"
    r"\d{1,2}(?P<b>[-/. ])(?:\d{1,2}|[A-Za-z]{3})(?P=b)(?:\d{4}|\d{2})|[A-Za-z]{3} \d{1,2},? \d{4}|\d{8}"
)
_DATETIME = re.compile(
    rf"(?P<date>{_DATE})(?:(?P<join>[T ]\s?)(?P<clock>{_CLOCK}|\d{{6}}(?:\.\d+)?)(?P<zone>{_ZONE})?)?",
    re.ASCII,
)
_CLOCK_ONLY = re.compile(r"(?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d{1,9})?(?:\s?[AaPp][Mm])?", re.ASCII)

_BRACKETED_UNIT = re.compile(r"^(?P<name>.*?)[\s_]*[\[({<]\s*(?P<unit>[^\[\](){}<>]*?)\s*[\])}>]\s*$")
_SLASHED_UNIT = re.compile(r"^(?P<name>[^/]*[^/\s])\s*/\s*(?P<unit>[^/\s]+)$")
_SUFFIXED_TIME = re.compile(
    r"^(?P<name>.*?(?:time|timestamp|elapsed|epoch|^t))[\s_.-]+(?P<unit>[a-zµμ]+)$", re.I
)
_UNIT_LIKE = re.compile(r"[\[({<]?\s*[A-Za-zµμ°Ω%‰Å\d][A-Za-zµμ°Ω%‰\d²³⁻¹/*·^.\-() ]{0,11}\s*[\])}>]?")
_UNITS = """
s ms us µs μs ns min h Hz kHz V mV uV µV μV nV A mA uA µA g mg m mm cm km m/s m/s² m/s^2 m/s2 rad rad/s deg
deg/s dps ° °/s °C C K F Pa hPa kPa MPa bar mbar N kN Nm W kW J T mT uT µT μT G % dB bpm lux counts count LSB
au a.u. Ohm Ω ppm L l/min rpm date time - datetime
"""
KNOWN_UNITS = frozenset(_UNITS.split())
TIME_UNITS = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "sekunden": "s",
    "ms": "ms", "msec": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
    "us": "us", "µs": "us", "μs": "us", "usec": "us", "micros": "us", "microseconds": "us",
    "ns": "ns", "nsec": "ns", "nanos": "ns", "nanoseconds": "ns",
    "min": "min", "minutes": "min", "h": "h", "hr": "h", "hours": "h",
    "d": "d", "day": "d", "days": "d",
}  # fmt: skip
_TIMES = """
second seconds_elapsed elapsed_seconds elapsed_s elapsed_ms x_value
t time timestamp timestamps datetime date_time date clock elapsed seconds secs sec millis micros nanos ms us
ns epoch unix unixtime unix_time time_stamp zeit zeitstempel datum uhrzeit temps heure tiempo fecha hora tid
tempo tijd czas local_time utc utc_time gps_time host_time time_of_day
"""
TIME_NAMES = frozenset(_TIMES.split())
_COUNTERS = (
    "index idx sample samples sample_number n nr no num # id row row_number frame seq sequence counter"
)
COUNTER_NAMES = frozenset(_COUNTERS.split())

_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?P<sign>[.,'’ \u00a0\u202f])\d{3}(?P<more>(?:(?P=sign)\d{3})*)(?:(?P<decimal>[.,])\d+)?",
    re.ASCII,
)
_WITH_UNIT = re.compile(r"(?P<number>[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?)\s*(?P<unit>[A-Za-zµμ°%Ω][^\s\d]*)")

_LABELLED = re.compile(r"(?P<label>[^\W\d][\w .°%/-]{0,40}?)\s*[:=]\s*(?P<number>[+-]?[\d.,].*)")


def is_missing(cell: str) -> bool:
    """Whether a stripped cell stands for no value."""
    return cell.lower() in _MISSING


def is_switch(cell: str) -> bool:
    """Whether a stripped cell is a word for on or off."""
    return cell.lower() in (*ON, *OFF)


def is_hexadecimal(cell: str) -> bool:
    """Whether a stripped cell is a whole number such as 0x1F."""
    return _HEXADECIMAL.fullmatch(cell) is not None


def is_number(cell: str, decimal: str) -> bool:
    """Whether a stripped cell is a number written with this decimal sign."""
    return (_POINT if decimal == "." else _COMMA).fullmatch(cell) is not None


def decimal_votes(cells: Sequence[str]) -> tuple[int, int]:
    """How many cells are numbers with a decimal point, and how many with a decimal comma."""
    grouped = [match["decimal"] for match in map(_grouped, cells) if match is not None]
    points = sum(_REAL_POINT.fullmatch(cell) is not None for cell in cells) + grouped.count(".")
    return points, sum(_REAL_COMMA.fullmatch(cell) is not None for cell in cells) + grouped.count(",")


def thousands_sign(cells: Sequence[str], decimal: str) -> str:
    """What separates groups of three digits, as in 1.013,25; "" unless some cell leaves no doubt."""
    for match in map(_grouped, cells):
        if match is not None and match["sign"] != decimal and match["decimal"] in (None, decimal):
            return match["sign"]
    return ""


def ungrouped(cell: str, sign: str) -> str:
    """The number without its thousands signs; any other text as it is."""
    match = _GROUPED.fullmatch(cell) if sign and sign in cell else None
    return cell.replace(sign, "") if match is not None and match["sign"] == sign else cell


def is_grouped(cell: str) -> bool:
    """Whether a cell is a number in groups of three digits, without doubt."""
    return _grouped(cell) is not None


def has_unit(cell: str) -> bool:
    """Whether a cell is a number with a unit behind it."""
    match = _WITH_UNIT.fullmatch(cell)
    return match is not None and match["unit"] in KNOWN_UNITS


def common_unit(cells: Sequence[str]) -> str:
    """The unit that stands behind the number in most of these cells, "" if there is none."""
    if not cells or not any(cells[0].endswith(unit) for unit in KNOWN_UNITS):
        return ""
    units = Counter(match["unit"] for match in map(_WITH_UNIT.fullmatch, cells) if match is not None)
    unit, count = units.most_common(1)[0] if units else ("", 0)
    return unit if unit in KNOWN_UNITS and 2 * count >= len(cells) else ""


def is_labelled(cell: str) -> bool:
    """Whether a cell is a number with its name before it, as in "temp:21.5"."""
    match = _LABELLED.fullmatch(cell)
    number = match["number"] if match is not None else ""
    return is_number(number, ".") or is_number(number, ",") or has_unit(number)


def common_label(cells: Sequence[str]) -> str:
    """The name that stands before the number in nearly all of these cells, "" if there is none."""
    match = _LABELLED.fullmatch(cells[0]) if cells else None
    if match is None:
        return ""
    label = match["label"]
    alike = sum(cell.startswith(label) and is_labelled(cell) for cell in cells)
    return label if 10 * alike >= 9 * len(cells) else ""


def unlabelled(cell: str, label: str) -> str:
    """The number without the name before it; any other text as it is."""
    match = _LABELLED.fullmatch(cell) if label else None
    return match["number"] if match is not None and match["label"] == label else cell


def _grouped(cell: str) -> re.Match[str] | None:
    """Digits in groups that can be nothing else: several groups, decimals of another sign, or a rare sign."""
    match = _GROUPED.fullmatch(cell)
    if match is None or match["decimal"] == match["sign"]:
        return None
    return match if match["more"] or match["decimal"] or match["sign"] not in ".," else None


def to_float(cell: str, decimal: str) -> float:
    """The number in a cell that `is_number`."""
    return float(cell.replace(",", ".") if decimal == "," else cell)


def decimals(cell: str) -> int:
    """Digits behind the decimal sign of a number or of the seconds of a clock time."""
    match = re.search(r"[.,](\d+)(?:\s?[AaPp][Mm]|[Zz]|[+-]\d.*|\sUTC)?$", cell)
    return len(match.group(1)) if match else 0


def is_clock(cell: str) -> bool:
    """Whether a cell is a time of day or an elapsed time with colons."""
    return _CLOCK_ONLY.fullmatch(cell) is not None


def is_datetime(cell: str) -> bool:
    """Whether a cell is a date, with or without a clock time; eight bare digits are not enough."""
    match = _DATETIME.fullmatch(cell)
    return match is not None and not (match["clock"] is None and match["date"].isdigit())


def is_date(cell: str) -> bool:
    """Whether a cell is a date alone; eight digits count if they can be year, month and day."""
    match = _DATETIME.fullmatch(cell)
    if match is None or match["clock"] is not None:
        return False
    return not cell.isdigit() or ("1900" <= cell[:4] <= "2100" and "01" <= cell[4:6] <= "12")


@dataclass(frozen=True)
class Moments:
    """How the date texts of a column are written."""

    pattern: str  # "iso", or strptime codes without what follows the minutes
    zoned: bool
    assumption: str


def moments(cells: Sequence[str]) -> Moments | None:
    """The common way in which these cells write date and time; None if they do not."""
    matches = [match for match in map(_DATETIME.fullmatch, cells) if match is not None]
    if not matches:
        return None
    first = matches[0]
    zoned = any(match["zone"] is not None and match["zone"].strip()[0] in "+-" for match in matches)
    clocks = [match["clock"] for match in matches if match["clock"]]
    joint = "" if not clocks else ("T" if (first["join"] or " ").startswith("T") else " ")
    clock = _clock_pattern(clocks[0]) if clocks else ""
    date, assumption = _date_pattern([match["date"] for match in matches])
    if date in ("%Y-%m-%d", "%Y/%m/%d") and "%p" not in clock and "%H%M" not in clock:
        return Moments("iso", zoned, "")
    return Moments(date + joint + clock, zoned, assumption)


def _clock_pattern(clock: str) -> str:
    if ":" not in clock:
        return "%H%M%S"
    return "%I:%M %p" if clock[-1] in "mM" else "%H:%M"


def _date_pattern(dates: Sequence[str]) -> tuple[str, str]:
    """Strptime codes, and what had to be assumed about the order of day and month."""
    first = dates[0]
    if first.isdigit():
        return "%Y%m%d", ""
    if first[0].isalpha():
        return "%b %d. %Y" if "," in first else "%b %d %Y", ""  # a comma is made a point before it is parsed
    separator = next(character for character in first if not character.isalnum())
    parts = [date.split(separator) for date in dates]
    if len(parts[0][0]) == 4:
        return separator.join(("%Y", "%m", "%d")), ""
    year = "%Y" if len(parts[0][2]) == 4 else "%y"
    if parts[0][1].isalpha():
        return separator.join(("%d", "%b", year)), ""
    day_first = any(int(part[0]) > 12 for part in parts)
    month_first = any(int(part[1]) > 12 for part in parts if part[1].isdigit())
    if day_first or (not month_first and separator in ".-"):
        return separator.join(("%d", "%m", year)), ""
    if month_first:
        return separator.join(("%m", "%d", year)), ""
    # Days change more often than months.
    changing = [len({part[place] for part in parts}) for place in (0, 1)]
    codes, order = ("%m", "%d"), ("month", "day")
    if changing[0] > changing[1]:
        codes, order = codes[::-1], order[::-1]
    assumption = (
        f"Dates such as {first} were taken as {separator.join((*order, 'year'))}; if the {order[1]} comes "
        f"first, {how_to_say('date_order', f'{order[1]}-{order[0]}')}."
    )
    return separator.join((*codes, year)), assumption


def name_and_unit(header: str) -> tuple[str, str]:
    """Split a header cell such as "acc_x [m/s²]", "I/mA" or "time_ms" into name and unit."""
    header = " ".join(header.split())
    match = _BRACKETED_UNIT.match(header)
    if match and match["name"]:
        return match["name"].strip(), match["unit"]
    match = _SLASHED_UNIT.match(header)
    if match and match["unit"] in KNOWN_UNITS:
        return match["name"].strip(), match["unit"]
    match = _SUFFIXED_TIME.match(header)
    if match and match["unit"].lower() in TIME_UNITS:
        return match["name"].strip(), match["unit"]
    return header, ""


def is_unit(cell: str) -> bool:
    """Whether a cell of a row below the header could be a unit."""
    bare = cell.strip(" []{}()<>")
    return (
        cell in ("", "-") or bare in KNOWN_UNITS or (bare != cell and _UNIT_LIKE.fullmatch(cell) is not None)
    )


def bare_name(name: str) -> str:
    """A column's name in lower case with its blanks as underscores, for comparing."""
    return re.sub(r"[\s.\-]+", "_", name.strip().lower()).strip("_:")


def is_time_name(name: str) -> bool:
    """Whether a column of this name holds time."""
    bare = bare_name(name)
    return (
        bare in TIME_NAMES or bare.startswith(("time_", "timestamp")) or bare.endswith(("_time", "timestamp"))
    )


def is_counter_name(name: str) -> bool:
    """Whether a column of this name may count rows."""
    bare = bare_name(name)
    return not bare or bare in COUNTER_NAMES or bare.startswith(("unnamed", "column_", "sample_"))
