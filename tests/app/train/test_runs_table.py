"""A long table of runs: what has not changed is left alone, and order and selection outlive what has."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QTableWidgetItem
from pytestqt.qtbot import QtBot

from hippo_studio.app.train.runs_table import _PART, Cell, RunsTable, SortedItem


@pytest.fixture
def table(qtbot: QtBot) -> RunsTable:
    table = RunsTable(("Run", "Score"), {}, {})
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show()
    return table


def cells(number: int, score: float) -> tuple[Cell, ...]:
    return (f"run {number:04d}", f"run {number:04d}"), (f"{score:.2f}", score)


def many(count: int) -> dict[Path, tuple[Cell, ...]]:
    return {Path(f"run {n}"): cells(n, (n * 7 % count) / count) for n in range(count)}


def names(table: RunsTable) -> list[str]:
    return [table.item(row, 0).text() for row in range(table.rowCount())]


def test_many_rows_come_in_parts_and_in_their_order(table: RunsTable, qtbot: QtBot) -> None:
    rows = many(2 * _PART + 5)
    with qtbot.waitSignal(table.shown):
        table.show_rows(rows, rows)
        assert table.rowCount() == _PART, "the first part at once"
    assert table.rowCount() == len(rows)
    assert names(table) == sorted(names(table), reverse=True)
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    scores = [table.item(row, 1).value for row in range(table.rowCount())]
    assert scores == sorted(scores, reverse=True)


def test_what_goes_while_others_come_does_not_come_back(table: RunsTable, qtbot: QtBot) -> None:
    rows = many(2 * _PART)
    table.show_rows(rows, rows)
    left = list(rows)[: _PART // 2]
    with qtbot.waitSignal(table.shown):
        table.show_rows({}, left)
    assert table.rowCount() == len(left)
    table.show_rows({}, [])
    assert table.rowCount() == 0
    table.show_rows(dict(list(rows.items())[:3]), list(rows)[:3])
    assert table.rowCount() == 3


def test_a_row_that_changes_moves_and_stays_selected_and_no_other_is_touched(
    table: RunsTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many(10)
    table.show_rows(rows, rows)
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    first = table.item(0, 0).data(Qt.ItemDataRole.UserRole)
    table.selectRow(0)
    made: list[str] = []

    def write(item: SortedItem, text: str) -> None:
        made.append(text)
        QTableWidgetItem.setText(item, text)

    monkeypatch.setattr(SortedItem, "setText", write)
    table.show_rows({first: cells(99, -1.0)}, rows)
    assert made == ["run 0099", "-1.00"]
    assert table.selected == [first]
    assert table.item(9, 0).data(Qt.ItemDataRole.UserRole) == first, "it has the lowest score now"
