"""The session of the window: its history, its file, its autosave, and what is offered after a crash."""
