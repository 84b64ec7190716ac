"""What the layers refuse at their door."""

from __future__ import annotations

import math
import reprlib

import torch
from torch import Tensor


def check_finite(name: str, values: Tensor) -> None:
    """Raise ValueError for the first value that is not finite. On a GPU the check would stall: not there."""
    if values.device.type != "cpu" or torch.compiler.is_compiling():
        return
    if math.isfinite(values.detach().sum().item()):
        return
    bad = ~torch.isfinite(values)
    if bad.any():
        where = tuple(bad.nonzero()[0].tolist())
        raise ValueError(
            f"{name} holds {values[where].item()} at index {where} ({int(bad.sum())} of {values.numel()} "
            "values are not finite); drop or replace such values, and if the data are clean, the model has "
            "diverged."
        )


def check_sample(u: Tensor, width: int) -> None:
    """Raise ValueError for what is not one sample of each stream, (batch, H); its values are left unread."""
    if (u.dim() != 2 or u.shape[1] != width or not u.shape[0]) and not torch.compiler.is_compiling():
        raise ValueError(f"The sample has shape {tuple(u.shape)}; (batch, {width}) is needed.")


def check_sequence(u: Tensor, width: int, streaming: bool = False) -> None:
    """Raise ValueError for what is not (batch, L, H), for an empty sequence, and for values not finite."""
    if torch.compiler.is_compiling():
        return
    if u.dim() != 3 or u.shape[2] != width or 0 in u.shape:
        raise ValueError(
            f"The sequence has shape {tuple(u.shape)}; (batch, length, {width}) is needed, none of them 0."
        )
    if streaming or not u.requires_grad:  # within a model that trains, its own check stands before this
        check_finite("The sequence", u)


def check_layer_state(state: object) -> None:
    """Raise ValueError for what is no state of a layer: neither a tensor nor a tuple of them."""
    if not isinstance(state, (Tensor, tuple)) or (isinstance(state, tuple) and not state):
        raise ValueError(
            f"The state is {state!r}; begin with initial_state(batch), and go on with what step or chunk "
            "returns."
        )


def check_state(state: Tensor, batch: int, width: int, order: int) -> None:
    """Raise ValueError for a state that is not (batch, H, N)."""
    if not isinstance(state, Tensor):
        raise ValueError(  # noqa: TRY004 - every bad argument of this library is a ValueError
            f"The state is {reprlib.repr(state)}; a tensor {(batch, width, order)} is needed, as "
            f"initial_state({batch}) or the step before returns it."
        )
    if state.shape != (batch, width, order) and not torch.compiler.is_compiling():
        raise ValueError(
            f"The state has shape {tuple(state.shape)}; {(batch, width, order)} is needed beside this input."
        )
