"""A page that fills up takes little memory beside its samples."""

from __future__ import annotations

import tracemalloc

import numpy as np

from hippo_studio.app.sound import live_source
from hippo_studio.app.sound.live_source import new_page


def test_a_whole_page_is_summed_in_slices_to_the_same_sums(monkeypatch):
    samples = np.random.default_rng(0).integers(-4, 5, 2_000_100).astype(np.float32)  # summed exactly
    edges = np.sort(np.random.default_rng(1).integers(0, samples.size, 200)).astype(np.float64)

    def summed():
        page = new_page("live", 1000.0, 2_100_000)
        page.samples[: samples.size] = samples
        tracemalloc.start()
        page.moments.fill(0, samples.size)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return page.moments.over(edges), peak

    sliced, taken = summed()
    monkeypatch.setattr(live_source, "_SUMMED", 1 << 40)
    at_once, much = summed()
    assert np.array_equal(sliced, at_once)
    assert taken < 1.5 * samples.nbytes < 0.2 * much
