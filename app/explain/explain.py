"""`explain`: numbers asked for by their addresses, each with how it came to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import Final

import numpy as np

from ..engine.arrays import Array, LayerParameters
from ..engine.exceptions import NotFiniteError
from ..engine.losses.cross_entropy import cross_entropy_work
from ..engine.nearby_loss import slopes_work
from ..engine.network import Network
from ..engine.work import Work
from .addresses import Address, parse
from .check import check as measured
from .cnn import ExplainableCNN
from .model import Explanation, Update
from .pass_values import PassValues
from .stages import EXPLAINERS
from .text import MINUS, format_number, rounded

PARAMETERS: Final = ("conv.weight", "conv.bias", "dense.weight", "dense.bias")
CHECKED: Final = (*PARAMETERS, "input")
"""Gradients that a nudge can measure."""
TERM_COST: Final = 40_000
"""Multiply-adds that take as long as making a term, with its share of sentences and grids."""
TERM_BYTES: Final = 1_500
"""Bytes that one takes."""
CELL_COST: Final = 400_000
"""Multiply-adds that take as long as what each explanation takes besides its terms."""
UPDATE_DECIMALS: Final = (2, 3, 4, 5, 6)
"""A step is often a hundredth of a gradient, so it takes more than elsewhere to be seen."""


def explain(
    network: Network,
    parameters: Mapping[str, LayerParameters],
    image: Array,
    cells: Sequence[str],
    *,
    label: int | None = None,
    check: bool = False,
    learning_rate: float | None = None,
) -> list[Explanation]:
    """Say of each number how it came to be.

    Parameters
    ----------
    network
        A conv2d, an activation, a pooling, flatten, a dense layer, and softmax (or not).
    parameters
        Its arrays, checked.
    image
        (C, H, W).
    cells
        Addresses: ``conv[0][1][2]``, ``gradient.conv.weight[0][0][1][1]``.
    label
        The right class; needed by the loss and by gradients.
    check
        Whether to measure the gradients of parameters and pixels by nudging.
    learning_rate
        With it, a parameter's gradient comes with the step of plain SGD that it makes.

    Raises
    ------
    EngineError
        If the network is built otherwise, or there is no such number in it, or a label is needed or is no class.
    NotFiniteError
        Naming what became too large for a float.
    """
    pipeline = ExplainableCNN.of(network)
    addresses = _addresses(pipeline, cells)
    with np.errstate(all="ignore"):
        passes = PassValues(pipeline, parameters, image, label)
        if any(address.is_gradient for address in addresses):
            _ = passes.backward  # so that all of it is looked through
        passes.check_finite()
        return [_explained(passes, address, check, learning_rate) for address in addresses]


def count_terms(network: Network, cells: Sequence[str]) -> int:
    """An upper bound on the terms of all the explanations together; raises `EngineError` as `explain` does."""
    pipeline = ExplainableCNN.of(network)
    return sum(EXPLAINERS[address.kind].terms(pipeline) for address in _addresses(pipeline, cells))


def explanation_work(network: Network, cells: int, terms: int, *, check: bool) -> Work:
    """Estimate of `explain` for a number of cells, which have `terms` terms together."""
    loss = cross_entropy_work(1, prod(network.shapes[-1]))
    passes = network.forward_work(1) + loss + network.decisions_work(1) + network.backward_work(1)
    # Every number that is looked up becomes a Python float in a list, of passes and gradients alike.
    numbers = 2 * (network.trace_numbers + network.parameter_count + prod(network.input_shape))
    lists = Work(100 * numbers, 40 * numbers, 40 * numbers)
    listed = Work(TERM_COST * terms + CELL_COST * cells, TERM_BYTES * terms, TERM_BYTES * terms)
    work = passes + lists + listed
    if not check:
        return work
    # The loss near by keeps a second set of outputs, and of what each layer decides by.
    return work + network.forward_work(1) * 2 + slopes_work(network)[1].repeated(cells)


def _addresses(pipeline: ExplainableCNN, cells: Sequence[str]) -> list[Address]:
    return [parse(cell, pipeline, f"cells.{place}") for place, cell in enumerate(cells)]


def _explained(passes: PassValues, address: Address, check: bool, learning_rate: float | None) -> Explanation:
    if not isfinite(passes.value(address)):
        raise NotFiniteError(address.kind, field="network")
    explanation = EXPLAINERS[address.kind].explain(passes, address)
    # A number may be finite whose parts are not: they are added up in another order.
    values = (*[term.value for term in explanation.terms], *[step.value for step in explanation.steps])
    if not all(value is None or isfinite(value) for value in values):
        raise NotFiniteError(f"the terms of {address.kind}", field="network")
    if check and address.is_gradient and address.name in CHECKED:
        explanation.check = measured(passes, address, explanation.value)
    if learning_rate is not None and address.is_gradient and address.name in PARAMETERS:
        explanation.update = _update(passes, address, explanation.value, learning_rate)
    return explanation


def _update(passes: PassValues, address: Address, gradient: float, learning_rate: float) -> Update:
    """The step of plain SGD, without momentum, that this one image makes."""
    old = passes.value(Address(address.text, address.name, address.name, address.index))
    new = old - learning_rate * gradient
    if not isfinite(new):
        raise NotFiniteError("the update", field="learning_rate", allowed="a smaller learning_rate")
    frozen = passes.pipeline.is_frozen(address.name, address.index)
    sentence = f"Plain SGD, old − learning rate × gradient = new: {_in_numbers(old, gradient, learning_rate, new)}."
    if frozen:
        sentence += " But it is frozen: training leaves it as it is."
    return Update(old, gradient, learning_rate, new, frozen, sentence)


def _in_numbers(old: float, gradient: float, learning_rate: float, new: float) -> str:
    """The update with the fewest decimals at which it comes out and is seen to move; else nearly, with the most."""
    equals = "≈"
    for decimals in UPDATE_DECIMALS:
        written = rounded(old, decimals) - learning_rate * rounded(gradient, decimals)
        moves = new == old or rounded(new, decimals) != rounded(old, decimals)
        if moves and abs(written - rounded(new, decimals)) < 0.5 * 10**-decimals:
            equals = "="
            break
    was, slope, becomes = (format_number(number, decimals) for number in (old, gradient, new))
    rate = f"{learning_rate:g}".replace("-", MINUS)
    return f"{was} − {rate} × {slope} {equals} {becomes}"
