"""The formats of coefficients, and when two records are the same."""

from __future__ import annotations

import pytest

from hippo_studio.export.coefficients import FORMATS, CoefficientRecord

SUFFIXES = [chosen.suffix for chosen in FORMATS]
# The names of the file format that scripts rely on.
SHAPED = {"coefficients", "times", "channel_names", "units"}
SINGLE = {"sample_rate", "measure", "order", "theta", "method", "source", "format_version"}
NAMES = SHAPED | SINGLE
every_format = pytest.mark.parametrize("suffix", SUFFIXES)


def assert_same(read: CoefficientRecord, written: CoefficientRecord) -> None:
    """The same bits (−0 and NaN told apart) and the same metadata."""
    for name in ("coefficients", "times"):
        got, wanted = getattr(read, name), getattr(written, name)
        assert got.shape == wanted.shape
        assert got.tobytes() == wanted.tobytes()
    assert repr(read.metadata) == repr(written.metadata)  # repr: NaN equals NaN
