"""A stranger's window that offers files to be dragged away: `python drag_source.py FILE…`."""

from __future__ import annotations

import sys
from pathlib import Path

from PyQt6.QtCore import QMimeData, Qt, QUrl
from PyQt6.QtGui import QDrag, QMouseEvent
from PyQt6.QtWidgets import QApplication, QLabel


class DragSource(QLabel):
    """Starts a drag of the files when the mouse moves with its button down, and tells how it ended."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__("drag me")
        self.setWindowTitle("Drag source")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.resize(200, 120)
        self._paths = paths

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(path)) for path in self._paths])
            drag = QDrag(self)
            drag.setMimeData(data)
            action = drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)
            print(f"dropped: {action.name}", flush=True)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    source = DragSource([Path(name).resolve() for name in sys.argv[1:]])
    source.show()
    sys.exit(app.exec())
