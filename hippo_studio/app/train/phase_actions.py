"""What the actions of a training say and whether they can be used, by what the training is doing."""

from __future__ import annotations

from PyQt6.QtGui import QIcon

from hippo_studio.app.services import Services
from hippo_studio.app.train.progress import Phase

_TRAIN = ("Train", "Fit the model to the data, and watch it learn")
_STOP = {
    Phase.STARTING: ("Stop", "Stop before the first step"),
    Phase.WORKING: ("Stop", "Stop after this batch; a checkpoint is kept"),
    Phase.PAUSED: ("Stop", "Stop here; a checkpoint is kept"),
    Phase.STOPPING: ("Stopping …", "The batch under way ends first"),
}


def show_phase(services: Services, phase: Phase) -> None:
    """Reword Train, Pause and Train One Batch."""
    actions, theme = services.actions, services.theme
    actions.set_text("train_start", *_STOP.get(phase, _TRAIN))
    actions["train_start"].setIcon(theme.icon("stop") if phase.busy else QIcon())
    actions["train_start"].setEnabled(phase is not Phase.STOPPING)
    resting = phase is Phase.PAUSED
    actions.set_text("train_pause", "Resume Training" if resting else "Pause Training")
    actions["train_pause"].setIcon(theme.icon("play" if resting else "pause"))
    for id in ("train_pause", "train_step"):
        actions[id].setEnabled(phase in (Phase.WORKING, Phase.PAUSED))
