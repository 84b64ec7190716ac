"""The gates: every number from outside passes one of these before it reaches the mathematics.

A gate returns the value in the one type that the rest of the package works with, or raises ValueError in
one sentence that quotes what was received and says what is accepted.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Float64s = npt.NDArray[np.float64]
Complex128s = npt.NDArray[np.complex128]

MAX_ORDER = 4096
"""A dense transition of this order takes 134 MB; beyond it a typing error is likelier than a wish."""

MAX_CHANNELS = 2**16
"""At the largest order the coefficients of so many take 2 GiB."""


_LOOKED_AT_ONCE = 2**22  # values of a row


class MemoryWarning(UserWarning):
    """A memory that is allowed but unwise: its numbers are finite, and may mean little."""


def whole_number(name: str, value: object, *, least: int = 0, most: int | None = None) -> int:
    """Return `value` as an int between `least` and `most`; bools and floats are refused."""
    accepted = f"a whole number from {least} to {most}" if most is not None else f"a whole number ≥ {least}"
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{_opening(name)} is {value!r}; {accepted} is needed.")
    if number < least or (most is not None and number > most):
        raise ValueError(f"{_opening(name)} is {number}; {accepted} is needed.")
    return number


def order(value: object) -> int:
    """Return the order N of a memory: a whole number from 1 to `MAX_ORDER`."""
    return whole_number("the order N", value, least=1, most=MAX_ORDER)


def finite_number(name: str, value: object) -> float:
    """Return `value` as a finite float."""
    try:
        if isinstance(value, (bool, np.bool_, str, bytes)):
            raise TypeError  # noqa: TRY301 - float() would take them
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{_opening(name)} is {value!r}; a number is needed.") from None
    if not math.isfinite(number):
        raise ValueError(f"{_opening(name)} is {number}; a finite number is needed.")
    return number


def positive(name: str, value: object, unit: str = "") -> float:
    """Return `value` as a finite float above 0; `unit` is the unit to quote in the error."""
    number = finite_number(name, value)
    if number <= 0:
        received = f"{number:g}{unit and ' ' + unit}"
        raise ValueError(f"{_opening(name)} is {received}; a number above 0 is needed.")
    return number


def within(name: str, value: object, low: float, high: float, *, open_ends: bool = False) -> float:
    """Return `value` as a float in [low, high], or in (low, high) with `open_ends`."""
    number = finite_number(name, value)
    inside = low < number < high if open_ends else low <= number <= high
    if not inside:
        ends = f"strictly between {low:g} and {high:g}" if open_ends else f"from {low:g} to {high:g}"
        raise ValueError(f"{_opening(name)} is {number:g}; a number {ends} is needed.")
    return number


def numbers(name: str, values: object) -> npt.NDArray[Any]:
    """Return `values` as an array of real numbers, whatever their layout, byte order or precision.

    Nothing is copied that need not be. Ragged lists, text, complex numbers, objects and masked (missing)
    values are refused; whether the numbers are finite is the caller's to check, after any cast.
    """
    if isinstance(values, np.ma.MaskedArray):
        missing = int(np.count_nonzero(np.ma.getmaskarray(values)))
        if missing:
            raise ValueError(f"{_opening(name)} has {missing} masked values; fill or drop them first.")
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        if "inhomogeneous" in str(error):
            raise ValueError(
                f"{_opening(name)} has rows of different lengths; one length is needed for all."
            ) from None
        raise ValueError(f"{_opening(name)} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{_opening(name)} holds values of type {array.dtype}; real numbers are needed.")
    return array


def is_finite(array: Floats) -> bool:
    """Return whether all values are finite, in one pass without a temporary where they are."""
    # A sum of squares is finite where all values are, but for an overflow, of which vdot does not warn.
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def only_finite(array: Floats) -> Floats:
    """Return `array`, or raise FloatingPointError where one of its values is not finite."""
    if not is_finite(array):
        raise FloatingPointError("A value is not finite.")
    return array


def finite(name: str, array: npt.NDArray[Any], dtype: npt.DTypeLike | None = None) -> None:
    """Raise ValueError naming the first value of `array` that is not finite, as a number of `dtype`.

    However long the array, what is made of it is short.
    """
    first, bad = None, 0
    array = np.atleast_1d(array)
    for start in range(0, array.shape[-1], _LOOKED_AT_ONCE):
        with np.errstate(over="ignore"):
            part = array[..., start : start + _LOOKED_AT_ONCE].astype(dtype or array.dtype, copy=False)
        if not is_finite(part):
            places = np.argwhere(~np.isfinite(part))
            bad += len(places)
            if first is None:
                where = tuple(int(i) for i in places[0])
                where = (*where[:-1], where[-1] + start)
                first = where, array[where]
    if first is not None:
        where, value = first
        said = f"{_opening(name)} holds {value!s} at index {where if len(where) > 1 else where[0]}"
        count = f"{bad} of {array.size} values"
        if dtype is None or not np.isfinite(value):
            raise ValueError(f"{said} ({count} are not finite); only finite numbers are accepted.")
        kind = np.dtype(dtype)
        wider = " or choose float64" if kind == np.float32 else ""
        raise ValueError(
            f"{said}, beyond the range of {kind}, ±{np.finfo(kind).max:.3g} ({count} are); "
            f"scale them down{wider}."
        )


def read_only(array: Float64s) -> Float64s:
    """Return `array`, made read-only: what is cached and shared must not be changed."""
    array.setflags(write=False)
    return array


def _opening(name: str) -> str:
    """A name as a sentence begins with it: an article is capitalised, a parameter or a symbol stays."""
    return name[0].upper() + name[1:] if name.startswith(("the ", "an ")) else name
