"""The training thread: what it is told reaches the trainer, what the trainer tells is one frozen picture."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from train_made import portrait

from hippo_studio.app.train.progress import FILM_LENGTH, Curve, Film, Phase, Progress
from hippo_studio.app.train.session import Plan, TrainingSession
from hippo_studio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Finished,
    Noticed,
    Paused,
    PortraitTaken,
    Started,
    StopReason,
)
from hippo_studio.learning.settings import TrainingSettings

PLAN = Plan(TrainingSettings(), {"model": "s4d"}, Path("run"))
STARTED = Started(Path("run"), {}, 10, "cpu", 2, 4, 16)
DONE = Finished(StopReason.COMPLETED, StopReason.COMPLETED.value, {"accuracy": 1.0})


def batch(step: int, loss: float = 1.0) -> BatchEnded:
    return BatchEnded(0, step, loss, 0.5, 1e-3, 100.0, 0, 1.0)


class Trainer:
    """A trainer that does what the test says; it listens as the real one does."""

    def __init__(self) -> None:
        self.wishes: list[str] = []
        self.heard = threading.Condition()
        self.script: Callable[[Callable[[Event], None]], None] = lambda tell: tell(DONE)
        self.begins = threading.Event()
        self.begins.set()

    def __call__(self, plan: Plan, tell: Callable[[Event], None], take: Callable[[object], None]) -> None:
        assert self.begins.wait(5)
        take(self)
        tell(STARTED)
        self.script(tell)

    def until(self, wish: str) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: wish in self.wishes, 5)

    def __getattr__(self, wish: str) -> Callable[[], None]:
        if wish not in ("pause", "resume", "stop", "step_one_batch"):
            raise AttributeError(wish)

        def note() -> None:
            with self.heard:
                self.wishes.append(wish)
                self.heard.notify_all()

        return note


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


@pytest.fixture
def session(trainer: Trainer) -> Iterator[TrainingSession]:
    session = TrainingSession(trainer)
    yield session
    assert session.close(5)


def test_a_training_is_one_snapshot_in_the_end(session: TrainingSession, trainer: Trainer) -> None:
    def script(tell: Callable[[Event], None]) -> None:
        for step in range(1, 600):
            tell(batch(step, 1 / step))
        tell(EpochEnded(0, 600, 0.1, 0.9, 0.2, 0.8, 1e-3, 3.0, True))
        tell(Noticed("The batch was halved."))
        tell(PortraitTaken(portrait(600)))
        tell(DONE)

    trainer.script = script
    session.train(PLAN)
    assert session.wait()
    told = session.progress
    assert told.phase is Phase.FINISHED
    assert told.sentence == DONE.sentence
    assert told.curve.steps.tolist() == list(range(1, 600))
    assert told.curve.loss[-1] == 1 / 599
    assert told.best.validation_score == 0.8
    assert told.notices == ("The batch was halved.",)
    assert told.report["accuracy"] == 1.0
    assert [one.step for one in told.film.frames] == [600]


def test_what_is_wished_before_the_trainer_listens_reaches_it(
    session: TrainingSession, trainer: Trainer
) -> None:
    trainer.begins.clear()
    trainer.script = lambda tell: (trainer.until("stop"), tell(DONE))
    session.train(PLAN)
    session.pause()
    session.stop()
    assert session.progress.phase is Phase.STOPPING
    trainer.begins.set()
    assert session.wait()
    assert trainer.wishes == ["pause", "stop"]


def test_pause_and_resume_are_phases_told_by_the_trainer(session: TrainingSession, trainer: Trainer) -> None:
    phases: list[Phase] = []

    def script(tell: Callable[[Event], None]) -> None:
        for wish, paused in (("pause", True), ("step_one_batch", True), ("resume", False)):
            trainer.until(wish)
            tell(Paused(paused))
            phases.append(session.progress.phase)
        tell(DONE)

    trainer.script = script
    session.train(PLAN)
    session.pause()
    session.step_one_batch()
    session.resume()
    assert session.wait()
    assert phases == [Phase.PAUSED, Phase.PAUSED, Phase.WORKING]


def test_events_after_a_wish_to_stop_do_not_unsay_it(session: TrainingSession, trainer: Trainer) -> None:
    seen: list[Phase] = []

    def script(tell: Callable[[Event], None]) -> None:
        trainer.until("stop")
        tell(batch(1))
        tell(Paused(False))
        seen.append(session.progress.phase)
        tell(DONE)

    trainer.script = script
    session.train(PLAN)
    session.stop()
    assert session.wait()
    assert seen == [Phase.STOPPING]


def test_a_failure_is_a_sentence_and_the_next_training_works(
    session: TrainingSession, trainer: Trainer
) -> None:
    def broken(_: object) -> None:
        raise ValueError("The folder holds one class; two are needed.")

    trainer.script = broken
    session.train(PLAN)
    assert session.wait()
    assert session.progress.phase is Phase.FAILED
    assert session.progress.sentence == "The folder holds one class; two are needed."
    trainer.script = lambda tell: tell(DONE)
    session.train(PLAN)
    assert session.wait()
    assert session.progress.phase is Phase.FINISHED


def test_what_diverged_has_failed(session: TrainingSession, trainer: Trainer) -> None:
    trainer.script = lambda tell: tell(Finished(StopReason.DIVERGED, "It diverged.", {}))
    session.train(PLAN)
    assert session.wait()
    assert session.progress.phase is Phase.FAILED


def test_a_second_training_is_refused_while_one_is_under_way(
    session: TrainingSession, trainer: Trainer
) -> None:
    trainer.script = lambda tell: (trainer.until("stop"), tell(DONE))
    session.train(PLAN)
    with pytest.raises(RuntimeError, match="stop it before"):
        session.train(PLAN)
    session.stop()
    assert session.wait()


def test_closing_stops_what_is_under_way(trainer: Trainer) -> None:
    session = TrainingSession(trainer)
    began = threading.Event()
    trainer.script = lambda tell: (began.set(), trainer.until("stop"), tell(DONE))
    session.train(PLAN)
    assert began.wait(5)
    assert session.close(5)
    assert trainer.wishes == ["stop"]
    assert session.close(5)


def test_a_session_that_never_trained_closes(trainer: Trainer) -> None:
    assert TrainingSession(trainer).close()


def test_an_older_curve_is_not_changed_by_what_is_added_later() -> None:
    curves = [Curve()]
    for step in range(1000):
        curves.append(curves[-1].with_point(step, step / 2, 0.0))
    assert curves[300].steps.tolist() == list(range(300))
    assert curves[1000].loss[999] == 499.5


def test_a_long_film_is_thinned_evenly_and_keeps_both_ends() -> None:
    film = Film()
    for step in range(5 * FILM_LENGTH):
        film = film.with_portrait(portrait(step))
        assert film.frames[-1].step == step
        assert len(film.frames) <= FILM_LENGTH + 1
    steps = [frame.step for frame in film.frames]
    assert steps[0] == 0
    assert max(b - a for a, b in itertools.pairwise(steps)) <= 2 * film.every


def test_an_event_nobody_knows_changes_nothing() -> None:
    progress = Progress()
    assert progress.after(Event()) is progress
