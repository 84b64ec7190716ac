"""Each source against the real thing: sockets, a terminal's other end, pipes, an outlet; gone and back."""

import json
import os
import pty
import socket
import subprocess
import sys
import threading
import time
import tty

import numpy as np
import pytest

from hippo_studio.signals import read
from hippo_studio.signals.capture import leftovers, new_recording
from hippo_studio.signals.notes import Notes
from hippo_studio.signals.streams import Stream, StreamError
from hippo_studio.signals.streams.address import parse_address
from hippo_studio.signals.streams.intake import Intake
from hippo_studio.signals.streams.sources import Tcp


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def until(true, what="it to happen", seconds=20.0):
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.005)
    return answer


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sender:
    """Sends numbered lines with times through a function, as fast as asked, until told to stop."""

    def __init__(self, send, rate=500, first=0):
        self.rows, self._send, self._rate, self._stop = first, send, rate, threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        first, began = self.rows, time.monotonic()
        while not self._stop.wait(0.002):
            due = first + int((time.monotonic() - began) * self._rate)
            lines = b"".join(b"%.4f,%d\n" % (row / self._rate, row) for row in range(self.rows, due))
            try:
                if lines:
                    self._send(lines)
            except OSError:
                return
            self.rows = due

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self.rows


@pytest.fixture
def stream():
    """Opens streams, and sees that every one of them ends."""
    opened = []

    def opens(address, **options):
        one = Stream(address, **options)
        one.open()
        opened.append(one)
        return one

    yield opens
    assert all(one.close() for one in opened)


def all_of(stream, upto):
    """Every sample up to the row numbered `upto`."""
    parts = []

    def there():
        parts.append(stream.take())
        return any(part.size and part[-1, 0] >= upto - 1 for part in parts[-1:])

    until(there, f"row {upto}: {stream.state} {stream.failure}")
    return np.concatenate([part for part in parts if part.size])[:, 0]


def ready(stream):
    until(lambda: stream.rate or stream.failure, "a rate")
    assert stream.failure is None
    return stream


def check_rows(stream, last, rate=500.0):
    rows = all_of(stream, last)
    assert stream.rate == rate
    assert np.diff(rows) == pytest.approx(1.0)
    return rows


def test_udp_datagrams_become_samples_without_loss(stream):
    port = free_port(socket.SOCK_DGRAM)
    one = stream(f"udp://127.0.0.1:{port}")
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    until(lambda: one.state.status == "waiting for a sender")
    sender = Sender(lambda lines: out.sendto(lines.rstrip(b"\n"), ("127.0.0.1", port)))
    ready(one)
    out.sendto(b"what is this?", ("127.0.0.1", port))
    rows = check_rows(one, sender.stop())
    assert rows[0] == 0
    assert one.names == ("value",)
    until(lambda: one.state.garbled == 1)
    assert one.state.last_garbled == "what is this?"
    assert (one.state.gaps, one.state.dropped, one.state.status) == (0, 0, "")
    assert "time (s)" in one.described
    out.close()


def test_a_tcp_server_that_goes_away_is_found_again(stream):
    port = free_port()
    server = socket.create_server(("127.0.0.1", port))
    told = []
    one = stream(f"tcp://127.0.0.1:{port}", told=lambda: told.append(one.state.status))
    peer, _ = server.accept()
    sender = Sender(peer.sendall)
    ready(one)
    last = sender.stop()
    peer.sendall(b"12.3")  # half a line, which is none
    server.close()
    peer.close()
    until(lambda: one.state.status == "the sender is gone", "the sender to be missed")
    check_rows(one, last)
    server = socket.create_server(("127.0.0.1", port))
    peer, _ = server.accept()
    sender = Sender(peer.sendall, first=last)
    until(lambda: one.state.status == "", "the sender to be back")
    check_rows(one, last + 100)
    sender.stop()
    assert one.state.garbled == 1
    assert "the sender is gone" in told
    peer.close()
    server.close()


def test_a_tcp_sender_connects_and_another_after_it(stream):
    port = free_port()
    one = stream(f"tcp://127.0.0.1:{port}?listen")
    until(lambda: one.state.status == "waiting for a sender")
    with socket.create_connection(("127.0.0.1", port)) as peer:
        sender = Sender(peer.sendall)
        ready(one)
        last = sender.stop()
    check_rows(one, last)
    until(lambda: one.state.status == "the sender is gone")
    with socket.create_connection(("127.0.0.1", port)) as peer:
        sender = Sender(peer.sendall, first=last)
        check_rows(one, last + 50)
        sender.stop()


def test_a_serial_port_is_read(stream):
    pytest.importorskip("serial")
    master, slave = pty.openpty()
    tty.setraw(slave)
    one = stream(f"serial:{os.ttyname(slave)}?baud=115200")
    sender = Sender(lambda lines: os.write(master, lines.replace(b"\n", b"\r\n")), rate=200)
    ready(one)
    check_rows(one, sender.stop(), 200.0)
    os.close(slave)
    os.close(master)
    until(lambda: one.state.status == "the port is gone", "the port to be missed")


def test_a_named_pipe_survives_its_writers(stream, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    one, last = stream(f"pipe:{fifo}"), 0
    for _ in range(2):
        with open(fifo, "wb", buffering=0) as pipe:
            sender = Sender(pipe.write, first=last)
            ready(one)
            last = max(sender.stop(), last)
    check_rows(one, last)


def test_lab_streaming_layer_gives_its_names_units_and_rate(stream):
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"pylsl cannot be imported: {error}")
    name = f"Studio test {os.getpid()}"
    info = pylsl.StreamInfo(name, "EEG", 2, 250.0, "double64", name)
    info.set_channel_labels(["Cz", "Pz"])
    info.set_channel_units(["uV", "uV"])
    outlet = pylsl.StreamOutlet(info)
    one = stream(f"lsl:{name}")
    until(lambda: outlet.have_consumers() or one.failure, "a consumer")
    assert one.failure is None
    began, row = pylsl.local_clock(), 0
    while not one.rate and row < 4000:
        for row in range(row, int((pylsl.local_clock() - began) * 250)):  # noqa: B020 - goes on where it was
            outlet.push_sample([row, -row], began + row / 250)
        row += 1
        time.sleep(0.01)
    assert (one.rate, one.names, one.units) == (250.0, ("Cz", "Pz"), ("uV", "uV"))
    rows = one.take()
    assert len(rows) > 8
    assert np.diff(rows, axis=0) == pytest.approx(np.tile([1.0, -1.0], (len(rows) - 1, 1)))


def test_what_is_piped_in_is_read_to_its_end():
    code = (
        "import json, sys\nfrom hippo_studio.signals.streams import Stream\n"
        "one = Stream('-')\none.open()\none._thread.join(30)\n"
        "print(json.dumps([one.ended, one.rate, one.assumed, one.take().tolist()]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input="1\n2\n3.5", capture_output=True, text=True, timeout=60
    )
    assert json.loads(run.stdout) == [True, 1.0, True, [[1.0], [2.0], [3.5]]], run.stderr


def test_a_stream_is_recorded_as_it_comes_and_found_after_a_kill(stream):
    port = free_port(socket.SOCK_DGRAM)
    one = stream(f"udp://127.0.0.1:{port}")
    until(lambda: one.state.status == "waiting for a sender")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        sender = Sender(lambda lines: out.sendto(lines, ("127.0.0.1", port)))
        ready(one)
        file = new_recording(one.rate, one.channels, Notes(12.5, ("depth",), ("m",), "udp", start=1.0))
        one.record(file)
        last = sender.stop()
        until(lambda: file.frames >= last, "the disk")
        assert len(read(file.path).samples[0]) == file.frames
        one.pause(True)
        out.sendto(b"99,99\n", ("127.0.0.1", port))
        until(lambda: one.state.lines == last + 1)
        one.pause(False)
        out.sendto(b"100,100\n", ("127.0.0.1", port))
        until(lambda: file.frames == last + 1)
    file.note(Notes(12.5, ("depth",), ("m",), "udp", 1.0, 2, 3.0, (0.5, 4.0)))
    assert one.finish() is file
    file.release()  # as the end of the process does
    (left,) = leftovers()
    signal = read(left.path)
    assert signal.samples[0].tolist() == [*range(last), 100.0]
    assert (signal.sample_rate, signal.channel_names, signal.units) == (12.5, ("depth",), ("m",))
    assert left.seconds == pytest.approx(signal.duration)
    assert [str(one) for one in signal.warnings] == [
        "2 gaps were filled by straight lines, 3 s in all: at 0.500 s, 4.000 s."
    ]
    one.end()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://127.0.0.1:{free}", "cannot be reached: Connection refused"),
        ("udp://127.0.0.1:{taken}", "cannot be listened at: Address already in use"),
        ("udp://192.0.2.1:{free}", "cannot be listened at: Cannot assign requested address"),
        ("serial:/dev/no such port", "cannot be opened: No such file or directory"),
        ("pipe:/no/such/pipe", "cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_sentence(stream, address, says):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        text = address.format(free=free_port(), taken=taken.getsockname()[1])
        one = stream(text)
        until(lambda: one.failure, "the failure")
    assert says in str(one.failure)
    assert str(one.failure).endswith(".")
    assert one.close()


def test_a_stream_that_is_closed_while_it_opens_or_waits_ends_at_once(stream):
    one = stream(f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}")
    assert one.close()
    assert one.failure is None
    two = stream(f"tcp://127.0.0.1:{free_port()}?listen")
    until(lambda: two.state.status == "waiting for a sender")
    began = time.monotonic()
    assert two.close()
    assert time.monotonic() - began < 2
    assert (two.failure, two.take().shape) == (None, (0, 1))


def test_a_reader_that_dies_is_missed_with_a_word_and_the_address_is_free_for_the_next(stream):
    address = f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    one = stream(address)
    until(lambda: one.state.status == "waiting for a sender")
    one._reader._process.kill()
    until(lambda: one.failure, "the failure")
    assert "ended without a word" in str(one.failure)
    again = stream(address)
    until(lambda: again.state.status == "waiting for a sender")


def test_a_studio_that_dies_takes_its_reader_along():
    code = (
        "import time\nfrom hippo_studio.signals.streams import Stream\n"
        f"one = Stream('udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}')\none.open()\n"
        "while one.state.status == 'opening': time.sleep(0.01)\n"
        "print(one._reader._process.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as studio:
        reader = int(studio.stdout.readline())
        studio.kill()

    def gone():
        try:
            with open(f"/proc/{reader}/stat") as status:
                return status.read().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    until(gone, "the reader to end")


def test_numbers_that_nobody_takes_are_bounded(stream, monkeypatch):
    monkeypatch.setattr("hippo_studio.signals.streams.stream.MOST_WAITING", 300)
    port = free_port(socket.SOCK_DGRAM)
    one = stream(f"udp://127.0.0.1:{port}")
    until(lambda: one.state.status == "waiting for a sender")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        sender = Sender(lambda lines: out.sendto(lines, ("127.0.0.1", port)), rate=2000)
        ready(one)
        until(lambda: one.state.lines > 4000)
        last = sender.stop()
    until(lambda: one.state.lines == last)
    rows = one.take()[:, 0]
    assert len(rows) < 1500
    assert rows[-1] == last - 1


def test_garbage_alone_is_counted_and_does_not_wait_in_memory():
    intake = Intake(parse_address("tcp://:9"))
    for turn in range(40):
        assert intake._look(b"no number here\n" * 50, turn * 0.1) == []
    assert intake.garbled == intake.lines >= 1000
    assert intake.last_garbled == "no number here"
    assert sum(len(text) for text, _ in intake._first) < 100_000
    assert intake.columns is None


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"hello\n", "the last line was 'hello'"), (b"", "No line of numbers came from standard input.")],
)
def test_gathering_says_what_was_wrong(text, says):
    code = (
        "from hippo_studio.signals.streams import gather, StreamError\n"
        "try: gather('-')\nexcept StreamError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, timeout=60)
    assert says in run.stdout.decode(), run.stderr


def test_a_dead_peer_is_tried_again_only_once_a_second(monkeypatch):
    tries = []
    source = Tcp(parse_address("tcp://127.0.0.1:9"))

    def refuse(*_, **__):
        tries.append(time.monotonic())
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("hippo_studio.signals.streams.sources.socket.create_connection", refuse)
    with pytest.raises(StreamError):
        source.open()
    end = time.monotonic() + 1.3
    while time.monotonic() < end:
        assert source.read(0.05) == b""
    assert len(tries) == 3
