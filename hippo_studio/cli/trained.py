"""A trained model as commands take it: a run folder, or a model file from one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hippo_studio.ssm import SequenceModel


@dataclass(frozen=True, eq=False)
class Trained:
    """A model, and what it learned from, as far as that is known."""

    model: "SequenceModel"
    data: str
    test: str
    seed: int


def open_trained(path: Path, device: str = "cpu") -> Trained:
    """Return the model of a run folder or file, on a device; ValueError in a sentence if there is none."""
    from hippo_studio.learning import rocket
    from hippo_studio.learning.runs import MODEL, is_run, read_config

    if path.is_dir() and is_run(path) and not (path / MODEL).is_file():
        if read_config(path).get("model") == rocket.NAME:
            raise ValueError(
                f"{path} is a run of {rocket.TITLE}, a baseline of which the report alone is kept."
            )
        raise ValueError(
            f"{path} has no model yet: its training was cut off before its first epoch was done; go on with "
            f"hippo-studio train --resume {path}."
        )
    from hippo_studio.learning.devices import own_device
    from hippo_studio.ssm import load_model

    model = load_model(path, own_device(device))
    config = read_config(path) if path.is_dir() and is_run(path) else {}
    return Trained(
        model,
        str(config.get("data") or model.details.get("data", "")),
        str(config.get("test", "")),
        int(config.get("seed", 0)),
    )
