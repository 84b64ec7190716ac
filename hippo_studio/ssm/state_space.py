"""A state space layer seen from four sides, which must agree.

    continuous      `state_space(channel)`        x' = A x + B u, y = C x + D u; A, B, C, D, Δ as numpy arrays
    recurrent       `initial_state`, `step`       one sample after the other, O(N) per channel
    convolutional   `kernel(length)`              y = K * u + D u
    frequency       `frequency_response(omega)`   K̂(ω) = Σ_l K_l e^(−iωl)

Shapes: a sequence is (batch, L, H), a sample (batch, H), H the width d_model; each of the H channels is a
state space of its own with N state numbers. The layers are linear maps along the sequence; norm, activation,
dropout and the mixing of channels are the block's. What a layer returns may lie channel-first in memory, as
it was computed; a linear layer reads that at no cost.

Parameters are real; complex ones are pairs, last dimension 2. The state space is computed in the precision of
its parameters also under autocast, its phases in float64.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from hippo_studio.hippo import gates
from hippo_studio.ssm.checks import Shapes, check_finite, check_sample, check_sequence, check_state
from hippo_studio.ssm.convolution import (
    ChunkFactors,
    chunked_convolution,
    fft_convolution,
    toeplitz_convolution,
)
from hippo_studio.ssm.kept import Built, Kept
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.parameters import hint_of, slow
from hippo_studio.ssm.recurrence import Recurrence

CONVOLUTIONS = ("auto", "fft", "chunks")
SHORT = 128
"""Up to this length a product with the whole Toeplitz matrix costs little more than an FFT, and no bit of
a later sample reaches an earlier one."""


MOST_NUMBERS = 1 << 30
"""Of all kernels of a layer: 4 GiB in float32. Beyond it a typing error is likelier than a wish."""


class DenseStateSpace(NamedTuple):
    """One channel in the continuous view: float64 arrays. Discretized at step Δ it is the recurrent one."""

    A: npt.NDArray[np.float64]
    """(N, N)."""
    B: npt.NDArray[np.float64]
    """(N,)."""
    C: npt.NDArray[np.float64]
    """(N,)."""
    D: float
    delta: float
    """Δ, in units of A's time per sample."""


class StateSpace(Mixer):
    """H state spaces side by side. Subclasses say what one is: kernel, chunk factors, recurrence, response.

    Parameters
    ----------
    d_model, d_state
        H and N.
    log_timescales
        ln Δ, (H,), or fewer where channels share them: learned.
    skip
        Whether y has a term D u, D (H,) learned.
    convolution
        "fft", "chunks", or "auto": what measured fastest for this length on this kind of device.
    """

    method: str
    """How Δ turns A and B into Ā and B̄: a method of `hippo_studio.hippo.discretize`."""

    def __init__(
        self,
        d_model: int,
        d_state: int,
        log_timescales: Tensor,
        *,
        skip: bool = True,
        convolution: str = "auto",
    ) -> None:
        super().__init__()
        if convolution not in CONVOLUTIONS:
            raise ValueError(
                f"The convolution is {convolution!r}; one of {', '.join(CONVOLUTIONS)} is needed."
            )
        self.width = self.d_model = gates.whole_number("d_model", d_model, least=1)
        self.d_state = gates.whole_number("d_state", d_state, least=1, most=gates.MAX_ORDER)
        self.convolution = convolution
        self.rate = 1.0
        """Δ is multiplied by it: 2 for half the sampling rate of training (see `rate.at_rate`)."""
        self.log_delta = slow(nn.Parameter(log_timescales.clone()))
        self.D: Tensor
        if skip:
            self.D = nn.Parameter(torch.randn(d_model))
        else:
            self.register_buffer("D", torch.zeros(d_model), persistent=False)
        self._kept = Kept()

    @abstractmethod
    def _continuous(self, channel: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return one channel's A (N, N), B (N,) and C (N,), real, in the coordinates of the state."""

    @abstractmethod
    def _kernel(self, length: int) -> Tensor:
        """Return K: (H, length)."""

    @abstractmethod
    def _chunk_factors(self, length: int) -> ChunkFactors:
        """Return the factors of a chunk, without D."""

    @abstractmethod
    def _recurrence(self) -> Recurrence:
        """Return the constants of a step."""

    @abstractmethod
    def _response(self, z: Tensor) -> Tensor:
        """Return Σ_l K_l z^l, (H, len(z)), at points z (complex128) on the unit circle."""

    @abstractmethod
    def _chunks_are_faster(self, length: int) -> bool:
        """Whether a training step on one CPU thread is faster in chunks than by FFT, as measured."""

    def forward(self, u: Tensor) -> Tensor:
        """Return y = K * u + D u, (batch, L, H), in the dtype of u."""
        check_sequence(u, self.d_model)
        return _sequence(self.convolve(_channel_first(u, self.dtype)), u.dtype)

    def convolve(self, u: Tensor) -> Tensor:
        """Return y = K * u + D u channel-first, (H, batch, L), for u in the layer's own precision."""
        length = u.shape[2]
        with self._precisely():
            if not self._in_chunks(length, u.device):
                kernel = self._keep(("skip", length), lambda: _with_skip(self._kernel(length), self.D))
                short = length <= SHORT and self.convolution == "auto"
                return toeplitz_convolution(u, kernel) if short else fft_convolution(u, kernel)
            chunk = self._chunk_length(length)
            padding = -length % chunk
            padded = nn.functional.pad(u, (0, padding)) if padding else u
            state = u.new_zeros(u.shape[0], u.shape[1], self.d_state)
            return chunked_convolution(padded, self._factors(chunk), state)[0][..., :length]

    def state_space(self, channel: int) -> DenseStateSpace:
        """Return one channel's continuous A, B, C, D and Δ (the rate included), in the state's coordinates.

        Raises ValueError for a channel that does not exist.
        """
        channel = gates.whole_number("the channel", channel, least=0, most=self.d_model - 1)
        with torch.no_grad():
            A, B, C = (np.asarray(values.double().cpu()) for values in self._continuous(channel))
            return DenseStateSpace(A, B, C, float(self.D[channel]), float(self.timescales()[channel]))

    def kernel(self, length: int, rate: float | None = None) -> Tensor:
        """Return K_0 … K_{length − 1}, without the skip D: (H, length).

        `rate` replaces the layer's own: 2 gives the kernel for a signal at half the sampling rate. Raises
        ValueError for a length below 1 or beyond `MOST_NUMBERS` of all channels, and a rate not above 0.
        """
        most = MOST_NUMBERS // self.d_model
        length = gates.whole_number("the kernel's length", length, least=1, most=most)
        with self._at(rate), self._precisely():
            return self._keep(("kernel", length), lambda: self._kernel(length))

    def frequency_response(self, omega: Tensor | npt.ArrayLike, rate: float | None = None) -> Tensor:
        """Return K̂(ω) = Σ_l K_l e^(−iωl) of the whole, endless kernel, without D: (H, len(omega)), complex.

        `omega` in radians per sample; π is the Nyquist frequency. `rate` as for `kernel`.
        """
        if isinstance(omega, Tensor) and omega.is_complex():
            raise ValueError(f"ω is of type {omega.dtype}; real numbers are needed.")
        angles = omega if isinstance(omega, Tensor) else torch.as_tensor(gates.numbers("ω", omega))
        angles = angles.to(self.log_delta.device, torch.float64).flatten()
        check_finite("ω", angles)
        with self._at(rate), self._precisely():
            response = self._response(torch.polar(torch.ones_like(angles), -angles))
        return response.to(self.dtype.to_complex())

    def timescales(self) -> Tensor:
        """Return Δ of each channel, the rate included: (H,) float64."""
        return self._per_channel(torch.exp(self.log_delta.double()) * self.rate)

    def _state_shapes(self, batch: int) -> Shapes:
        """Of x."""
        return batch, self.d_model, self.d_state

    def recurrence(self) -> Recurrence:
        """Return the constants of a step: real tensors."""
        return self._keep("recurrence", self._precise_recurrence)

    def _precise_recurrence(self) -> Recurrence:
        with self._precisely():
            return self._recurrence()

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y (batch, H) for u (batch, H), and the next state (batch, H, N)."""
        check_sample(u, self.d_model)
        check_state(state, (u.shape[0], self.d_model, self.d_state), self.dtype)
        if u.dtype == state.dtype and not torch.is_autocast_enabled(u.device.type):
            return self.recurrence().step(u, state)
        with self._precisely():
            y, state = self.recurrence().step(u.to(self.dtype), state)
        return y.to(u.dtype), state

    def chunk(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y (batch, L, H) and the state after the block: as `step` L times, for any L ≥ 1."""
        check_sequence(u, self.d_model, streaming=True)
        check_state(state, (u.shape[0], self.d_model, self.d_state), self.dtype)
        y, x = self.convolve_from(_channel_first(u, self.dtype), state.transpose(0, 1))
        return _sequence(y, u.dtype), x.transpose(0, 1)

    def convolve_from(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return y (H, batch, L) and the next state (H, batch, N): `chunk`, channel-first."""
        length = u.shape[2]
        chunk = self._chunk_length(length)
        whole = length // chunk * chunk
        with self._precisely():
            y, state = chunked_convolution(u[..., :whole], self._factors(chunk), state)
            if whole == length:
                return y, state
            rest, state = chunked_convolution(u[..., whole:], self._factors(length - whole), state)
        return torch.cat([y, rest], 2), state

    @property
    def dtype(self) -> torch.dtype:
        """The precision in which the layer computes, that of its parameters."""
        return self.log_delta.dtype

    def _per_channel(self, values: Tensor) -> Tensor:
        """Repeat what several channels share, so that the first dimension is H."""
        copies = self.d_model // values.shape[0]
        return values if copies == 1 else values.repeat_interleave(copies, 0)

    def _in_chunks(self, length: int, device: torch.device) -> bool:
        if torch.compiler.is_exporting():
            return True  # real matrix products, which every format has operators for
        if self.convolution != "auto":
            return self.convolution == "chunks"
        return device.type == "cpu" and length > SHORT and self._chunks_are_faster(length)

    def _shortest_chunk(self, length: int) -> int:
        """Return how long the chunks of a sequence should at least be, as measured on one CPU thread."""
        return 32 if length <= 4096 else 64

    def _chunk_length(self, length: int) -> int:
        """Return the chunk for a sequence: its smallest divisor in a good range, if there is one."""
        shortest = self._shortest_chunk(length)
        if length <= shortest:
            return length
        candidates = range(shortest, 2 * shortest + 1)
        return next((chunk for chunk in candidates if length % chunk == 0), shortest)

    def _factors(self, length: int) -> ChunkFactors:
        def build() -> ChunkFactors:
            bare = self._chunk_factors(length)
            return ChunkFactors(_with_skip(bare.kernel, self.D), bare.inward, bare.outward, bare.carry)

        return self._keep(("chunk", length), build)

    def _keep(self, key: Any, build: Callable[[], Built]) -> Built:
        """Return what `build` makes of the parameters and the rate, kept while they stay."""
        return self._kept.get(self._parameters, (key, self.rate), build)

    @contextmanager
    def _at(self, rate: float | None) -> Iterator[None]:
        own = self.rate
        self.rate = own if rate is None else gates.positive("the rate", rate)
        try:
            yield
        finally:
            self.rate = own

    def _precisely(self) -> AbstractContextManager[Any]:
        """Autocast off: the state space stays in the precision of its parameters."""
        device = self.log_delta.device.type
        if torch.compiler.is_exporting() or not torch.is_autocast_enabled(device):
            return nullcontext()
        return torch.autocast(device, enabled=False)

    def __getstate__(self) -> dict[str, Any]:
        # A copied parameter loses its attributes, so the copy is told of them.
        hinted = [name for name, p in self._parameters.items() if p is not None and hint_of(p)]
        return {**self.__dict__, "_hinted": hinted}

    def __setstate__(self, state: dict[str, Any]) -> None:
        hinted = state.pop("_hinted", [])
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        for name in hinted:
            slow(self.get_parameter(name))


def _with_skip(kernel: Tensor, D: Tensor) -> Tensor:
    return torch.cat([kernel[:, :1] + D[:, None], kernel[:, 1:]], 1)


def _channel_first(u: Tensor, dtype: torch.dtype) -> Tensor:
    """Return u (batch, L, H) as (H, batch, L), contiguous: a transposition, unless it lies so already."""
    batch, length, channels = u.shape
    return u.to(dtype).reshape(batch * length, channels).t().contiguous().view(channels, batch, length)


def _sequence(y: Tensor, dtype: torch.dtype) -> Tensor:
    """Return y (H, batch, L) as (batch, L, H), a view."""
    return y.permute(1, 2, 0).to(dtype)
