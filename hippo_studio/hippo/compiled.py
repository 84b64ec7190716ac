"""Compile a numeric function at its first call: importing a module costs nothing, calling it costs once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

CALLED_ACROSS_FILES = ("lane_rows.py", "row_tables.py", "simd.py", "state_matrices.py", "wavefront.py")
"""Files of this folder with compiled code that other files call."""

P = ParamSpec("P")
R = TypeVar("R")


class _Compiled:
    """A callable that turns into machine code when it is first called.

    The code is kept in numba's cache on disk, so that only the first run on a machine compiles. Where no
    folder can hold a cache (a read-only package and a read-only home), it is compiled in memory instead.
    Sums may be reordered, which is what lets a dot product run in SIMD lanes; nothing else is relaxed.
    """

    def __init__(self, function: Callable[..., Any], *, nogil: bool = True) -> None:
        self._lock = threading.Lock()
        self._nogil = nogil
        self._dispatcher: Callable[..., Any] | None = None
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__wrapped__ = function

    def __call__(self, *arguments: Any) -> Any:
        dispatcher = self._dispatcher
        if dispatcher is None:
            dispatcher = self._dispatch()
        return dispatcher(*arguments)

    @property
    def _numba_type_(self) -> Any:
        """What numba asks for where one compiled function calls another."""
        return cast("Any", self._dispatch())._numba_type_

    def _dispatch(self) -> Callable[..., Any]:
        from numba import njit

        with self._lock:
            if self._dispatcher is None:

                def compile_with(cache: bool) -> Callable[..., Any]:
                    decorate = njit(
                        cache=cache,
                        nogil=self._nogil,
                        fastmath={"contract", "reassoc", "nsz"},
                        error_model="numpy",
                    )
                    return cast("Callable[..., Any]", decorate(self.__wrapped__))

                try:
                    dispatcher = compile_with(cache=True)
                except RuntimeError:  # numba found no folder for its cache
                    dispatcher = compile_with(cache=False)
                _stamp_with_callees(dispatcher)
                self._dispatcher = dispatcher  # once it is stamped: other threads take it from here
            return self._dispatcher


def _stamp_with_callees(dispatcher: Any) -> None:
    """Let machine code on disk go stale with the files it calls into; numba looks at its own file only."""
    folder = Path(__file__).parent
    files = [(folder / name).stat() for name in CALLED_ACROSS_FILES]
    cache_file: Any = getattr(dispatcher._cache, "_cache_file", None)
    if hasattr(cache_file, "_source_stamp"):
        own = cache_file._source_stamp
        cache_file._source_stamp = (own, *((file.st_mtime_ns, file.st_size) for file in files))


def kept_on_disk(function: Callable[..., Any]) -> bool:
    """Whether numba's cache holds machine code of a compiled function that is not stale."""
    dispatcher: Any = cast("Any", function)._dispatch()
    cache_file: Any = getattr(dispatcher._cache, "_cache_file", None)
    return cache_file is not None and bool(cache_file._load_index())


class VectorCode:
    """A function that compiled code may call, written in vectors (`simd.lane_code`) once it is asked for.

    `arguments` as there, but numba's types by name; `write` gets a `simd.Lanes` of `width`.
    """

    def __init__(self, arguments: dict[str, str | None], write: Callable[[Any], None], width: int) -> None:
        self._arguments, self._write, self._width = arguments, write, width
        self._lock = threading.Lock()
        self._code: Any = None

    def __call__(self, *arguments: Any) -> None:
        """There is no such code outside compiled functions."""
        raise TypeError("Vector code is for compiled functions to call.")

    @property
    def _numba_type_(self) -> Any:
        """What numba asks for where a compiled function calls this."""
        from numba import types
        from numba.core.registry import cpu_target

        from hippo_studio.hippo.simd import lane_code

        with self._lock:
            if self._code is None:
                kinds = {name: kind and getattr(types, kind) for name, kind in self._arguments.items()}
                self._code = lane_code(kinds, self._write, self._width)
        cpu_target.typing_context.refresh()
        return cpu_target.typing_context.resolve_value_type(self._code)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function of arrays and numbers for compilation at its first call, without the GIL."""
    return cast("Callable[P, R]", _Compiled(function))


def compiled_under_gil(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function like `compiled`, but keep the GIL: for a few dozen microseconds within a painting.

    A thread that gives the GIL away gets it back only when the other lets go, up to a switch interval later.
    """
    return cast("Callable[P, R]", _Compiled(function, nogil=False))
