"""Whether numbers are numbers: the question that every reader asks of what it has read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def all_finite(samples: NDArray[Any]) -> bool:
    """Whether no sample is NaN or infinite, without a mask as large as the samples."""
    if samples.size == 0 or samples.dtype.kind in "biu":
        return True
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(samples.min()) and np.isfinite(samples.max()))
