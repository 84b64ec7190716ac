"""Sequence models from HiPPO to H3, and their rivals, behind one `build_model`.

>>> from hippo_studio.ssm import build_model
>>> model = build_model({"model": "s4d", "d_input": 1, "d_model": 64, "n_layers": 2, "n_classes": 10})

What needs torch is imported when it is first asked for: configurations and names are to be had without.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.names import NAMES, ModelName

if TYPE_CHECKING:
    from hippo_studio.ssm.architectures import MODELS, Architecture, get_architecture
    from hippo_studio.ssm.checkpoint import load_model, save_model
    from hippo_studio.ssm.classifier import SequenceModel, build_model
    from hippo_studio.ssm.model_header import ModelFileError
    from hippo_studio.ssm.parameters import parameter_groups
    from hippo_studio.ssm.rate import at_rate
    from hippo_studio.ssm.state_space import DenseStateSpace, StateSpace

_WITH_TORCH = {
    "MODELS": "architectures",
    "Architecture": "architectures",
    "get_architecture": "architectures",
    "ModelFileError": "model_header",
    "load_model": "checkpoint",
    "save_model": "checkpoint",
    "SequenceModel": "classifier",
    "build_model": "classifier",
    "parameter_groups": "parameters",
    "DenseStateSpace": "state_space",
    "StateSpace": "state_space",
    "at_rate": "rate",
}

__all__ = [
    "MODELS",
    "NAMES",
    "Architecture",
    "DenseStateSpace",
    "ModelConfig",
    "ModelFileError",
    "ModelName",
    "SequenceModel",
    "StateSpace",
    "at_rate",
    "build_model",
    "get_architecture",
    "load_model",
    "parameter_groups",
    "save_model",
]


def __getattr__(name: str) -> Any:
    """Import what needs torch now that it is asked for."""
    if name not in _WITH_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_WITH_TORCH[name]}"), name)
    globals()[name] = value
    return value
