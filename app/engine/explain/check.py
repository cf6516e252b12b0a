"""A gradient measured: nudge the number, watch the loss; and know a tie from an error."""

from __future__ import annotations

from math import isfinite
from typing import Final, NamedTuple

import numpy as np

from ..exceptions import NotFiniteError
from ..layers.max_pool2d import MaxPool2d
from ..losses.cross_entropy import cross_entropy
from .addresses import Address
from .explanation import Check, Verdict
from .passes import Passes
from .pooling_window import window_of
from .wording import shown

EPSILONS: Final = (1e-5, 1e-4, 1e-6, 1e-7)
"""Tried in order until the slope agrees: a nearby kink or a steep loss wants a smaller step, a flat one a larger."""
RELATIVE: Final = 1e-6
ROUNDING: Final = 64 * float(np.finfo(np.float64).eps)
"""What the loss may be off by, times its size."""
ONE_SIDED: Final = 1e-3
"""One-sided slopes are rougher than the central one: differing by less is no kink."""


class _Measured(NamedTuple):
    numeric: float
    left: float
    right: float
    epsilon: float
    rounding: float

    @property
    def is_kink(self) -> bool:
        most = max(abs(self.left), abs(self.right))
        return abs(self.left - self.right) > ONE_SIDED * most + 8 * self.rounding

    def agrees_with(self, gradient: float) -> bool:
        most = max(abs(gradient), abs(self.numeric))
        return not self.is_kink and abs(self.numeric - gradient) <= RELATIVE * most + self.rounding


def check(passes: Passes, address: Address, gradient: float) -> Check:
    """Compare a gradient with the slope of the loss by the parameter or pixel itself.

    A kink of the loss (a tie in a max-pool window, a ReLU at exactly 0) has two slopes; then the verdict is "tie".
    """
    first: _Measured | None = None
    kinks = 0
    for epsilon in EPSILONS:
        measured = _measure(passes, address, epsilon)
        if measured.agrees_with(gradient):
            return _result(gradient, measured, "agrees", _agreement(gradient, measured))
        first = first or measured
        kinks += measured.is_kink
    assert first is not None  # noqa: S101 - there is at least one epsilon
    if kinks == len(EPSILONS):
        left, right = shown(first.left), shown(first.right)
        sentence = f"A tie: the slope has two values, {left} when the number falls and {right} when it rises."
        return _result(gradient, first, "tie", sentence)
    if _is_tied(passes):
        ours, nudged = shown(gradient), shown(first.numeric)
        pool = passes.pipeline.pool
        if isinstance(pool, MaxPool2d) and pool.tie_break == "all" and not first.is_kink:
            # All the cells that tie move alike, so the loss has one slope; the rule counts it once for each.
            sentence = (
                "A tie: several cells share a maximum, and under tie_break all each of them gets the whole error, "
                f"which makes {ours} where the nudge measures {nudged}."
            )
        else:
            sentence = (
                "A tie: several cells share a maximum or a ReLU stands at exactly 0, where the slope has two values; "
                f"the rule for ties gives {ours}, the nudge {nudged}."
            )
        return _result(gradient, first, "tie", sentence)
    return _result(gradient, first, "unclear", "The loss is too steep or too flat here for a nudge to measure it.")


def _measure(passes: Passes, address: Address, epsilon: float) -> _Measured:
    centre = passes.loss[0].item()
    step = epsilon * max(1.0, abs(_original(passes, address)))
    below, above, far_below, far_above = _losses_at(passes, address, [n * step for n in (-1, 1, -2, 2)])
    return _Measured(
        numeric=(above - below) / (2 * step),
        left=(3 * centre - 4 * below + far_below) / (2 * step),
        right=(4 * above - 3 * centre - far_above) / (2 * step),
        epsilon=step,
        rounding=ROUNDING * max(1.0, abs(centre)) / step,
    )


def _losses_at(passes: Passes, address: Address, offsets: list[float]) -> list[float]:
    """The loss with the number at `address` moved by each offset."""
    pipeline, labels = passes.pipeline, np.full(len(offsets), passes.label)
    layer, _, name = address.name.partition(".")
    if name:
        moved = pipeline.conv if layer == "conv" else pipeline.dense
        array = passes.parameters[moved.name][name].copy()
        parameters = {**passes.parameters, moved.name: {**passes.parameters[moved.name], name: array}}
        original, logits = array[address.index], []
        for offset in offsets:
            array[address.index] = original + offset
            logits.append(pipeline.network.forward(parameters, passes.images).logits)
        all_logits = np.concatenate(logits)
    else:
        images = np.repeat(passes.images, len(offsets), axis=0)
        channel, row, column = address.index if pipeline.channels > 1 else (0, *address.index)
        images[:, channel, row, column] += offsets
        all_logits = pipeline.network.forward(passes.parameters, images).logits
    losses: list[float] = cross_entropy(all_logits, labels)[0].tolist()
    return losses


def _original(passes: Passes, address: Address) -> float:
    return passes.value(Address(address.text, address.name, address.name, address.index))


def _is_tied(passes: Passes) -> bool:
    """Whether some cell that matters to the loss stands at a kink: 0 before a ReLU, or level with another winner."""
    pipeline = passes.pipeline
    z, slopes = np.array(passes.numbers("conv")), np.array(passes.slopes)
    at_zero = (z == 0) & (pipeline.activation.type in ("relu", "leaky_relu"))
    if (at_zero & (np.array(passes.numbers("gradient.relu")) != 0)).any():
        return True
    if not isinstance(pipeline.pool, MaxPool2d):
        return False
    moves = (slopes != 0) | at_zero
    maps, height, width = pipeline.shapes["pool"]
    for o, row, column in np.ndindex(maps, height, width):
        window = window_of(passes, o, row, column)
        level = np.array(window.values) == passes.numbers("pool")[o][row][column]
        if window.ties > 1 and moves[o][np.ix_(window.rows, window.columns)][level].any():
            return True
    return False


def _result(gradient: float, measured: _Measured, verdict: Verdict, sentence: str) -> Check:
    if not all(map(isfinite, measured)):
        raise NotFiniteError("check", field="network")
    difference = abs(measured.numeric - gradient)
    most = max(abs(gradient), abs(measured.numeric))
    return Check(
        numeric=measured.numeric,
        left=measured.left,
        right=measured.right,
        epsilon=measured.epsilon,
        difference=difference,
        relative=difference / most if most else 0.0,
        verdict=verdict,
        sentence=sentence,
    )


def _agreement(gradient: float, measured: _Measured) -> str:
    step = f"{measured.epsilon:.7f}".rstrip("0")
    return (
        f"The slope of the loss, measured by nudging the number by ±{step}, is {shown(measured.numeric)}; "
        f"the gradient is {shown(gradient)}: they agree."
    )
