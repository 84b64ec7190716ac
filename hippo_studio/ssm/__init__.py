"""Sequence models from HiPPO to H3, and their rivals, behind one `build_model`.

>>> from hippo_studio.ssm import build_model
>>> model = build_model({"model": "s4d", "d_input": 1, "d_model": 64, "n_layers": 2, "n_classes": 10})

Importing this room imports torch; no other room needs it to open a window.
"""

from hippo_studio.ssm.architectures import MODELS, Architecture, get_architecture
from hippo_studio.ssm.checkpoint import ModelFileError, load_model, save_model
from hippo_studio.ssm.classifier import SequenceModel, build_model
from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.parameters import parameter_groups
from hippo_studio.ssm.state_space import DenseStateSpace, StateSpace, at_rate

__all__ = [
    "MODELS",
    "Architecture",
    "DenseStateSpace",
    "ModelConfig",
    "ModelFileError",
    "SequenceModel",
    "StateSpace",
    "at_rate",
    "build_model",
    "get_architecture",
    "load_model",
    "parameter_groups",
    "save_model",
]
