"""What the state space models can be built with, by the names of configurations. Free of torch.

The layers refuse what is not here, and a window offers what is, before torch is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.names import NAMES

MEASURES_OF_LAYERS = ("legs", "legt", "lagt", "fout")
"""The measures that a layer may start from. LegS stands for LegS-LTI here: its A and B without the 1/t."""

DPLR_INITIALIZATIONS = (*MEASURES_OF_LAYERS, "random")
DIAGONAL_INITIALIZATIONS = ("lin", "inv", "legs", "real", "random")
DENSE_INITIALIZATIONS = (*MEASURES_OF_LAYERS, "random")

DIAGONAL_METHODS = ("zoh", "bilinear")

ACCEPTED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "initialization": MappingProxyType(
            {
                "s4": DPLR_INITIALIZATIONS,
                "s4d": DIAGONAL_INITIALIZATIONS,
                "h3": DIAGONAL_INITIALIZATIONS,
                "lssl": DENSE_INITIALIZATIONS,
            }
        ),
        "method": MappingProxyType(
            {
                "s4": ("bilinear",),
                "s4d": DIAGONAL_METHODS,
                "h3": DIAGONAL_METHODS,
                "lssl": ("bilinear", "zoh", "backward", "gbt"),
            }
        ),
    }
)
"""Which values of a key a model accepts, by key and model; one that is not here has no use for the key."""


def unfit(config: ModelConfig) -> dict[str, str]:
    """Return the keys whose value the model cannot be built with, or would ignore: a sentence each."""
    found = {}
    title = NAMES[config.model].title if config.model in NAMES else config.model
    for name, models in ACCEPTED.items():
        value, accepted = getattr(config, name), models.get(config.model)
        if value is not None and accepted is not None and value not in accepted:
            found[name] = (
                f"{name} is {value!r}, and {title} accepts {', '.join(accepted)}; leave {name} out for "
                "its own."
            )
    if config.model == "lssl" and config.alpha != ModelConfig.alpha and config.method != "gbt":
        found["alpha"] = (
            f"alpha is {config.alpha:g}, which counts for method gbt alone; set method to gbt, or leave "
            "alpha out."
        )
    return found


def refuse_unfit(config: ModelConfig) -> None:
    """Raise ValueError, one sentence, for a value that the model cannot be built with, or would ignore."""
    for sentence in unfit(config).values():
        raise ValueError(sentence)
