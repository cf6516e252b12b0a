"""The one rule for what ties: which cells share a window's maximum, and on which side of 0 a number lies.

A max pooling and a ReLU decide by comparing numbers that are sums of rounded products. Written on paper, kernels of
tenths make exact ties (0.1 + 0.2 against 0.3) and exact zeros (0.3 − 0.1 − 0.2). In floating point they come out a few
units in the last place apart, and how far depends on the order of summation: on the batch, on the BLAS, on whether the
bias is added before or after the maximum. So a plain ``==`` or ``> 0`` would decide them now this way, now that.

The rule
--------
Each number z carries a *tolerance* t, which rounding does not reach. So it stands for the interval from z - t to z + t:

- a cell ties with the maximum of its window if its interval reaches every other cell's, z + t >= max (z - t);
- z passes a ReLU (or takes the slope 1 of a leaky ReLU) if z > t.

Only decisions follow the rule. The numbers themselves are left as they were computed: ``relu`` of 1e-17 stays 1e-17,
although the slope there is that of 0.

The tolerance
-------------
For a sum of n products, z = Σ w·x + b, it is t = 2·(n + 3)·u·S with S = Σ|w·x| + |b| and u half the distance from 1 to
the next float (2⁻⁵³ in float64). Whatever the order of summation, with fused multiply-adds or without, the computed z
differs from the exact sum by at most about (n + 1)·u·S (Higham, *Accuracy and Stability of Numerical Algorithms*,
section 3.1), and weights or inputs that are themselves rounded decimals add 2·u·S. So z is off by at most t/2: what
ties on paper always ties here. Numbers that differ by more than both tolerances together, some (n + 3)·2 ulps of S,
never do. S is used and not |z|, because a sum that cancels to nearly 0 still has the rounding errors of its terms. It
belongs to one sum alone, so no other image, filter or window matters. The images themselves are taken as exact: t is 0.

Later layers pass tolerances on (`Layer.tolerance`): a sum adds √Σ(w·t)² for the tolerances t of its inputs, as the
rounding errors of many inputs add up like random numbers. With Σ|w|·t, as if all errors had the worst sign, the
tolerance would exceed the numbers themselves after about twelve layers with He's initialization, and no number would
pass a ReLU. The errors are far smaller than t, which allows for the worst of them in each layer. But it is no bound:
where hundreds of inputs of a second sum have one and the same error, as those of equal hidden units do, and that sum
cancels, batches and single steps can still decide differently.

One answer
----------
Two ways of computing the same z could still fall on the two sides of the rule's edge. But that takes a gap near the
tolerance, and there is hardly ever one: cells are either equal, or further apart by far. So every way of computing
looks at its own numbers for one that differs from its maximum (or from 0, upwards) by no more than `CLEAR` times what
the rule allows. If there is none, the decisions are *clear*: plain comparisons give what the rule gives, whatever the
rounding. If there is one, the numbers to decide by, and their tolerances, are computed once more with every sum added
in one fixed order (`Layer.forward_in_order`), which is the same whatever the batch, the BLAS or the processor
(`ForwardTrace.decisions`). Where one bound on all tolerances is quicker to have than each of them, it is used to see
whether all is clear. Fast training leaves a step that is not clear to `Network.backward`.
"""

from __future__ import annotations

from math import frexp, inf, ldexp, sqrt

import numpy as np

from .arrays import Array, BoolArray, DType

ULPS = 2
"""Tolerance of a sum of n products in units of (n + 3)·u·S; rounding moves a sum by one of them at most."""
CLEAR = 2
"""Gaps above this multiple of the tolerance are above it whatever the rounding, and gaps of 0 are below it."""

_FLOATS = {info.dtype.itemsize: info for info in (np.finfo(np.float32), np.finfo(np.float64))}
"""By the bytes of a number, as looking up a dtype takes longer than the sums of a small layer."""
_UNIT = {size: float(info.eps) / 2 for size, info in _FLOATS.items()}
_LEAST_SQUARE = {size: float(info.tiny / info.eps) for size, info in _FLOATS.items()}


def unit(products: int, dtype: DType) -> float:
    """Return the tolerance of a sum of that many products (and a bias) as a share of its scale S."""
    return ULPS * (products + 3) * _UNIT[dtype.itemsize]


def least(products: int, dtype: DType) -> float:
    """Return the least tolerance of such a sum: below the smallest normal number rounding is absolute."""
    return products * ULPS * float(_FLOATS[dtype.itemsize].smallest_subnormal)


def passes_zero(z: Array, tolerance: Array | float) -> BoolArray:
    """Return where z counts as greater than 0."""
    passes: BoolArray = z > tolerance
    return passes


def stands_at_zero(z: Array, tolerance: Array | float) -> BoolArray:
    """Return where z counts as 0, the kink of a ReLU."""
    stands: BoolArray = np.abs(z) <= tolerance
    return stands


def tied(z: Array, tolerance: Array) -> BoolArray:
    """Return which cells of one window count as equal to its maximum."""
    ties: BoolArray = z + tolerance >= (z - tolerance).max()
    return ties


def is_clear_at_zero(z: Array, tolerance: Array | float) -> bool:
    """Return True if a plain ``z > 0`` decides as `passes_zero`, however z is rounded."""
    return bool(np.count_nonzero(z > 0) == np.count_nonzero(z > CLEAR * tolerance))


def is_clear_below(z: Array, maximum: Array, tolerance: float) -> bool:
    """Return True if a plain ``z == maximum`` decides which cells tie as the rule does, however z is rounded."""
    level = z >= maximum - 2 * CLEAR * tolerance
    return bool(np.count_nonzero(z == maximum) == np.count_nonzero(level))


def bound_of_sums(products: int, weights: Array, bias: Array | None, x: Array, input_tolerance: float) -> float:
    """Return a bound on all tolerances of sums, as Σ|w·x| ≤ ‖w‖·‖x‖: looser, but quick.

    Parameters
    ----------
    products
        n, the number of products of each sum.
    weights, bias, x
        All weights, biases (or None) and inputs.
    input_tolerance
        A bound on the tolerance of every input.
    """
    share, of_weights = unit(products, x.dtype), length(weights)
    of_sums = share * (of_weights * length(x) + (0.0 if bias is None else length(bias)))
    # A tenth more makes up for the rounding of the lengths.
    return 1.1 * (of_sums + of_weights * input_tolerance)


def lengths(rows: Array) -> Array:
    """Return bounds on √Σx² of each row that are not 0 even where the squares are too small for a float."""
    found: Array = np.sqrt(np.einsum("rn,rn->r", rows, rows) + _LEAST_SQUARE[rows.itemsize])
    return found


def length(numbers: Array) -> float:
    """Return a bound on √Σx² that is not 0 even where the squares are too small for a float."""
    flat = numbers.reshape(-1)
    return sqrt(flat.dot(flat) + _LEAST_SQUARE[flat.itemsize])


def power_of_two(numbers: Array) -> float:
    """Return the power of two next to the largest number: divided by it, no square is too large or all too small."""
    largest = float(numbers.max())
    return ldexp(1.0, frexp(largest)[1] - 1) if 0 < largest < inf else 1.0


def ordered_products(weight: Array, columns: Array) -> Array:
    """Return weight (O, n) times columns (N, n, P), products added in the order of n by plain additions alone."""
    z = np.zeros((len(columns), len(weight), columns.shape[2]), dtype=np.result_type(weight, columns))
    for of_weight, of_columns in zip(weight.T, columns.swapaxes(0, 1), strict=True):
        z += of_weight[None, :, None] * of_columns[:, None, :]
    return z
