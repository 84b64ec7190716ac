"""What people call the models, and what each is in a line. Free of torch: a window lists them before that."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class ModelName(NamedTuple):
    """How a model is written, and what it is."""

    title: str
    summary: str


NAMES: Mapping[str, ModelName] = MappingProxyType(
    {
        "s4": ModelName("S4", "HiPPO state spaces, diagonal plus low rank"),
        "s4d": ModelName("S4D", "diagonal state spaces: nearly as good as S4, and simpler"),
        "h3": ModelName("H3", "a shift and a diagonal state space with two products between"),
        "lssl": ModelName("LSSL", "state spaces with a dense HiPPO matrix, as it is"),
        "hippo-rnn": ModelName("HiPPO-RNN", "a gated recurrent net that writes into a HiPPO memory"),
        "lmu": ModelName("LMU", "a recurrent net beside a LegT memory"),
        "lstm": ModelName("LSTM", "gated recurrence with a cell state"),
        "gru": ModelName("GRU", "gated recurrence"),
        "transformer": ModelName(
            "Transformer",
            "every moment attends to every other; cost grows with the square of the length",
        ),
        "linear-transformer": ModelName(
            "Linear Transformer", "attention without the softmax; cost grows with the length"
        ),
    }
)
"""Every model by the name that configurations use, in the order in which menus show them."""
