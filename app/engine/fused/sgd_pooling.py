"""ReLU and pooling of one example, there and back, cell by cell; see `single`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ..arrays import Array
from .conv_pool_dense import ConvPoolDense

Pair: TypeAlias = tuple[Array, Array, Array]
"""Two rows to take the maximum of, and where it goes."""
Place: TypeAlias = tuple[Array, Array, list[Pair]]
"""Where one z lies: its cells (C, P·O), all its numbers in a row, and the pairs that lead to the maxima."""
Pooling: TypeAlias = tuple[list[Place], Callable[[Place], None], Callable[[Place], None]]
"""A place for each z; and the ways from one to m, and from the gradient by m to that by z, between given buffers."""


def plan_mean(plan: ConvPoolDense, z: Array, m: Array, grad_m: Array, grad_z: Array) -> Pooling:
    """ReLU, then the mean of each window: each z (C·P, O) -> m (P·O,)."""
    places: list[Place] = [(one.reshape(plan.cells, -1), one.reshape(-1), []) for one in z]
    grad_cells, grad_flat = grad_z.reshape(plan.cells, -1), grad_z.reshape(-1)
    share = np.repeat(plan.inverse_counts, plan.conv.out_channels).astype(z.dtype)
    shares, alive, zeros = np.tile(share, plan.cells), np.empty_like(grad_flat), np.zeros_like(grad_flat)
    maximum, multiply, sign, add = np.maximum, np.multiply, np.sign, np.add.reduce

    def pool(place: Place) -> None:
        cells, flat, _ = place
        maximum(flat, zeros, out=flat)
        add(cells, axis=0, out=m)
        multiply(m, share, m)

    def unpool(place: Place) -> None:
        grad_cells[...] = grad_m
        multiply(grad_flat, shares, grad_flat)
        sign(place[1], alive)  # 0 where relu let nothing through
        multiply(grad_flat, alive, grad_flat)

    return places, pool, unpool


def plan_largest(
    plan: ConvPoolDense, z: Array, m: Array, grad_m: Array, grad_z: Array, bias: Array | None, grad_bias: Array | None
) -> Pooling:
    """The maximum of each window, plus `bias` (O,) if there is one, then ReLU: each z (C·P, O) -> m (P·O,).

    So ReLU has only the maxima to look at: max relu(z + b) = relu(max z + b).
    """
    grad_cells, grad_flat = grad_z.reshape(plan.cells, -1), grad_z.reshape(-1)
    # relu's floor is the smallest number above 0, not 0: so no z is equal to the m of a window that relu closed (its
    # gradient at 0 is 0), and it is too small to change any sum.
    floor = np.full_like(m, np.finfo(z.dtype).smallest_subnormal)
    top = m if bias is None else np.empty_like(m)  # max z
    halvings = _halvings(np.empty_like(grad_cells), top)
    places = [(one.reshape(plan.cells, -1), one.reshape(-1), _begin_with(one, halvings)) for one in z]
    one_each = np.ones(plan.windows, dtype=z.dtype)
    one_each_cell = np.ones(len(grad_z), dtype=z.dtype)
    one_each_column, spread = one_each.reshape(-1, 1), np.empty((plan.windows, plan.conv.out_channels), dtype=z.dtype)
    bias_row, spread_flat = None if bias is None else bias.reshape(1, -1), spread.reshape(-1)
    alive, grad_maps = np.empty(m.shape, dtype=np.bool_), grad_m.reshape(spread.shape)
    tops, wins = np.empty_like(grad_cells), np.empty(grad_cells.shape, dtype=np.bool_)
    tops_flat, wins_flat = tops.reshape(-1), wins.reshape(-1)
    exists = np.repeat(plan.exists.reshape(-1), plan.conv.out_channels)
    columns, features = np.arange(plan.features), plan.features
    maximum, add, multiply, putmask = np.maximum, np.add, np.multiply, np.putmask
    greater, equal, logical_and = np.greater, np.equal, np.logical_and

    def pool(place: Place) -> None:
        for left, right, larger in place[2]:
            maximum(left, right, out=larger)
        if bias_row is not None:
            one_each_column.dot(bias_row, spread)  # the bias of each map once for each of its windows
            add(top, spread_flat, m)
        maximum(m, floor, out=m)

    def close() -> None:
        greater(m, floor, alive)
        multiply(grad_m, alive, grad_m)

    def unpool_to_all(place: Place) -> None:
        if bias_row is not None:
            close()
        tops[...] = top
        equal(place[1], tops_flat, wins_flat)
        if bias_row is not None:
            logical_and(wins_flat, exists, wins_flat)  # a cell that is not there repeats another
        grad_flat.fill(0)
        putmask(grad_flat, wins_flat, grad_m)  # repeated for each cell of the window
        if grad_bias is not None:
            one_each_cell.dot(grad_z, grad_bias)  # of the cells, as several may win one window

    def unpool_to_first(place: Place) -> None:
        close()
        winner = place[0].argmax(0)
        multiply(winner, features, winner)
        add(winner, columns, winner)
        grad_flat.fill(0)
        grad_flat[winner] = grad_m
        if grad_bias is not None:
            one_each.dot(grad_maps, grad_bias)

    return places, pool, unpool_to_all if plan.ties_share else unpool_to_first


def _halvings(rows: Array, largest: Array) -> list[Pair]:
    """Pairs of rows to take the maximum of, into the third, until `largest` holds the maximum of all (n, size) rows.

    An odd row takes part in two pairs, which changes no maximum.
    """
    halvings = []
    while len(rows) > 1:
        half = (len(rows) + 1) // 2
        larger = largest.reshape(1, -1) if half == 1 else np.empty((half, rows.shape[1]), dtype=rows.dtype)
        halvings.append((rows[:half].reshape(-1), rows[len(rows) - half :].reshape(-1), larger.reshape(-1)))
        rows = larger
    return halvings or [(rows[0], rows[0], largest)]


def _begin_with(rows: Array, halvings: list[Pair]) -> list[Pair]:
    """`halvings` with the first pair taken from other rows of the same shape."""
    left, right, larger = halvings[0]
    flat = rows.reshape(-1)
    return [(flat[: left.size], flat[flat.size - right.size :], larger), *halvings[1:]]
