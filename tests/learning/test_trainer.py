"""The loop: what it tells, that it learns, how it rests, stops and goes on, and what it survives."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hippo_studio.learning import runs, trainer
from hippo_studio.learning.configuration import model_for
from hippo_studio.learning.control import Control
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.devices import worthwhile_threads
from hippo_studio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Finished,
    Noticed,
    Paused,
    PortraitTaken,
    Saved,
    Started,
    StopReason,
)
from hippo_studio.learning.learner import Learner
from hippo_studio.learning.processes import Team
from hippo_studio.learning.trainer import Trainer
from hippo_studio.ssm import load_model
from tests.learning.tasks import ArraySplit, signals, tokens
from tests.learning.training import MODEL, of, settings, train


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report after each step, so that a test can act there."""
    monkeypatch.setattr(trainer, "REPORT_EVERY", 0.0)


def stop_at(step: int) -> Any:
    def on(event: Event, control: Control) -> None:
        if isinstance(event, BatchEnded) and event.step == step:
            control.stop()

    return on


def parameters(trained: Trainer) -> dict[str, np.ndarray[Any, Any]]:
    return {name: tensor.detach().numpy() for name, tensor in trained.model.state_dict().items()}


def test_events_come_in_order(tmp_path: Path) -> None:
    finished, events, _ = train(tmp_path / "run")
    assert isinstance(events[0], Started)
    assert isinstance(events[1], PortraitTaken), "the first portrait is taken before the first step"
    assert events[1].portrait.step == 0
    assert events[-1] is finished
    assert [event.epoch for event in of(EpochEnded, events)] == [1, 2]
    assert finished.reason is StopReason.COMPLETED


@pytest.mark.parametrize(
    ("data", "model"),
    [(signals(), "s4d"), (signals(even=False), "s4"), (signals(channels=2), "lstm"), (tokens(), "h3")],
    ids=["even", "uneven", "channels", "tokens"],
)
def test_a_small_model_learns_a_small_task(tmp_path: Path, data: DataSet, model: str) -> None:
    shape = {"model": model, "d_model": 16, "n_layers": 1, "d_state": 8}
    finished, events, trained = train(tmp_path / "run", data, shape, epochs=25, lr=0.02)
    assert trained.error is None
    losses = [event.train_loss for event in of(EpochEnded, events)]
    assert losses[-1] < 0.6 * losses[0]
    assert finished.report["accuracy"] > 0.7


def test_a_training_stopped_in_mid_epoch_goes_on_to_the_same_bits(tmp_path: Path, every_step: None) -> None:
    keys: dict[str, Any] = {"epochs": 3, "noise": 0.1, "shift": 0.2, "mixup": 0.4}
    _, events, whole = train(tmp_path / "whole", **keys)
    stopped, _, _ = train(tmp_path / "cut", on=stop_at(4), **keys)
    assert stopped.reason is StopReason.STOPPED
    finished, rest, resumed = train(tmp_path / "cut", **keys)
    assert rest[0].step == 4, "it went on in mid-epoch"
    assert finished.reason is StopReason.COMPLETED
    for name, values in parameters(whole).items():
        np.testing.assert_array_equal(parameters(resumed)[name], values, err_msg=name)
    first, second = (runs.open_run(tmp_path / name) for name in ("whole", "cut"))
    assert [e.validation_loss for e in first.epochs] == [e.validation_loss for e in second.epochs]
    assert [e.train_loss for e in second.epochs] == pytest.approx([e.train_loss for e in first.epochs])
    assert first.report["confusion_matrix"] == second.report["confusion_matrix"]
    assert len(of(EpochEnded, events)) == len(first.epochs) == 3


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    first = parameters(train(tmp_path / "a", noise=0.1)[2])
    torch.manual_seed(99)
    second = parameters(train(tmp_path / "b", noise=0.1)[2])
    other = parameters(train(tmp_path / "c", noise=0.1, seed=1)[2])
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not all(np.array_equal(first[name], other[name]) for name in first)


def test_accumulated_batches_give_the_gradient_of_one(tmp_path: Path) -> None:
    model = {**MODEL, "dropout": 0.0}
    for data in (signals(), signals(even=False), tokens()):
        one = parameters(train(tmp_path / data.title / "one", data, model, batch_size=8, epochs=1)[2])
        two = parameters(
            train(tmp_path / data.title / "two", data, model, batch_size=2, accumulate=4, epochs=1)[2]
        )
        for name in one:
            np.testing.assert_allclose(two[name], one[name], atol=2e-4, err_msg=name)


def test_stop_ends_after_the_batch_under_way(tmp_path: Path, every_step: None) -> None:
    finished, events, _ = train(tmp_path / "run", on=stop_at(2), epochs=50)
    assert finished.reason is StopReason.STOPPED
    assert finished.report["steps"] == 2
    assert of(Saved, events)[-1].step == 2
    assert runs.open_run(tmp_path / "run").resumable


def test_stop_is_heard_during_validation(tmp_path: Path) -> None:
    class Late(ArraySplit):
        def __getitem__(self, index: int) -> Any:
            control.stop()
            return super().__getitem__(index)

    data = signals()
    validation = Late(data.validation.values, data.validation.targets)  # type: ignore[attr-defined]
    control = Control()
    late = DataSet(data.source, data.title, data.labels, 1, data.train, validation, data.test)
    training = Trainer(settings(batch_size=4), MODEL, late, tmp_path / "run", control=control)
    assert training.run().reason is StopReason.STOPPED
    assert len(validation.read) == 4, "one batch"
    finished, _, _ = train(tmp_path / "run", batch_size=4)
    assert finished.reason is StopReason.COMPLETED


def test_pause_rests_and_single_steps_are_single(tmp_path: Path, every_step: None) -> None:
    seen: list[int] = []

    def on(event: Event, control: Control) -> None:
        if isinstance(event, BatchEnded):
            seen.append(event.step)
            if event.step == 1:
                control.pause()
        if isinstance(event, Paused) and event.paused:
            if len(seen) < 3:
                control.step_one_batch()
            else:
                control.resume()

    finished, events, _ = train(tmp_path / "run", on=on)
    assert finished.reason is StopReason.COMPLETED
    assert [event.paused for event in of(Paused, events)] == [True, False] * 3
    assert seen == [1, 2, 3, 4, 5, 6]


def test_stop_wakes_a_paused_training(tmp_path: Path, every_step: None) -> None:
    def on(event: Event, control: Control) -> None:
        if isinstance(event, BatchEnded):
            control.pause()
        if isinstance(event, Paused) and event.paused:
            control.stop()

    assert train(tmp_path / "run", on=on)[0].reason is StopReason.STOPPED


@pytest.mark.parametrize("broken_by", [5, 6], ids=["within", "at the end"])
def test_a_model_that_breaks_in_an_epoch_ends_as_diverged_and_a_good_one_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_by: int
) -> None:
    step = torch.optim.AdamW.step
    calls = []

    def poisoned(self: torch.optim.AdamW, closure: None = None) -> Any:
        done = step(self, closure)
        calls.append(1)
        if len(calls) == broken_by:
            with torch.no_grad():
                self.param_groups[0]["params"][0].fill_(float("nan"))
        return done

    monkeypatch.setattr(torch.optim.AdamW, "step", poisoned)
    finished, _, trained = train(tmp_path / "run", epochs=4)
    assert trained.error is None
    assert finished.reason is StopReason.DIVERGED
    assert finished.report["best_epoch"] == 1
    for tensor in load_model(tmp_path / "run").state_dict().values():
        assert bool(tensor.isfinite().all())


def test_a_model_that_is_broken_is_not_portrayed(tmp_path: Path) -> None:
    """Its eigenvalues cannot be had, and the next step will say what happened to it."""
    _, _, trained = train(tmp_path / "run", epochs=1)
    before = len(trained.record.film.portraits)
    trained._at.step += 1
    trained._portrait()
    assert len(trained.record.film.portraits) == before + 1
    with torch.no_grad():
        next(trained.model.parameters()).fill_(float("nan"))
    trained._at.step += 1
    trained._portrait()
    assert len(trained.record.film.portraits) == before + 1


def test_a_divergence_before_the_first_validation_keeps_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *a, **k: torch.tensor(float("nan")))
    finished, _, _ = train(tmp_path / "run")
    assert finished.reason is StopReason.DIVERGED
    assert load_model(tmp_path / "run").details["labels"] == ["fast", "slow"]


def test_the_best_model_is_kept_and_reported(tmp_path: Path) -> None:
    finished, events, _ = train(tmp_path / "run", epochs=6)
    best = [event for event in of(EpochEnded, events) if event.best]
    assert finished.report["best_epoch"] == best[-1].epoch
    assert finished.report["validation_score"] == max(e.validation_score for e in of(EpochEnded, events))
    assert sum(map(sum, finished.report["confusion_matrix"])) == 12
    assert finished.report["split"] == "test"


def test_early_ending_waits_for_min_epochs(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"epochs": 30, "patience": 2, "lr": 0.0}
    finished, _, _ = train(tmp_path / "a", min_epochs=5, **keys)
    assert finished.reason is StopReason.CONVERGED
    assert finished.report["epochs"] == 5
    again, _, _ = train(tmp_path / "a", min_epochs=5, **keys)
    assert again.reason is StopReason.CONVERGED
    assert again.report["epochs"] == 5, "what has converged is not trained further"


def test_memory_that_runs_out_halves_the_batch_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = trainer.SequenceModel.forward

    def scarce(self: Any, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        if len(x) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return forward(self, x, lengths)

    monkeypatch.setattr(trainer.SequenceModel, "forward", scarce)
    finished, events, small = train(tmp_path / "small", model={**MODEL, "dropout": 0.0})
    assert finished.reason is StopReason.COMPLETED
    notices = [event.sentence for event in of(Noticed, events)]
    assert any("parts of 2 examples, 4 of them" in sentence for sentence in notices), notices
    monkeypatch.undo()
    _, _, plenty = train(tmp_path / "plenty", model={**MODEL, "dropout": 0.0})
    for name, values in parameters(plenty).items():
        np.testing.assert_allclose(parameters(small)[name], values, atol=2e-4)


def test_memory_too_small_for_one_example_fails_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*arguments: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(trainer.SequenceModel, "forward", none)
    finished, _, _ = train(tmp_path / "run")
    assert finished.reason is StopReason.FAILED
    assert "not enough memory for a single example" in finished.sentence


def test_a_full_disk_is_told_once_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(content: bytes, file: Path) -> None:
        raise OSError(errno.ENOSPC, "Cannot write: the disk is full")

    monkeypatch.setattr("hippo_studio.learning.checkpoint.write", full)
    finished, events, _ = train(tmp_path / "run", checkpoint_every=0)
    assert finished.reason is StopReason.COMPLETED
    assert len([e for e in of(Noticed, events) if "disk is full" in e.sentence]) == 1
    assert not of(Saved, events)
    assert load_model(tmp_path / "run") is not None


@pytest.mark.parametrize("breaks", [False, True])
def test_where_no_checkpoint_could_be_written_none_is_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    def full(content: bytes, file: Path) -> None:
        raise OSError(errno.ENOSPC, "Cannot write: the disk is full")

    def stop(event: Event, control: Control) -> None:
        if isinstance(event, EpochEnded):
            if breaks:
                raise RuntimeError("The device is gone.")
            control.stop()

    monkeypatch.setattr("hippo_studio.learning.checkpoint.write", full)
    finished, _, _ = train(tmp_path / "run", epochs=3, on=stop)
    assert finished.reason is (StopReason.FAILED if breaks else StopReason.STOPPED)
    assert finished.sentence.endswith(
        "No checkpoint could be written, so it cannot go on; what it learned is kept. Train anew elsewhere."
    )
    assert load_model(tmp_path / "run") is not None
    with pytest.raises(ValueError, match="no checkpoint to go on from"):
        train(tmp_path / "run", epochs=3)


def test_a_training_that_converged_goes_on_if_it_is_given_more(tmp_path: Path) -> None:
    first, _, _ = train(tmp_path / "run", epochs=30, patience=1, min_epochs=1, lr=1e-9)
    assert first.reason is StopReason.CONVERGED
    done = first.report["epochs"]
    again, _, _ = train(tmp_path / "run", epochs=done + 2, patience=1, min_epochs=done + 2, lr=1e-9)
    assert again.report["epochs"] == done + 2


def test_a_device_that_vanishes_fails_and_the_run_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every_step: None
) -> None:
    def gone(event: Event, control: Control) -> None:
        if isinstance(event, BatchEnded) and event.step == 4:
            raise RuntimeError("CUDA error: device not found")

    finished, _, _ = train(tmp_path / "run", on=gone, checkpoint_every=0)
    assert finished.reason is StopReason.FAILED
    assert "CUDA error: device not found" in finished.sentence
    assert "goes on from its last checkpoint" in finished.sentence
    report = runs.open_run(tmp_path / "run").report
    assert (report["reason"], report["sentence"], report["steps"]) == ("failed", finished.sentence, 4)
    again, events, _ = train(tmp_path / "run", checkpoint_every=0)
    assert again.reason is StopReason.COMPLETED
    assert events[0].step == 3


def test_what_fails_before_the_first_checkpoint_says_so(tmp_path: Path) -> None:
    def gone(event: Event, control: Control) -> None:
        if isinstance(event, PortraitTaken):  # the first one comes before any checkpoint
            raise RuntimeError("CUDA error: device not found")  # noqa: TRY004

    finished, _, _ = train(tmp_path / "run", on=gone)
    assert finished.reason is StopReason.FAILED
    assert "there is no checkpoint yet" in finished.sentence


def test_unreadable_examples_are_told_once_and_left_out(tmp_path: Path) -> None:
    data = signals()
    data.train.broken = (3, 5)  # type: ignore[attr-defined]
    data.train.values[7][2] = np.nan  # type: ignore[attr-defined]
    finished, events, _ = train(tmp_path / "run", data, epochs=3)
    assert finished.reason is StopReason.COMPLETED
    sentences = [event.sentence for event in of(Noticed, events)]
    assert len(sentences) == 3, sentences
    assert any("Clip 3 cannot be read" in sentence for sentence in sentences)


def test_another_training_in_the_folder_is_refused(tmp_path: Path) -> None:
    train(tmp_path / "run", epochs=1)
    with pytest.raises(ValueError, match=r"lr is 0.01 there and 0.02 here"):
        train(tmp_path / "run", epochs=1, lr=0.02)
    assert train(tmp_path / "run", epochs=2)[0].report["epochs"] == 2, "more epochs are the same training"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds other things than a run"):
        train(tmp_path / "other")


@pytest.mark.parametrize(
    ("keys", "data", "match"),
    [
        ({"noise": 0.1}, tokens(), "made of tokens; set noise to 0"),
        ({"device": "cuda:7"}, signals(), "device is 'cuda:7'"),
    ],
)
def test_contradictions_are_told_in_a_sentence(
    tmp_path: Path, keys: dict[str, Any], data: DataSet, match: str
) -> None:
    try:
        finished: Finished = train(tmp_path / "run", data, **keys)[0]
    except ValueError as error:
        assert match in str(error)  # noqa: PT017
    else:
        assert match in finished.sentence


def test_small_arrays_are_computed_on_one_thread_and_the_rest_is_left_as_it_was(tmp_path: Path) -> None:
    torch.set_num_threads(2)
    finished, _, _ = train(tmp_path / "run", epochs=1)
    assert finished.report["device"] == "cpu (1 thread)"
    assert torch.get_num_threads() == 2
    assert worthwhile_threads(32 * 64 * 64, most=16) == 1
    assert worthwhile_threads(32 * 1024 * 64, most=16) == 8
    assert worthwhile_threads(32 * 1024 * 64, most=2) == 2


def test_a_step_asks_the_device_for_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    data = signals()
    learner = Learner(
        settings(), model_for(data, MODEL), data, torch.device("cpu"), Team(), lambda sentence: None
    )
    monkeypatch.setattr(torch.Tensor, "__float__", lambda tensor: pytest.fail("it waits for the device"))
    monkeypatch.setattr(torch.Tensor, "tolist", lambda tensor: pytest.fail("it waits for the device"))
    learner.step(learner.groups(0)[0], 0, stopped=False)


def test_a_loop_over_moments_has_one_moment_at_a_time_to_share() -> None:
    data = signals(length=4096)
    for model, threads in (("s4d", 4), ("gru", 1)):
        shape = model_for(data, {"model": model, "d_model": 64})
        learner = Learner(settings(), shape, data, torch.device("cpu"), Team(), lambda sentence: None)
        assert learner.threads(most=4) == threads
