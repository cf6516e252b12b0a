"""Two grids multiplied cell by cell: the terms, and the three grids to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from .model import Factor, Grid, Term

Pairs: TypeAlias = Sequence[Sequence[tuple[Factor, Factor]]]
"""Rows of pairs. A factor without an address stands for a cell that is not there."""


class Product(NamedTuple):
    """The result of `elementwise_product`."""

    terms: list[Term]
    grids: list[Grid]


def elementwise_product(pairs: Pairs, names: tuple[str, str, str]) -> Product:
    """Each pair's product as a term, row by row; and both factors and the products as grids of those names."""
    terms: list[Term] = []
    left_values, right_values, products = [], [], []
    left_cells: list[list[str | None]] = []
    right_cells: list[list[str | None]] = []
    padded: list[list[bool]] = []
    for row in pairs:
        row_terms = [
            # Adding 0 turns the -0 of 0 times a negative number into 0.
            Term(left.value * right.value + 0.0, [left, right], left.cell is None or right.cell is None)
            for left, right in row
        ]
        terms += row_terms
        left_values.append([left.value for left, _ in row])
        right_values.append([right.value for _, right in row])
        left_cells.append([left.cell for left, _ in row])
        right_cells.append([right.cell for _, right in row])
        products.append([term.value for term in row_terms])
        padded.append([term.padded for term in row_terms])
    left, right = pairs[0][0]
    nowhere: list[list[str | None]] = [[None] * len(row) for row in pairs]
    return Product(
        terms,
        [
            Grid(names[0], left.symbol, left_values, left_cells, padded),
            Grid(names[1], right.symbol, right_values, right_cells, padded),
            Grid(names[2], f"{left.symbol}{right.symbol}", products, nowhere, padded),
        ],
    )
