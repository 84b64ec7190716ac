"""Bytes from outside: UDP, TCP, a serial port, a pipe; each waits a little and takes all there is.

A sender that goes away is waited for, and found again where that can be: `status` says in a few words what is
the matter. Only a pipe comes to an end.
"""

from __future__ import annotations

import ipaddress
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, final

from hippo_studio.signals.extras import not_installed
from hippo_studio.signals.streams.address import Address, StreamError
from hippo_studio.signals.streams.lines import CUT

GATHER = 0.004
"""Seconds for which what comes is gathered, once something has come: then it is worth the work on it."""
AGAIN = 1.0
"""Seconds between two tries to reach a sender that went away."""
_BUFFER = 4 << 20
_PIECE = 1 << 20
_MOST = 8 << 20
"""Bytes taken in one go: a pipe that pours is told to wait."""
_RXQ_OVFL = 40  # SO_RXQ_OVFL of Linux: the kernel counts what it had no room for


class ByteSource(Protocol):
    """Where text comes from. `read` gives what came within `patience` seconds, None once nothing more will.

    `status` is "" while all is well; `dropped` counts datagrams that came too fast.
    """

    status: str
    dropped: int

    def open(self) -> None:
        """Take hold of it. Raises StreamError, one sentence."""

    def read(self, patience: float) -> bytes | None:
        """What has come."""

    def close(self) -> None:
        """Let go of it."""


def source_of(address: Address) -> ByteSource:
    """The source that an address of bytes names."""
    kinds: dict[str, Callable[[Address], ByteSource]] = {
        "udp": Udp,
        "tcp": Tcp,
        "serial": Serial,
        "pipe": Pipe,
    }
    return kinds[address.kind](address)


@final
class Udp:
    """Datagrams at a port; each ends the line that it holds."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.status, self.dropped = "waiting for a sender", 0
        self._socket: socket.socket

    def open(self) -> None:
        """Bind, and join the group if the address is one."""
        address = self._address
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        for option in (33, socket.SO_RCVBUF):  # 33: SO_RCVBUFFORCE, for those who may
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
                break
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, _RXQ_OVFL, 1)
        try:
            group = _is_group(address.host)
            if group:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((address.host, address.port))
            if group:
                member = struct.pack("4s4s", socket.inet_aton(address.host), socket.inet_aton("0.0.0.0"))
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        except OSError as error:
            self._socket.close()
            raise _refused(address, error) from None
        self._socket.setblocking(False)

    def read(self, patience: float) -> bytes | None:
        """All datagrams that are there, a line end after each that lacks one."""
        if not select.select([self._socket], [], [], patience)[0]:
            return b""
        parts: list[bytes] = []
        end, size = time.monotonic() + GATHER, 0
        self._count_dropped(parts)
        receive = self._socket.recv
        while size < _MOST:
            try:
                while True:
                    parts.append(receive(65_536))
            except BlockingIOError:
                pass
            except OSError:
                break
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                break
        if parts:
            self.status = ""
        return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _count_dropped(self, parts: list[bytes]) -> None:
        with suppress(OSError):
            datagram, extra, _, _ = self._socket.recvmsg(65_536, socket.CMSG_SPACE(4))
            parts.append(datagram)
            for level, kind, content in extra:
                if level == socket.SOL_SOCKET and kind == _RXQ_OVFL:
                    self.dropped = struct.unpack("I", content[:4])[0]


@final
class Tcp:
    """One connection: made to a host, and made again when it ends, or taken from whoever connects."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.status, self.dropped = "", 0
        self._listening: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._next_try = 0.0

    def open(self) -> None:
        """Connect, or listen."""
        address = self._address
        if not address.listen:
            try:
                self._peer = socket.create_connection((address.host, address.port), timeout=5)
            except OSError as error:
                raise _refused(address, error) from None
            self._peer.setblocking(False)
            return
        self.status = "waiting for a sender"
        try:
            family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
            self._listening = socket.create_server((address.host, address.port), family=family)
        except OSError as error:
            raise _refused(address, error) from None

    def read(self, patience: float) -> bytes | None:
        """What the peer has sent; a line that was cut off with its connection ends there."""
        if self._peer is None and not self._find_peer(patience):
            return b""
        assert self._peer is not None
        if not select.select([self._peer], [], [], patience)[0]:
            return b""
        time.sleep(GATHER)
        try:
            content = self._peer.recv(_PIECE)
        except BlockingIOError:
            return b""
        except OSError:
            content = b""
        if content:
            return content
        self._peer.close()
        self._peer, self._next_try = None, time.monotonic() + AGAIN
        self.status = "the sender is gone"
        return CUT + b"\n"

    def close(self) -> None:
        """Hang up."""
        for one in (self._peer, self._listening):
            if one is not None:
                one.close()

    def _find_peer(self, patience: float) -> bool:
        address = self._address
        if self._listening is not None:
            if not select.select([self._listening], [], [], patience)[0]:
                return False
            self._peer, _ = self._listening.accept()
        elif time.monotonic() < self._next_try:
            time.sleep(min(patience, 0.05))
            return False
        else:
            try:
                self._peer = socket.create_connection((address.host, address.port), timeout=1)
            except OSError:
                self._next_try = time.monotonic() + AGAIN
                return False
        self._peer.setblocking(False)
        self.status = ""
        return True


@final
class Serial:
    """A serial port, through pyserial; opened again when it comes back after having been pulled out."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.status, self.dropped = "", 0
        self._port: Any = None
        self._next_try = 0.0

    def open(self) -> None:
        """Open the port."""
        try:
            import serial
        except ModuleNotFoundError:
            raise StreamError(not_installed("A serial port needs pyserial", "streams")) from None
        try:
            self._port = serial.Serial(self._address.place, self._address.baud, timeout=0)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise StreamError(
                f"The serial port {self._address.place} cannot be opened: {reason.rstrip('.')}."
            ) from None

    def read(self, patience: float) -> bytes | None:
        """What has come."""
        if self._port is None:
            time.sleep(min(patience, 0.05))
            if time.monotonic() > self._next_try:
                self._next_try = time.monotonic() + AGAIN
                with suppress(StreamError):
                    self.open()
                    self.status = ""
            return b""
        try:
            if not select.select([self._port], [], [], patience)[0]:
                return b""
            time.sleep(GATHER)
            content: bytes = self._port.read(_PIECE)
            if not content:
                raise OSError("no more data")  # noqa: TRY301 - readable and empty: it hung up
        except OSError:
            with suppress(OSError):
                self._port.close()
            self._port, self._next_try = None, time.monotonic() + AGAIN
            self.status = "the port is gone"
            return CUT + b"\n"
        return content

    def close(self) -> None:
        """Give the port back."""
        if self._port is not None:
            with suppress(OSError):
                self._port.close()


@final
class Pipe:
    """Standard input, or a named pipe."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.status, self.dropped = "", 0
        self._descriptor = -1
        self._own = False

    def open(self) -> None:
        """Open a named pipe, without waiting for its writer; standard input is open."""
        place = self._address.place
        if not place:
            self._descriptor = 0
            if os.isatty(0):
                raise StreamError("Nothing is piped into the studio; write: producer | hippo-studio -.")
            return
        try:
            self._descriptor, self._own = os.open(place, os.O_RDWR | os.O_NONBLOCK), True
        except OSError as error:
            raise StreamError(f"{place} cannot be read: {error.strerror}.") from None

    def read(self, patience: float) -> bytes | None:
        """What has come; None at the end."""
        if not select.select([self._descriptor], [], [], patience)[0]:
            return b""
        parts: list[bytes] = []
        end, size = time.monotonic() + GATHER, 0
        while size < _MOST:
            content = os.read(self._descriptor, _PIECE)
            if not content:
                return b"".join(parts) if parts else None
            parts.append(content)
            size += len(content)
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._descriptor], [], [], left)[0]:
                break
        return b"".join(parts)

    def close(self) -> None:
        """Close what was opened."""
        if self._own:
            os.close(self._descriptor)
            self._own = False


def _is_group(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_multicast
    except ValueError:
        return False


def _refused(address: Address, error: OSError) -> StreamError:
    place = f"{address.host or 'this machine'}, port {address.port}"
    reason = str(error.strerror or error).rstrip(".")
    if isinstance(error, TimeoutError):
        reason = "no answer within 5 s"
    done = "be listened at" if address.listen else "be reached"
    return StreamError(f"{address.text}: {place} cannot {done}: {reason}.")
