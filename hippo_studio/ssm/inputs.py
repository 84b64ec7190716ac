"""What a model refuses at its door: signals, tokens, lengths, time stamps and states that cannot be."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.mixer import State

_CASTS = {torch.float32: "float", torch.float64: "double"}


def check_input(x: Tensor, config: ModelConfig, axes: int, dtype: torch.dtype) -> None:
    """Refuse what is not (B, L, d_input), or (B, L) tokens; without the L for one moment (`axes` 1).

    `dtype` is the model's, in which a signal is needed, but for what autocast casts.
    """
    if torch.compiler.is_compiling():
        return
    moments = "B, L" if axes == 2 else "B"
    shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
    if config.vocabulary is None:
        if not isinstance(x, Tensor) or x.dim() != axes + 1 or x.shape[-1] != config.d_input:
            raise ValueError(
                f"The input is {shape}; a tensor ({moments}, {config.d_input}) of numbers is needed."
            )
        if not x.is_floating_point():
            raise ValueError(f"The input is of type {x.dtype}; floating-point numbers are needed.")
    else:
        if not isinstance(x, Tensor) or x.dim() != axes:
            raise ValueError(f"The input is {shape}; a tensor of tokens ({moments}) is needed.")
        if x.dtype not in (torch.int32, torch.int64):
            raise ValueError(f"The tokens are of type {x.dtype}; int64 or int32 is needed.")
    _check_precision(x, dtype)
    if 0 in x.shape:
        raise ValueError(f"The input is {shape}; at least one sequence of at least one moment is needed.")
    if x.device.type != "cpu":
        return
    if config.vocabulary is None:
        if not math.isfinite(x.sum().item()) and not bool(x.isfinite().all()):
            where = tuple((~x.isfinite()).nonzero()[0].tolist())
            raise ValueError(
                f"The input holds {x[where].item()} at {where}; only finite numbers are accepted."
            )
    elif int(x.min()) < 0 or int(x.max()) >= config.vocabulary:
        raise ValueError(
            f"Tokens run from {int(x.min())} to {int(x.max())}; 0 to {config.vocabulary - 1} is needed."
        )


def _check_precision(x: Tensor, dtype: torch.dtype) -> None:
    if dtype not in _CASTS:
        raise ValueError(
            f"The model is in {dtype}; keep it in float32, and use torch.autocast for half precision."
        )
    if not x.is_floating_point() or x.dtype == dtype:
        return
    if torch.float64 in (x.dtype, dtype) or not torch.is_autocast_enabled(x.device.type):
        raise ValueError(
            f"The input is of type {x.dtype} and the model of {dtype}; give it x.{_CASTS[dtype]}()."
        )


def check_stream(state: State, config: ModelConfig, batch: int | None = None) -> State:
    """Return the state of `batch` streams, or raise ValueError for what is none, or one of other streams."""
    if torch.compiler.is_compiling():
        return state
    if not (
        isinstance(state, tuple)
        and len(state) == 3
        and isinstance(state[0], tuple)
        and len(state[0]) == config.n_layers
        and all(isinstance(layer, (Tensor, tuple)) for layer in state[0])
        and all(isinstance(part, Tensor) for part in state[1:])
        and state[1].shape == (len(state[2]), config.d_model)
    ):
        raise ValueError(
            f"The state is {type(state).__name__}, none of this model; begin with initial_state(batch), and "
            "go on with what step or chunk returns."
        )
    if batch is not None and len(state[1]) != batch:
        raise ValueError(
            f"The state is of {len(state[1])} streams and the input of {batch}; begin with "
            f"initial_state({batch}), one state for each stream."
        )
    return state


def mask_of(lengths: Tensor | Sequence[int], x: Tensor) -> Tensor:
    """True where there is data: (B, L)."""
    lengths = _tensor("lengths", lengths, f"{x.shape[0]} whole numbers are needed, one per sequence")
    if lengths.shape != x.shape[:1] or lengths.dtype == torch.bool or lengths.is_floating_point():
        raise ValueError(
            f"lengths are {lengths.dtype} of shape {tuple(lengths.shape)}; {x.shape[0]} whole numbers "
            "are needed, one per sequence."
        )
    if lengths.device.type == "cpu" and not bool(((lengths >= 1) & (lengths <= x.shape[1])).all()):
        raise ValueError(f"lengths are {lengths.tolist()}; 1 to {x.shape[1]} is needed.")
    return torch.arange(x.shape[1], device=x.device) < lengths.to(x.device)[:, None]


def intervals_between(timestamps: Tensor | npt.ArrayLike, mask: Tensor | None, x: Tensor) -> Tensor:
    """Time since the moment before, (B, L) > 0; the first stands for as much time as the second."""
    needed = f"{tuple(x.shape[:2])} is needed"
    timestamps = _tensor("timestamps", timestamps, f"{tuple(x.shape[:2])} numbers are needed")
    if timestamps.shape != x.shape[:2]:
        raise ValueError(f"timestamps are {tuple(timestamps.shape)}; {needed}.")
    if not timestamps.is_floating_point():
        timestamps = timestamps.double()
    if timestamps.device.type == "cpu":
        bad = ~timestamps.isfinite() if mask is None else ~timestamps.isfinite() & mask.cpu()
        if bool(bad.any()):
            where = tuple(bad.nonzero()[0].tolist())
            raise ValueError(
                f"timestamps hold {timestamps[where].item()} at {where} ({int(bad.sum())} of {bad.numel()} "
                "are not finite); a finite time per moment is needed."
            )
    intervals = timestamps.diff(dim=1)
    first = intervals[:, :1] if intervals.shape[1] else torch.ones_like(timestamps)
    intervals = torch.cat([first, intervals], dim=1).to(x.device)
    if mask is not None:
        # A sequence of one moment has no second; and padding only has to be harmless.
        intervals = intervals.masked_fill(~mask, 1.0)
        intervals[:, 0] = torch.where(mask.sum(1) > 1, intervals[:, 0], 1.0)
    if timestamps.device.type == "cpu" and not bool((intervals > 0).all()):
        raise ValueError("timestamps do not increase from moment to moment; sort them and drop repeats.")
    return intervals


def _tensor(name: str, values: Any, needed: str) -> Tensor:
    """Return numbers, as a tensor or array or sequence of them, as a tensor."""
    try:
        tensor = values if isinstance(values, Tensor) else torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name} are {reprlib.repr(values)}; {needed}.") from None
    if tensor.is_complex():
        raise ValueError(f"{name} are {tensor.dtype}; {needed}.")
    return tensor
