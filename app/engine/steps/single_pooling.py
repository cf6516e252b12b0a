"""ReLU and pooling of one example, there and back, cell by cell; see `single`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ..arrays import Array
from .conv_pool_dense import ConvPoolDense

Pooling: TypeAlias = tuple[Callable[[], None], Callable[[], None]]
"""From z to m, and from the gradient by m to that by z; both between buffers that were given before."""


def plan_mean(plan: ConvPoolDense, z: Array, m: Array, grad_m: Array, grad_z: Array) -> Pooling:
    """ReLU, then the mean of each window: z (C·P, O) -> m (P·O,)."""
    cells, flat = z.reshape(plan.cells, -1), z.reshape(-1)
    grad_cells, grad_flat = grad_z.reshape(plan.cells, -1), grad_z.reshape(-1)
    share = np.repeat(plan.inverse_counts, plan.conv.out_channels).astype(z.dtype)
    shares, alive, zeros = np.tile(share, plan.cells), np.empty_like(flat), np.zeros_like(flat)
    maximum, multiply, sign, add = np.maximum, np.multiply, np.sign, np.add.reduce

    def pool() -> None:
        maximum(flat, zeros, out=flat)
        add(cells, axis=0, out=m)
        multiply(m, share, m)

    def unpool() -> None:
        grad_cells[...] = grad_m
        multiply(grad_flat, shares, grad_flat)
        sign(flat, alive)  # 0 where relu let nothing through
        multiply(grad_flat, alive, grad_flat)

    return pool, unpool


def plan_largest(
    plan: ConvPoolDense, z: Array, m: Array, grad_m: Array, grad_z: Array, bias: Array | None, grad_bias: Array | None
) -> Pooling:
    """The maximum of each window, plus `bias` (O,) if there is one, then ReLU: z (C·P, O) -> m (P·O,).

    So ReLU has only the maxima to look at: max relu(z + b) = relu(max z + b).
    """
    cells, flat = z.reshape(plan.cells, -1), z.reshape(-1)
    grad_cells, grad_flat = grad_z.reshape(plan.cells, -1), grad_z.reshape(-1)
    # relu's floor is the smallest number above 0, not 0: so no z is equal to the m of a window that relu closed (its
    # gradient at 0 is 0), and it is too small to change any sum.
    floor = np.full_like(m, np.finfo(z.dtype).smallest_subnormal)
    top = m if bias is None else np.empty_like(m)  # max z
    halvings = _halvings(cells, top)
    one_each = np.ones(plan.windows, dtype=z.dtype)
    one_each_cell = np.ones(len(z), dtype=z.dtype)
    one_each_column, spread = one_each.reshape(-1, 1), np.empty((plan.windows, plan.conv.out_channels), dtype=z.dtype)
    bias_row, spread_flat = None if bias is None else bias.reshape(1, -1), spread.reshape(-1)
    alive, grad_maps = np.empty(m.shape, dtype=np.bool_), grad_m.reshape(spread.shape)
    tops, wins = np.empty_like(cells), np.empty(cells.shape, dtype=np.bool_)
    tops_flat, wins_flat = tops.reshape(-1), wins.reshape(-1)
    exists = np.repeat(plan.exists.reshape(-1), plan.conv.out_channels)
    places, features = np.arange(plan.features), plan.features
    maximum, add, multiply, copyto = np.maximum, np.add, np.multiply, np.copyto
    greater, equal, logical_and = np.greater, np.equal, np.logical_and

    def pool() -> None:
        for left, right, larger in halvings:
            maximum(left, right, out=larger)
        if bias_row is not None:
            one_each_column.dot(bias_row, spread)  # the bias of each map once for each of its windows
            add(top, spread_flat, m)
        maximum(m, floor, out=m)

    def close() -> None:
        greater(m, floor, alive)
        multiply(grad_m, alive, grad_m)

    def unpool_to_all() -> None:
        if bias_row is not None:
            close()
        tops[...] = top
        equal(flat, tops_flat, wins_flat)
        if bias_row is not None:
            logical_and(wins_flat, exists, wins_flat)  # a cell that is not there repeats another
        grad_flat.fill(0)
        copyto(grad_cells, grad_m, where=wins)
        if grad_bias is not None:
            one_each_cell.dot(grad_z, grad_bias)  # of the cells, as several may win one window

    def unpool_to_first() -> None:
        close()
        winner = cells.argmax(0)
        multiply(winner, features, winner)
        add(winner, places, winner)
        grad_flat.fill(0)
        grad_flat[winner] = grad_m
        if grad_bias is not None:
            one_each.dot(grad_maps, grad_bias)

    return pool, unpool_to_all if plan.ties_share else unpool_to_first


def _halvings(rows: Array, largest: Array) -> list[tuple[Array, Array, Array]]:
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
