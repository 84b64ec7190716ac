"""Where file dialogs begin: beside the signal that is looked at, else where they were last, else at home.

Free of Qt. Never in the folder that the studio was started in, which is nobody's choice.
"""

from __future__ import annotations

from pathlib import Path

from hippo_studio.app.pasting import pasted_folder
from hippo_studio.app.settings import Settings
from hippo_studio.signals import bundled_samples
from hippo_studio.signals.capture.recording import recordings_folder


class Folders:
    """The folders of all dialogs; `origin` is that of the current signal, "" if there is none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.origin = ""

    def begin(self, kind: str) -> str:
        """The folder in which a dialog of a kind (a key of the settings, such as "export_folder") begins."""
        lasts = (self._settings.value("files", key, "") for key in (kind, "folder"))
        beside = str(Path(self.origin).parent) if Path(self.origin).is_absolute() else ""
        own = {str(folder) for folder in (recordings_folder(), pasted_folder(), _samples())}
        wanted = [folder for folder in (beside, *lasts) if folder and folder not in own]
        return next((folder for folder in wanted if Path(folder).is_dir()), str(Path.home()))

    def keep(self, kind: str, chosen: Path) -> None:
        """Remember where something was chosen."""
        self._settings.write("files", **{kind: str(chosen.absolute().parent)})


def _samples() -> Path:
    return bundled_samples()[0].path.parent
