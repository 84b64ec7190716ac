"""What the window says of a stream."""

from __future__ import annotations

import pytest
from stream_twin import StreamTwin

from hippo_studio.app.streams import wording
from hippo_studio.signals.streams import parse_address


@pytest.mark.parametrize("text", ["-", "pipe:", "pipe:?rate=100"])
def test_standard_input_is_called_by_its_name(text: str) -> None:
    address = parse_address(text)
    assert (address.standard_input, address.title) == (True, "standard input")
    assert wording.particulars(StreamTwin(text)).splitlines()[0] == "standard input"
    assert wording.assumed(address).startswith("standard input sends rows without times")
    assert "pipe:?rate=100 in place of -" in wording.assumed(address)


def test_another_address_is_told_whole() -> None:
    text = "pipe:/tmp/a?rate=100"
    assert not parse_address(text).standard_input
    assert wording.particulars(StreamTwin(text)).splitlines()[0] == text
    assert "write ?rate=100 behind the address" in wording.assumed(parse_address(text))


def test_a_pace_that_was_misjudged_is_said_where_nothing_else_tells_the_rate() -> None:
    stream = StreamTwin("-")
    stream.rate = 6300.0
    stream.say(measured=101.0)
    assert wording.misjudged(stream).startswith(
        "standard input sends rows at 101 Hz, but its first ones came at 6.3 kHz, by which time is counted"
    )
    stream.say(measured=6000.0)
    assert wording.misjudged(stream) == ""
    stream.say(measured=0.0)  # silence is no pace
    assert wording.misjudged(stream) == ""
    stream.say(measured=101.0)
    stream.timed = True
    assert wording.misjudged(stream) == ""
    given = StreamTwin("udp://:9000?rate=50")
    given.rate = 50.0
    given.say(measured=101.0)
    assert wording.misjudged(given) == ""
