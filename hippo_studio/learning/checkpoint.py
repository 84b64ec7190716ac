"""A training in one file: model, optimizer and position, from which it goes on as if nothing had happened.

A safetensors file, written whole or not at all. Its tensors are `model.NAME`, and `mean.NAME` and
`square.NAME`, the optimizer's moments of the parameter of that name; its header holds the rest as JSON. No
generator's state is needed: what is random in a step depends on the seed and the step alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hippo_studio.export.atomic import atomic_write
from hippo_studio.ssm import SequenceModel

FORMAT = "hippo-studio-checkpoint"
FORMAT_VERSION = 1
ANEW = "put a whole copy in its place, or train anew in another folder"


class CheckpointError(ValueError):
    """A checkpoint from which training cannot go on; the text is one sentence."""


def pack(model: SequenceModel, optimizer: torch.optim.AdamW, position: dict[str, Any]) -> bytes:
    """Return the content of a checkpoint; `position` is plain JSON values."""
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {f"model.{name}": t for name, t in model.state_dict().items()}
    steps = {}
    for name, parameter in model.named_parameters():
        if moments := optimizer.state.get(parameter):
            tensors[f"mean.{name}"] = moments["exp_avg"]
            tensors[f"square.{name}"] = moments["exp_avg_sq"]
            steps[name] = float(moments["step"])
    header = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "position": json.dumps(position),
        "steps": json.dumps(steps),
    }
    # Copies: safetensors refuses tensors that share memory.
    return save({name: t.detach().cpu().clone().contiguous() for name, t in tensors.items()}, header)


def unpack(content: bytes, model: SequenceModel, optimizer: torch.optim.AdamW, file: Path) -> dict[str, Any]:
    """Put a checkpoint into model and optimizer, and return its position.

    CheckpointError if it is cut off, or of another model.
    """
    steps, position, tensors = _parts(content, file)
    try:
        model.load_state_dict(
            {name[6:]: t for name, t in tensors.items() if name.startswith("model.")}, strict=True
        )
        parameters = dict(model.named_parameters())
        for name, step in steps.items():
            parameter = parameters[name]
            optimizer.state[parameter] = {
                "step": torch.tensor(step, dtype=torch.float32, device=parameter.device),
                "exp_avg": tensors[f"mean.{name}"].to(parameter),
                "exp_avg_sq": tensors[f"square.{name}"].to(parameter),
            }
    except (KeyError, RuntimeError, TypeError) as error:
        raise CheckpointError(f"{file} is of another model than that of this training; {ANEW}.") from error
    return position


def write(content: bytes, file: Path) -> None:
    """Put a checkpoint on the disk; OSError, in a sentence, if the disk refuses."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(file) as stream:
        stream.write(content)


def is_of_the_beginning(file: Path) -> bool:
    """Whether a checkpoint says that no epoch was done; one that cannot be read does not. Reads no tensor."""
    try:
        with file.open("rb") as stream:
            header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        position: dict[str, Any] = json.loads(header["__metadata__"]["position"])
    except (OSError, KeyError, ValueError, TypeError, AttributeError, MemoryError, OverflowError):
        return False
    return position.get("epoch") == 0


def _parts(content: bytes, file: Path) -> tuple[dict[str, float], dict[str, Any], dict[str, Tensor]]:
    """The optimizer's steps, the position and the tensors."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        length = int.from_bytes(content[:8], "little")
        header = dict(json.loads(content[8 : 8 + length]).get("__metadata__") or {})
        tensors = load(content)
        form = header.get("format"), header.get("format_version")
        if form == (FORMAT, str(FORMAT_VERSION)):
            return dict(json.loads(header["steps"])), dict(json.loads(header["position"])), tensors
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{file} is damaged or cut off ({len(content)} bytes), so training cannot go on from it; {ANEW}."
        ) from error
    raise CheckpointError(
        f"{file} is of another program, or of another version of this one ({form[0]}, {form[1]}); {ANEW}."
    )
