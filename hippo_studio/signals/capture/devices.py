"""The sound devices of this machine, and PortAudio, which is loaded when the first is asked for.

PortAudio belongs to whoever calls it first and is not meant for several threads at once: every call that
opens, closes or lists goes through `library`, under one lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

NO_LIBRARY = (
    "Sound cannot be played or recorded, because this machine lacks PortAudio; install it "
    "(on Debian and Ubuntu: sudo apt install libportaudio2) and start the studio again."
)
_CHOICES = {
    "default": "the device that the system's sound settings name",
    "sysdefault": "the sound card's own default, past the sound server",
    "pulse": "the sound server's default source or sink: choose which in the system's sound settings",
    "pipewire": "the sound server's default source or sink: choose which in the system's sound settings",
    "jack": "the ports that the JACK server connects",
}
"""What stands behind names under which a system offers no device but a choice of its own."""
_ADVICE = {
    "Illegal combination of I/O devices": "no device answers under that name",
    "Unanticipated host error": "the sound server may not be running",
    "Internal PortAudio error": "the sound server may not be running",
    "Wait timed out": "it does not answer",
}
"""What the words that PortAudio has for everything most likely mean."""
_WHAT_TO_DO = "see that it is connected and that the sound server runs, or choose another device"
_lock = threading.RLock()
_open_streams = 0


class AudioError(OSError):
    """A device or library that cannot be had; the message is one sentence, in the device's own words."""


@dataclass(frozen=True)
class Device:
    """One sound device, as PortAudio knows it.

    Attributes
    ----------
    index : PortAudio's number, good until the devices are looked for again.
    name : what a person knows it by, and what settings keep.
    inputs, outputs : how many channels it records and plays.
    sample_rate : its own rate, in Hz.
    default : whether the system would take it.
    """

    index: int
    name: str
    inputs: int
    outputs: int
    sample_rate: float
    default: bool = False


@contextmanager
def library() -> Iterator[Any]:
    """PortAudio's Python module, with no other thread in it. Raises AudioError, one sentence."""
    with _lock:
        try:
            import sounddevice
        except ImportError as error:
            raise AudioError(f"Sound needs the Python package sounddevice ({error}).") from error
        except OSError as error:
            raise AudioError(NO_LIBRARY) from error
        try:
            yield sounddevice
        except sounddevice.PortAudioError as error:
            raise AudioError(words(error)) from error


def outputs(*, anew: bool = False) -> tuple[Device, ...]:
    """The devices that play; looked for `anew`, if no stream is open, or as they were known first.

    Raises AudioError where there is no PortAudio.
    """
    return tuple(device for device in _devices("output", anew) if device.outputs)


def inputs(*, anew: bool = False) -> tuple[Device, ...]:
    """The devices that record, as `outputs`."""
    return tuple(device for device in _devices("input", anew) if device.inputs)


def find(name: str, known: Callable[[], tuple[Device, ...]]) -> Device:
    """The device of that name, or for an empty name the system's. Raises AudioError if there is none."""
    devices = known()
    if not devices:
        raise AudioError("This machine has no sound device.")
    if not name:
        return next((device for device in devices if device.default), devices[0])
    for device in devices:
        if device.name == name:
            return device
    raise AudioError(
        f"There is no sound device {name!r} now; there is {', '.join(device.name for device in devices)}."
    )


@contextmanager
def stream_open() -> Iterator[None]:
    """Count a stream while it lives: devices are looked for again only while there is none."""
    global _open_streams
    with _lock:
        _open_streams += 1
    try:
        yield
    finally:
        with _lock:
            _open_streams -= 1


def last_words(kind: str, device: Device) -> str:
    """What a device that fell silent says when it is asked again, in brackets; empty if it says nothing."""
    try:
        with library() as sounddevice:
            getattr(sounddevice, f"check_{kind}_settings")(device=device.index, samplerate=device.sample_rate)
    except AudioError as error:
        return f" ({error})"
    return ""


def words(error: BaseException) -> str:
    """What PortAudio said, as the end of a sentence, without its numbers."""
    said = str(error.args[0] if error.args else error).strip().rstrip(".")
    said = said.removeprefix("Error opening RawOutputStream: ").removeprefix("Error opening RawInputStream: ")
    host = error.args[2][2] if len(error.args) > 2 and isinstance(error.args[2], tuple) else ""
    said = f"{said} ({host})" if host and host not in said else said
    meant = next((meaning for name, meaning in _ADVICE.items() if name in said), "")
    return f"“{said}”: {meant}; {_WHAT_TO_DO}" if meant else said


def what_is_behind(name: str) -> str:
    """What a name stands for that is no device's own; empty for one that is."""
    return _CHOICES.get(name.partition(":")[0], "")


def _devices(kind: str, anew: bool) -> tuple[Device, ...]:
    with library() as sounddevice:
        if anew and not _open_streams:  # PortAudio looks once; what was plugged in since is unknown to it
            sounddevice._terminate()
            sounddevice._initialize()
        default = sounddevice.default.device[0 if kind == "input" else 1]
        return tuple(
            Device(
                index,
                str(one["name"]),
                int(one["max_input_channels"]),
                int(one["max_output_channels"]),
                float(one["default_samplerate"]),
                index == default,
            )
            for index, one in enumerate(sounddevice.query_devices())
        )
