"""The rows in the import window: as many as there is room for, and times that can be read."""

from __future__ import annotations

from pathlib import Path

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
