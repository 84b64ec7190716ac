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

        Parameters made in inference mode do not tell when they are written: of them nothing is kept.
        """
        if torch.is_grad_enabled() or torch.compiler.is_compiling():
            return build()
        present = [p for p in parameters.values() if p is not None]
        if present[0].is_inference():
            return build()
        stamp = [(p.data_ptr(), p._version, p.dtype) for p in present]
        if stamp != self._stamp:
            self._results, self._stamp = {}, stamp
        result: Built | None = self._results.get(key)
        if result is None:
            if len(self._results) >= MOST:
                self._results.clear()
            result = self._results[key] = build()
        return result
