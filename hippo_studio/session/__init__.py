"""A session: everything on screen as one frozen value, its history, its file, and what survives a crash.

Free of Qt. `model.py` says what a session is, `history.py` undoes and redoes.
"""

from hippo_studio.session.history import History
from hippo_studio.session.model import Session, SessionError, SignalEntry, View

__all__ = ["History", "Session", "SessionError", "SignalEntry", "View"]
