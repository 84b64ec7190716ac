"""What a model can be built with: the form offers that alone, and what no longer fits goes."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from train_made import ready

from hippo_studio.app.train.fields import FIELDS
from hippo_studio.app.train.state import TrainState
from hippo_studio.app.train.tab import TrainTab


def offered(tab: TrainTab, name: str) -> list[object]:
    box = tab.setup.model_form.rows[name]
    assert isinstance(box, QComboBox)
    return [box.itemData(index) for index in range(box.count())]


def chosen(tab: TrainTab, name: str, value: str) -> None:
    box = tab.setup.model_form.rows[name]
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


@pytest.mark.parametrize("name", ["initialization", "method"])
def test_every_value_of_the_library_has_a_name_on_the_screen(name: str) -> None:
    field = FIELDS[name]
    for model, accepted in field.accepted.items():
        assert {value for value, _ in field.offers(model)} == {None, *accepted}


def test_lists_offer_what_the_model_can_be_built_with(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    assert offered(tab, "method") == [None, "zoh", "bilinear"]
    tab.setup.model_chosen.emit("lssl")
    assert offered(tab, "method") == [None, "zoh", "bilinear", "backward", "gbt"]
    assert "inv" not in offered(tab, "initialization")
    tab.setup.model_chosen.emit("h3")
    assert offered(tab, "method") == [None, "zoh", "bilinear"]
    assert "inv" in offered(tab, "initialization")


def test_alpha_is_asked_for_with_gbt_alone_and_goes_with_it(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    tab.setup.model_chosen.emit("lssl")
    form = tab.setup.model_form
    form.more.setChecked(True)
    alpha = form.rows["alpha"]
    assert not alpha.isVisible()
    chosen(tab, "method", "gbt")
    assert alpha.isVisible()
    tab.setup.key_changed.emit("alpha", 0.75)
    assert dict(tab.state.chosen) == {"method": "gbt", "alpha": 0.75}
    chosen(tab, "method", "zoh")
    assert dict(tab.state.chosen) == {"method": "zoh"}
    assert not alpha.isVisible()


def test_another_model_leaves_out_what_it_cannot_be_built_with(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    tab.setup.model_chosen.emit("lssl")
    for name, value in (("method", "gbt"), ("alpha", 0.75), ("epochs", 3)):
        tab.setup.key_changed.emit(name, value)
    tab.setup.model_chosen.emit("s4d")
    assert (tab.state.model, dict(tab.state.chosen)) == ("s4d", {"alpha": 0.75, "epochs": 3})
    tab.setup.model_chosen.emit("lssl")
    assert dict(tab.state.chosen) == {"epochs": 3}


def test_the_order_of_keys_is_of_no_matter() -> None:
    keys = {"alpha": 0.75, "method": "gbt"}
    state = TrainState.of_config({"attention_layers": [2], "n_layers": 3, **keys, "model": "lssl"})
    assert (state.model, dict(state.chosen)["alpha"]) == ("lssl", 0.75)
    assert TrainState.restored({"model": "lssl", "chosen": keys}) == TrainState.of_config(
        {"model": "lssl", **keys}
    )
