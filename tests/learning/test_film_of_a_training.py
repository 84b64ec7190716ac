"""The film of a training ends where the training does, and what is trained no further adds no picture."""

from __future__ import annotations

from pathlib import Path

from hippo_studio.learning import runs
from hippo_studio.learning.control import Control
from hippo_studio.learning.events import Event, Paused, PortraitTaken, Saved
from hippo_studio.learning.film import Film
from tests.learning.training import of, train


def steps(run: Path) -> list[int]:
    return [portrait.step for portrait in Film.read(run / runs.PORTRAITS).portraits]


def test_the_film_ends_with_the_end_of_the_training(tmp_path: Path) -> None:
    _, events, _ = train(tmp_path / "run", epochs=2, portrait_every=1000)
    portraits = [event.portrait for event in of(PortraitTaken, events)]
    assert [portrait.epoch for portrait in portraits] == [0.0, 2.0]
    assert steps(tmp_path / "run") == [portrait.step for portrait in portraits]


def test_a_training_is_safe_before_its_last_picture_is_taken(tmp_path: Path) -> None:
    _, events, _ = train(tmp_path / "run", epochs=2, portrait_every=1000)
    assert [type(event) for event in events if isinstance(event, (Saved, PortraitTaken))][-2:] == [
        Saved,
        PortraitTaken,
    ]


def test_a_finished_training_that_is_asked_to_go_on_adds_no_picture(tmp_path: Path) -> None:
    for _ in range(3):
        train(tmp_path / "run", epochs=2, portrait_every=1000)
    first, last = steps(tmp_path / "run")
    assert first == 0
    train(tmp_path / "run", epochs=3, portrait_every=1000)
    assert steps(tmp_path / "run") == [0, last, last * 3 // 2]


def test_each_single_step_has_its_picture(tmp_path: Path) -> None:
    rests = []

    def on(event: Event, control: Control) -> None:
        if isinstance(event, PortraitTaken) and not event.portrait.step:
            control.pause()
        if isinstance(event, Paused) and event.paused:
            rests.append(event)
            control.step_one_batch() if len(rests) < 4 else control.stop()

    _, events, _ = train(tmp_path / "run", on=on, portrait_every=1000)
    assert [event.portrait.step for event in of(PortraitTaken, events)] == [0, 1, 2, 3]
