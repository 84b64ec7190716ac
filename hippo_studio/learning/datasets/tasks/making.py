"""What made tasks share: as many examples as wished, no two alike, each for one purpose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.datasets.splitting import Role, Roles

Tokens = NDArray[np.int64]


def roles(train: int, validation: int, test: int) -> Roles:
    """Return the roles of examples that stand in this order."""
    return np.repeat(np.array([Role.TRAIN, Role.VALIDATION, Role.TEST], np.int8), (train, validation, test))


def distinct(count: int, draw: Callable[[], Tokens]) -> list[Tokens]:
    """Draw sequences of tokens until `count` are different, so that none is in two splits."""
    found: dict[bytes, Tokens] = {}
    while len(found) < count:
        tokens = draw()
        found.setdefault(tokens.tobytes(), tokens)
    return list(found.values())
