"""Compare a gradient with the measured slope, and say in words what that shows."""

from __future__ import annotations

from math import isfinite
from typing import Final

from ..engine.exceptions import NotFiniteError
from ..engine.nearby_loss import AGREES, Slopes
from .addresses import Address
from .model import Check, Verdict
from .pass_values import PassValues
from .text import format_number

RESOLVED: Final = 1e-3
"""A slope is unclear if rounding may be a larger part of it."""
ZERO: Final = 1e-9
"""Two slopes below it, at a loss near 1, agree as far as anyone can see."""


def check(passes: PassValues, address: Address, gradient: float) -> Check:
    """Compare a gradient with the slope of the loss by the parameter or pixel itself.

    At a kink of the loss (a tie in a max-pool window, a ReLU at 0) there are two slopes; then the verdict is "tie", if
    the gradient is what the rule for ties makes of them.
    """
    slopes = _measured(passes, address)
    verdict, sentence = _verdict(slopes, gradient, float(passes.loss[0][0]))
    difference = abs(slopes.numeric - gradient)
    most = max(abs(gradient), abs(slopes.numeric))
    if not isfinite(difference):
        raise NotFiniteError("the check", field="network")
    return Check(
        numeric=slopes.numeric,
        left=slopes.left,
        right=slopes.right,
        epsilon=slopes.step,
        difference=difference,
        relative=difference / most if most else 0.0,
        verdict=verdict,
        sentence=sentence,
    )


def _measured(passes: PassValues, address: Address) -> Slopes:
    layer, _, name = address.name.partition(".")
    pipeline = passes.pipeline
    if name:
        moved = pipeline.conv if layer == "conv" else pipeline.dense
        return passes.nearby.slopes_by_parameter(moved.name, name, address.index)
    channel, row, column = address.index if pipeline.channels > 1 else (0, *address.index)
    return passes.nearby.slopes_by_pixel((channel, row, column))


def _verdict(slopes: Slopes, gradient: float, loss: float) -> tuple[Verdict, str]:
    most, off = max(abs(gradient), abs(slopes.by_rule)), abs(gradient - slopes.by_rule)
    if off > AGREES * most + slopes.resolution:
        ours, theirs = format_number(gradient), format_number(slopes.by_rule)
        return "unclear", f"The slope of the loss is measured to be {theirs}, and the gradient is {ours}: they differ."
    if off > AGREES * most and slopes.resolution > RESOLVED * most and most > ZERO * max(1.0, loss):
        return "unclear", "The loss is too steep or too flat here for a nudge to measure it."
    if not slopes.is_tie:
        return "agrees", (
            f"The slope of the loss, measured by nudging the number by ±{_step(slopes.step)}, is "
            f"{format_number(slopes.numeric)}; the gradient is {format_number(gradient)}: they agree."
        )
    if slopes.left != slopes.right:
        left, right = format_number(slopes.left), format_number(slopes.right)
        return "tie", (
            f"A tie: the slope has two values, {left} when the number falls and {right} when it rises; "
            f"the rule for ties gives {format_number(gradient)}."
        )
    # All the cells that tie move alike, so the loss has one slope; the rule counts it once for each.
    return "tie", (
        "A tie: several cells share a maximum, and under tie_break all each of them gets the whole error, "
        f"which makes {format_number(gradient)} where the nudge measures {format_number(slopes.numeric)}."
    )


def _step(step: float) -> str:
    return f"{step:.10f}".rstrip("0").rstrip(".") if 1e-9 < step < 1e9 else format_number(step)
