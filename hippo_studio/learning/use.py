"""A trained model at work: asked for data it has not seen, or for a signal, as a person would.

The rate of sampling may be another than the model's: Δ is scaled by the ratio, so that a kernel lasts as many
seconds as before. Models without state spaces have no Δ, and take moments as they come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hippo_studio.hippo import gates
from hippo_studio.learning.adapting import AdaptedSplit
from hippo_studio.learning.data import DataError, DataSet, Split
from hippo_studio.learning.devices import most_moments
from hippo_studio.learning.examples import Examples
from hippo_studio.learning.metrics import Evaluation, evaluate
from hippo_studio.ssm import SequenceModel, at_rate

MOST_AT_ONCE = 1 << 17
"""Moments that a model is shown at once; through a causal one a longer signal passes in blocks of so many."""
MOST_TO_ATTEND = 1 << 14
"""The same for attention, whose work grows with the square."""


def evaluate_on(
    model: SequenceModel,
    data: DataSet,
    splits: Sequence[Split],
    *,
    factor: float = 1.0,
    batch_size: int = 64,
    notice: Callable[[str], None] = lambda sentence: None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Evaluation:
    """Ask the model for `splits` of `data`, resampled by `factor`, with Δ scaled by as much.

    `notice` is told of examples that cannot be read, `progress` the share that is done. DataError if the data
    are none for this model.
    """
    check_kind(model, data)
    split = AdaptedSplit(splits, data, model.details, gates.positive("the sample rate factor", factor))
    if not len(split):
        raise DataError(f"{data.title} has no examples to evaluate on; give other data.")
    device = next(model.parameters()).device
    longest = math.ceil(factor * int(model.details.get("longest") or 0))
    examples = Examples(split, data, device, notice, longest=longest)
    moments = most_moments(device, model.config)
    batches = len(list(examples.parts(examples.in_order(), batch_size, moments)))
    done = 0

    def count() -> None:
        nonlocal done
        progress(done / batches)
        done += 1

    own, theirs = model.details.get("sample_rate"), data.sample_rate
    ratio = own / theirs if own and theirs else 1.0
    with at_rate(model, ratio / factor if model.follows_rate else 1.0):
        return evaluate(model, examples, batch_size=batch_size, moments=moments, before_batch=count)


def check_kind(model: SequenceModel, data: DataSet) -> None:
    """Raise DataError for data that are no input of this model."""
    config = model.config
    if (config.vocabulary is None) != (data.vocabulary is None):
        kind = "signals" if config.vocabulary is None else "tokens"
        raise DataError(f"{data.title} is of another kind than what the model learned from: {kind}.")
    if config.vocabulary is None and config.d_input != data.d_input:
        raise DataError(
            f"{data.title} has {data.d_input} channels, and the model takes {config.d_input}; choose those."
        )
    if config.vocabulary is not None and data.vocabulary is not None and data.vocabulary > config.vocabulary:
        raise DataError(
            f"{data.title} has {data.vocabulary} tokens, and the model knows {config.vocabulary}."
        )
    if (config.pool == "none") != data.per_moment:
        raise DataError(
            f"{data.title} has {'a target per moment' if data.per_moment else 'one label per example'}, and "
            "the model does not answer so."
        )


def probabilities(
    model: SequenceModel,
    samples: NDArray[Any],
    sample_rate: float | None,
    channel_names: Sequence[str] = (),
) -> NDArray[np.float32]:
    """Return the probability of each class for a signal, (n_classes,).

    Parameters
    ----------
    model : of signals, with one label per signal.
    samples : (channels, T), as measured; the model's channels are found by name, or taken as they are.
    sample_rate : Hz; None if time has no unit.
    channel_names : of `samples`.

    Raises
    ------
    DataError
        If the model does not classify signals, or the signal lacks a channel.
    """
    if model.config.vocabulary is not None or model.config.pool == "none":
        raise DataError(
            "This model does not tell one label for a signal; evaluate it on its own kind of data."
        )
    details = model.details
    rows = channels_for(np.atleast_2d(samples), channel_names, details, model.config.d_input)
    offset = np.asarray(details.get("offset") or (0.0,))
    scale = np.asarray(details.get("scale") or (1.0,))
    values = ((rows.T - offset) / scale).astype(np.float32)
    own = details.get("sample_rate")
    ratio = own / sample_rate if own and sample_rate else 1.0
    with torch.no_grad(), at_rate(model, ratio if model.follows_rate else 1.0):
        logits = _logits(model, torch.from_numpy(values)[None])
    found: NDArray[np.float32] = logits[0].float().softmax(-1).cpu().numpy()
    return found


def _logits(model: SequenceModel, x: Tensor) -> Tensor:
    """Return the logits (1, n_classes) of a signal (1, L, d_input) of any length."""
    device = next(model.parameters()).device
    most = MOST_TO_ATTEND if model.attends else MOST_AT_ONCE
    if x.shape[1] <= most:
        return model(x.to(device))  # type: ignore[no-any-return]
    if not model.causal or model.attends:
        return _by_windows(model, x, most, device)
    state = model.initial_state(1)
    for block in torch.split(x, MOST_AT_ONCE, 1):
        logits, state = model.chunk(block.to(device), state)
    return logits


def _by_windows(model: SequenceModel, x: Tensor, most: int, device: torch.device) -> Tensor:
    """Logits (1, n_classes) of a signal too long to be looked at as one.

    Its windows are as long as the examples that the model learned from, all alike to within a moment. With
    pool “last” the last one speaks; else their mean does, which for a model that averages over moments is
    that of the whole but for what looks across the borders.
    """
    learned = model.details.get("length")
    rate = next((layer.rate for layer in model.state_spaces().values()), 1.0)
    length = min(most, max(1, round(float(learned) / rate))) if learned else most
    windows = torch.tensor_split(x, math.ceil(x.shape[1] / length), 1)
    if model.config.pool == "last":
        return cast(Tensor, model(windows[-1].to(device)))
    total = torch.zeros(1, model.config.n_classes, device=device)
    for window in windows:
        total += model(window.to(device)) * (window.shape[1] / x.shape[1])
    return total


def channels_for(
    samples: NDArray[Any], names: Sequence[str], details: Mapping[str, Any], d_input: int
) -> NDArray[Any]:
    """Return the rows of `samples` that a model takes, by name or as they are; DataError if one lacks."""
    wanted = [str(name) for name in details.get("channel_names") or ()]
    if wanted and len(set(names)) == len(names) and set(wanted) <= set(names):
        return samples[[list(names).index(name) for name in wanted]]
    if len(samples) != d_input:
        needed = f": {', '.join(wanted)}" if wanted else ""
        raise DataError(
            f"The signal has {len(samples)} channels, and the model takes {d_input}{needed}; choose those."
        )
    return samples
