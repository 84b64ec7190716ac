"""The import window: as many rows as there is room for, times that can be read, and told otherwise."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from hippo_studio.app.import_window import ImportWindow
from hippo_studio.app.services import Services


def test_rows_are_low_and_columns_as_wide_as_what_they_hold(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    text = "word " * 200
    rows = "".join(f"2023-02-03 08:00:{second:02d}.000,{second},{text}\n" for second in range(40))
    path.write_text("time,value,note\n" + rows)
    window = ImportWindow(path, {}, services, lambda *_: None)
    qtbot.addWidget(window, before_close_func=lambda it: it.reject())
    qtbot.waitUntil(lambda: window.preview is not None, timeout=20_000)
    letters = window.fontMetrics()
    assert window.rows.columnWidth(0) > letters.horizontalAdvance("2023-02-03 08:00:00.000")
    assert window.rows.columnWidth(1) < window.rows.columnWidth(0)
    assert window.rows.columnWidth(2) <= 30 * letters.averageCharWidth()
    assert window.rows.rowHeight(0) < 1.5 * letters.height()


def test_the_order_of_dates_that_was_guessed_can_be_changed(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,a\n" + "".join(f"0{day}/02/2023,{day}\n" for day in range(1, 10)))
    taken: list[dict] = []
    window = ImportWindow(path, {}, services, lambda options, _: taken.append(options))
    qtbot.addWidget(window)
    order = window.findChild(QComboBox, "date_order")
    qtbot.waitUntil(lambda: order.currentText() == "Automatic: day, month", timeout=20_000)
    assert "Dates such as" in window.remarks.text()
    order.setCurrentText("Month, day")
    qtbot.waitUntil(lambda: "Dates such as" not in window.remarks.text(), timeout=20_000)
    window.import_button.click()
    assert taken == [{"date_order": "month-day"}]
