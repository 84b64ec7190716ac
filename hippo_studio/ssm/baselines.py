"""The rivals: LSTM, GRU, Transformer and linear Transformer, as mixers, so that each fills the same block.

The recurrent two are torch's own cells. Attention is scaled dot-product attention with several heads; if it
is causal, its state is the keys and values so far. Linear attention replaces the softmax by a product of
features, φ(q)·φ(k) with φ = elu + 1 (Katharopoulos et al. 2020, arXiv 2006.16236): its causal form is a
recurrence whose state is Σ φ(k) vᵀ and Σ φ(k), computed here in chunks, within a chunk as a masked product
and between chunks through that state.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from hippo_studio.hippo import gates
from hippo_studio.ssm.checks import Shapes, check_sequence, check_state
from hippo_studio.ssm.mixer import Mixer, State

LINEAR_ATTENTION_CHUNK = 64


class LSTM(Mixer):
    """One layer of long short-term memory (Hochreiter and Schmidhuber 1997), H in and out."""

    loops = True

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = gates.whole_number("d_model", width, least=1)
        self.cell = nn.LSTM(width, width, batch_first=True)

    def _state_shapes(self, batch: int) -> Shapes:
        """Of h and c."""
        return (batch, self.width), (batch, self.width)

    def chunk(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Carry h and c over u (B, L, H)."""
        self._check(u, state, self._dtype)
        y, (h, c) = self.cell(u, (state[0][None], state[1][None]))
        return y, (h[0], c[0])


class GRU(Mixer):
    """One layer of gated recurrent units (Cho et al. 2014), H in and out."""

    loops = True

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = gates.whole_number("d_model", width, least=1)
        self.cell = nn.GRU(width, width, batch_first=True)

    def _state_shapes(self, batch: int) -> Shapes:
        """Of h."""
        return batch, self.width

    def chunk(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Carry h over u (B, L, H)."""
        self._check(u, state, self._dtype)
        y, h = self.cell(u, state[None])
        return y, h[0]


class _Heads(Mixer):
    """Queries, keys and values in `heads` heads, and the output projection: what both attentions share."""

    takes_mask = True

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        width = gates.whole_number("d_model", width, least=1)
        if width % gates.whole_number("n_heads", heads, least=1):
            raise ValueError(
                f"d_model is {width} and n_heads is {heads}; a d_model that n_heads divides is needed."
            )
        self.width, self.heads, self.causal = width, heads, causal
        self.projection = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def _split(self, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of u (B, L, H): (B, heads, L, H / heads) each."""
        check_sequence(u, self.width, dtype=self._dtype, values=False)
        batch, length, _ = u.shape
        heads = self.projection(u).view(batch, length, 3, self.heads, self.width // self.heads)
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        return q, k, v

    def _merge(self, y: Tensor) -> Tensor:
        """(B, heads, L, H / heads) → (B, L, H)."""
        return cast(Tensor, self.output(y.transpose(1, 2).flatten(2)))


class Attention(_Heads):
    """Scaled dot-product attention (Vaswani et al. 2017): time grows with L², and a step with what is past.

    Parameters
    ----------
    width : H, which `heads` divides.
    causal : each moment sees the past alone; needed for `initial_state` and `step`.
    """

    def forward(self, u: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return y (B, L, H); `mask` (B, L) is True where there is data, padding lies at the end."""
        q, k, v = self._split(u)
        # Padding lies at the end, where a causal moment never looks.
        seen = None if mask is None or self.causal else mask[:, None, None, :]
        return self._merge(
            functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, is_causal=self.causal)
        )

    def _state_shapes(self, batch: int) -> Shapes:
        """Of keys and values so far."""
        shape = batch, self.heads, None, self.width // self.heads
        return shape, shape

    def chunk(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Append the keys and values of u (B, L, H), and let each moment look back at all before it."""
        q, k, v = self._split(u)
        check_state(state, self._state_shapes(u.shape[0]))
        k, v = torch.cat([state[0], k], dim=2), torch.cat([state[1], v], dim=2)
        seen = None
        if u.shape[1] > 1:
            shape = (q.shape[2], k.shape[2])
            seen = torch.ones(shape, dtype=torch.bool, device=u.device).tril(shape[1] - shape[0])
        return self._merge(functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)), (k, v)

    def forget(self, state: State, reach: int) -> tuple[Tensor, Tensor]:
        """Return the keys and values of the last `reach` moments: those of a stream grow with it."""
        k, v = state
        return k[:, :, -reach:], v[:, :, -reach:]


class LinearAttention(_Heads):
    """Attention without the softmax: time grows with L, and a step costs the same at any time.

    Parameters
    ----------
    width : H, which `heads` divides.
    causal : each moment sees the past alone; needed for `initial_state` and `step`.
    """

    def forward(self, u: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return y (B, L, H); `mask` (B, L) is True where there is data, padding lies at the end."""
        if self.causal:
            return super().forward(u)
        q, k, v = self._features(u)
        if mask is not None:
            k = k * mask[:, None, :, None]
        product = q @ (k.transpose(2, 3) @ v)
        return self._merge(product / (q @ k.sum(2)[..., None]))

    def _state_shapes(self, batch: int) -> Shapes:
        """Of Σ φ(k) vᵀ and Σ φ(k)."""
        d = self.width // self.heads
        return (batch, self.heads, d, d), (batch, self.heads, d)

    def chunk(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Carry both sums over u (B, L, H)."""
        q, k, v = self._features(u)
        check_state(state, self._state_shapes(u.shape[0]))
        length, size = u.shape[1], min(u.shape[1], LINEAR_ATTENTION_CHUNK)
        padding = -length % size
        q = functional.pad(q, (0, 0, 0, padding), value=1.0)  # not 0: 0/0 would spoil the gradient
        k, v = functional.pad(k, (0, 0, 0, padding)), functional.pad(v, (0, 0, 0, padding))
        q, k, v = (part.view(*part.shape[:2], -1, size, part.shape[3]) for part in (q, k, v))
        # Up to and with each chunk, and before it: (B, heads, chunks, d, d) and (B, heads, chunks, d).
        products = (k.transpose(3, 4) @ v).cumsum(2) + state[0][:, :, None]
        features = k.sum(3).cumsum(2) + state[1][:, :, None]
        products_before = torch.cat([state[0][:, :, None], products[:, :, :-1]], dim=2)
        features_before = torch.cat([state[1][:, :, None], features[:, :, :-1]], dim=2)
        weights = (q @ k.transpose(3, 4)).tril()
        numerator = weights @ v + q @ products_before
        denominator = weights.sum(4, keepdim=True) + q @ features_before[..., None]
        y = (numerator / denominator).flatten(2, 3)[:, :, :length]
        return self._merge(y), (products[:, :, -1], features[:, :, -1])

    def _features(self, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """φ(q), φ(k) and v; φ is positive, so the denominators are too."""
        q, k, v = self._split(u)
        return functional.elu(q) + 1, functional.elu(k) + 1, v
