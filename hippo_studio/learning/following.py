"""A trained model follows a signal, moment by moment in its recurrent view, and tells what it takes it for.

The signal comes in blocks of any length, at the model's own sampling rate or at another, for which Δ is
scaled. A model that averages over its past would average over an hour as well, and never change its mind:
its memory of what it has seen reaches back as far as the examples that it learned from. So does attention,
whose state would grow with the signal; a model that was not told how long they were looks back `MOST_BACK`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hippo_studio.learning.adapting import resample
from hippo_studio.learning.data import DataError
from hippo_studio.learning.likeness import while_followed
from hippo_studio.learning.use import channels_for
from hippo_studio.ssm import SequenceModel, at_rate, load_model

_NEAR = 0.01
MOST_BACK = 16_384
"""Moments that attention looks back at, if the model does not know how long its examples were."""


class Follower:
    """One model on one signal.

    Parameters
    ----------
    model : causal, of signals.
    factor : sampling rate of what is pushed, in parts of the model's own.

    Attributes
    ----------
    labels : the classes by name, in the order of the probabilities.

    Raises
    ------
    DataError
        If the model cannot follow a signal, saying why.
    """

    def __init__(self, model: SequenceModel, factor: float = 1.0) -> None:
        if model.config.vocabulary is not None:
            raise DataError("This model reads tokens, so it cannot follow a signal.")
        if not model.causal:
            raise DataError(
                f"This {model.title} must see the end before it says anything; train it with causal = true."
            )
        self.model, self.factor = model.eval(), factor
        details = model.details
        self.labels = tuple(map(str, details.get("labels") or range(model.config.n_classes)))
        length = details.get("length")
        self._reach = max(1, round(float(length) * factor)) if length else None
        self._state = model.initial_state(1)

    @property
    def sample_rate(self) -> float | None:
        """Of what is to be pushed, in Hz; None if the model knows no unit of time."""
        own = self.model.details.get("sample_rate")
        return float(own) * self.factor if own else None

    def remarks(self, sample_rate: float) -> tuple[str, ...]:
        """Return in sentences how a signal of that rate, in Hz, is unlike what the model learned from."""
        return tuple(while_followed(self.model, sample_rate))

    def push(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Follow by a block (L, d_input) of what `prepared` gives: the probabilities at each (L, classes)."""
        rate = 1.0 / self.factor if self.model.follows_rate else 1.0
        with torch.no_grad(), at_rate(self.model, rate):
            logits, state = self.model.trajectory(torch.from_numpy(values)[None], self._state)
        if self._reach is not None or self.model.attends:
            state = self.model.forget(state, self._reach or MOST_BACK)
        self._state = state
        found: NDArray[np.float32] = logits[0].float().softmax(-1).numpy()
        return found

    def hearing(self, sample_rate: float, channel_names: Sequence[str] = (), heard: int = 0) -> Hearing:
        """Return what makes blocks, as they are measured at a rate in Hz, what `push` takes.

        Of a model of one channel it takes the one in the row `heard`, if no name tells another.
        """
        return Hearing(self, sample_rate, channel_names, heard)

    def prepared(
        self, samples: NDArray[Any], sample_rate: float, channel_names: Sequence[str] = ()
    ) -> NDArray[np.float32]:
        """Return a signal (channels, T) as the model wants it: (L, d_input), at `self.sample_rate`.

        Raises DataError if it lacks a channel that the model needs.
        """
        details = self.model.details
        rows = channels_for(samples, channel_names, details, self.model.config.d_input)
        values = np.ascontiguousarray(rows.T, np.float32)
        wanted = self.sample_rate
        return self.scaled(resample(values, 1.0 if wanted is None else wanted / sample_rate))

    def scaled(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return values (L, d_input) in the units that the model learned from."""
        details = self.model.details
        offset, scale = details.get("offset") or (0.0,), details.get("scale") or (1.0,)
        scaled: NDArray[np.float32] = ((values - np.asarray(offset)) / np.asarray(scale)).astype(np.float32)
        return scaled


class Hearing:
    """Prepares a signal for a follower while it is measured, block by block; see `Follower.hearing`.

    Attributes
    ----------
    rate : of what `prepared` gives, in Hz. A model's own rate counts as that of the signal where the two are
        within a hundredth, as those of a sensor and its nominal rate are.
    """

    def __init__(
        self, follower: Follower, sample_rate: float, channel_names: Sequence[str], heard: int
    ) -> None:
        self._follower, self._names, self._heard = follower, channel_names, heard
        wanted = follower.sample_rate or sample_rate
        self.rate = sample_rate if abs(wanted / sample_rate - 1) < _NEAR else wanted
        self._resampler: Any = None
        if self.rate != sample_rate:
            import soxr

            channels = follower.model.config.d_input
            # better qualities hold back seconds of a slow sensor; this holds back some 40 moments
            self._resampler = soxr.ResampleStream(
                sample_rate, self.rate, channels, dtype="float32", quality="LQ"
            )

    def prepared(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Return what is ready of all blocks (channels, T) so far, (L, d_input). Raises DataError."""
        model = self._follower.model
        wanted = model.details.get("channel_names") or ()
        if model.config.d_input == 1 and not set(wanted) & set(self._names):
            rows = samples[self._heard : self._heard + 1]
        else:
            rows = channels_for(samples, self._names, model.details, model.config.d_input)
        values = np.ascontiguousarray(rows.T, np.float32)
        if self._resampler is not None:
            flat = values[:, 0] if values.shape[1] == 1 else values  # as soxr has it
            values = self._resampler.resample_chunk(flat).reshape(-1, values.shape[1])
        return self._follower.scaled(values)


def open_follower(path: str | os.PathLike[str], factor: float = 1.0, threads: int | None = None) -> Follower:
    """Return the follower of a run folder or model file; ValueError, one sentence, if there is none.

    `threads` of torch, for the thread that calls; None leaves them.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    return Follower(load_model(path), factor)
