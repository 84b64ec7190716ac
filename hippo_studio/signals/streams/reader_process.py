"""The process of a reader, as its stream sees it: started, heard frame by frame, told to end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from hippo_studio.signals.streams.address import Address
from hippo_studio.signals.streams.frames import HEAD
from hippo_studio.signals.streams.piped import Handover


class ReaderProcess:
    """Reads an address from the start on; standard input from where `left` says that it was read to.

    Attributes
    ----------
    said_why : whether its last frame told why it ended.
    """

    def __init__(self, address: Address, left: Handover | None) -> None:
        self.said_why = False
        self._left, self._taken_over, self._handed_over = left or Handover(), False, False
        command = [sys.executable, "-m", "hippo_studio.signals.streams.reader", address.text]
        if left is None:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            return
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(left.told()).encode())
            file.seek(0)
            place = file.fileno()
            self._process = subprocess.Popen(
                [*command, str(place)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=[place]
            )

    def frames(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """What it tells and the numbers with it, up to its end; called again, what follows."""
        pipe = self._process.stdout
        assert pipe is not None
        while len(head := pipe.read(HEAD.size)) == HEAD.size:
            length, size = HEAD.unpack(head)
            text, numbers = pipe.read(length), pipe.read(size)
            if len(text) < length or len(numbers) < size:
                return
            told = json.loads(text)
            self._taken_over = True
            self.said_why = self.said_why or bool({"failure", "end", "left"} & told.keys())
            if "left" in told:
                self._left, self._handed_over = Handover.of(told["left"]), True
            elif "columns" in told:
                self._left = Handover.of(told["lines"])
            yield told, numbers

    @property
    def handover(self) -> Handover:
        """What the next reader has to know, once this one has ended, however it did."""
        untouched = not self._taken_over and self._process.wait() == -signal.SIGTERM
        if self._handed_over or untouched:
            return self._left
        return Handover(self._left.form, cut=True)

    def terminate(self) -> None:
        """Tell it to end; of standard input, it hands over first."""
        self._process.terminate()

    def close(self) -> None:
        """Make sure that it has ended."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
