"""The online memory: push samples, read coefficients, draw the past again.

A memory is N numbers per channel and the count of samples seen; of the signal itself it keeps nothing.

A push happens whole or not at all: samples are checked before anything changes, and the state is one
immutable value, replaced at the end, so that other threads always read a consistent one.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from hippo_studio.hippo import gates
from hippo_studio.hippo.gates import Float64s, Floats, MemoryWarning
from hippo_studio.hippo.health import Health, examine
from hippo_studio.hippo.measure import Measure
from hippo_studio.hippo.measures import get_measure
from hippo_studio.hippo.room import states_room
from hippo_studio.hippo.settings import MemorySettings, dtype_name
from hippo_studio.hippo.snapshot import pack, unpack
from hippo_studio.hippo.updates import Update, update_for

_LOOKED_AT_FIRST = 1024  # longer blocks are; shorter ones afterwards, by what they made of the coefficients
_CONVERTED_AT_ONCE = 2**22  # samples of a channel


class OnlineMemory:
    """The HiPPO memory of a signal, fed in blocks of any length.

    Parameters
    ----------
    measure : str or Measure
        A name of `MEASURES`, or a measure made by `get_measure`.
    order : int
        N, the number of coefficients per channel.
    sample_rate : float
        Of the signal, in Hz.
    theta : float, optional
        θ, the window or decay time in seconds, at least one sample. LegS has none.
    method : str
        How to discretize: forward, backward, bilinear, gbt or zoh.
    channels : int
        How many signals are remembered side by side, each for itself.
    dtype : str or type
        float64 or float32: the state's, and so that of coefficients and trajectories.
    alpha : float
        GBT's α; counts for method "gbt" only.
    measure_options : mapping, optional
        Options of the measure, as for `get_measure`.

    Raises
    ------
    ValueError
        For a bad argument, and for a combination that is bound to blow up (see `stability`).

    Warns
    -----
    MemoryWarning
        For a combination that amplifies before it settles.
    """

    def __init__(
        self,
        measure: str | Measure,
        order: int,
        sample_rate: float,
        theta: float | None = None,
        method: str = "bilinear",
        channels: int = 1,
        dtype: npt.DTypeLike = "float64",
        alpha: float = 0.5,
        measure_options: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(measure_options, Mapping | None):
            raise ValueError(  # noqa: TRY004 - every bad argument of this library is a ValueError
                f"The measure's options are {measure_options!r}; a dict such as {{'alpha': 0.5}} is needed."
            )
        chosen = get_measure(measure, **(measure_options or {}))
        dtype = dtype_name(dtype)
        self._begin(MemorySettings(chosen, order, sample_rate, theta, method, channels, dtype, alpha))
        if self._settings.verdict.warning:
            warnings.warn(self._settings.verdict.warning, MemoryWarning, stacklevel=2)

    @classmethod
    def from_settings(cls, settings: MemorySettings) -> OnlineMemory:
        """Return a new memory of these settings; what they warn of is left to `health`."""
        memory = cls.__new__(cls)
        memory._begin(settings)
        return memory

    @classmethod
    def reproducible(cls, settings: MemorySettings) -> OnlineMemory:
        """Return a new memory that gives the same bits for the same pushes, whatever ran before it.

        Others may differ in the last one: the tables for blocks are shared, and made once they are worth it.
        """
        memory = cls.from_settings(settings)
        memory._update = update_for(settings, shared=False)
        return memory

    def _begin(self, settings: MemorySettings) -> None:
        self._settings = settings
        self._dtype: np.dtype[np.floating[Any]] = np.dtype(settings.dtype)
        zeros: Floats = np.zeros((settings.channels, settings.order), settings.dtype)
        self._state = _frozen(zeros), 0  # coefficients, samples seen: replaced as one

    def push(self, block: npt.ArrayLike) -> None:
        """Take in the next samples: (T,) for one channel, or (channels, T), of any length T ≥ 0.

        The result does not depend on how a signal is cut into blocks. Raises ValueError, and leaves the
        memory as it was, for a wrong shape, for a sample that is not finite, and where the coefficients
        would leave the range of the dtype.
        """
        samples = self._samples(block)
        length = samples.shape[1]
        if length > _LOOKED_AT_FIRST:
            self._push_long(samples)
        elif length:
            coefficients, seen = self._state
            try:
                after = self._update.advance(coefficients, self._converted(samples), seen)
            except FloatingPointError:
                self._refuse(samples)
            self._state = _frozen(after), seen + length

    def _push_long(self, samples: npt.NDArray[Any]) -> None:
        """Samples that are looked at first, and converted a part at a time where they must be converted."""
        (coefficients, seen), length = self._state, samples.shape[1]
        ready = samples.dtype == self._dtype and samples.flags.c_contiguous
        size = length if ready else _CONVERTED_AT_ONCE
        for start in range(0, length, size):
            u = self._converted(samples[:, start : start + size])
            if not gates.is_finite(u):
                gates.finite("the block", samples, self._dtype)
            try:
                coefficients = self._update.advance(coefficients, u, seen + start)
            except FloatingPointError:
                self._refuse(samples)
        self._state = _frozen(coefficients), seen + length

    def trajectory(self, block: npt.ArrayLike, out: Floats | None = None) -> Floats:
        """Take in the next samples as `push` does, and return the state after each: (channels, T, N).

        `out`, if given, is filled and returned: a C-contiguous array of that shape and the memory's dtype.
        Raises ValueError as `push` does; `out` may then be partly written. Raises MemoryError for states that
        do not fit.
        """
        given = self._samples(block)
        length = given.shape[1]
        states = states_room((*given.shape, self.order), self.dtype, out)
        samples = self._converted(given)
        if not gates.is_finite(samples):
            gates.finite("the block", given, self._dtype)
        if length:
            coefficients, seen = self._state
            self._update.trajectory(coefficients, samples, seen, states)
            after = states[:, -1].copy()
            if not gates.is_finite(after):
                self._refuse(samples)
            self._state = _frozen(after), seen + length
        return states

    def reconstruct(self, times: npt.ArrayLike) -> Float64s:
        """Return what the memory says the signal was at `times`: (channels, len(times)).

        Times are in seconds on the signal's clock: sample k (from 0) is at k/fs and stands for the interval
        centred there, so that `reconstruct(k / fs)` estimates sample k. NaN where the memory says nothing:
        later than the newest sample's interval, before the first sample (LegS), before the window (LegT,
        FouT). An age up to half a sample outside is read at the edge. Before the first sample the other
        measures remember zeros.
        """
        wanted = np.atleast_1d(gates.numbers("times", times)).astype(np.float64)
        if wanted.ndim != 1:
            raise ValueError(f"times have shape {wanted.shape}; one dimension is needed.")
        gates.finite("times", wanted)
        (coefficients, samples), half_sample = self._state, 0.5 / self.sample_rate
        values = np.full((self.channels, wanted.size), np.nan)
        span = self._settings.span(samples)
        if span:
            # Sample k was held over [k, k + 1]/fs of the memory's time: its centre is half a sample later.
            now = samples / self.sample_rate
            age = now - (wanted + half_sample)
            oldest = self.measure.support * span if self.measure.time_invariant else now
            slack = half_sample * (1 + 1e-6)
            inside = (age >= -slack) & (age <= oldest + slack)
            basis = self.measure.basis(self.order, np.clip(age[inside], 0.0, oldest) / span)
            values[:, inside] = coefficients @ basis
        return values

    def reset(self) -> None:
        """Forget everything: as new."""
        self._begin(self._settings)

    def health(self) -> Health:
        """Return spectral radius, resolved cycles, samples in the window, and warnings in words."""
        return examine(self._settings, self.samples)

    def snapshot(self) -> dict[str, Any]:
        """Return all there is to this memory as plain arrays and scalars, fit for `np.savez`."""
        coefficients, samples = self._state
        return pack(self._settings, samples, coefficients)

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> OnlineMemory:
        """Return the memory of a snapshot: a dict of `snapshot`, or the same read back by `np.load`.

        Raises ValueError for entries that are missing or contradict each other.
        """
        settings, samples, coefficients = unpack(snapshot)
        memory = cls.from_settings(settings)
        memory._state = _frozen(coefficients), samples
        return memory

    @property
    def coefficients(self) -> Floats:
        """c, (channels, N), read-only; a later push makes a new array and leaves this one as it is."""
        return self._state[0]

    @property
    def samples(self) -> int:
        """Samples seen per channel."""
        return self._state[1]

    @property
    def time(self) -> float:
        """Seconds of signal seen."""
        return self.samples / self.sample_rate

    @property
    def settings(self) -> MemorySettings:
        """What this memory is made of."""
        return self._settings

    @property
    def measure(self) -> Measure:
        """The measure, with its options."""
        return self._settings.measure

    @property
    def order(self) -> int:
        """N."""
        return self._settings.order

    @property
    def sample_rate(self) -> float:
        """In Hz."""
        return self._settings.sample_rate

    @property
    def theta(self) -> float | None:
        """θ in seconds; None for a LegS to which none was given."""
        return self._settings.theta

    @property
    def method(self) -> str:
        """The name of the discretization."""
        return self._settings.method

    @property
    def channels(self) -> int:
        """How many signals are remembered side by side."""
        return self._settings.channels

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """The type of the state."""
        return self._dtype

    def __repr__(self) -> str:
        window = f", θ = {self.theta:g} s" if self.measure.time_invariant else ""
        return (
            f"<OnlineMemory: {self.measure.label}, N = {self.order}{window}, {self.method}, "
            f"{self.channels} × {self.samples} samples at {self.sample_rate:g} Hz>"
        )

    @cached_property
    def _update(self) -> Update:
        """Made at the first push, which may take a while, and shared between memories of these settings."""
        return update_for(self._settings)

    def _samples(self, block: npt.ArrayLike) -> npt.NDArray[Any]:
        """The gate of push: samples as (channels, T), of any type and layout."""
        array = block if type(block) is np.ndarray else gates.numbers("the block", block)
        channels = self._settings.channels
        if array.ndim == 1 and channels == 1:
            array = array[None]
        if array.ndim != 2 or array.shape[0] != channels:
            turned = array.ndim == 2 and array.shape[1] == channels
            one = "(T,) or (1, T)" if channels == 1 else f"({channels}, T)"
            hint = "; it looks transposed" if turned else ""
            raise ValueError(f"The block has shape {array.shape}; {one} is needed{hint}.")
        return array

    def _converted(self, samples: npt.NDArray[Any]) -> Floats:
        """The same, C-contiguous, of the memory's dtype."""
        if samples.dtype == self._dtype and samples.flags.c_contiguous:
            return samples
        gates.numbers("the block", samples)
        with np.errstate(over="ignore"):  # what is beyond the dtype's range is refused in words
            return samples.astype(self._dtype, order="C")

    def _refuse(self, block: npt.NDArray[Any]) -> NoReturn:
        """Say what in a block led to coefficients that are not finite."""
        gates.finite("the block", block, self._dtype)
        raise ValueError(
            f"The block would drive the coefficients beyond the range of {self.dtype}, so it was not "
            "taken in; scale the signal down or choose another method."
        )


def _frozen(coefficients: Floats) -> Floats:
    coefficients.setflags(write=False)
    return coefficients
