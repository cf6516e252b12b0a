"""What each stage offers: how to explain its numbers, and how much that takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .addresses import Address
from .cnn import ExplainableCNN
from .model import Explanation, Grid, Step, Term
from .pass_values import PassValues
from .text import Worked


class Explainer(NamedTuple):
    """How numbers of one kind are explained.

    Attributes
    ----------
    terms
        An upper bound on the terms of one number in a network.
    explain
        The explanation of the number at an address.
    """

    terms: Callable[[ExplainableCNN], int]
    explain: Callable[[PassValues, Address], Explanation]


def one_term(_: ExplainableCNN) -> int:
    """`Explainer.terms` of what is a single term, or two."""
    return 2


def make_explanation(
    passes: PassValues,
    address: Address,
    *,
    subject: str,
    because: str,
    worked: Worked,
    terms: list[Term],
    steps: list[Step],
    summary: str | None = None,
    grids: list[Grid] | None = None,
    order: list[int] | None = None,
    winners: list[str] | None = None,
) -> Explanation:
    """An explanation whose sentence is ``subject is value: because.``; `summary` is that too unless it is given."""
    value = passes.value(address)
    layer = passes.pipeline.layer_of(address.name)
    sentence = f"{subject} {worked.equals(value)}: {because}."
    return Explanation(
        cell=address.text,
        kind=address.kind,
        layer="" if layer is None else layer.type,
        value=value,
        sentence=sentence,
        summary=summary or sentence,
        decimals=worked.decimals,
        about=worked.about,
        terms=terms,
        steps=steps,
        grids=grids,
        order=order,
        winners=winners,
    )
