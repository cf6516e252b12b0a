"""What an explanation is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# None of these is frozen, only because a frozen record takes three times as long to make, and one request may ask for
# tens of thousands. Nobody changes one once it is made, but `explain`, which adds the check and the update.

Verdict: TypeAlias = Literal["agrees", "tie", "unclear"]


@dataclass(slots=True)
class Factor:
    """One number of a product: its address (None if it has none), its value, and the letter it goes by."""

    cell: str | None
    value: float
    symbol: str


NO_PIXEL, NO_ERROR = Factor(None, 0.0, "x"), Factor(None, 0.0, "δ")
"""What stands for a cell of the padding, and for a window that is not there."""


@dataclass(slots=True)
class Term:
    """One number of a sum.

    Attributes
    ----------
    value
        The factors' product, or what `rule` makes of them.
    factors
        What is multiplied.
    padded
        Whether a factor is a 0 that stands for a cell that is not there.
    rule
        How the value comes from the factors where that is not a product: ``tanh a``; None where it is one.
    """

    value: float
    factors: list[Factor]
    padded: bool = False
    rule: str | None = None


@dataclass(slots=True)
class Grid:
    """A small matrix to draw.

    Attributes
    ----------
    cells
        The address of each value; None for what has none on the page.
    padded
        Which values are zeros that stand for cells that are not there; None if there can be none.
    winners
        Which values win a pooling window; None elsewhere.
    """

    name: str
    symbol: str
    values: list[list[float]]
    cells: list[list[str | None]]
    padded: list[list[bool]] | None = None
    winners: list[list[bool]] | None = None


@dataclass(slots=True)
class Step:
    """One line of the ledger: a number with its name.

    Attributes
    ----------
    value
        None where the line says that there is none.
    symbol
        The last word of `name`, if that is a symbol: ``z``.
    result
        Whether this is the number explained. Lines after it say what becomes of it.
    """

    name: str
    value: float | None
    symbol: str | None = None
    result: bool = False


@dataclass(slots=True)
class Check:
    """A gradient measured by nudging the number and watching the loss.

    Attributes
    ----------
    numeric
        The measured slope; at a tie the mean of `left` and `right`.
    left, right
        When the number falls, and when it rises. They differ at a tie only.
    epsilon
        How far the number was moved; half and twice as far, too.
    difference, relative
        Of the gradient and `numeric`; relative to the larger of the two, 0 if both are 0.
    verdict
        "agrees"; "tie": the slope has two values; "unclear": the loss is too steep or too flat to measure, or the
        gradient is wrong.
    sentence
        The verdict in words.
    """

    numeric: float
    left: float
    right: float
    epsilon: float
    difference: float
    relative: float
    verdict: Verdict
    sentence: str


@dataclass(slots=True)
class Update:
    """What one step of plain SGD makes of a parameter: new = old - learning_rate · gradient, unless it is frozen."""

    old: float
    gradient: float
    learning_rate: float
    new: float
    frozen: bool
    sentence: str


@dataclass(slots=True)
class Explanation:
    """How one number came to be.

    Attributes
    ----------
    cell, kind, layer
        Its address, the address without indices, and the type of the layer that it belongs to.
    value
        The number, as the pass left it.
    sentence
        What a screen reader says.
    summary
        The same in short where the sum is long.
    decimals, about
        With how many decimals the sentence shows numbers, and whether they then do not quite add up.
    terms
        Their values add up to `value`, from left to right, but for rounding.
    steps
        The ledger.
    grids
        What to draw beside each other.
    order
        For a sum listed largest first: the place of each term in the layer's own sum.
    winners
        For max pooling: the addresses of the cells that win the window.
    """

    cell: str
    kind: str
    layer: str
    value: float
    sentence: str
    summary: str
    decimals: int
    about: bool
    terms: list[Term]
    steps: list[Step]
    grids: list[Grid] | None = None
    order: list[int] | None = None
    winners: list[str] | None = None
    check: Check | None = None
    update: Update | None = None
