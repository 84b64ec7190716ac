"""Words that change within a tab do not paint what stands beside them."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtGui import QPaintEvent
from PyQt6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.widgets.steady_tabs import SteadyTabs


class Beside(QWidget):
    """Counts how often it is painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1


class Requests(QObject):
    """Counts the requests for room that reach a widget."""

    count = 0

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_other_words_paint_nothing_beside_them_and_longer_ones_get_their_room(qtbot: QtBot) -> None:
    tabs, page, label, beside = SteadyTabs(), QWidget(), QLabel("1234"), Beside()
    column = QVBoxLayout(page)
    column.addWidget(label)
    column.addWidget(beside)
    tabs.addTab(page, "one")
    requests = Requests()
    tabs.installEventFilter(requests)
    window = QWidget()
    QVBoxLayout(window).addWidget(tabs)
    qtbot.addWidget(window)
    window.resize(300, 200)
    with qtbot.waitExposed(window):
        window.show()
    label.setText("4321")
    qtbot.waitUntil(lambda: requests.count > 0)
    QApplication.processEvents()
    painted, seen = beside.painted, requests.count
    label.setText("1423")
    qtbot.waitUntil(lambda: requests.count > seen)
    QApplication.processEvents()
    assert beside.painted == painted
    label.setText("a line that needs much more room than the tabs have had so far, in any font")
    qtbot.waitUntil(lambda: label.width() >= label.sizeHint().width())
