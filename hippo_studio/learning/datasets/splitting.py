"""Who learns, who chooses, who reports: splits that are given, stratified by class, or by group.

What is given stays. A missing test part is always taken by the same draw, whatever the seed: a run may be
evaluated under another seed and still never meets an example that it learned from. Validation is taken from
the training part by the seed. No group is torn, and no class loses its last example to learn from.
"""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import NDArray

TEST_SHARE = 0.2
VALIDATION_SHARE = 0.15


class Role(enum.IntEnum):
    """What an example is for."""

    OPEN = -1
    """Not said yet."""
    TRAIN = 0
    VALIDATION = 1
    TEST = 2
    ASIDE = 3
    """For nothing: background noise, a clip without sound."""


Roles = NDArray[np.int8]


def assign(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None = None,
    given: Roles | None = None,
    *,
    seed: int = 0,
    test_share: float = TEST_SHARE,
    validation_share: float = VALIDATION_SHARE,
) -> Roles:
    """Return the role of each example; `given` ones stay, those that are open are assigned."""
    roles = np.full(labels.size, Role.OPEN, np.int8) if given is None else given.copy()
    was_open = roles == Role.OPEN
    roles[was_open] = Role.TRAIN
    if not (roles == Role.TEST).any():
        _move(roles, Role.TEST, was_open, labels, groups, test_share, seed=0)
    if not (roles == Role.VALIDATION).any():
        _move(roles, Role.VALIDATION, roles == Role.TRAIN, labels, groups, validation_share, seed=seed)
    return roles


def _move(
    roles: Roles,
    role: Role,
    movable: NDArray[np.bool_],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    share: float,
    seed: int,
) -> None:
    """Give a share of the movable training examples another role, as alike in classes as can be."""
    rows = np.flatnonzero(movable & (roles == Role.TRAIN))
    random = np.random.default_rng([seed, int(role)])
    if groups is None or np.unique(groups).size == groups.size:
        roles[_stratified(rows, labels, share, random)] = role
        return
    held = np.isin(groups, groups[(roles == Role.TRAIN) & ~movable])  # groups that must stay with the others
    rows = rows[~held[rows]]
    roles[_by_group(rows, labels, groups, share, random)] = role


def _stratified(
    rows: NDArray[np.intp], labels: NDArray[np.int64], share: float, random: np.random.Generator
) -> NDArray[np.intp]:
    """Take the share of each class; the fractions of examples go to the classes that miss most."""
    rows = random.permutation(rows)
    classes, where, counts = np.unique(labels[rows], return_inverse=True, return_counts=True)
    most = np.maximum(counts - 1, 0)
    exact = counts * share
    take = np.minimum(np.floor(exact).astype(np.int64), most)
    missing = round(rows.size * share) - int(take.sum())
    for index in np.argsort(-(exact - take), kind="stable"):
        if missing > 0 and take[index] < most[index]:
            take[index] += 1
            missing -= 1
    taken = [rows[where == index][: take[index]] for index in range(classes.size)]
    return np.concatenate(taken) if taken else rows[:0]


def _by_group(
    rows: NDArray[np.intp],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    share: float,
    random: np.random.Generator,
) -> NDArray[np.intp]:
    """Take whole groups in a random order, each only if that brings the classes nearer to their share."""
    if rows.size == 0:
        return rows
    _, classes = np.unique(labels[rows], return_inverse=True)
    names, members = np.unique(groups[rows], return_inverse=True)
    table = np.zeros((names.size, int(classes.max()) + 1), np.int64)
    np.add.at(table, (members, classes), 1)
    left, wanted = table.sum(axis=0), table.sum(axis=0) * share
    taken: list[int] = []
    have = np.zeros_like(wanted)
    for group in random.permutation(names.size):
        nearer = np.sum((have + table[group] - wanted) ** 2) < np.sum((have - wanted) ** 2)
        if nearer and not ((left == table[group]) & (table[group] > 0)).any():
            taken.append(int(group))
            have += table[group]
            left -= table[group]
    return rows[np.isin(members, taken)]
