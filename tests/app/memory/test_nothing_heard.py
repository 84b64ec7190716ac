"""Before anything was heard, the recent past shows what is to come, and no negative times."""

from __future__ import annotations

import numpy as np

from hippo_studio.app.memory.frame import visible
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.signals import Signal

RATE = 100.0


def test_the_recent_past_at_the_start_is_no_empty_picture() -> None:
    state = MemoryState(view="window", theta=2.0)
    source = follow(Signal(np.zeros((1, 1000)), RATE))
    assert visible(state, source, 0) == (-0.5 / RATE, 2.5 - 0.5 / RATE)
    assert visible(state, source, 1)[1] == 0.5 / RATE
    short = follow(Signal(np.zeros((1, 100)), RATE))
    assert visible(state, short, 0) == (-0.5 / RATE, 1.0 - 0.5 / RATE)
    live = new_page("live", RATE, 3000, level=np.zeros(1))
    assert visible(state, live, 0)[1] == -0.5 / RATE, "nothing is to come that is known"
