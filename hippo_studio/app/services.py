"""What a tab is given to work with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hippo_studio.app.actions import ActionTable
from hippo_studio.app.folders import Folders
from hippo_studio.app.jobs import Jobs
from hippo_studio.app.messages import Messages
from hippo_studio.app.settings import Settings
from hippo_studio.app.theme import Theme


@dataclass(frozen=True)
class Services:
    """The parts of the studio that every tab shares."""

    jobs: Jobs
    theme: Theme
    messages: Messages
    settings: Settings
    actions: ActionTable

    @cached_property
    def folders(self) -> Folders:
        """Where file dialogs begin."""
        return Folders(self.settings)

    def close(self) -> bool:
        """End background work and save the settings; True if every worker ended in time."""
        ended = self.jobs.close()
        try:
            self.settings.save()
        except OSError as error:
            self.messages.warning(f"The settings could not be saved. {error}")
        return ended
