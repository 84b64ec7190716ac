"""Short trainings for the tests: settings, a listener, and a way to stop where one wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hippo_studio.learning.control import Control
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.events import Event, Finished
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.learning.trainer import Trainer
from tests.learning.tasks import signals

MODEL: Mapping[str, Any] = {"model": "s4d", "d_model": 8, "n_layers": 1, "d_state": 4, "dropout": 0.2}


def settings(**keys: Any) -> TrainingSettings:
    return TrainingSettings(**{"epochs": 2, "batch_size": 8, "lr": 0.01, **keys})


def train(
    folder: Path,
    data: DataSet | None = None,
    model: Mapping[str, Any] = MODEL,
    on: Callable[[Event, Control], None] = lambda event, control: None,
    **keys: Any,
) -> tuple[Finished, list[Event], Trainer]:
    """Train to the end; `on` is called with each event and may steer."""
    events: list[Event] = []
    control = Control()

    def listen(event: Event) -> None:
        events.append(event)
        on(event, control)

    trainer = Trainer(settings(**keys), model, signals() if data is None else data, folder, listen, control)
    return trainer.run(), events, trainer


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]
