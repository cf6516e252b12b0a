"""The one rule for what ties: which cells share a window's maximum, and on which side of 0 a number lies.

A max pooling and a ReLU decide by comparing numbers that are sums of rounded products. Written on paper, kernels of
tenths make exact ties (0.1 + 0.2 against 0.3) and exact zeros (0.3 − 0.1 − 0.2). In floating point they come out a few
units in the last place apart, and how far depends on the order of summation: on the batch, on the BLAS, on whether the
bias is added before or after the maximum. So a plain ``==`` or ``> 0`` would decide them now this way, now that.

The rule
--------
Each number z carries a *tolerance* t, which no rounding can reach:

- a cell ties with the maximum m of its window if z >= m - t;
- z passes a ReLU (or takes the slope 1 of a leaky ReLU) if z > t.

Only decisions follow the rule. The numbers themselves are left as they were computed: ``relu`` of 1e-17 stays 1e-17,
although the slope there is that of 0.

The tolerance
-------------
For a sum of n products, z = Σ w·x + b, it is t = 4·(n + 3)·u·S with S = max|x|·Σ|w| + |b| and u half the distance
from 1 to the next float (2⁻⁵³ in float64). Whatever the order of summation, with fused multiply-adds or without, the
computed z differs from the exact sum by at most about (n + 1)·u·Σ|w·x| (Higham, *Accuracy and Stability of Numerical
Algorithms*, section 3.1), and weights or inputs that are themselves rounded decimals add 2·u·Σ|w·x|. So z is off by at
most t/4, and the difference of two such sums by at most t/2: what ties on paper always ties here. Numbers that differ
by more than t, some (n + 3)·2 ulps of S, never do. S is used and not |z|, because a sum that cancels to nearly 0 still
has the rounding errors of its terms. It belongs to one image and one filter, so neither the batch nor the other filters
matter. The images themselves are taken as exact: t is 0.

Later layers pass tolerances on (`Layer.tolerance`): a sum adds the tolerance of its inputs times √(max|w|·Σ|w|), which
is at least √Σw², as the rounding errors of many inputs add up like random numbers. Times Σ|w|, as if all errors had the
worst sign, the tolerance would exceed the numbers themselves after about twelve layers with He's initialization, and no
number would pass a ReLU. The errors are far smaller than t, which allows for the worst of them in each layer.

One answer
----------
Two ways of computing the same z could still fall on the two sides of m - t. But that takes a gap near t, and there
is hardly ever one: cells are either equal, or further apart by far. So every way of computing looks at its own
numbers for one that differs from its maximum (or from 0, upwards) by no more than 2·t. If there is none, the decisions
are *clear*: plain comparisons give what the rule gives, whatever the rounding. If there is one, the numbers to decide
by are computed once more with every sum added in one fixed order (`Layer.forward_in_order`), which is the same whatever
the batch, the BLAS or the processor (`ForwardTrace.decisions`). Training that computes in ways of its own leaves such a
step to `Network.backward`.
"""

from __future__ import annotations

from functools import cache
from math import sqrt

import numpy as np

from .arrays import Array, BoolArray, DType

ULPS = 4
"""Tolerance of a sum of n products in units of (n + 3)·u·S; rounding moves a sum by one of them at most."""
CLEAR = 2
"""Gaps above so many tolerances are above one whatever the rounding, and gaps of 0 are below one."""


@cache
def unit(products: int, dtype: DType) -> float:
    """Return the tolerance of a sum of so many products (and a bias) as a share of its scale S."""
    return ULPS * (products + 3) * float(np.finfo(dtype).eps) / 2


def passes_zero(z: Array, tolerance: Array | float) -> BoolArray:
    """Return where z counts as greater than 0."""
    passes: BoolArray = z > tolerance
    return passes


def stands_at_zero(z: Array, tolerance: Array | float) -> BoolArray:
    """Return where z counts as 0, the kink of a ReLU."""
    stands: BoolArray = np.abs(z) <= tolerance
    return stands


def ties_with(z: Array, maximum: Array | float, tolerance: Array | float) -> BoolArray:
    """Return where z counts as equal to the maximum of its window; both finite, or equal."""
    ties: BoolArray = z >= maximum - tolerance
    return ties


def is_clear_at_zero(z: Array, tolerance: Array | float) -> bool:
    """Return True if a plain ``z > 0`` decides as `passes_zero`, however z is rounded."""
    return bool(np.count_nonzero(z > 0) == np.count_nonzero(z > CLEAR * tolerance))


def is_clear_below(z: Array, maximum: Array, tolerance: Array | float) -> bool:
    """Return True if a plain ``z == maximum`` decides as `ties_with`, however z is rounded."""
    return bool(np.count_nonzero(z == maximum) == np.count_nonzero(z >= maximum - CLEAR * tolerance))


def of_sums(
    weights: Array, bias: Array | None, largest_input: Array, input_tolerance: Array | float, dtype: DType
) -> Array:
    """Return the tolerance of sums of products, (..., O).

    Parameters
    ----------
    weights
        (..., O, n): those of each filter's products.
    bias
        (..., O) or None.
    largest_input
        (..., 1): max|x| of each image.
    input_tolerance
        (..., 1): the largest tolerance of an input.
    dtype
        Of the arithmetic.
    """
    products = weights.shape[-1]
    share = unit(products, dtype)
    # The weights are made small first, so that their sum cannot overflow.
    # In one order of memory, so that the sum is the same to the last bit however the weights are laid out.
    scaled = np.multiply(np.abs(weights), share, order="C")
    total = np.add.reduce(scaled, axis=-1)
    # Of roots, so that nothing overflows.
    spread = np.sqrt(total) * np.sqrt(np.maximum.reduce(scaled, axis=-1))
    tolerance: Array = total * largest_input + spread * (input_tolerance / share)
    if bias is not None:
        tolerance = tolerance + share * np.abs(bias)
    # Below the smallest normal number rounding is absolute.
    tolerance += products * ULPS * float(np.finfo(dtype).smallest_subnormal)
    return tolerance


def bound_of_sums(products: int, weights: Array, bias: Array | None, x: Array, input_tolerance: float) -> float:
    """Return a bound on all that `of_sums` gives, as Σ|w| ≤ √n·‖w‖, max|w| ≤ ‖w‖ and max|x| ≤ ‖x‖: looser, but quick.

    Parameters
    ----------
    products
        n, how many each sum has.
    weights, bias, x
        All weights, biases (or None) and inputs.
    input_tolerance
        A bound on the tolerance of every input.
    """
    share = unit(products, x.dtype)
    scale = length(weights) * (sqrt(products) * length(x) + sqrt(sqrt(products)) * input_tolerance / share)
    # A tenth more than makes up for the rounding of the lengths.
    return 1.1 * share * (scale + (0.0 if bias is None else length(bias)))


def lengths(rows: Array) -> Array:
    """Return bounds on √Σx² of each row that are not 0 even where the squares are too small for a float."""
    found: Array = np.sqrt(np.einsum("rn,rn->r", rows, rows) + _least_square(rows.dtype))
    return found


def length(numbers: Array) -> float:
    """Return a bound on √Σx² that is not 0 even where the squares are too small for a float."""
    flat = numbers.reshape(-1)
    return sqrt(flat.dot(flat) + _least_square(flat.dtype))


@cache
def _least_square(dtype: DType) -> float:
    return float(np.finfo(dtype).tiny / np.finfo(dtype).eps)


def per_image(numbers: Array) -> Array:
    """Return the largest number of each image, (N, 1)."""
    largest: Array = numbers.reshape(len(numbers), -1).max(axis=1, keepdims=True)
    return largest


def ordered_products(weight: Array, columns: Array) -> Array:
    """Return weight (O, n) times columns (N, n, P), products added in the order of n by plain additions alone."""
    z = np.zeros((len(columns), len(weight), columns.shape[2]), dtype=np.result_type(weight, columns))
    for of_weight, of_columns in zip(weight.T, columns.swapaxes(0, 1), strict=True):
        z += of_weight[None, :, None] * of_columns[:, None, :]
    return z
