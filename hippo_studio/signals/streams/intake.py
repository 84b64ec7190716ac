"""What an address gives, as rows of numbers: its bytes, sniffed and parsed, or the rows of an LSL inlet."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hippo_studio.signals.streams.address import Address
from hippo_studio.signals.streams.lines import LONGEST_LINE, QUOTED, LineFormat, LineParser, quoted
from hippo_studio.signals.streams.pace import Arrival
from hippo_studio.signals.streams.piped import Handover
from hippo_studio.signals.streams.sniffing import ENOUGH, sniff

SNIFFING = 0.5
"""Seconds from the first line on after which a format is decided."""
TAIL = 6
"""Lines that are kept to be shown."""


@dataclass
class Columns:
    """What is known of the rows: how they are written, names and units of channels, their rate or 0.

    `left_out` are keys of JSON objects that hold no numbers.
    """

    described: str = ""
    channels: int = 0
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    rate: float = 0.0
    left_out: tuple[str, ...] = ()


@dataclass
class Intake:
    """Reads an address: `open`, `read` again and again until it gives None, `close`.

    Attributes
    ----------
    columns : None until the format is known.
    lines, garbled, last_garbled : counts, and the last garbled line as it is shown.
    tail : the last lines as they came.
    """

    address: Address
    columns: Columns | None = None
    lines: int = 0
    garbled: int = 0
    last_garbled: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))
    _source: Any = None
    _parser: LineParser | None = None
    _first: list[tuple[bytes, float]] = field(default_factory=list)
    _cut: bool = False  # whether what comes first is the end of a line whose beginning is lost
    _seen: bytes = b""  # of that line

    def go_on(self, left: Handover) -> None:
        """Read on where another reader of the same bytes has stopped."""
        self._cut = left.cut
        if left.form is not None:
            self._begin(left.form, left.text, begun=True)
        elif left.text:
            self._first.append((left.text, time.monotonic()))

    def handover(self) -> Handover:
        """What the next reader of the same bytes has to know, to read on."""
        if self._parser is not None:
            return Handover(self._parser.form, self._parser.rest, self._cut)
        return Handover(None, b"".join(text for text, _ in self._first), self._cut)

    def open(self) -> None:
        """Take hold of the source. Raises StreamError, one sentence."""
        if self.address.kind == "lsl":
            from hippo_studio.signals.streams.lsl import LslInlet

            self._source = inlet = LslInlet(self.address)
            inlet.open()
            self.columns = Columns(
                "LSL samples with times", 0, inlet.names, inlet.units, self.address.rate or inlet.rate
            )
            return
        from hippo_studio.signals.streams.sources import source_of

        self._source = source_of(self.address)
        self._source.open()

    @property
    def status(self) -> str:
        """What is the matter with the sender, in a few words; "" while all is well."""
        return str(self._source.status)

    @property
    def dropped(self) -> int:
        """Datagrams that this machine had no room for."""
        return int(self._source.dropped)

    def read(self, patience: float) -> list[Arrival] | None:
        """The rows that came within so many seconds, maybe none; None once nothing more will come."""
        if self.address.kind == "lsl":
            times, values = self._source.read(patience)
            self.lines += len(values)
            if len(values) and self.columns is not None and not self.columns.channels:
                self.columns.channels = values.shape[1]
            self.tail.extend(" ".join(f"{value:.6g}" for value in row[:12]) for row in values[-TAIL:])
            return [Arrival(times, values, time.monotonic())] if len(values) else []
        text = self._source.read(patience)
        clock = time.monotonic()
        if text is None:
            return self._last_rows(clock)
        if self._cut:
            text = self._without_cut_line(text)
        if self._parser is None:
            return self._look(text, clock)
        return self._rows(text, clock) if text else []

    def close(self) -> None:
        """Let go of the source."""
        if self._source is not None:
            self._source.close()

    def _without_cut_line(self, text: bytes) -> bytes:
        """What follows the line whose beginning is lost; that line is garbled, whatever it looks like."""
        end, line_end, following = text.partition(b"\n")
        self._seen = (self._seen + end)[: 4 * QUOTED]
        if line_end:
            self._cut = False
            self.lines, self.garbled = self.lines + 1, self.garbled + 1
            self.last_garbled = quoted(self._seen)
        return following

    def _rows(self, text: bytes, clock: float, *, last: bool = False) -> list[Arrival]:
        assert self._parser is not None
        parsed = self._parser.parse(text, last=last)
        self.lines += parsed.lines
        self.garbled += parsed.garbled
        self.last_garbled = parsed.last_garbled or self.last_garbled
        self._keep_tail(text)
        return [Arrival(parsed.times, parsed.values, clock)] if len(parsed.values) else []

    def _keep_tail(self, text: bytes) -> None:
        self.tail.extend(quoted(line) for line in text[-4096:].splitlines()[-TAIL:] if line.strip(b"\0 \t"))

    def _look(self, text: bytes, clock: float) -> list[Arrival]:
        """Gather the first lines until their format can be told."""
        if text:
            self._first.append((text, clock))
            self._keep_tail(text)
        lasted = clock - self._first[0][1] if self._first else 0.0
        poured = len(text) > LONGEST_LINE // 2
        if lasted < SNIFFING and not poured:
            return []
        lines = self._first_lines()
        return self._settle(lines) if len(lines) >= 4 or lasted > 2 * SNIFFING else []

    def _last_rows(self, clock: float) -> list[Arrival] | None:
        """At the end: what came too soon for its format to be told, and a line that never ended."""
        found = []
        if self._parser is None and self._first:
            self._first.append((b"\n", clock))
            lines = [pair for pair in self._first_lines() if pair[0].strip()]
            found = self._settle(lines)
            if self._parser is None:
                self._leave(lines)
        if self._parser is not None:
            found += self._rows(b"", clock, last=True)
        return found or None

    def _first_lines(self) -> list[tuple[bytes, float]]:
        """The first and last of the lines so far, each with the time at which it was whole."""
        lines = b"".join(text for text, _ in self._first).split(b"\n")[:-1]
        ends = np.cumsum([len(text) for text, _ in self._first])
        pieces = np.searchsorted(ends, np.cumsum([len(line) + 1 for line in lines]))
        timed = [
            (line.strip(b"\r"), self._first[piece][1]) for line, piece in zip(lines, pieces, strict=True)
        ]
        return timed if len(timed) <= ENOUGH else timed[: ENOUGH // 2] + timed[-ENOUGH // 2 :]

    def _settle(self, lines: list[tuple[bytes, float]]) -> list[Arrival]:
        """Decide on a format, and parse what waited for it, as it came."""
        form = sniff([line for line, _ in lines], [when for _, when in lines])
        first = self._first
        if form is None:
            if len(lines) >= ENOUGH or sum(len(text) for text, _ in first) > LONGEST_LINE:
                self._leave(lines)
            return []
        self._first = []
        self._begin(form)
        return [arrival for text, when in first for arrival in self._rows(text, when)]

    def _begin(self, form: LineFormat, rest: bytes = b"", *, begun: bool = False) -> None:
        """Read lines of this format from now on."""
        self._parser = LineParser(form, rest, begun=begun)
        self.columns = Columns(
            str(form),
            form.channels,
            form.channel_names,
            form.channel_units,
            self.address.rate,
            form.left_out,
        )

    def _leave(self, lines: list[tuple[bytes, float]]) -> None:
        """Nothing but garbage has come: count it, and look at what follows."""
        self.lines, self.garbled = self.lines + len(lines), self.garbled + len(lines)
        self.last_garbled = quoted(lines[-1][0] if lines else self._first[-1][0])
        self._first = []
