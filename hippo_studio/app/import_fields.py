"""The fields of the import window: each is automatic and shows what was found, or says something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from hippo_studio.app.widgets.quantities import format_rate, parse_rate, typed_rate
from hippo_studio.signals.read_warnings import IrregularTime
from hippo_studio.signals.readers.date_order import date_order_of
from hippo_studio.signals.readers.table_format import MISSING_POLICIES, UNIT_SECONDS
from hippo_studio.signals.readers.table_preview import TablePreview
from hippo_studio.signals.reading_options import TITLES, options_from_words

_AUTO = object()
DELIMITERS = (("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Bar", "|"), ("Blanks", " "))
_DECIMALS = (("Point", "."), ("Comma", ","))
_ENCODINGS = tuple((name, name) for name in ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "shift_jis"))
_UNITS = tuple((unit, unit) for unit in UNIT_SECONDS)
_RATES = ("sample_rate", "resampling_rate")
_RESAMPLINGS = (("Interpolate evenly", "linear"), ("Rows as they come", "none"))
_AT = {"linear": TITLES["resampling_rate"], "none": "Rate of the rows"}
_ORDERS = (("Day, month", "day-month"), ("Month, day", "month-day"))
_PAUSE_MS = 350
"""Without a key pressed, before what was typed is tried."""
_MISSING = tuple((word.capitalize(), word) for word in MISSING_POLICIES)


class ImportFields(QWidget):
    """A row for each decision; `changed` fires when a person changed one."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._boxes: dict[str, QComboBox] = {}
        self._lines: dict[str, QLineEdit] = {}
        self._typing = QTimer(self)
        self._typing.setObjectName("typing")
        self._typing.setSingleShot(True)
        self._typing.setInterval(_PAUSE_MS)
        self._typing.timeout.connect(self.changed.emit)
        self._box("delimiter", DELIMITERS)
        self._box("decimal", _DECIMALS)
        self._box("encoding", _ENCODINGS)
        self._line("header_row", "A line number from 1, or none; empty: found out")
        self._box("time_column", ())
        self._box("time_unit", _UNITS)
        self._box("date_order", _ORDERS)
        self._line("time_zone", "Such as +02:00 or Europe/Berlin, of dates without; empty: UTC")
        self._line("sample_rate", "Such as 100 or 48 kHz, in place of the times; empty: found out")
        self._line("columns", "Names or numbers from 0, separated by commas; empty: all numbers")
        self._box("missing", _MISSING)
        self._box("resampling", _RESAMPLINGS)
        self._line(
            "resampling_rate",
            "Such as 100 or 48 kHz; empty: found out",
        )
        self._boxes["resampling"].currentIndexChanged.connect(self._entitle_rate)

    def options(self) -> dict[str, Any]:
        """What was said, as `read` takes it; ValueError in one sentence for what cannot be."""
        said: dict[str, Any] = {}
        for name, box in self._boxes.items():
            value = box.currentData()
            if value is not _AUTO:
                said[name] = value
        words = {name: line.text().strip() for name, line in self._lines.items() if line.text().strip()}
        for name in _RATES:
            if rate := words.pop(name, ""):
                said[name] = parse_rate(rate)
        return {**said, **options_from_words(words)}

    def say(self, options: Mapping[str, Any]) -> None:
        """Show options that were said before."""
        for name, value in options.items():
            if name in self._boxes:
                box = self._boxes[name]
                blocked = box.blockSignals(True)
                place = next((at for at in range(box.count()) if box.itemData(at) == value), -1)
                if place < 0:
                    box.addItem("none" if value is None else str(value), value)
                    place = box.count() - 1
                box.setCurrentIndex(place)
                box.blockSignals(blocked)
                self._entitle_rate()
            elif name in self._lines:
                self._lines[name].setText(_as_words(name, value))

    def show_found(self, preview: TablePreview) -> None:
        """Say beside each automatic field what it comes to."""
        table, signal = preview.table, preview.signal
        if table is None:
            return
        self._offer_columns([column.name for column in table.columns])
        time = (
            "none" if table.time is None else " and ".join(table.columns[i].name for i in table.time.columns)
        )
        unit = table.time.unit if table.time is not None and table.time.kind == "number" else "–"
        irregular = any(isinstance(warning, IrregularTime) for warning in preview.warnings)
        found = {
            "delimiter": next(
                (name for name, value in DELIMITERS if value == table.delimiter), table.delimiter
            ),
            "decimal": "point" if table.decimal == "." else "comma",
            "encoding": table.encoding,
            "time_column": time,
            "time_unit": unit,
            "date_order": date_order_of(table.time).replace("-", ", ") or "–",
            "missing": "interpolate",
            "resampling": "interpolate evenly" if irregular else "none are found",
        }
        for name, text in found.items():
            self._boxes[name].setItemText(0, f"Automatic: {text.lower() if name == 'delimiter' else text}")
        zoned = table.time is not None and (table.time.zoned or table.time.epoch)
        self._lines["time_zone"].setPlaceholderText("as written" if zoned else "UTC")
        self._lines["header_row"].setPlaceholderText(str(table.header_row or "none"))
        self._lines["columns"].setPlaceholderText(", ".join(table.columns[i].name for i in table.channels))
        rate = format_rate(signal.sample_rate) if signal is not None and irregular else ""
        self._lines["resampling_rate"].setPlaceholderText(rate)
        if signal is not None:
            self._lines["sample_rate"].setPlaceholderText(format_rate(signal.sample_rate))

    def _entitle_rate(self) -> None:
        """Call the rate of irregular rows what it is: they are resampled at it, or come at it."""
        kept = self._boxes["resampling"].currentData() == "none"
        self._form.labelForField(self._lines["resampling_rate"]).setText(_AT["none" if kept else "linear"])

    def _offer_columns(self, names: list[str]) -> None:
        """Let the time be any of these columns, or none."""
        box = self._boxes["time_column"]
        if [box.itemText(at) for at in range(2, box.count())] == names:
            return
        chosen = box.currentData()
        blocked = box.blockSignals(True)
        while box.count() > 1:
            box.removeItem(1)
        box.addItem("none", None)
        for name in names:
            box.addItem(name, name)
        place = next((at for at in range(box.count()) if box.itemData(at) == chosen), -1)
        if place < 0:
            box.addItem(str(chosen), chosen)
            place = box.count() - 1
        box.setCurrentIndex(place)
        box.blockSignals(blocked)

    def _typed(self) -> None:
        self._typing.stop()
        self.changed.emit()

    def _box(self, name: str, choices: tuple[tuple[str, Any], ...]) -> None:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(TITLES[name])
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(22)
        box.addItem("Automatic", _AUTO)
        for text, value in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._form.addRow(TITLES[name], box)
        self._boxes[name] = box

    def _line(self, name: str, tip: str) -> None:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setAccessibleName(TITLES[name])
        line.setToolTip(tip)
        line.textEdited.connect(lambda _text: self._typing.start())
        line.editingFinished.connect(self._typed)
        self._form.addRow(TITLES[name], line)
        self._lines[name] = line


def _as_words(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name in _RATES:
        return typed_rate(value)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
