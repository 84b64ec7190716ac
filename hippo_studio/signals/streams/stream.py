"""A stream as the studio has it: a process that reads, and a thread that takes its rows to disk and listener.

As with the microphone: it listens from `open` to `close`, writes a recording between `record` and `finish`,
and whatever ends it leaves everything that had come; `failure` says why. Of standard input, what came and no
recording has is left to the next stream that reads it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.capture.recording import RecordingFile
from hippo_studio.signals.notes import Notes
from hippo_studio.signals.streams.address import Address, StreamError, parse_address
from hippo_studio.signals.streams.frames import unpack
from hippo_studio.signals.streams.pace import Arrival, Gap, Pace, RateEstimate, far_off
from hippo_studio.signals.streams.piped import STANDARD_INPUT, Left, Unrecorded
from hippo_studio.signals.streams.reader_process import ReaderProcess
from hippo_studio.signals.streams.state import StreamState, default_names

Block = NDArray[np.float64]

MOST_WAITING = 1 << 24
"""Numbers kept for a listener that doesn't take them, or before a recording begins; the oldest give way."""


class Stream:
    """One address, from `open` to `close`.

    Parameters
    ----------
    address : an `Address`, or its text. Raises StreamError where it is none.
    told : called, from the thread, when the rate is known, when the sender goes or comes back, at the end.

    Attributes
    ----------
    rate : samples per second; 0 until it is known.
    channels, names, units, described, left_out : of the rows; 0 and empty until they are known.
    ended : whether the source came to its end, as a pipe does.
    failure : why it ended, one sentence; None while all is well.
    assumed : whether the rate is 1 Hz because nothing told another.
    """

    def __init__(self, address: Address | str, told: Callable[[], None] = lambda: None) -> None:
        self.address = parse_address(address) if isinstance(address, str) else address
        self.told = told
        self.rate = 0.0
        self.channels = 0
        self.names: tuple[str, ...] = ()
        self.units: tuple[str, ...] = ()
        self.described = ""
        self.left_out: tuple[str, ...] = ()
        self.ended = self.assumed = False
        self.failure: StreamError | None = None
        self._state: dict[str, Any] = {"status": "opening"}
        self._pace = Pace(self.address.rate)
        self._estimate = RateEstimate()
        self._rows_came = time.monotonic()
        self._file: RecordingFile | None = None
        self._paused = self._finished = False
        self._unrecorded = Unrecorded()  # of standard input: what the next stream begins with
        self._inherited: Arrival | None = None
        self._lost = 0  # rows that the stream before had no room for
        self._blocks: deque[Block] = deque()
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False
        self._reader: ReaderProcess | None = None
        self._thread = threading.Thread(target=self._work, name="stream", daemon=True)

    def open(self) -> None:
        """Begin to read; returns at once."""
        self._thread.start()

    @property
    def state(self) -> StreamState:
        """How it is going."""
        told, quiet = self._state, time.monotonic() - self._rows_came
        measured = self._estimate.rate if quiet < max(1.0, 5 / (self.rate or 1.0)) else 0.0
        return StreamState(
            told["status"],
            told.get("lines", 0),
            told.get("garbled", 0),
            told.get("last_garbled", ""),
            told.get("dropped", 0) + self._lost,
            measured,
            self._pace.gap_count,
            self._pace.missing,
            tuple(told.get("tail", ())),
        )

    @property
    def timed(self) -> bool:
        """Whether its rows carry times; without, the pace of the first ones told the rate."""
        return self._pace.timed

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where samples of the recording were filled in, the first thousand."""
        with self._lock:
            return tuple(self._pace.gaps)

    def record(self, file: RecordingFile) -> None:
        """Write all that has come and was not taken yet, and all that comes."""
        with self._lock:
            for block in self._blocks:
                file.append(block)
            self._file, self._paused, self._finished = file, False, False
            self._unrecorded.clear()

    def note(self, notes: Notes) -> None:
        """Replace the notes of the recording. Raises OSError as the disk does."""
        with self._lock:
            if self._file is not None:
                self._file.note(notes)

    def pause(self, on: bool) -> None:
        """Leave out what comes, or go on; the two ends meet without a gap."""
        with self._lock:
            self._paused = on
            self._pace.leave_out()

    @property
    def paused(self) -> bool:
        """Whether what comes is left out."""
        return self._paused

    def finish(self) -> RecordingFile | None:
        """End the recording, close its file and return it; None if there was none."""
        with self._lock:
            file, self._file, self._finished = self._file, None, True
        if file is not None:
            file.close()
        return file

    def take(self) -> Block:
        """The samples since the last call, (frames, channels)."""
        with self._lock:
            blocks, self._blocks, self._waiting = list(self._blocks), deque(), 0
        return np.concatenate(blocks) if blocks else np.zeros((0, max(self.channels, 1)))

    @property
    def alive(self) -> bool:
        """Whether the source is still held."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Let go of the source soon; returns at once."""
        self._closed = True
        if self._reader is not None:
            self._reader.terminate()

    def close(self, patience: float = 5.0) -> bool:
        """Let go of the source; True if that was done in time. The recording, if any, is closed too."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(patience)
        self.finish()
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            if self.address.standard_input:
                self._read_in_turn()
            else:
                self._read(None)
        except OSError as error:
            self._fail(f"The recording ended, because the disk does not take it: {error.strerror or error}")
        except Exception as error:  # what has come must be kept with a word, whatever it is that ends it
            self._fail(f"The stream {self.address.title} ended: {type(error).__name__}: {error}")
        self._tell()

    def _tell(self) -> None:
        if not self._closed:
            self.told()

    def _fail(self, sentence: str) -> None:
        self.failure = StreamError(sentence.rstrip(".") + ".")

    def _read_in_turn(self) -> None:
        """Begin with what the stream before has left, and leave to the next what no recording has."""
        self._state = {"status": "waiting for the stream before"}
        with STANDARD_INPUT.turn(lambda: self._closed) as left:
            if left is None:
                return
            self._state = {"status": "opening"}
            self._inherited, self._lost = left.rows.burst(time.monotonic()), left.rows.given_way
            if self._inherited is not None:
                self._unrecorded.add(self._inherited)
            self._pace.rate = self._pace.rate or left.rate
            try:
                self._read(left)
            finally:
                left.rows, left.rate = self._unrecorded, self._found_pace()

    def _found_pace(self) -> float:
        """The rate in Hz that was found out, for who reads the same rows on; 0 if it was not, or is wrong."""
        pace = self._pace
        said = self.address.rate or pace.timed or pace.assumed
        return 0.0 if said or far_off(self._estimate.rate, pace.rate) else pace.rate

    def _read(self, left: Left | None) -> None:
        self._reader = reader = ReaderProcess(self.address, None if left is None else left.lines)
        if self._closed:
            reader.terminate()
        try:
            self._follow(reader)
        except OSError:
            if left is not None:
                self._finished = True  # what follows is held for the next
                reader.terminate()
                self._follow(reader)
            raise
        finally:
            reader.close()
            if left is not None:
                left.lines = reader.handover

    def _follow(self, reader: ReaderProcess) -> None:
        """Hear what the reader tells; that of standard input is heard out, though the stream be closed."""
        for told, numbers in reader.frames():
            if self._closed and not self.address.standard_input:
                return
            if "failure" in told:
                self._fail(told["failure"])
            elif "end" in told:
                self._come_to_end()
            elif "left" not in told:
                self._hear(told, numbers)
        if not reader.said_why and not self._closed:
            self._fail(f"The reader of {self.address.title} ended without a word")

    def _hear(self, told: dict[str, Any], numbers: bytes) -> None:
        if "columns" in told:
            columns = told["columns"]
            self.described, self.channels = columns["described"], columns["channels"]
            self.names = tuple(columns["names"]) or default_names(self.channels)
            self.units = tuple(columns["units"]) or ("",) * self.channels
            self.left_out = tuple(columns["left_out"])
            self._pace.rate = self._pace.rate or columns["rate"]
            inherited, self._inherited = self._inherited, None
            if inherited is not None:
                self._take_rows(inherited, held=True)
        elif "state" in told:
            changed = told["state"]["status"] != self._state["status"]
            self._state = told["state"]
            if changed:
                self._tell()
        else:
            arrival = unpack(told, numbers)
            self._rows_came = time.monotonic()
            self._estimate.add(arrival.clock, len(arrival.values))
            self._take_rows(arrival)

    def _take_rows(self, arrival: Arrival, *, held: bool = False) -> None:
        with self._lock:
            recording = self._file is not None and not self._finished
            if self.address.standard_input and not recording and not held:
                self._unrecorded.add(arrival)
            if not self._paused and not self._finished:
                self._keep(self._pace.push(arrival))
        self._settle()

    def _keep(self, block: Block) -> None:
        """Take samples to the disk and to the listener."""
        if not len(block):
            return
        if self._file is not None:
            self._file.append(block)
        self._blocks.append(block)
        self._waiting += block.size
        while self._waiting > MOST_WAITING and len(self._blocks) > 1:
            self._waiting -= self._blocks.popleft().size

    def _settle(self) -> None:
        if not self.rate and self._pace.samples:
            self.assumed, self.rate = self._pace.assumed, self._pace.rate
            self._tell()

    def _come_to_end(self) -> None:
        with self._lock:
            self._keep(self._pace.finish())
        self._settle()
        self.ended = True
