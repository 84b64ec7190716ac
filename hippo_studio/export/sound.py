"""Sound: WAV files of 32-bit floats, so that a reconstruction is neither clipped nor rounded to 16 bits."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.atomic import ExportError, atomic_path

__all__ = ["write_wav", "writing_wav"]

#: Past this size the 32-bit lengths of a WAV file overflow; RF64 is the same file with 64-bit ones.
LARGEST_WAV = 2**32 - 2**16

#: A rate this close to a whole number is one: 0.01 % is inaudible, and clocks measured from time stamps vary.
RATE_TOLERANCE = 1e-4

BLOCK_VALUES = 1 << 20

#: ``append(samples (channels, n))``: the next n samples.
AppendSamples = Callable[[NDArray[Any]], None]


def write_wav(path: str | os.PathLike[str], samples: NDArray[Any], sample_rate: float) -> None:
    """Write `samples`, (samples,) or (channels, samples), to a WAV file, whole or not at all.

    Full scale is 1; larger values are kept as they are, since the file holds floats.

    Raises
    ------
    ValueError
        If a sample is not finite, or WAV cannot hold the rate: whole numbers of Hz only.
    ExportError
        If the folder or the disk does not take the file.
    """
    samples = np.atleast_2d(samples)
    if samples.ndim != 2:
        raise ValueError(f"samples must be (samples,) or (channels, samples), not of shape {samples.shape}")
    channels, length = samples.shape
    step = max(1, BLOCK_VALUES // max(1, channels))
    with writing_wav(path, channels, length, sample_rate) as append:
        for start in range(0, length, step):
            append(samples[:, start : start + step])


@contextmanager
def writing_wav(
    path: str | os.PathLike[str], channels: int, length: int, sample_rate: float
) -> Iterator[AppendSamples]:
    """Write a WAV file of `length` samples in each channel block by block: the block form of `write_wav`.

    Yields ``append(samples)`` taking (channels, n). The file appears when the block ends; an exception leaves
    no file. Raises as `write_wav` does.
    """
    rate = _whole_rate(sample_rate)
    if not 1 <= channels <= 1024:
        raise ValueError(f"a WAV file holds 1 to 1024 channels, not {channels}; choose one channel")
    written = 0
    with atomic_path(path) as temporary:
        import soundfile

        container = "RF64" if 4 * channels * length > LARGEST_WAV else "WAV"
        try:
            with soundfile.SoundFile(
                temporary, "w", rate, channels, subtype="FLOAT", format=container
            ) as sound:

                def append(samples: NDArray[Any]) -> None:
                    nonlocal written
                    if not np.isfinite(samples).all():
                        raise ValueError("a sample to be written is not finite (NaN or infinite)")
                    sound.write(np.ascontiguousarray(samples.T, dtype=np.float32))
                    written += samples.shape[1]

                yield append
        except soundfile.SoundFileError as error:
            # libsndfile tells that the system failed, not why; one more write makes the system say it.
            with open(temporary, "ab") as stream:
                stream.write(bytes(1 << 20))
            raise ExportError(f"Cannot write {path}: {str(error).rstrip('.')}.") from error
        if written != length:
            raise ValueError(f"{written} samples were appended to a file of {length}")


def _whole_rate(sample_rate: float) -> int:
    rate = round(sample_rate) if math.isfinite(sample_rate) else 0
    if rate < 1 or abs(sample_rate - rate) > RATE_TOLERANCE * rate:
        raise ValueError(
            f"a WAV file holds whole sample rates of 1 Hz and more, not {sample_rate:g} Hz; "
            "resample the signal, or export its coefficients instead"
        )
    return rate
