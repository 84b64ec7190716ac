"""Whether the day or the month comes first in dates such as 01/02/2023: found out, or said."""

from __future__ import annotations

import re
from dataclasses import replace

from hippo_studio.signals.read_warnings import NoDateOrder
from hippo_studio.signals.readers.table_format import TimeColumn

DATE_ORDERS = ("day-month", "month-day")
_BOTH = re.compile(r"%([dm])(\W)%([dm])(?=\2)")


def check_date_order(order: str | None) -> None:
    """ValueError, one sentence, for an order that is none."""
    if order is not None and order not in DATE_ORDERS:
        raise ValueError(f"date_order is one of {', '.join(DATE_ORDERS)}; got {order!r}.")


def date_order_of(time: TimeColumn | None) -> str:
    """The order in which a time column is read; empty where the dates leave no choice, or there are none."""
    found = _BOTH.match(time.pattern) if time is not None and time.kind == "datetime" else None
    return "" if found is None else DATE_ORDERS[found[1] == "m"]


def with_date_order(time: TimeColumn | None, order: str | None) -> TimeColumn | None:
    """The column read in an order that was said; None: as was found out."""
    if time is None or order is None or not date_order_of(time):
        return time
    first, second = ("d", "m") if order == "day-month" else ("m", "d")
    pattern = _BOTH.sub(rf"%{first}\2%{second}", time.pattern, count=1)
    return replace(time, pattern=pattern, assumption="")


def unused_order(time: TimeColumn | None, order: str) -> list[NoDateOrder]:
    """What is said where an order was asked for and made no difference; "" is none that was asked for."""
    if not order or date_order_of(time):
        return []
    why = "The dates are written so that they leave no choice"
    if time is None or time.kind != "datetime":
        why = "There is no column of times" if time is None else "The times are no dates"
    return [NoDateOrder(f"{why}, so the order of day and month that was said, {order}, changes nothing.")]
