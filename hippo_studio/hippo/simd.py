"""Vectors of lanes for compiled code, written in LLVM's own terms through llvmlite.

Numba has arrays and numbers, but no vectors; lanes that pass through an array wait for memory at each step.
A vector here is LANES doubles wide, or fewer. Where the processor's registers are narrower, LLVM takes
several, and needs several to hide the latency of one operation behind the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter, Signature
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 32

DOUBLE, INTEGER = ir.DoubleType(), ir.IntType(64)
_FUSED = ("contract",)


def lane_code(arguments: dict[str, Any], write: Callable[[Lanes], None], width: int = LANES) -> Any:
    """A function for compiled code, called for its effects, whose body `write` writes.

    `arguments`: names, and the numba types to which numbers are converted; None takes an array as it is.
    """

    def typed(typing_context: Any, *given: Any) -> Any:
        def body(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            write(Lanes(context, builder, signature, values, width))
            return context.get_dummy_value()

        return types.void(*(kind or own for kind, own in zip(arguments.values(), given, strict=True))), body

    positional = Parameter.POSITIONAL_OR_KEYWORD
    signature = Signature([Parameter(name, positional) for name in ("typing_context", *arguments)])
    typed.__signature__ = signature  # type: ignore[attr-defined]  # numba counts arguments by it
    return intrinsic(typed)


class Lanes:
    """The code of one function while it is being written; its vectors are `width` doubles wide."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Any, width: int) -> None:
        self._context, self.builder = context, builder
        self._signature, self.values = signature, values
        self.width = width
        self.vector = ir.VectorType(DOUBLE, width)
        self._choice = ir.VectorType(ir.IntType(32), width)
        self._undefined = ir.Constant(self.vector, ir.Undefined)

    def array(self, position: int) -> Any:
        """Pointer to the data of the array that is argument number `position`."""
        kind = self._signature.args[position]
        return self._context.make_array(kind)(self._context, self.builder, self.values[position]).data

    def spread(self, number: Any) -> Any:
        """The same number in all lanes."""
        first = self.builder.insert_element(self._undefined, number, INTEGER(0))
        choice = ir.Constant(self._choice, [0] * self.width)
        return self.builder.shuffle_vector(first, self._undefined, choice)

    def constant(self, numbers: list[float]) -> Any:
        """A vector of given numbers."""
        return ir.Constant(self.vector, [DOUBLE(number) for number in numbers])

    def whole(self, number: int) -> Any:
        """A whole number that is known now."""
        return INTEGER(number)

    def place(self, pointer: Any, index: Any) -> Any:
        """Where a vector begins in an array."""
        return self.builder.bitcast(self.builder.gep(pointer, [index]), self.vector.as_pointer())

    def load(self, pointer: Any, index: Any) -> Any:
        """A vector of neighbours in an array."""
        return self.builder.load(self.place(pointer, index), align=8)

    def store(self, vector: Any, pointer: Any, index: Any) -> None:
        """Write a vector to neighbouring places of an array."""
        self.builder.store(vector, self.place(pointer, index), align=8)

    def store_rounded(self, vector: Any, pointer: Any, index: Any, past_caches: bool) -> None:
        """Write a vector as the floats that the array holds; past the caches only at its own alignment."""
        kind, width = pointer.type.pointee, vector.type.count
        if kind != DOUBLE:
            vector = self.builder.fptrunc(vector, ir.VectorType(kind, width))
        size = 8 if kind == DOUBLE else 4
        place = self.builder.bitcast(self.builder.gep(pointer, [index]), vector.type.as_pointer())
        written = self.builder.store(vector, place, align=size * (width if past_caches else 1))
        if past_caches:
            mark = self.builder.module.add_metadata([ir.IntType(32)(1)])
            written.set_metadata("nontemporal", mark)

    def load_number(self, pointer: Any, index: Any) -> Any:
        """One number of an array."""
        return self.builder.load(self.builder.gep(pointer, [index]))

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """Return x y + z, in one rounding."""
        return self.builder.fadd(self.builder.fmul(x, y, flags=_FUSED), z, flags=_FUSED)

    def to_double(self, whole: Any) -> Any:
        """A whole number as a double."""
        return self.builder.sitofp(whole, DOUBLE)

    def variable(self, first: Any) -> Any:
        """A vector that changes, kept in registers."""
        pointer = cgutils.alloca_once(self.builder, self.vector)  # type: ignore[no-untyped-call]
        self.builder.store(first, pointer)
        return pointer

    def entering(self, number: Any) -> Any:
        """All lanes zero, but `number` in the first."""
        return self.builder.insert_element(self.constant([0.0] * self.width), number, INTEGER(0))

    def moved_up(self, vector: Any, number: Any) -> Any:
        """Every lane's number in the next lane, and `number` in the first."""
        entered = self.builder.insert_element(self._undefined, number, INTEGER(0))
        choice = ir.Constant(self._choice, [self.width, *range(self.width - 1)])
        return self.builder.shuffle_vector(vector, entered, choice)

    def shuffled(self, first: Any, second: Any, choice: list[int]) -> Any:
        """Numbers of two vectors, counted through both."""
        places = ir.Constant(ir.VectorType(ir.IntType(32), len(choice)), choice)
        return self.builder.shuffle_vector(first, second, places)

    def last(self, vector: Any) -> Any:
        """The number in the last lane."""
        return self.builder.extract_element(vector, INTEGER(self.width - 1))

    def total(self, vector: Any) -> Any:
        """The sum over all lanes, in any order."""
        name = f"llvm.vector.reduce.fadd.v{self.width}f64"
        module = self.builder.module
        declared = ir.FunctionType(DOUBLE, [DOUBLE, self.vector])
        add = module.globals.get(name) or ir.Function(module, declared, name)
        return self.builder.call(add, [DOUBLE(-0.0), vector], fastmath=("reassoc", "nsz"))

    @contextmanager
    def ticks(self, count: Any) -> Iterator[Any]:
        """A loop over 0 … count - 1."""
        with cgutils.for_range(self.builder, count) as loop:
            yield loop.index

    @contextmanager
    def strides(self, count: Any) -> Iterator[Any]:
        """A loop over 0, width, 2 width … below `count`, a multiple of the width."""
        steps = self.builder.udiv(count, INTEGER(self.width))
        with cgutils.for_range(self.builder, steps) as loop:
            yield self.builder.mul(loop.index, INTEGER(self.width))
