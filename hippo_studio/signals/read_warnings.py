"""What a reader did that its user should know of, as typed values with line numbers.

A warning is never fatal: the signal beside it is usable. Each says in one sentence what was found and what
was done about it; `line` is the first line concerned (counted from 1, as editors do), None where lines make
no sense.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReadWarning:
    """One remark of a reader: its kind for programs, its sentence for people, the first line concerned."""

    kind: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        return self.message if self.line is None else f"Line {self.line}: {self.message}"


@dataclass(frozen=True)
class TruncatedFile(ReadWarning):
    """The file ends before it says it does; what is there was read."""

    kind: str = field(default="truncated-file", init=False)


@dataclass(frozen=True)
class ChangedFile(ReadWarning):
    """Another program wrote to the file while it was open."""

    kind: str = field(default="changed-file", init=False)


@dataclass(frozen=True)
class ImplausibleHeader(ReadWarning):
    """The header contradicts the file; what is in the file was believed."""

    kind: str = field(default="implausible-header", init=False)


@dataclass(frozen=True)
class AssumedRate(ReadWarning):
    """Neither file nor options give a sample rate; one was assumed."""

    kind: str = field(default="assumed-rate", init=False)


@dataclass(frozen=True)
class AssumedEncoding(ReadWarning):
    """The text is not UTF-8; another encoding was assumed."""

    kind: str = field(default="assumed-encoding", init=False)


@dataclass(frozen=True)
class AssumedTime(ReadWarning):
    """The time column leaves its unit or its order of day and month open; one was assumed."""

    kind: str = field(default="assumed-time", init=False)


@dataclass(frozen=True)
class MissingValues(ReadWarning):
    """Some samples are absent or not finite; they were filled as the option `missing` says."""

    kind: str = field(default="missing-values", init=False)


@dataclass(frozen=True)
class BadCells(ReadWarning):
    """Some cells of a number column hold no number; they were treated as missing."""

    kind: str = field(default="bad-cells", init=False)


@dataclass(frozen=True)
class RaggedRows(ReadWarning):
    """Some rows have more or fewer fields than the header."""

    kind: str = field(default="ragged-rows", init=False)


@dataclass(frozen=True)
class RowsLeftAside(ReadWarning):
    """Rows behind the table, such as a footer or another table, were not read."""

    kind: str = field(default="rows-left-aside", init=False)


@dataclass(frozen=True)
class BadTimestamps(ReadWarning):
    """Some time stamps cannot be read; their rows were placed by their neighbours."""

    kind: str = field(default="bad-timestamps", init=False)


@dataclass(frozen=True)
class NonMonotonicTime(ReadWarning):
    """Time runs backwards somewhere; the sentence says what was made of it."""

    kind: str = field(default="non-monotonic-time", init=False)


@dataclass(frozen=True)
class DuplicateTimes(ReadWarning):
    """Several rows carry the same time."""

    kind: str = field(default="duplicate-times", init=False)


@dataclass(frozen=True)
class GarbledLines(ReadWarning):
    """Lines of a stream that are no rows of numbers; they were left out."""

    kind: str = field(default="garbled-lines", init=False)


@dataclass(frozen=True)
class LostRows(ReadWarning):
    """Rows of a stream that came faster than the machine could take them."""

    kind: str = field(default="lost-rows", init=False)


@dataclass(frozen=True)
class TimeGaps(ReadWarning):
    """Rows are absent from an otherwise regular record; the gap was filled as the option `missing` says."""

    kind: str = field(default="time-gaps", init=False)


@dataclass(frozen=True)
class IrregularTime(ReadWarning):
    """The samples are not evenly spaced; they were resampled."""

    kind: str = field(default="irregular-time", init=False)


@dataclass(frozen=True)
class NothingToResample(ReadWarning):
    """A rate was asked for at which irregular times are resampled, and the times are even."""

    kind: str = field(default="nothing-to-resample", init=False)


@dataclass(frozen=True)
class NoDateOrder(ReadWarning):
    """An order of day and month was said, and the times leave no choice of one."""

    kind: str = field(default="no-date-order", init=False)


@dataclass(frozen=True)
class DuplicateNames(ReadWarning):
    """Columns share a name; the later ones were numbered."""

    kind: str = field(default="duplicate-names", init=False)


@dataclass(frozen=True)
class ColumnsLeftAside(ReadWarning):
    """Columns that hold no signal (text, counters, nothing at all) were left aside, `columns` by name."""

    kind: str = field(default="columns-left-aside", init=False)
    columns: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class ArraysLeftAside(ReadWarning):
    """A file of several arrays was opened at one of them."""

    kind: str = field(default="arrays-left-aside", init=False)


@dataclass(frozen=True)
class ComplexValues(ReadWarning):
    """Complex samples became two channels, real and imaginary part."""

    kind: str = field(default="complex-values", init=False)


@dataclass(frozen=True)
class ChannelsLeftAside(ReadWarning):
    """Channels of other sample rates than the signal's were left aside."""

    kind: str = field(default="channels-left-aside", init=False)


@dataclass(frozen=True)
class Resampled(ReadWarning):
    """Channels of several sample rates were brought to one."""

    kind: str = field(default="resampled", init=False)


@dataclass(frozen=True)
class SeriesLeftAside(ReadWarning):
    """A file of many series was opened at one of them."""

    kind: str = field(default="series-left-aside", init=False)


def left_out_words(keys: tuple[str, ...]) -> str:
    """Say of a stream of JSON objects which of its keys hold no numbers."""
    verb = "holds no numbers and is" if len(keys) == 1 else "hold no numbers and are"
    return f"{', '.join(keys)} {verb} left out."


def garbled_remark(count: int, last: str) -> GarbledLines:
    """Say of a stream how many lines were no rows of numbers, and quote the last."""
    lines = "1 line was" if count == 1 else f"{count} lines were"
    return GarbledLines(f"{lines} garbled and left out, the last one {last!r}.")


def lost_remark(count: int) -> LostRows:
    """Say of a stream how much came too fast for the machine."""
    return LostRows(f"{count} rows or datagrams came too fast for this machine, and are lost.")


def gap_remark(count: int, seconds: float, places: tuple[float, ...] = ()) -> TimeGaps:
    """Say of a stream how often rows were missing, for how long in all, and where, in seconds."""
    gaps = "1 gap was" if count == 1 else f"{count} gaps were"
    named = ", ".join(f"{place:.3f} s" for place in places[:8])
    where = f": at {named}{' …' if count > 8 else ''}" if named else ""
    return TimeGaps(f"{gaps} filled by straight lines, {seconds:.3g} s in all{where}.")
