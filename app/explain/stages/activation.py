"""The activation, number by number, and the gate through which an error comes back."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...engine.layers.leaky_relu import LeakyReLU
from ..addresses import Address
from ..model import Explanation, Factor, Step, Term
from ..pass_values import PassValues
from ..pooling_window import window_of
from ..registry import Explainer, make_explanation, one_term
from ..text import Worked, format_number, format_sum, letter, worked_by

_CURVES: Final = {"tanh": "tanh of {z}", "sigmoid": "1 ÷ (1 + e to the power of {minus_z})"}
_GATES: Final = {"tanh": "1 − a²", "sigmoid": "a · (1 − a)"}


def activation(passes: PassValues, address: Address) -> Explanation:
    """a[o, r, c]: before times the mask for the straight ones, a rule for the curves."""
    o, r, c = address.index
    pipeline, a = passes.pipeline, passes.value(address)
    z = passes.numbers("conv")[o][r][c]
    before = Factor(f"conv[{o}][{r}][{c}]", z, "z")
    kind, name = pipeline.activation.type, pipeline.activation_name
    mask = _mask(passes, z)
    if mask is None:
        term = Term(a, [before], rule=kind)
        worked = worked_by(lambda written: _curve(passes, written[0]), [z], a)
        because = _CURVES.get(kind, f"{kind} of {{z}}").format(
            z=format_number(z, worked.decimals), minus_z=format_number(-z, worked.decimals)
        )
        steps = [Step("Feature map cell z", z, "z"), Step(f"After {name} a", a, "a", result=True)]
    else:
        term = Term(z * mask + 0.0, [before, Factor(None, mask, "mask")])
        worked = format_sum([term], a)
        because = _straight(passes, z, mask, worked)
        steps = [
            Step("Feature map cell z", z, "z"),
            Step(f"Mask: z is {_side(z)}", mask),
            Step(f"After {name} a", a, "a", result=True),
        ]
    steps += _in_the_pool(passes, o, r, c)
    return make_explanation(
        passes,
        address,
        subject=f"{name} {letter(o)}, row {r}, column {c}",
        because=because,
        worked=worked,
        terms=[term],
        steps=steps,
    )


def gate(passes: PassValues, address: Address) -> Explanation:
    """The gradient at z[o, r, c]: the error at a, times the slope of the activation there."""
    o, r, c = address.index
    pipeline, value = passes.pipeline, passes.value(address)
    slope = passes.slopes[o][r][c]
    error = passes.numbers("gradient.relu")[o][r][c]
    z, a = passes.numbers("conv")[o][r][c], passes.numbers("relu")[o][r][c]
    kind, name = pipeline.activation.type, pipeline.activation_name
    term = Term(error * slope + 0.0, [Factor(f"gradient.relu[{o}][{r}][{c}]", error, "δ"), Factor(None, slope, "gate")])
    worked = format_sum([term], value)
    if kind in _GATES:
        rounded_slope = format_number(slope, worked.decimals)
        why = f"the slope of {name} there, {_GATES[kind]}, is {rounded_slope} (a is {format_number(a)})"
    elif _mask(passes, z) is not None:
        opens = (
            "lets the error through"
            if slope == 1
            else "keeps it back"
            if slope == 0
            else f"passes {format_number(slope)}"
        )
        side = _side(z) if z == 0 or not passes.stands_at_zero(o, r, c) else "0 but for rounding"
        why = f"z is {format_number(z)}, {side}, so {name} {opens}"
    else:
        why = f"the slope of {name} there is {format_number(slope)}"
    kink = ""
    if _mask(passes, z) is not None and passes.stands_at_zero(o, r, c):
        at = "exactly 0" if z == 0 else "0"
        kink = f"; at {at} the slope of {name} has two values, and {format_number(slope)} is taken"
    return make_explanation(
        passes,
        address,
        subject=f"Error at feature map {letter(o)}, row {r}, column {c}",
        because=f"{worked.text}; {why}{kink}",
        worked=worked,
        terms=[term],
        steps=[
            Step(f"Error at {name} δ", error, "δ"),
            Step(f"Gate: slope of {name} at z", slope),
            Step("Error at the feature map δ", value, "δ", result=True),
        ],
    )


def what_becomes_of(passes: PassValues, o: int, r: int, c: int) -> list[Step]:
    """The lines below a feature map's cell: what the activation makes of it, and the pooling of that."""
    z, a = passes.numbers("conv")[o][r][c], passes.numbers("relu")[o][r][c]
    name = passes.pipeline.activation_name
    if passes.pipeline.activation.type == "relu":
        step = Step(f"{name} {'keeps it' if z > 0 else 'cuts it to 0' if z < 0 else 'leaves it at 0'}", a)
    else:
        step = Step(f"{name} makes it", a)
    return [step, *_in_the_pool(passes, o, r, c)]


def _in_the_pool(passes: PassValues, o: int, r: int, c: int) -> list[Step]:
    """Which pooled cell takes this one."""
    pipeline = passes.pipeline
    places = [(row, column) for row in pipeline.pool_windows(0, r) for column in pipeline.pool_windows(1, c)]
    if not places:
        return [Step("No pooling window looks at it", None)]
    if len(places) > 1:
        return [Step(f"It lies in {len(places)} pooling windows", None)]
    [(row, column)] = places
    pooled = passes.numbers("pool")[o][row][column]
    _, height, width = pipeline.shapes["pool"]
    feature = (o * height + row) * width + column
    if pipeline.averages:
        return [Step(f"Averaged in its window to f[{feature}]", pooled, f"f[{feature}]")]
    window = window_of(passes, o, row, column)
    if window.tied is None or window.wins is None:
        return [Step(f"Pooled with its window to f[{feature}]", pooled, f"f[{feature}]")]
    if passes.numbers("relu")[o][r][c] == 0 and pipeline.activation.type == "relu":
        return [Step("Nothing left for the pool", None)]
    i, j = window.place(r, c)
    if not window.tied[i][j]:
        return [Step("Another cell wins its window", None)]
    if not window.wins[i][j]:
        return [Step("As large as the first, which wins its window", None)]
    return [Step(f"Largest in its window, becomes f[{feature}]", pooled, f"f[{feature}]")]


def _curve(passes: PassValues, z: float) -> float:
    """What the activation makes of one number."""
    return passes.pipeline.activation.forward({}, np.array([z]))[0].item()


def _mask(passes: PassValues, z: float) -> float | None:
    """What a straight activation multiplies z by; None for a curve."""
    layer = passes.pipeline.activation
    if layer.type == "relu":
        return 1.0 if z > 0 else 0.0
    if isinstance(layer, LeakyReLU):
        return 1.0 if z > 0 else layer.negative_slope
    return None


def _straight(passes: PassValues, z: float, mask: float, worked: Worked) -> str:
    before = f"the feature map's {format_number(z, worked.decimals)} is {_side(z)}"
    if z == 0:
        return f"{before}, and stays so"
    if mask == 1:
        return f"{before}, so {passes.pipeline.activation_name} keeps it"
    effect = "ReLU cuts it to 0" if mask == 0 else f"it is multiplied by {format_number(mask, worked.decimals)}"
    return f"{before}, so {effect}"


def _side(z: float) -> str:
    return "positive" if z > 0 else "negative" if z < 0 else "exactly 0"


EXPLAINERS: Final = {"relu": Explainer(one_term, activation), "gradient.conv": Explainer(one_term, gate)}
