"""Fields for numbers: one value, three ways to change it, and no change told twice."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hippo_studio.app.widgets.number import IntegerField, SecondsField


@pytest.fixture
def order(qtbot: QtBot) -> IntegerField:
    field = IntegerField(1, 512, 64, name="N")
    qtbot.addWidget(field)
    field.show()
    return field


@pytest.fixture
def theta(qtbot: QtBot) -> SecondsField:
    field = SecondsField(1e-3, 100.0, 0.5, name="θ")
    qtbot.addWidget(field)
    field.show()
    return field


def test_every_integer_can_be_reached_with_the_slider() -> None:
    from hippo_studio.app.widgets.number import ScaledSlider

    slider = ScaledSlider(1, 512)
    reached = {round(slider.scaled(position)) for position in range(slider.maximum() + 1)}
    slider.deleteLater()
    assert len(reached) > 390  # at 512 one position of 2000 is 1.6: the spin box has the rest
    assert {1, 2, 3, 64, 512} <= reached


def test_slider_spin_box_and_program_agree(order: IntegerField) -> None:
    told: list[int] = []
    order.value_changed.connect(told.append)
    order.set_value(128)
    assert (order.value(), order.spin.value()) == (128, 128)
    order.spin.setValue(32)
    order.slider.setValue(order.slider.maximum())
    assert told == [128, 32, 512]
    order.set_value(512)
    assert told == [128, 32, 512], "the same value again is no change"


def test_numbers_are_limited_to_the_range(order: IntegerField) -> None:
    order.set_value(100_000)
    assert order.value() == 512
    order.set_value(-5)
    assert order.value() == 1


def test_typing_a_number_is_one_change(order: IntegerField, qtbot: QtBot) -> None:
    told: list[int] = []
    order.value_changed.connect(told.append)
    order.spin.setFocus()
    order.spin.selectAll()
    qtbot.keyClicks(order.spin, "256")
    assert told == []
    qtbot.keyClick(order.spin, Qt.Key.Key_Return)
    assert told == [256]


@pytest.mark.parametrize("text", ["0", "9999", "-3", "2.5", "many", ""])
def test_what_is_no_order_is_refused_in_words_and_the_next_is_taken(
    order: IntegerField, qtbot: QtBot, text: str
) -> None:
    told: list[int] = []
    refused: list[str] = []
    order.value_changed.connect(told.append)
    order.rejected.connect(refused.append)
    order.spin.selectAll()
    qtbot.keyClick(order.spin, Qt.Key.Key_Delete)
    qtbot.keyClicks(order.spin, text)
    qtbot.keyClick(order.spin, Qt.Key.Key_Return)
    assert refused == [f"N must be a whole number from 1 to 512; received {text!r}, so 64 stays."]
    assert (order.value(), order.spin.text(), told) == (64, "64", [])
    order.spin.selectAll()
    qtbot.keyClicks(order.spin, "32")
    qtbot.keyClick(order.spin, Qt.Key.Key_Return)
    assert (told, len(refused)) == ([32], 1)


@pytest.mark.parametrize("text", ["0", "-1 s", "nan", "inf"])
def test_a_time_that_cannot_be_is_refused_in_words(theta: SecondsField, qtbot: QtBot, text: str) -> None:
    theta.field.selectAll()
    qtbot.keyClicks(theta.field, text)
    with qtbot.waitSignal(theta.rejected) as refused:
        qtbot.keyClick(theta.field, Qt.Key.Key_Return)
    assert refused.args[0].startswith("A time ")
    assert refused.args[0].endswith(f"received {text!r}, so 0.5 s stays.")
    assert theta.value() == 0.5


def test_escape_leaves_the_number_as_it_was(order: IntegerField, qtbot: QtBot) -> None:
    order.spin.selectAll()
    qtbot.keyClicks(order.spin, "9")
    qtbot.keyClick(order.spin, Qt.Key.Key_Escape)
    assert (order.value(), order.spin.text()) == (64, "64")
    assert not order.spin.hasFocus()


@pytest.mark.parametrize(("text", "seconds"), [("50 ms", 0.05), ("2", 2.0), ("1:30", 90.0), ("0,25 s", 0.25)])
def test_times_are_typed_with_units(theta: SecondsField, qtbot: QtBot, text: str, seconds: float) -> None:
    theta.field.selectAll()
    qtbot.keyClicks(theta.field, text)
    with qtbot.waitSignal(theta.value_changed) as told:
        qtbot.keyClick(theta.field, Qt.Key.Key_Return)
    assert told.args == [pytest.approx(seconds)]
    assert theta.slider.value() not in (0, theta.slider.maximum())


def test_text_that_is_no_time_is_refused_and_the_next_is_taken(theta: SecondsField, qtbot: QtBot) -> None:
    told: list[float] = []
    theta.value_changed.connect(told.append)
    theta.field.selectAll()
    qtbot.keyClicks(theta.field, "soon")
    with qtbot.waitSignal(theta.rejected) as refused:
        qtbot.keyClick(theta.field, Qt.Key.Key_Return)
    assert "'soon'" in refused.args[0]
    assert (theta.value(), theta.field.text(), told) == (0.5, "0.5 s", [])
    theta.field.selectAll()
    qtbot.keyClicks(theta.field, "2 s")
    qtbot.keyClick(theta.field, Qt.Key.Key_Return)
    assert told == [2.0]


def test_a_time_outside_the_range_takes_the_nearer_end_and_says_so(theta: SecondsField, qtbot: QtBot) -> None:
    theta.field.selectAll()
    qtbot.keyClicks(theta.field, "1 h")
    with qtbot.waitSignal(theta.rejected) as refused:
        qtbot.keyClick(theta.field, Qt.Key.Key_Return)
    assert "100 s" in refused.args[0]
    assert theta.value() == 100.0


def test_the_slider_is_logarithmic(theta: SecondsField) -> None:
    seconds = [theta.slider.scaled(position) for position in (0, 1000, 2000)]
    assert seconds == pytest.approx([1e-3, 10**-0.5, 100.0], rel=1e-9)


def test_dragging_gives_round_times(theta: SecondsField) -> None:
    told: list[float] = []
    theta.value_changed.connect(told.append)
    for position in range(500, 1500, 7):
        theta.slider.setValue(position)
    assert all(value == float(f"{value:.3g}") for value in told)


def test_new_bounds_move_a_value_that_lies_outside(theta: SecondsField) -> None:
    theta.set_value(50.0)
    theta.set_bounds(1e-3, 10.0)
    assert theta.value() == 10.0
    assert theta.slider.value() == theta.slider.maximum()


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (2.0, 1.0), (1.0, float("inf"))])
def test_impossible_bounds_are_refused(qtbot: QtBot, bounds: tuple[float, float]) -> None:
    from hippo_studio.app.widgets.number import ScaledSlider

    with pytest.raises(ValueError, match="received"):
        ScaledSlider(*bounds)
