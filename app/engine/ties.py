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
For a sum of n products, z = Σ w·x + b, it is t = 16·(n + 3)·u·S with S = max|x|·Σ|w| + |b| and u half the distance
from 1 to the next float (2⁻⁵³ in float64). Whatever the order of summation, with fused multiply-adds or without, the
computed z differs from the exact sum by at most (n + 1)·u·Σ|w·x| (Higham, *Accuracy and Stability of Numerical
Algorithms*, section 3.1), and weights or inputs that are themselves rounded decimals add 2·u·Σ|w·x|. So z is off by at
most t/16, and the difference of two such sums by at most t/8: what ties on paper always ties here. Two numbers that
differ by more than about n ulps of S never do. S is used and not |z|, because a sum that cancels to nearly 0 still has
the rounding error of its large terms. It belongs to one image and one filter, so neither the batch nor the other
filters matter. The images themselves are taken as exact: t is 0. Later layers pass tolerances on (`Layer.tolerance`).

The edge of the tolerance
-------------------------
Two ways of computing the same z may still fall on the two sides of m - t, if the gap is within t/4 of t: by far wider
than rounding. Then, and only then, the numbers to decide by are computed once more with every sum added in one fixed
order (`Layer.forward_in_order`), which is the same whatever the batch, the BLAS or the processor
(`ForwardTrace.decisions`). Training that computes in ways of its own takes such a step, and any other whose decisions
plain comparisons do not settle, by way of `Network.backward`.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, BoolArray, DType

ULPS = 16
"""Tolerance of a sum of n products in units of (n + 3)·u·S; rounding reaches one of them."""
EDGE = 0.25
"""How near to its tolerance, as a share of it, a gap may be before rounding could have moved it across."""


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


def is_settled_at_zero(z: Array, tolerance: Array) -> bool:
    """Return True if no rounding can move any z across `passes_zero`."""
    inner, outer = tolerance * (1 - EDGE), tolerance * (1 + EDGE)
    return bool(np.count_nonzero(z > inner) == np.count_nonzero(z > outer))


def is_settled_below(z: Array, maximum: Array, tolerance: Array) -> bool:
    """Return True if no rounding can move any z across `ties_with`."""
    inner, outer = tolerance * (1 - EDGE), tolerance * (1 + EDGE)
    return bool(np.count_nonzero(z >= maximum - inner) == np.count_nonzero(z >= maximum - outer))


def of_sums(
    absolute_weights: Array, bias: Array | None, largest_input: Array, input_tolerance: Array, dtype: DType
) -> Array:
    """Return the tolerance of each sum of products, one row an image and one column a filter.

    Parameters
    ----------
    absolute_weights
        (O, n): |w| of each filter's products.
    bias
        (O,) or None.
    largest_input
        (N,): max|x| of each image.
    input_tolerance
        (N,) or (1,): the largest tolerance of an input.
    dtype
        Of the arithmetic.
    """
    share = unit(absolute_weights.shape[1], dtype)
    # The weights are made small first, so that their sum cannot overflow.
    scaled = np.add.reduce(absolute_weights * share, axis=1)
    tolerance: Array = np.multiply.outer(largest_input + input_tolerance / share, scaled)
    if bias is not None:
        tolerance = tolerance + share * np.abs(bias)
    # Below the smallest normal number rounding is absolute.
    tolerance += absolute_weights.shape[1] * ULPS * float(np.finfo(dtype).smallest_subnormal)
    return tolerance


def per_image(tolerance: Array) -> Array:
    """Return the largest tolerance of each image, (N,) or (1,)."""
    largest: Array = tolerance.reshape(len(tolerance), -1).max(axis=1)
    return largest


def ordered_products(weight: Array, columns: Array) -> Array:
    """Return weight (O, n) times columns (N, n, P), products added in the order of n by plain additions alone."""
    z = np.zeros((len(columns), len(weight), columns.shape[2]), dtype=np.result_type(weight, columns))
    for of_weight, of_columns in zip(weight.T, columns.swapaxes(0, 1), strict=True):
        z += of_weight[None, :, None] * of_columns[:, None, :]
    return z
