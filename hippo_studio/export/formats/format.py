"""What a format of coefficient files is: a suffix, a title, one way to write blocks and one way to read."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.record import CoefficientMetadata, Dtype

__all__ = ["Append", "CoefficientFormat", "Coefficients", "Dtype", "FloatArray"]

FloatArray = NDArray[np.float64]
Coefficients = NDArray[np.float64] | NDArray[np.float32]

#: ``append(times (n,), coefficients (n, channels, N))``: the next n frames, contiguous; times are float64,
#: coefficients of the file's dtype.
Append = Callable[[FloatArray, Coefficients], None]


@dataclass(frozen=True)
class CoefficientFormat:
    """One format.

    `writing(path, metadata, frames, dtype)` is a context manager yielding an `Append`; the file is complete
    when it ends. It raises OSError when the disk fails. `reading(path)` returns the values by the names of
    `hippo_studio.export.record`. `title` and `layout` are what dialogs and documentation say.
    """

    suffix: str
    title: str
    layout: str
    writing: Callable[[Path, CoefficientMetadata, int, Dtype], AbstractContextManager[Append]]
    reading: Callable[[Path], Mapping[str, Any]]
