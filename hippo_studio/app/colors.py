"""The two sets of colours, light and dark. Free of Qt, so that tests can hold them to account.

Contrast follows WCAG 2: text at least 4.5 : 1 on every ground, curves at least 3 : 1. The measures' colours
descend from the palette of Okabe and Ito (2008), moved as little as makes them carry on a white and on a
near-black ground and stay 19 apart in CIE L*a*b* for each kind of colour blindness. All of this is held by
`tests/app/test_colors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Colors:
    """One set of colours, each `#rrggbb`."""

    dark: bool
    background: str
    """The window."""
    surface: str
    """Plots, lists and fields."""
    raised: str
    """Buttons and what the mouse is over."""
    text: str
    muted: str
    """Text of second rank: units, hints, axis labels."""
    border: str
    grid: str
    signal: str
    """The signal's own curve: grey, so that what remembers it has the colour."""
    playhead: str
    accent: str
    """What is selected, pressed or focused; no measure has this colour."""
    on_accent: str
    positive: str
    """Signed pictures: the two ends of the diverging scale."""
    negative: str
    info: str
    warning: str
    error: str
    measures: Mapping[str, str]


LIGHT = Colors(
    dark=False,
    background="#eef0f4",
    surface="#ffffff",
    raised="#f8f9fb",
    text="#1b2230",
    muted="#586274",
    border="#c9cfd9",
    grid="#dde1e8",
    signal="#7f8896",
    playhead="#1b2230",
    accent="#4f52c4",
    on_accent="#ffffff",
    positive="#b5460f",
    negative="#1c62ad",
    info="#4f52c4",
    warning="#8f5b00",
    error="#b3261e",
    measures=MappingProxyType(
        {
            "legt": "#0965ae",
            "legs": "#de6509",
            "lagt": "#02996e",
            "fout": "#ad4785",
            "legs-lti": "#6f5200",
        }
    ),
)

DARK = Colors(
    dark=True,
    background="#1a1d24",
    surface="#12141a",
    raised="#262b35",
    text="#e6e9ef",
    muted="#9aa4b5",
    border="#363d4a",
    grid="#262b35",
    signal="#8d97a8",
    playhead="#f2f4f8",
    accent="#8f92ff",
    on_accent="#14162b",
    positive="#ff9457",
    negative="#5cb0ff",
    info="#a3a5ff",
    warning="#f0b64a",
    error="#ff8a80",
    measures=MappingProxyType(
        {
            "legt": "#3e9dea",
            "legs": "#f57c22",
            "lagt": "#3ad4a6",
            "fout": "#e68cc8",
            "legs-lti": "#f2db5d",
        }
    ),
)


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, part: float) -> str:
    """The colour that is `part` of the way from one to the other (0 to 1), in sRGB."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
