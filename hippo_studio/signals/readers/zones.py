"""The offset of a recorder's clock from UTC, for times that are written without one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.ASCII)


def check_zone(zone: str) -> None:
    """Refuse what is no zone; ValueError in one sentence."""
    seconds_ahead(zone, 0.0)


def seconds_ahead(zone: str, clock: float) -> float:
    """Seconds by which a clock of this zone is ahead of UTC, when it shows `clock` (as if it were Unix time).

    `zone` is an offset such as "+02:00", a place such as "Europe/Berlin", or "UTC".
    """
    if match := _OFFSET.fullmatch(zone.strip()):
        hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
        if hours <= 14 and minutes < 60:
            return (3600 * hours + 60 * minutes) * (-1.0 if match["sign"] == "-" else 1.0)
    elif zone.strip().upper() in ("UTC", "Z", "GMT"):
        return 0.0
    else:
        try:
            shown = datetime.fromtimestamp(clock, UTC).replace(tzinfo=ZoneInfo(zone.strip()))
            offset = shown.utcoffset()
        except (LookupError, ValueError, OSError, OverflowError):  # no such place, or a time beyond calendars
            offset = None
        if offset is not None:
            return offset.total_seconds()
    raise ValueError(
        f"time_zone is an offset such as +02:00, a place such as Europe/Berlin, or UTC; got {zone!r}."
    )
