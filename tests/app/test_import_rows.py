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


def test_a_click_on_a_remark_leads_to_its_line(services: Services, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [f"{k / 10},{k}" for k in range(1000)]
    rows[20], rows[700] = "2.0,", "70.0,"
    rows[900:905] = [f"{90 + k / 10}," for k in range(5)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time,a", *rows]) + "\n")
    window = ImportWindow(path, {}, services, lambda *_: None)
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: window.remarks.count() > 0, timeout=20_000)
    said = "Line 22: 7 values are missing or not finite, also in lines 702 and 902–906; they were filled by "
    assert window.remarks.text().startswith(said)
    window.remarks.itemClicked.emit(window.remarks.item(0))
    assert window.raw.textCursor().selectedText().split() == ["22", "data", "2.0,"]
    window.remarks.line_wanted.emit(902)
    qtbot.waitUntil(lambda: "902" in window.raw.textCursor().selectedText(), timeout=20_000)
    assert window.raw.textCursor().selectedText().split() == ["902", "data", "90.0,"]
    window.close()
