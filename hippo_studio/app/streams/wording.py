"""What the window says of a stream. Free of Qt."""

from __future__ import annotations

from hippo_studio.app.widgets.quantities import format_clock, format_rate
from hippo_studio.signals.streams import Address, Stream, StreamState
from hippo_studio.signals.streams.pace import far_off

_FAR = 0.02
"""From which part on a measured rate is another one than that which is used."""


def of_sender(address: Address, before: str, status: str) -> str:
    """What is said when the sender went away, or came back; empty where nothing is."""
    if status.endswith("is gone"):
        what = {"serial": "The serial port", "lsl": "The LSL stream"}.get(address.kind, "The sender")
        return f"{what} of {address.title} is gone; what came is kept, and it is waited for until you stop."
    if before.endswith("is gone") and not status:
        return f"{address.title} is back."
    return ""


def nothing_came(stream: Stream) -> str:
    """What is said of a stream that ended without a row."""
    last = stream.state.last_garbled
    return f"No line of numbers came from {stream.address.title}{f'; the last was {last!r}' if last else ''}."


def assumed(address: Address) -> str:
    """What is said of a stream whose rate nothing told."""
    how = "write ?rate=100 behind the address"
    if address.standard_input:
        how = "open pipe:?rate=100 in place of -"
    return (
        f"{address.title} sends rows without times, all at once, so 1 Hz was assumed; {how} "
        "to say another rate."
    )


def misjudged(stream: Stream) -> str:
    """What is said where rows without times come at quite another pace than the first ones; else empty."""
    measured, known = stream.state.measured, stream.timed or stream.assumed or stream.address.rate
    if known or not far_off(measured, stream.rate):
        return ""
    return (
        f"{stream.address.title} sends rows at {format_rate(measured)}, but its first ones came at "
        f"{format_rate(stream.rate)}, by which time is counted; begin anew to count it by the pace of now."
    )


def stopped(stream: Stream, seconds: float) -> str:
    """What is said once the person has ended a stream: what came, and what its sender meets."""
    came = f"{_received(stream, seconds)}. " if seconds else ""
    return f"{came}{_left(stream.address)}"


def ended(stream: Stream, seconds: float) -> str:
    """What is said of a stream that came to its end by itself."""
    return f"{stream.address.title} has ended. {_received(stream, seconds)}."


def _received(stream: Stream, seconds: float) -> str:
    return ", ".join([f"Received {format_clock(seconds, digits=1)}", *troubles(stream.state)])


def _left(address: Address) -> str:
    """What it means for a sender that it is no longer listened to."""
    if address.standard_input:
        return "Standard input is no longer read: what writes to it waits once the pipe is full."
    if address.kind == "udp" or address.listen:
        return f"Port {address.port} is free again: what still comes there is lost."
    return f"{address.title} is closed."


def troubles(state: StreamState) -> list[str]:
    """What went wrong so far, each in two or three words."""
    found = [f"{state.garbled} garbled"] if state.garbled else []
    if state.gaps:
        found.append(f"{state.gaps} gap{'s' if state.gaps > 1 else ''}, {state.missing:.3g} s")
    if state.dropped:
        found.append(f"{state.dropped} lost")
    return found


def line(stream: Stream, phase: str, seconds: float) -> str:
    """The state of a stream in one line."""
    state = stream.state
    if not stream.rate:
        return " · ".join([state.status or "waiting for a rate", *troubles(state)])
    pace = format_rate(stream.rate)
    if state.measured and abs(state.measured - stream.rate) > _FAR * stream.rate:
        pace += f" (measured {format_rate(state.measured)})"
    doing = state.status or (phase if phase != "live" or state.measured else "silent")
    return " · ".join([f"● {doing}", pace, format_clock(seconds, digits=1), *troubles(state)])


def particulars(stream: Stream) -> str:
    """What hovering over that line shows."""
    state, address = stream.state, stream.address
    name = address.title if address.standard_input else address.text
    lines = [name, stream.described, f"{state.lines:,} lines"]
    lines += [f"last garbled line: {state.last_garbled}"] if state.last_garbled else []
    lines += [f"{state.dropped} rows or datagrams came too fast for this machine"] if state.dropped else []
    lines += ["gaps are filled by straight lines, absent values held"] if state.gaps else []
    return "\n".join(part for part in lines if part)
