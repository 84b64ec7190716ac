"""Steps of time-invariant memories in O(N), a whole push in 32 lanes: every state, near memory speed.

The generalized bilinear step (I - αΔA) c' = (I + (1-α)ΔA) c + ΔB u is one solve for y = c' + κ c:

    (I - hA) y = c/α + ΔB u,        h = αΔ,  κ = (1-α)/α,  α > 0.

Off its diagonal every A here is a product of two vectors or nearly so, and the solve a few running sums:

- one-sided (LagT, LegS-LTI): A_nk = -a_n b_k below the diagonal, 0 above it. With S = Σ_{k<n} b_k y_k,
  y_n (1 - h A_nn) = f_n - h a_n S.
- two-sided (LegT in any scaling): A_nk = -a_n b_k where k ≤ n, times (-1)^{n-k} where k > n. Even rows see
  but the odd sum O = Σ b_k y_k so far, and T = Σ (-1)^k b_k y_k of all: y_n = f_n - 2h a_n (O + T/2), odd
  rows the even sum E, y_n = f_n - 2h a_n (E - T/2). T enters linearly: a pass without it, then its share.
- rotating (FouT): A = R - a bᵀ with R of 2 × 2 rotations. A pass of these, then bᵀz times a vector.

One chain of steps would wait for its own sums. So a push is cut into 32 pieces, whose first states come from
`krylov`'s scan, and all pieces step together, one to a lane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.lane_rows import LANES_AT_ONCE, NUMBERS_AT_ONCE, write_rows

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

LANES = 32

_ONE_SIDED, _TWO_SIDED, _ROTATING = 0, 1, 2
_EXACTLY = 1e-13  # how closely a structure must give A back
_LARGEST_CHAIN = 5.0  # h Σ a_n b_n of a two-sided solve, whose rounding grows by e to this power


@dataclass(frozen=True)
class StructuredStep:
    """The step of one memory: z_n = p_n c_n + r_n c_partner + v_n u + q_n S, y = z + g T, c' = y - κ c.

    Attributes
    ----------
    kind : which sums S and T are: one-sided, two-sided or rotating.
    kappa : κ.
    rows : (7, N), p, r, v, q, then b of S = Σ b_k z_k, t of a rotating T = Σ t_k z_k, and g.
    partner : (N,), what n turns into; n itself where it does not turn.
    """

    kind: int
    kappa: float
    rows: Float64Array
    partner: NDArray[np.intp]

    def run(self, c: Float64Array, u: Float64Array, out: FloatArray) -> None:
        """Every state, lane by lane: c (LANES, N), u (LANES, m) → out (≤ LANES · m, N), C-contiguous."""
        lanes, samples = np.ascontiguousarray(c.T), np.ascontiguousarray(u.T)
        _run(self.kind, self.kappa, self.rows, self.partner, lanes, samples, np.asarray(out))


def structured_step(A: FloatArray, B: FloatArray, step: float, alpha: float) -> StructuredStep | None:
    """Return the O(N) step of GBT(α) for dc/dt = A c + B f, or None where A has no structure known here."""
    if alpha <= 0 or len(B) < 2:
        return None
    for read in (_one_sided, _two_sided, _rotating):
        found = read(np.asarray(A), np.asarray(B), step, alpha)
        if found is not None:
            return found
    return None


def _one_sided(A: Float64Array, B: Float64Array, step: float, alpha: float) -> StructuredStep | None:
    a, b = _lower_vectors(A)
    if not _is_close(np.diag(np.diag(A)) - np.tril(np.outer(a, b), -1), A):
        return None
    h, zero = alpha * step, np.zeros(len(B))
    divisor = 1 - h * np.diag(A)
    rows = [1 / alpha / divisor, zero, step * B / divisor, -h * a / divisor, b, zero, zero]
    return StructuredStep(_ONE_SIDED, (1 - alpha) / alpha, np.array(rows), np.arange(len(B)))


def _two_sided(A: Float64Array, B: Float64Array, step: float, alpha: float) -> StructuredStep | None:
    a, b = _lower_vectors(A)
    sign = (-1.0) ** np.arange(len(B))
    product, h = np.outer(a, b), alpha * step
    if not _is_close(-np.tril(product) - np.triu(product * np.outer(sign, sign), 1), A):
        return None
    if h * float(a @ b) > _LARGEST_CHAIN:
        return None
    q = -2 * h * a
    share = np.empty(len(B))  # y of T = 1 and nothing else
    sums = [-0.5, 0.5]
    for n in range(len(B)):
        share[n] = q[n] * sums[1 - n % 2]
        sums[n % 2] += b[n] * share[n]
    share /= 1 - sign * b @ share
    rows = [np.full(len(B), 1 / alpha), np.zeros(len(B)), step * B, q, b, np.zeros(len(B)), share]
    return StructuredStep(_TWO_SIDED, (1 - alpha) / alpha, np.array(rows), np.arange(len(B)))


def _rotating(A: Float64Array, B: Float64Array, step: float, alpha: float) -> StructuredStep | None:
    turning = A + 0.5 * np.outer(B, B)  # pairs of neighbours turn into each other
    omega = np.append(np.diag(turning, -1), 0.0)  # (N,): how fast n and n + 1 do
    if not _is_close(np.diag(omega[:-1], -1) - np.diag(omega[:-1], 1), turning, beside=A):
        return None
    if np.count_nonzero(omega[:-1] * omega[1:]):
        return None
    h = alpha * step
    turn = h * np.where(omega != 0, -omega, np.roll(omega, 1))  # of the partner, into n
    partner = np.arange(len(B)) + (omega != 0) - (np.roll(omega, 1) != 0)
    shrink = 1 / (1 + turn**2)

    def solved(f: Float64Array) -> Float64Array:
        """(I - hR)⁻¹ f."""
        solution: Float64Array = shrink * (f + turn * f[partner])
        return solution

    share = solved(B)
    share *= -h / 2 / (1 + h / 2 * (B @ share))
    zero = np.zeros(len(B))
    rows = [shrink / alpha, shrink * turn / alpha, step * solved(B), zero, zero, B, share]
    return StructuredStep(_ROTATING, (1 - alpha) / alpha, np.array(rows), partner)


def _lower_vectors(A: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The vectors a, b of A_nk = -a_n b_k below the diagonal, b_0 being 1; right if there are any."""
    last = A[-1, :-1]
    if not (last.all() and A[-1, 0]):
        return np.zeros(len(A)), np.zeros(len(A))
    b = np.append(last / last[0], 0.0)
    a = -A[:, 0].copy()
    # What no entry below the diagonal shows, a_0 and b_{N-1}, is read off the diagonal; only LegT uses it.
    a[0] = -A[0, 0]
    b[-1] = -A[-1, -1] / a[-1]
    return a, b


def _is_close(found: Float64Array, expected: Float64Array, beside: Float64Array | None = None) -> bool:
    size = np.abs(expected if beside is None else beside).max()
    return bool(np.abs(found - expected).max() <= _EXACTLY * size)


@compiled
def _run(
    kind: int,
    kappa: float,
    rows: Float64Array,
    partner: NDArray[np.intp],
    c: Float64Array,
    u: Float64Array,
    out: FloatArray,
) -> None:
    """Step all lanes: c (N, LANES) in place, u (m, LANES) → out (≤ LANES · m, N), lane by lane."""
    order, samples = c.shape[0], u.shape[0]
    z, sums = np.empty((order, LANES)), np.empty((2, LANES))
    for sample in range(samples):
        if kind == 0:
            _step_one_sided(kappa, rows, c, u[sample], sums[0])
        elif kind == 1:
            _step_two_sided(kappa, rows, c, u[sample], z, sums[0], sums[1])
        else:
            _step_rotating(kappa, rows, partner, c, u[sample], z, sums[0])
        _write_states(c, sample, samples, out)


@compiled
def _write_states(c: Float64Array, sample: int, samples: int, out: FloatArray) -> None:
    """The state in each lane: c (N, LANES) → row `sample` of each piece of `samples` rows in `out`."""
    order, length = c.shape[0], out.shape[0]
    whole = order // NUMBERS_AT_ONCE * NUMBERS_AT_ONCE
    for i in range(0, LANES, LANES_AT_ONCE):
        row = i * samples + sample
        complete = row + (LANES_AT_ONCE - 1) * samples < length
        if complete:
            for n in range(0, whole, NUMBERS_AT_ONCE):
                write_rows(c, n * LANES + i, LANES, out, row * order + n, samples * order)
        for lane in range(i, i + LANES_AT_ONCE):
            row = lane * samples + sample
            if row < length:
                for n in range(whole if complete else 0, order):
                    out[row, n] = c[n, lane]


@compiled
def _step_one_sided(
    kappa: float, rows: Float64Array, c: Float64Array, u: Float64Array, total: Float64Array
) -> None:
    total[:] = 0.0
    for n in range(c.shape[0]):
        p, v, q, b = rows[0, n], rows[2, n], rows[3, n], rows[4, n]
        old = c[n]
        for i in range(LANES):
            y = p * old[i] + v * u[i] + q * total[i]
            total[i] += b * y
            old[i] = y - kappa * old[i]


@compiled
def _step_two_sided(
    kappa: float,
    rows: Float64Array,
    c: Float64Array,
    u: Float64Array,
    z: Float64Array,
    seen: Float64Array,
    grown: Float64Array,
) -> None:
    seen[:] = 0.0
    grown[:] = 0.0
    for n in range(c.shape[0]):
        p, v, q, b = rows[0, n], rows[2, n], rows[3, n], rows[4, n]
        old, new = c[n], z[n]
        for i in range(LANES):
            y = p * old[i] + v * u[i] + q * seen[i]
            grown[i] += b * y
            new[i] = y
        seen, grown = grown, seen
    if c.shape[0] % 2:
        seen, grown = grown, seen
    for i in range(LANES):
        seen[i] = grown[i] - seen[i]
    _add_share(kappa, rows[6], c, z, seen)


@compiled
def _step_rotating(
    kappa: float,
    rows: Float64Array,
    partner: NDArray[np.intp],
    c: Float64Array,
    u: Float64Array,
    z: Float64Array,
    total: Float64Array,
) -> None:
    total[:] = 0.0
    for n in range(c.shape[0]):
        p, r, v, t = rows[0, n], rows[1, n], rows[2, n], rows[5, n]
        old, other, new = c[n], c[partner[n]], z[n]
        for i in range(LANES):
            y = p * old[i] + r * other[i] + v * u[i]
            total[i] += t * y
            new[i] = y
    _add_share(kappa, rows[6], c, z, total)


@compiled
def _add_share(kappa: float, g: Float64Array, c: Float64Array, z: Float64Array, total: Float64Array) -> None:
    for n in range(c.shape[0]):
        share, old, new = g[n], c[n], z[n]
        for i in range(LANES):
            old[i] = new[i] + share * total[i] - kappa * old[i]
