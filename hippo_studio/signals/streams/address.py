"""Where a stream comes from, as one line of text: `udp://:9000`, `serial:/dev/ttyUSB0?baud=115200`, `-` …"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from hippo_studio.signals.signal import SignalError

EXAMPLES = {
    "udp://:9000": "UDP: lines in datagrams that arrive at this port",
    "tcp://host:9000": "TCP: connect there",
    "tcp://:9000": "TCP: let a sender connect here",
    "serial:/dev/ttyUSB0?baud=115200": "Serial port",
    "lsl:name": "Lab Streaming Layer: the stream of that name; lsl: for any",
    "pipe:/tmp/fifo": "Named pipe",
    "-": "What is piped into the studio",
}
"""One address of each kind, and what it means."""

_KINDS = ("udp", "tcp", "serial", "lsl", "pipe")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.]*):(?!\\)")


class StreamError(SignalError):
    """A stream that cannot be had; the message is one sentence: what, where, and what to do."""


@dataclass(frozen=True)
class Address:
    """One source of a stream.

    Attributes
    ----------
    text : as it was written.
    kind : udp, tcp, serial, lsl or pipe.
    host, port : of udp and tcp; an empty host is every interface of this machine.
    place : the serial port, the named pipe (empty: standard input), or the name of the LSL stream.
    listen : whether a TCP sender connects here, instead of being connected to.
    baud : of a serial port, bits per second.
    rate : samples per second that the person has said; 0 if it is to be found out.
    wanted : further properties of an LSL stream, as type=EEG.
    """

    text: str
    kind: str
    host: str = ""
    port: int = 0
    place: str = ""
    listen: bool = False
    baud: int = 115_200
    rate: float = 0.0
    wanted: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What to call a signal that comes from here."""
        return "standard input" if self.standard_input else self.text.partition("?")[0]

    @property
    def standard_input(self) -> bool:
        """Whether it is what is piped into the studio."""
        return self.kind == "pipe" and not self.place


def is_address(text: str) -> bool:
    """Whether a word of the command line is meant as an address, a right one or not, and not as a file."""
    scheme = _SCHEME.match(text)
    return text == "-" or (scheme is not None and scheme[1].lower() in _KINDS)


def parse_address(text: str) -> Address:
    """Take an address apart. Raises StreamError, one sentence that quotes it."""
    text = text.strip()
    if text == "-":
        return Address(text, "pipe")
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() not in _KINDS:
        raise StreamError(
            f"{text!r} is no address of a stream; write one such as {', '.join(list(EXAMPLES)[:-2])}, or -."
        )
    kind = scheme[1].lower()
    rest, _, query = text[scheme.end() :].partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    made: dict[str, Any] = {"rate": _take(options, "rate", text, _rate, 0.0)}
    if kind in ("udp", "tcp"):
        made |= _network(kind, rest, options, text)
    else:
        made["place"] = unquote(rest).removeprefix("//")
    if kind == "serial":
        made["baud"] = _take(options, "baud", text, _baud, 115_200)
        if not made["place"]:
            raise StreamError(f"{text!r} names no serial port; write serial:/dev/ttyUSB0?baud=115200.")
    if kind == "lsl":
        made["wanted"], options = options, {}
    if options:
        known = {"tcp": "rate, listen", "serial": "rate, baud"}.get(kind, "rate")
        raise StreamError(
            f"{text!r} has an option {next(iter(options))!r} that {kind} lacks; it has {known}."
        )
    return Address(text, kind, **made)


def _network(kind: str, rest: str, options: dict[str, str], text: str) -> dict[str, Any]:
    where = rest.removeprefix("//").rstrip("/")
    host, colon, port = where.rpartition(":")
    if not rest.startswith("//") or not colon or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise StreamError(
            f"{text!r} names no port from 1 to 65535; write {kind}://host:9000 or {kind}://:9000."
        )
    listen = kind == "udp" or not host or "listen" in options
    if kind == "tcp":
        options.pop("listen", None)
    return {"host": host.strip("[]"), "port": int(port), "listen": listen}


def _take(options: dict[str, str], name: str, text: str, reads: Callable[[str], Any], default: Any) -> Any:
    value = options.pop(name, None)
    if value is None:
        return default
    try:
        return reads(value)
    except ValueError:
        raise StreamError(f"{text!r} has {name}={value!r}; {name} is a positive number.") from None


def _rate(value: str) -> float:
    rate = float(value)
    if not 0 < rate < math.inf:
        raise ValueError(value)
    return rate


def _baud(value: str) -> int:
    if not 50 <= int(value) <= 20_000_000:
        raise ValueError(value)
    return int(value)
