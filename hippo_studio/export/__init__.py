"""What a person takes home: coefficients and sound, each file written whole or not at all.

>>> from hippo_studio.export import write_wav
"""

from hippo_studio.export.atomic import ExportError, RateUnknownError, atomic_path, atomic_write
from hippo_studio.export.coefficients import (
    FORMATS,
    CoefficientMetadata,
    CoefficientRecord,
    coefficient_writer,
    read_coefficients,
    write_coefficients,
)
from hippo_studio.export.sound import write_wav, writing_wav

__all__ = [
    "FORMATS",
    "CoefficientMetadata",
    "CoefficientRecord",
    "ExportError",
    "RateUnknownError",
    "atomic_path",
    "atomic_write",
    "coefficient_writer",
    "read_coefficients",
    "write_coefficients",
    "write_wav",
    "writing_wav",
]
