"""A studio that is killed with a session on screen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from hippo_studio.session import Session
from hippo_studio.session.file import save

DIES = """
import os, pathlib, signal, sys
from hippo_studio.session.file import load
from hippo_studio.session.keeping import Keeper
keeper = Keeper()
keeper.keep(load(pathlib.Path(sys.argv[1])))
assert keeper.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""


def die(session: Session, folder: Path) -> None:
    """Let a studio with that session on screen be killed."""
    path = folder / "dying.hippo.json"
    save(session, path)
    done = subprocess.run([sys.executable, "-c", DIES, str(path)], env=os.environ.copy(), timeout=60)
    assert done.returncode == -signal.SIGKILL
