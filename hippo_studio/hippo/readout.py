"""What a memory says of one moment of its past, after every sample: a signal as it is remembered later.

Between two samples all of the state moves, but only one number of it is asked for: Σ c_n g_n(a) at one age a.
For a time-invariant memory that number obeys, with c the state before a block and u its samples,

    y_j = gᵀ Ā^j c + Σ_{i ≤ j} gᵀ Ā^{j-i} B̄ u_i,        g = g(a),  j = 1 …

so the rows gᵀ Ā^j and the taps gᵀ Ā^j B̄ are made once, and a sample costs N + L/2 multiply-adds in blocks of
L instead of the N² of a step. LegS, whose basis at an age changes with its past, goes through every state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.gates import Floats
from hippo_studio.hippo.memory import OnlineMemory
from hippo_studio.hippo.settings import MemorySettings
from hippo_studio.hippo.updates import update_for

Float64s = NDArray[np.float64]

_BLOCK = 512


class Readout:
    """Reads the sample `back` samples ago from memories of these settings. Safe between threads.

    Raises ValueError where the memory holds nothing that old: `back` beyond the window of LegT or FouT.
    """

    def __init__(self, settings: MemorySettings, back: int) -> None:
        if back < 0:
            raise ValueError(f"only the past can be read: 0 samples back or more, received {back}.")
        self.settings, self.back = settings, back
        measure, window = settings.measure, settings.samples_in_window(0)
        if measure.time_invariant and back + 0.5 > measure.support * window + 0.5:
            raise ValueError(
                f"{measure.title} holds the last {window:g} samples; the sample {back} samples back is older."
            )
        self._rows = self._taps = np.zeros((0, 0))
        if measure.time_invariant:
            self._make_rows()

    def read(self, memory: OnlineMemory, block: Floats) -> Float64s:
        """Push a block, (T,) or (channels, T), and return what the memory says after each sample of it.

        (channels, T): entry j estimates the sample `back` before the block's sample j. 0 before the first.
        """
        samples = np.atleast_2d(np.asarray(block, np.float64))
        told = np.zeros(samples.shape)
        for start in range(0, samples.shape[1], _BLOCK):
            part = samples[:, start : start + _BLOCK]
            told[:, start : start + _BLOCK] = self._read_block(memory, part)
        return told

    def _read_block(self, memory: OnlineMemory, part: Float64s) -> Float64s:
        length, seen = part.shape[1], memory.samples
        if not self.settings.measure.time_invariant:
            told = self._through_states(memory, part)
        else:
            before = memory.coefficients.astype(np.float64) @ self._rows[:length].T
            memory.push(part)
            taps = self._taps[0, :length]
            told = before + np.stack([np.convolve(channel, taps)[:length] for channel in part])
        told[:, : max(self.back - seen, 0)] = 0.0
        return told

    def _through_states(self, memory: OnlineMemory, part: Float64s) -> Float64s:
        ends = memory.samples + 1 + np.arange(part.shape[1])
        spans = np.array([self.settings.span(int(end)) for end in ends]) * self.settings.sample_rate
        basis = memory.measure.basis(memory.order, np.minimum((self.back + 0.5) / spans, 1.0))
        states = memory.trajectory(part)
        told: Float64s = np.einsum("ctn,nt->ct", states, basis)
        return told

    def _make_rows(self) -> None:
        from hippo_studio.hippo.blocks import BlockUpdate

        settings, update = self.settings, update_for(self.settings)
        assert isinstance(update, BlockUpdate)
        age = min((self.back + 0.5) / settings.samples_in_window(0), settings.measure.support)
        ladder = update.ladder
        now = settings.measure.basis(settings.order, np.array([age])).T
        rows = now @ ladder.power(1).T
        while len(rows) < _BLOCK:
            rows = np.concatenate([rows, rows @ ladder.power(len(rows)).T])
        self._rows = rows
        self._taps = np.concatenate([now, rows[:-1]]) @ ladder.krylov(1).T
        self._taps = self._taps.T
