"""Compile a numeric function at its first call: importing a module costs nothing, calling it costs once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class _Compiled:
    """A callable that turns into machine code when it is first called.

    The code is kept in numba's cache on disk, so that only the first run on a machine compiles. Where no
    folder can hold a cache (a read-only package and a read-only home), it is compiled in memory instead.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._dispatcher: Callable[..., Any] | None = None
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__wrapped__ = function

    def __call__(self, *arguments: Any) -> Any:
        dispatcher = self._dispatcher
        if dispatcher is None:
            dispatcher = self._compile()
        return dispatcher(*arguments)

    def _compile(self) -> Callable[..., Any]:
        from numba import njit

        with self._lock:
            if self._dispatcher is None:
                options = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}
                try:
                    self._dispatcher = njit(cache=True, **options)(self._function)
                except RuntimeError:  # numba found no folder for its cache
                    self._dispatcher = njit(cache=False, **options)(self._function)
            return cast("Callable[..., Any]", self._dispatcher)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function of arrays and numbers for compilation at its first call, without the GIL."""
    return cast("Callable[P, R]", _Compiled(function))
