"""What is computed of parameters alone is kept, and made again once they have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

Built = TypeVar("Built")

MOST = 8
"""How many results are kept at a time: kernels of a few lengths."""


class Kept:
    """Results by key, for one state of a layer's parameters. A copy of it, or one from disk, is empty."""

    def __init__(self) -> None:
        self._results: dict[Any, Any] = {}
        self._stamp: list[Any] = []

    def __len__(self) -> int:
        return len(self._results)

    def __reduce__(self) -> tuple[Any, ...]:
        return Kept, ()

    def get(self, parameters: Mapping[str, Tensor | None], key: Any, build: Callable[[], Built]) -> Built:
        """Return what `build` makes; without gradients, make it once per key and state of the parameters.

        Parameters made in inference mode do not tell when they are written: of them nothing is kept. A fused
        optimizer does not tell either, but what it steps on has been through here with gradients.
        """
        if torch.compiler.is_compiling():
            return build()
        if torch.is_grad_enabled():
            self._stamp = []
            return build()
        present = [p for p in parameters.values() if p is not None]
        if any(p.is_inference() for p in present):
            return build()
        stamp = [(p.data_ptr(), p._version, p.dtype) for p in present]
        if stamp != self._stamp:
            self._results, self._stamp = {}, stamp
        results = self._results  # another thread that meanwhile sees changed parameters begins its own
        result: Built | None = results.get(key)
        if result is None:
            if len(results) >= MOST:
                results.clear()
            result = results[key] = build()
        return result
