"""Flatten: the same numbers in one row, forward and backward."""

from __future__ import annotations

from typing import Final

from ..addresses import Address
from ..model import Explanation, Factor, Step, Term
from ..pass_values import PassValues
from ..registry import Explainer, make_explanation, one_term
from ..text import letter, worked_alone


def feature(passes: PassValues, address: Address) -> Explanation:
    """f[n]: a pooled cell."""
    (n,) = address.index
    _, height, width = passes.pipeline.shapes["pool"]
    o, r, c = n // (height * width), n // width % height, n % width
    value, name = passes.value(address), passes.pipeline.pool_name
    return make_explanation(
        passes,
        address,
        subject=f"Feature {n}",
        because=f"{name} {letter(o)}, row {r}, column {c}; flatten puts the maps in one row",
        worked=worked_alone(value),
        terms=[Term(value, [Factor(f"pool[{o}][{r}][{c}]", value, "m")])],
        steps=[Step("Pooled m", value, "m"), Step(f"Feature f[{n}]", value, f"f[{n}]", result=True)],
    )


def pooled_error(passes: PassValues, address: Address) -> Explanation:
    """The gradient at m[o, r, c]: that of its feature."""
    o, r, c = address.index
    _, height, width = passes.pipeline.shapes["pool"]
    n = (o * height + r) * width + c
    value, name = passes.value(address), passes.pipeline.pool_name
    return make_explanation(
        passes,
        address,
        subject=f"Error at {name} {letter(o)}, row {r}, column {c}",
        because=f"that of feature {n}; flatten only puts the maps in one row",
        worked=worked_alone(value),
        terms=[Term(value, [Factor(f"gradient.flatten[{n}]", value, "δ")])],
        steps=[
            Step(f"Error at feature {n} δ", value, "δ"),
            Step("Error at the pooled cell δ", value, "δ", result=True),
        ],
    )


EXPLAINERS: Final = {"flatten": Explainer(one_term, feature), "gradient.pool": Explainer(one_term, pooled_error)}
