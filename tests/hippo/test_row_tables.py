"""Rows that are read four at a time, against plain products."""

import numpy as np
import pytest

from hippo_studio.hippo.row_tables import add_rows, add_symmetric, dot_rows, dot_rows_twice, row_table

RNG = np.random.default_rng(31)
every_shape = pytest.mark.parametrize(("count", "width"), [(1, 8), (3, 16), (4, 8), (7, 24), (46, 168)])


def table_of(rows):
    """A table whose first row is not of the matrix, and where the others begin."""
    return row_table([np.full(8, np.nan), *rows]), 8


@every_shape
def test_rows_times_a_vector(count, width):
    rows, x, other = RNG.standard_normal((count, width)), *RNG.standard_normal((2, width))
    table, place = table_of(rows)
    y, beside = np.empty(count), np.empty(count)
    assert dot_rows(table, place, count, width, x, y) == table.size
    np.testing.assert_allclose(y, rows @ x, atol=1e-13)
    y[:] = 0.0
    assert dot_rows_twice(table, place, count, width, x, other, y, beside) == table.size
    np.testing.assert_allclose(y, rows @ x, atol=1e-13)
    np.testing.assert_allclose(beside, rows @ other, atol=1e-13)


@every_shape
def test_a_vector_times_rows_is_added(count, width):
    rows, x, y = RNG.standard_normal((count, width)), RNG.standard_normal(count), RNG.standard_normal(width)
    table, place = table_of(rows)
    expected = y + x @ rows
    assert add_rows(x, table, place, count, width, y) == table.size
    np.testing.assert_allclose(y, expected, atol=1e-13)


@pytest.mark.parametrize("size", [4, 8, 12, 64, 100])
def test_a_triangle_and_its_mirror_image(size):
    lower = np.tril(RNG.standard_normal((size, size)))
    table, place = table_of([lower[n, : n // 4 * 4 + 4] for n in range(size)])
    x, y = np.zeros((2, -(-size // 8) * 8))
    x[:size] = RNG.standard_normal(size)
    assert add_symmetric(table, place, size, x, y) == table.size
    np.testing.assert_allclose(y[:size], (lower + lower.T) @ x[:size], atol=1e-13)


def test_vector_code_is_for_compiled_functions():
    from hippo_studio.hippo.row_tables import four_dots

    with pytest.raises(TypeError, match="for compiled functions"):
        four_dots(np.zeros(8), 0, 8, np.zeros(8), np.zeros(1), 0)
