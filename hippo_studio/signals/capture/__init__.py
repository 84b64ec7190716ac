"""Sound in and out of the machine: devices, a speaker that keeps the time, a microphone that loses nothing.

    speaker = Speaker()
    speaker.play(Tape(Clip(samples, rate), start=0.0, speed=1.0))
    speaker.clock()        # seconds that pass as the sound is heard

Importing this package imports NumPy alone; PortAudio comes with the first device that is asked for, and where
it is missing the reason is one sentence, `AudioError`.
"""

from hippo_studio.signals.capture.devices import AudioError, Device, inputs, outputs, what_is_behind
from hippo_studio.signals.capture.microphone import Microphone
from hippo_studio.signals.capture.recording import RecordingFile, is_unsaved, leftovers, new_recording
from hippo_studio.signals.capture.ring import RingBuffer
from hippo_studio.signals.capture.speaker import Speaker
from hippo_studio.signals.capture.tape import Clip, Tape, Voice, silence_reason

__all__ = [
    "AudioError",
    "Clip",
    "Device",
    "Microphone",
    "RecordingFile",
    "RingBuffer",
    "Speaker",
    "Tape",
    "Voice",
    "inputs",
    "is_unsaved",
    "leftovers",
    "new_recording",
    "outputs",
    "silence_reason",
    "what_is_behind",
]
