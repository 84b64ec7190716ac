"""The start of the studio."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hippo_studio.app.options import StudioOptions


def main(argv: Sequence[str] | None = None) -> int:
    """Start the studio with the files named on the command line."""
    names = sys.argv[1:] if argv is None else argv
    return run(StudioOptions(files=tuple(Path(name) for name in names)))


def run(options: StudioOptions) -> int:
    """Open the window and stay until it is closed; the exit status."""
    from PyQt6.QtWidgets import QApplication

    from hippo_studio.app.actions import ActionTable
    from hippo_studio.app.jobs import Jobs
    from hippo_studio.app.messages import Messages
    from hippo_studio.app.services import Services
    from hippo_studio.app.settings import Settings
    from hippo_studio.app.theme import Theme
    from hippo_studio.app.window import StudioWindow

    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    theme = Theme(options.theme or "system")
    services = Services(Jobs(), theme, Messages(), Settings(), ActionTable(theme))
    window = StudioWindow(services)
    window.resize(*(options.size or (1280, 800)))
    window.show()
    window.opening.open(options.files)
    return app.exec()
