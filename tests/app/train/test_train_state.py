"""What can be asked of a training: every key explained, defaults that follow the data, else a sentence."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from train_made import made_data

from hippo_studio.app.train.fields import FIELDS, Kind, parsed, shown
from hippo_studio.app.train.progress import Progress, failed
from hippo_studio.app.train.state import TrainState
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.ssm import ModelConfig


def test_every_key_is_in_the_form_with_its_meaning() -> None:
    described = {**ModelConfig.describe(), **TrainingSettings.describe()}
    by_data = {"model", "d_input", "vocabulary", "n_classes", "data", "test"}
    assert set(FIELDS) == set(described) - by_data
    for name, field in FIELDS.items():
        assert described[name][1:] in field.tip
        assert field.label


def test_only_the_keys_that_a_model_looks_at_are_offered() -> None:
    of_lstm = {name for name, field in FIELDS.items() if field.concerns("lstm")}
    assert "d_model" in of_lstm
    assert not of_lstm & {"initialization", "theta", "band_limit", "n_heads", "head_dim"}
    assert FIELDS["head_dim"].concerns("h3")


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
def test_a_default_reads_back_as_itself(name: str, field: object) -> None:
    if FIELDS[name].kind in (Kind.WHOLE, Kind.NUMBER, Kind.TEXT, Kind.LAYERS):
        assert parsed(FIELDS[name], shown(FIELDS[name], FIELDS[name].default)) == FIELDS[name].default


@pytest.mark.parametrize("text", ["", "much", "1e", "nan"])
def test_what_is_no_number_is_quoted_back(text: str) -> None:
    with pytest.raises(ValueError, match="Learning rate is"):
        parsed(FIELDS["lr"], text)


def test_defaults_follow_the_data_and_the_model_and_the_person_wins() -> None:
    data = made_data(
        defaults=MappingProxyType({"epochs": 7, "d_model": 8}),
        model_defaults=MappingProxyType({"h3": {"lr": 5e-4}}),
    )
    state = TrainState()
    assert state.values(data)["epochs"] == 7
    assert state.replace(model="h3").values(data)["lr"] == 5e-4
    state = state.with_value("epochs", 3)
    assert state.values(data)["epochs"] == 3
    assert state.without("epochs").values(data)["epochs"] == 7


def test_the_data_decide_the_ends_of_the_model() -> None:
    keys = TrainState().model_keys(made_data())
    assert (keys["n_classes"], keys["d_input"], keys["model"]) == (2, 1, "s4d")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.replace(model="brain"), "'brain'"),
        (lambda state: state.with_value("epochs", 0), "epochs"),
        (lambda state: state.with_value("dt_min", 5.0), "dt_min ≤ dt_max"),
        (lambda state: state.with_value("haste", 1), "'haste'"),
        (lambda state: state.with_value("method", "gbt"), "method is 'gbt', and S4D accepts zoh, bilinear;"),
        (
            lambda state: state.replace(model="h3").with_value("method", "backward"),
            "H3 accepts zoh, bilinear",
        ),
        (
            lambda state: state.replace(model="s4").with_value("initialization", "inv"),
            "S4 accepts legs, legt",
        ),
        (
            lambda state: state.replace(model="lssl").with_value("alpha", 0.7),
            "alpha is 0.7, which counts for",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(change: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        change(TrainState())


@pytest.mark.parametrize(
    ("brought", "typed"),
    [
        ({"model": "lssl", "method": "gbt"}, ("alpha", 0.7)),
        ({"model": "s4d", "dt_max": 0.5}, ("dt_min", 0.2)),
    ],
)
def test_a_typed_key_goes_with_what_it_counted_with(brought: dict[str, object], typed: tuple) -> None:
    state = TrainState().of_run({"data": "task:made", **brought})
    state = state.with_value(*typed).with_value("epochs", 9)
    name = next(name for name in brought if name != "model")
    for left in (state.with_data("task:digits"), state.without(name)):
        assert left.own == {"epochs": 9}
    assert state.without("epochs").own == dict([typed])


def test_a_state_survives_the_settings_file_and_what_is_wrong_in_it_is_left_out() -> None:
    state = TrainState(data="/tmp/a", model="h3").with_value("lr", 0.1).with_value("attention_layers", (0,))
    assert TrainState.restored(state.to_dict()) == state
    broken = {**state.to_dict(), "model": "brain", "chosen": {"lr": "fast", "epochs": 9, "none": 1}}
    assert TrainState.restored(broken) == TrainState(data="/tmp/a").with_value("epochs", 9)
    assert TrainState.restored({"chosen": 3, "data": 4}) == TrainState()


def test_without_torch_the_sentence_says_what_brings_it() -> None:
    missing = failed(Progress(), ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert missing.sentence.startswith("This needs torch, which is not installed;")
    assert failed(Progress(), ModuleNotFoundError("No module named 'os2'", name="os2")).sentence.endswith(
        "'os2'"
    )
