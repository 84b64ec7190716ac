"""Numbers with units as people type and read them. Free of Qt."""

from __future__ import annotations

import math
import re

from hippo_studio.signals.rate_words import SLOW, rate_in_words

_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "": 1.0,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
}
_NUMBER_UNIT = re.compile(r"([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?)\s*([a-zµμ]*)", re.IGNORECASE)
_RATE = re.compile(r"([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?)\s*([µμumkKMG]?)(?:[hH][zZ])?")
_PREFIXES = {"µ": 1e-6, "μ": 1e-6, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
LOWEST_RATE, HIGHEST_RATE = 1e-6, 1e9
"""Hz: what a sample rate may be, from one sample in eleven days to a thousand million per second."""
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d*)?)")


def parse_seconds(text: str) -> float:
    """Seconds from `0.5`, `0,5 s`, `50 ms`, `200 µs`, `2 min`, `1:30` or `1:02:03.5`.

    Raises ValueError, one sentence, for anything else, for zero and for negative or infinite values.
    """
    stripped = text.strip()
    if clock := _CLOCK.fullmatch(stripped):
        hours, minutes, seconds = clock.groups()
        value = int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    elif (match := _NUMBER_UNIT.fullmatch(stripped)) and match[2].lower() in _SECONDS:
        value = float(match[1].replace(",", ".")) * _SECONDS[match[2].lower()]
    else:
        raise ValueError(f"a time is written like 0.5 s, 50 ms or 1:30; received {text!r}")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"a time must be above 0 and finite; received {text!r}")
    return value


def parse_rate(text: str) -> float:
    """Hz from `100`, `0,5 Hz`, `48 kHz` or `1 MHz`; ValueError, one sentence, for anything else."""
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"A sample rate is written like 100, 0.5 Hz or 48 kHz; received {text!r}.")
    return checked_rate(float(match[1].replace(",", ".")) * _PREFIXES[match[2]], text)


def checked_rate(rate: float, received: object = None) -> float:
    """The rate itself; ValueError, one sentence that quotes what was received, if none can be so."""
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        received = rate if received is None else received
        raise ValueError(
            f"A sample rate lies between 1 µHz and 1 GHz (1e-6 to 1e9 Hz); received {received!r}."
        )
    return rate


def format_seconds(value: float, digits: int = 3) -> str:
    """Seconds with the unit that reads best and `digits` significant digits: `50 ms`, `0.5 s`, `2 min`."""
    if value >= 120:
        return f"{_significant(value / 60, digits)} min"
    if value >= 0.1:
        return f"{_significant(value, digits)} s"
    if value >= 1e-4:
        return f"{_significant(value * 1e3, digits)} ms"
    return f"{_significant(value * 1e6, digits)} µs"


def duration(seconds: float) -> str:
    """A time to wait: `4 s`, `2 min 10 s`, `1 h 5 min`."""
    if not math.isfinite(seconds):
        return "—"
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def format_clock(seconds: float, *, digits: int = 3) -> str:
    """A position in a signal, `mm:ss.mmm`, or `h:mm:ss.mmm` from one hour on."""
    ticks = round(max(seconds, 0.0) * 10**digits)
    whole, fraction = divmod(ticks, 10**digits)
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f".{fraction:0{digits}d}" if digits else ""
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    return f"{head}:{secs:02d}{tail}"


def format_rate(rate: float) -> str:
    """A sample rate: `48 kHz`, `360 Hz`, `0.1 Hz`, `one sample every 31 days`."""
    return rate_in_words(rate) if 0 < rate <= SLOW else typed_rate(rate)


def typed_rate(rate: float) -> str:
    """A sample rate as `parse_rate` takes it: `48 kHz`, `0.1 Hz`."""
    return f"{_significant(rate / 1e3, 5)} kHz" if rate >= 1000 else f"{_significant(rate, 4)} Hz"


def _significant(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text
