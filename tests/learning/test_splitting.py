"""Splits: nothing twice, no group torn, classes alike, the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_studio.learning.datasets.splitting import Role, assign


def counts(roles, labels, role):
    return np.bincount(labels[roles == role], minlength=labels.max() + 1)


def test_every_class_gives_its_share():
    labels = np.repeat([0, 1, 2], [1000, 100, 40])
    roles = assign(labels)
    assert counts(roles, labels, Role.TEST).tolist() == [200, 20, 8]
    assert counts(roles, labels, Role.VALIDATION).tolist() == [120, 12, 5]


def test_small_classes_together_give_the_share_of_all():
    labels = np.arange(40) % 20
    roles = assign(labels)
    assert (roles == Role.TEST).sum() == 8
    assert counts(roles, labels, Role.TRAIN).min() >= 1


def test_the_test_part_is_the_same_for_every_seed_and_validation_is_not():
    labels = np.arange(300) % 3
    first, again, other = (assign(labels, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first == Role.TEST, other == Role.TEST)
    assert (first != other).any()


def test_what_is_given_stays():
    labels = np.arange(60) % 2
    roles = np.where(np.arange(60) < 30, Role.TRAIN, Role.TEST).astype(np.int8)
    roles[5] = Role.ASIDE
    found = assign(labels, given=roles)
    assert (found[30:] == Role.TEST).all()
    assert found[5] == Role.ASIDE
    assert set(found[:5]) <= {Role.TRAIN, Role.VALIDATION}
    assert (found[:30] == Role.VALIDATION).sum() == 4


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12)), min_size=2, max_size=80), st.integers(0, 3))
@settings(max_examples=60)
def test_no_group_is_torn_and_no_class_is_lost(pairs, seed):
    labels, groups = np.array(pairs).T
    roles = assign(labels, groups, seed=seed)
    for group in np.unique(groups):
        assert len(set(roles[groups == group])) == 1
    assert set(labels[roles == Role.TRAIN]) == set(labels)


def test_groups_give_about_the_share():
    random = np.random.default_rng(0)
    groups, labels = random.integers(50, size=2000), random.integers(5, size=2000)
    roles = assign(labels, groups)
    assert (roles == Role.TEST).mean() == pytest.approx(0.2, abs=0.03)
    assert (roles == Role.VALIDATION).mean() == pytest.approx(0.12, abs=0.03)
    assert (counts(roles, labels, Role.TEST) / np.bincount(labels)).min() > 0.12


def test_a_class_of_one_example_stays_to_learn_from():
    assert assign(np.array([0, 1])).tolist() == [Role.TRAIN, Role.TRAIN]
