"""What a format of coefficient files is: a suffix, a title, one way to write blocks and one way to read."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.record import CoefficientMetadata

__all__ = ["Append", "CoefficientFormat", "FloatArray"]

FloatArray = NDArray[np.float64]

#: ``append(times (n,), coefficients (n, channels, N))``: the next n frames, float64 and contiguous.
Append = Callable[[FloatArray, FloatArray], None]


@dataclass(frozen=True)
class CoefficientFormat:
    """One format.

    `writing(path, metadata, frames)` is a context manager yielding an `Append`; the file is complete when it
    ends. It raises OSError when the disk fails. `reading(path)` returns the values by the names of
    `hippo_studio.export.record`. `title` and `layout` are what dialogs and documentation say.
    """

    suffix: str
    title: str
    layout: str
    writing: Callable[[Path, CoefficientMetadata, int], AbstractContextManager[Append]]
    reading: Callable[[Path], Mapping[str, Any]]
