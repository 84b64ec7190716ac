"""What the layers refuse at their door."""

from __future__ import annotations

import math
import reprlib
from typing import Any

import torch
from torch import Tensor

from hippo_studio.hippo import gates


def check_device(name: torch.device | str) -> torch.device:
    """Return a device that is here, or raise ValueError."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ValueError(f"device is {str(name)!r}, which is not here ({reason}); cpu will do.") from None
    return device


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


def check_sample(u: Tensor, width: int, dtype: torch.dtype | None = None) -> None:
    """Raise ValueError for what is not one sample of each stream, (batch, H); its values are left unread.

    `dtype` is the layer's, where it takes no other but what autocast casts.
    """
    if torch.compiler.is_compiling():
        return
    if not isinstance(u, Tensor) or u.dim() != 2 or u.shape[1] != width or not u.shape[0]:
        raise ValueError(f"The sample {_received(u)}; (batch, {width}) is needed.")
    _check_type("The sample", u, dtype)


def check_sequence(
    u: Tensor, width: int, streaming: bool = False, dtype: torch.dtype | None = None, values: bool = True
) -> None:
    """Raise ValueError for what is not (batch, L, H), for an empty sequence, and for values not finite.

    `dtype` as for `check_sample`; without `values` they are left unread.
    """
    if torch.compiler.is_compiling():
        return
    if not isinstance(u, Tensor) or u.dim() != 3 or u.shape[2] != width or 0 in u.shape:
        raise ValueError(f"The sequence {_received(u)}; (batch, length, {width}) is needed, none of them 0.")
    _check_type("The sequence", u, dtype)
    # Within a model that trains, its own check stands before this.
    if values and (streaming or not u.requires_grad):
        check_finite("The sequence", u)


def check_batch(batch: int) -> int:
    """Return the number of streams, or raise ValueError for what is no whole number from 1."""
    return batch if torch.compiler.is_compiling() else gates.whole_number("the batch", batch, least=1)


def checked_memory(width: int, order: int, channels: int, theta: float) -> tuple[int, int, int, float]:
    """Return the arguments that a recurrent memory is made of, each in its one type, or raise ValueError."""
    return (
        gates.whole_number("d_model", width, least=1),
        gates.whole_number("d_state", order, least=1, most=gates.MAX_ORDER),
        gates.whole_number("memory_channels", channels, least=1),
        gates.positive("theta", theta, "moments"),
    )


Shapes = tuple[Any, ...]
"""The shape of a state, or shapes, nested as a state of several tensors is; None is an extent that grows."""


def check_state(state: Any, shapes: Shapes, dtype: torch.dtype | None = None) -> None:
    """Raise ValueError for a state not of these shapes, or not of `dtype`; its values are left unread."""
    if torch.compiler.is_compiling():
        return
    if not _fits(state, shapes):
        batch = (shapes if isinstance(shapes[0], int) else shapes[0])[0]
        raise ValueError(
            f"The state {_received(state)}; {_written(shapes)} is needed beside this input, as "
            f"initial_state({batch}) or the step before returns it."
        )
    for part in state if isinstance(state, tuple) else (state,):
        if dtype is not None and part.dtype != dtype and not torch.is_autocast_enabled(part.device.type):
            raise ValueError(f"The state is of type {part.dtype}; {dtype} is needed, as of the layer.")


def _check_type(name: str, u: Tensor, dtype: torch.dtype | None) -> None:
    if not u.is_floating_point():
        raise ValueError(f"{name} is of type {u.dtype}; floating-point numbers are needed.")
    if dtype is not None and u.dtype != dtype and not torch.is_autocast_enabled(u.device.type):
        raise ValueError(f"{name} is of type {u.dtype}; {dtype} is needed, as of the layer.")


def _fits(state: Any, shapes: Shapes) -> bool:
    if isinstance(state, Tensor):
        return state.shape == shapes or (
            len(state.shape) == len(shapes)
            and all(wanted in (None, extent) for extent, wanted in zip(state.shape, shapes, strict=True))
        )
    nested = isinstance(state, tuple) and len(state) == len(shapes) and isinstance(shapes[0], tuple)
    return nested and all(map(_fits, state, shapes))


def _received(value: Any) -> str:
    """Say what stands in the place of a tensor, or of a tuple of them."""
    if isinstance(value, Tensor):
        return f"has shape {tuple(value.shape)}"
    if isinstance(value, tuple) and value and all(isinstance(part, Tensor) for part in value):
        return f"has shapes {', '.join(str(tuple(part.shape)) for part in value)}"
    return f"is {reprlib.repr(value)}, no tensor"


def _written(shapes: Shapes) -> str:
    if isinstance(shapes[0], tuple):
        return ", ".join(map(_written, shapes))
    return str(shapes).replace("None", "moments")
