"""What a coefficient file holds, whatever its format: the names, their types, and the checks.

The names are the interface to notebooks and other programs, the same in every format:

=================  ======================  ==============================================================
name               type                    meaning
=================  ======================  ==============================================================
coefficients       (frames, channels, N)   c_n of each channel when the frame was taken, float64 or float32
times              (frames,)               seconds of signal seen by then: ``memory.time``
sample_rate        float                   samples per second of the signal
measure            text                    legt, legs, lagt, fout or legs-lti
order              int                     N
theta              float                   seconds; NaN where the measure has no window (LegS)
method             text                    discretization: forward, backward, bilinear, gbt or zoh
channel_names      texts, one per channel
units              texts, one per channel  "" where unknown
source             text                    file or generator that the signal came from
options            mapping                 what the measure or the method was told beyond its name
format_version     int                     1
=================  ======================  ==============================================================
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.atomic import ExportError

__all__ = ["FORMAT_VERSION", "CoefficientMetadata", "CoefficientRecord", "Dtype"]

FORMAT_VERSION = 1

#: Of the coefficients in a file; times are always float64.
Dtype = Literal["float64", "float32"]


@dataclass(frozen=True, kw_only=True)
class CoefficientMetadata:
    """Everything in a coefficient file but the numbers themselves; names and units as in this module's table.

    Raises
    ------
    ValueError
        If a value cannot be true: a rate or an order that is not positive, units for another channel count.
    """

    sample_rate: float
    measure: str
    order: int
    theta: float
    method: str
    channel_names: tuple[str, ...]
    units: tuple[str, ...]
    source: str = ""
    options: Mapping[str, float | str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        object.__setattr__(self, "channel_names", tuple(_storable(name) for name in self.channel_names))
        object.__setattr__(self, "units", tuple(_storable(unit) for unit in self.units))
        object.__setattr__(self, "source", _storable(self.source))
        if not (math.isfinite(self.sample_rate) and self.sample_rate > 0):
            raise ValueError(f"sample_rate must be a positive number of Hz, not {self.sample_rate!r}")
        if self.order < 1:
            raise ValueError(f"order must be at least 1, not {self.order!r}")
        if not self.channel_names:
            raise ValueError("channel_names is empty; a coefficient file has at least one channel")
        if len(self.units) != len(self.channel_names):
            raise ValueError(
                f"{len(self.units)} units were given for {self.channels} channels; give one for each"
            )
        if self.format_version > FORMAT_VERSION:
            raise ValueError(
                f"format_version {self.format_version} is newer than this program's {FORMAT_VERSION}; "
                "update HiPPO Studio"
            )

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.channel_names)

    @property
    def metadata(self) -> "CoefficientMetadata":
        """The metadata alone, without the coefficients a subclass may carry."""
        return CoefficientMetadata(**{f.name: getattr(self, f.name) for f in fields(CoefficientMetadata)})

    def scalars(self) -> dict[str, float | int | str]:
        """Give the values that are one number or one text (options as JSON) by their names."""
        return {
            "sample_rate": float(self.sample_rate),
            "measure": self.measure,
            "order": int(self.order),
            "theta": float(self.theta),
            "method": self.method,
            "source": self.source,
            "options": json.dumps(dict(self.options), ensure_ascii=False, sort_keys=True),
            "format_version": int(self.format_version),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class CoefficientRecord(CoefficientMetadata):
    """Coefficients over time with all their metadata: what one coefficient file says.

    `coefficients` is (frames, channels, N) and `times` is (frames,), in seconds of signal seen; both are kept
    as read-only arrays, of float64, or coefficients of float32 where that is what came.

    Raises
    ------
    ValueError
        If the shapes contradict each other or the metadata.
    """

    coefficients: NDArray[np.float64] | NDArray[np.float32]
    times: NDArray[np.float64]

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, dtype in (("coefficients", _dtype(self.coefficients)), ("times", "float64")):
            array = np.asarray(getattr(self, name), dtype=dtype).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        expected = (self.times.size, self.channels, self.order)
        if self.times.ndim != 1 or self.coefficients.shape != expected:
            raise ValueError(
                f"coefficients of shape {self.coefficients.shape} do not fit {self.times.shape} times, "
                f"{self.channels} channels and order {self.order}; expected (frames, channels, order)"
            )

    @property
    def dtype(self) -> Dtype:
        """Of the coefficients."""
        return _dtype(self.coefficients)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "CoefficientRecord":
        """Build the record from the raw values a file held under the names of this module's table.

        Raises
        ------
        ExportError
            If a name is missing or its value is of another kind: the file is not a coefficient file.
        """
        values = {"source": "", "options": "{}", "format_version": FORMAT_VERSION, **values}
        try:
            options = json.loads(str(values["options"]))
            return cls(
                coefficients=np.asarray(values["coefficients"], _dtype(values["coefficients"])),
                times=np.asarray(values["times"], dtype=np.float64),
                sample_rate=float(values["sample_rate"]),
                measure=str(values["measure"]),
                order=int(values["order"]),
                theta=float(values["theta"]),
                method=str(values["method"]),
                channel_names=tuple(str(name) for name in values["channel_names"]),
                units=tuple(str(unit) for unit in values["units"]),
                source=str(values["source"]),
                options=dict(options),
                format_version=int(values["format_version"]),
            )
        except KeyError as error:
            raise ExportError(f"it has no {error.args[0]!r}") from error
        except (TypeError, ValueError) as error:
            raise ExportError(str(error)) from error


def _dtype(coefficients: Any) -> Dtype:
    is_single = getattr(coefficients, "dtype", np.dtype(np.float64)).newbyteorder("=") == np.float32
    return "float32" if is_single else "float64"


def _storable(text: str) -> str:
    """Return `text` without what some format cannot hold: NUL, and file names that are not UTF-8."""
    return text.replace("\0", "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
