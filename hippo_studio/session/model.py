"""What a session is: a frozen tree of plain values, from which everything on screen can be shown again.

The rooms of the studio own what their part means; here stands what they have in common, and how a signal is
found or made again. `Session.to_plain` and `Session.from_plain` go to JSON and back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

VERSION = 1
"""Of the format; raised when an older studio would misread a newer file."""
Plain = Mapping[str, Any]
"""What JSON can say; nobody changes it afterwards."""


class SessionError(ValueError):
    """A session that cannot be used; the message is one sentence: what, where, and what to do."""


@dataclass(frozen=True)
class SignalEntry:
    """How one signal of the list is found or made again.

    Attributes
    ----------
    path : the file that it was read from, absolute; empty if it was made.
    options : what the reader was told, as `read(path, **options)` takes it.
    generator, parameters : the formula that made it, as `generate(generator, **parameters)`.
    title : what it was called, for a signal that has neither; such a one cannot be made again.
    tools : what was done to it since, in order, each as plain values that name the tool.
    regions : its labels: start and end in seconds, and the word.
    size, digest : of the file, in bytes and as `fingerprint` has it; 0 and empty while unknown. They are how
        a moved file is recognised and make no difference to what the entry is.
    """

    path: str = ""
    options: Plain = field(default_factory=dict)
    generator: str = ""
    parameters: Plain = field(default_factory=dict)
    title: str = ""
    tools: tuple[Plain, ...] = ()
    regions: tuple[tuple[float, float, str], ...] = ()
    size: int = field(default=0, compare=False)
    digest: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.title or self.path.replace("\\", "/").rpartition("/")[2] or self.generator

    @property
    def source_key(self) -> str:
        """The same text for two entries of the same untouched samples."""
        source = [self.path, self.options, self.generator, self.parameters, self.title]
        return json.dumps(source, sort_keys=True)

    @property
    def key(self) -> str:
        """The same text for two entries that look and sound alike, tools included."""
        return json.dumps([self.source_key, self.tools], sort_keys=True)

    def to_plain(self) -> dict[str, Any]:
        """Plain values; what is empty is left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["regions"] = [list(region) for region in self.regions]
        values["tools"] = [dict(tool) for tool in self.tools]
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_plain(cls, values: object, where: str) -> SignalEntry:
        """The entry that plain values describe. SessionError, one sentence naming `where`, if they do not."""
        table = _table(values, where)
        text = {name: _text(table, name, where) for name in ("path", "generator", "title", "digest")}
        options, parameters = (
            _table(table.get(name, {}), f"{where}.{name}") for name in ("options", "parameters")
        )
        tools = tuple(
            _table(tool, f"{where}.tools[{index}]") for index, tool in enumerate(_list(table, "tools", where))
        )
        regions = tuple(
            _region(one, f"{where}.regions[{index}]")
            for index, one in enumerate(_list(table, "regions", where))
        )
        size = table.get("size", 0)
        if type(size) is not int or size < 0:
            raise SessionError(f"{where}.size is a number of bytes; it says {_short(size)}.")
        entry = cls(**text, options=options, parameters=parameters, tools=tools, regions=regions, size=size)
        if not (entry.path or entry.generator or entry.title):
            raise SessionError(f"{where} names no signal: it needs a path, a generator or a title.")
        return entry


@dataclass(frozen=True)
class View:
    """How the person looks at it: nothing here is undone.

    Attributes
    ----------
    tab : the tab shown.
    playhead : seconds from the start of the current signal.
    zoom : from and to in the overview, in seconds; None for all.
    speed : seconds of signal per second; 0 stands for as fast as possible.
    loop, region : whether the end leads back to the start, and of which part in seconds; None for all.
    """

    tab: str = "memory"
    playhead: float = 0.0
    zoom: tuple[float, float] | None = None
    speed: float = 1.0
    loop: bool = False
    region: tuple[float, float] | None = None

    @classmethod
    def from_plain(cls, values: object, where: str) -> View:
        """The view that plain values describe. SessionError, one sentence, if they do not."""
        table = _table(values, where)
        default = cls()
        loop = table.get("loop", default.loop)
        if not isinstance(loop, bool):
            raise SessionError(f"{where}.loop is true or false; it says {_short(loop)}.")
        return cls(
            tab=_text(table, "tab", where) or default.tab,
            playhead=_seconds(table.get("playhead", default.playhead), f"{where}.playhead"),
            zoom=_interval(table.get("zoom"), f"{where}.zoom"),
            speed=_seconds(table.get("speed", default.speed), f"{where}.speed"),
            loop=loop,
            region=_interval(table.get("region"), f"{where}.region"),
        )


@dataclass(frozen=True)
class Session:
    """Everything on screen.

    Attributes
    ----------
    signals : the list, in order.
    current : which of them is shown, -1 for none.
    memory, train : the choices of these tabs, in their own words (`MemoryState`, `TrainState`).
    parts : what further rooms keep, by their name; that of a room that this studio lacks is kept as it is.
    unknown : what a file of another studio said beside that; kept, too.
    view : how all this is looked at; no step of the history, and no change that asks to be saved.
    """

    signals: tuple[SignalEntry, ...] = ()
    current: int = -1
    memory: Plain = field(default_factory=dict)
    train: Plain = field(default_factory=dict)
    parts: Plain = field(default_factory=dict)
    unknown: Plain = field(default_factory=dict)
    view: View = field(default=View(), compare=False)

    def replace(self, **changes: Any) -> Session:
        """Return this session with some values changed."""
        return replace(self, **changes)

    @property
    def content(self) -> tuple[Any, ...]:
        """What counts as a change worth saving: all but which signal is shown, and how."""
        return self.signals, self.memory, self.train, self.parts

    def to_plain(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        view = {one.name: getattr(self.view, one.name) for one in fields(View)}
        return {
            **self.unknown,
            "signals": [entry.to_plain() for entry in self.signals],
            "current": self.current,
            "memory": dict(self.memory),
            "train": dict(self.train),
            "view": {
                name: list(value) if isinstance(value, tuple) else value for name, value in view.items()
            },
            **({"parts": dict(self.parts)} if self.parts else {}),
        }

    @classmethod
    def from_plain(cls, values: object) -> Session:
        """The session that plain values describe. SessionError, one sentence, if they do not."""
        table = _table(values, "the session")
        signals = tuple(
            SignalEntry.from_plain(one, f"signals[{index}]")
            for index, one in enumerate(_list(table, "signals", "the session"))
        )
        current = table.get("current", len(signals) - 1)
        if type(current) is not int or not -1 <= current < len(signals):
            raise SessionError(
                f"current is the number of one of {len(signals)} signals, from 0; it says {_short(current)}."
            )
        memory, train, parts = (_table(table.get(name, {}), name) for name in ("memory", "train", "parts"))
        known = {one.name for one in fields(cls)}
        return cls(
            signals,
            current,
            memory,
            train,
            parts,
            {name: value for name, value in table.items() if name not in known},
            View.from_plain(table.get("view", {}), "view"),
        )


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SessionError(f"{where} is a table of names and values; it says {_short(value)}.")
    return value


def _list(table: Plain, name: str, where: str) -> list[Any]:
    value = table.get(name, [])
    if not isinstance(value, list):
        raise SessionError(f"{where}.{name} is a list; it says {_short(value)}.")
    return value


def _text(table: Plain, name: str, where: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str) or "\0" in value:
        raise SessionError(f"{where}.{name} is text; it says {_short(value)}.")
    return value


def _seconds(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise SessionError(f"{where} is a number, 0 or more; it says {_short(value)}.")
    return float(value)


def _interval(value: object, where: str) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise SessionError(f"{where} is two numbers of seconds; it says {_short(value)}.")
    start, stop = (_seconds(one, where) for one in value)
    if not start < stop:
        raise SessionError(f"{where} ends after it begins; it says {_short(value)}.")
    return start, stop


def _region(value: object, where: str) -> tuple[float, float, str]:
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[2], str) or not value[2]:
        raise SessionError(f"{where} is start, end and label; it says {_short(value)}.")
    interval = _interval(value[:2], where)
    assert interval is not None
    return (*interval, value[2])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
