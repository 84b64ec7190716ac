"""Which folders of sounds are words, to be learned from at other speeds."""

from __future__ import annotations

import pytest

from hippo_studio.learning.datasets import open_data

TWENTY = [(word, number) for word in ("yes", "no") for number in range(10)]


@pytest.mark.parametrize(("named", "spoken"), [(20, True), (18, True), (17, False), (1, False), (0, False)])
def test_what_mostly_names_its_speakers_is_learned_from_at_other_speeds(tmp_path, tone, named, spoken):
    for index, (word, number) in enumerate(TWENTY):
        name = f"s{number}_nohash_0.wav" if index < named else f"note{number}.wav"
        tone(tmp_path / word / name, 300, seconds=0.5)
    assert ("speed" in open_data(str(tmp_path)).prepare().defaults) == spoken
