"""Times as people type and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.app.widgets.quantities import (
    format_clock,
    format_rate,
    format_seconds,
    parse_rate,
    parse_seconds,
    typed_rate,
)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("100", 100.0),
        ("0,5 Hz", 0.5),
        ("48 kHz", 48e3),
        ("44.1k", 44.1e3),
        ("2 mHz", 2e-3),
        ("1 MHz", 1e6),
        ("1 µHz", 1e-6),
    ],
)
def test_typed_rates_are_understood(text: str, rate: float) -> None:
    assert parse_rate(text) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("text", ["", "0", "-5", "nan", "inf", "1e999", "2 GHz", "often", "5 s"])
def test_other_rates_are_quoted_back(text: str) -> None:
    with pytest.raises(ValueError, match="rate") as caught:
        parse_rate(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        (".5 s", 0.5),
        ("50 ms", 0.05),
        ("50ms", 0.05),
        ("200 µs", 2e-4),
        ("200 us", 2e-4),
        ("1e-3", 1e-3),
        ("2 min", 120.0),
        ("1 h", 3600.0),
        ("1:30", 90.0),
        ("1:02:03.5", 3723.5),
        ("  3 Seconds ", 3.0),
    ],
)
def test_typed_times_are_understood(text: str, seconds: float) -> None:
    assert parse_seconds(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["", "abc", "0", "-1 s", "1e999", "nan", "inf", "5 apples", "1:2:3:4", "1 2"]
)
def test_other_times_are_quoted_back(text: str) -> None:
    with pytest.raises(ValueError, match="time") as caught:
        parse_seconds(text)
    assert repr(text) in str(caught.value)


@given(st.floats(1e-6, 1e6))
def test_what_is_shown_can_be_typed_back(seconds: float) -> None:
    assert parse_seconds(format_seconds(seconds, 4)) == pytest.approx(seconds, rel=1e-3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "00:00.000"),
        (3.2144, "00:03.214"),
        (59.9996, "01:00.000"),
        (3723.5, "1:02:03.500"),
        (-1, "00:00.000"),
    ],
)
def test_positions_are_shown_as_a_clock(seconds: float, text: str) -> None:
    assert format_clock(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (48000, "48 kHz"),
        (44100, "44.1 kHz"),
        (360, "360 Hz"),
        (0.1, "0.1 Hz"),
        (0, "0 Hz"),
        (1 / 60, "one sample every minute"),
        (3.684e-07, "one sample every 31.42 days"),
    ],
)
def test_rates_carry_their_unit(rate: float, text: str) -> None:
    assert format_rate(rate) == text


@pytest.mark.parametrize("rate", [48e3, 0.1, 1 / 64, 2.5e-5])
def test_a_rate_in_a_field_is_understood_again(rate: float) -> None:
    assert parse_rate(typed_rate(rate)) == pytest.approx(rate, rel=1e-3)
