"""What is said of sound devices: what a general name stands for, and what an error most likely means."""

from __future__ import annotations

import pytest

from hippo_studio.signals.capture import what_is_behind
from hippo_studio.signals.capture.devices import words


def test_general_words_of_the_library_come_with_what_to_do() -> None:
    said = words(Exception("Error opening RawInputStream: Illegal combination of I/O devices", -9993))
    assert said == (
        "“Illegal combination of I/O devices”: no device answers under that name; see that it is connected "
        "and that the sound server runs, or choose another device"
    )
    assert words(Exception("Invalid sample rate")) == "Invalid sample rate"


@pytest.mark.parametrize(
    ("name", "part"), [("pulse", "default source"), ("default", "sound settings"), ("USB Audio: hw", "")]
)
def test_what_a_name_stands_for_that_is_no_device(name: str, part: str) -> None:
    assert part in what_is_behind(name)
    assert bool(part) == bool(what_is_behind(name))
