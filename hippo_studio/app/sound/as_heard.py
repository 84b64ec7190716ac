"""A signal through a memory of its loudness, as it is heard, as sound in a file. Free of Qt."""

from __future__ import annotations

from pathlib import Path

from hippo_studio.app.memory.exports import Context, Write
from hippo_studio.app.memory.source import Source, follow
from hippo_studio.app.memory.state import Memory
from hippo_studio.app.sound.voices import Original, remembered
from hippo_studio.signals import Signal

_BLOCK = 1 << 16


def writing_as_heard(signal: Signal, channel: str, age: float) -> Write:
    """What writes the sound of a channel, as loud as a memory tells `age` seconds later, as WAV."""

    def write(path: Path, memory: Memory, heard: Source, _: int, context: Context) -> None:
        from hippo_studio.export.sound import writing_wav

        source = follow(signal, channel)
        voice = remembered(memory, heard, source, age, Original(source), context.check)
        with writing_wav(path, 1, voice.length, voice.sample_rate) as append:
            for start in range(0, voice.length, _BLOCK):
                context.check()
                context.report(start / voice.length)
                append(voice.read(start, _BLOCK)[None])

    return write
