"""Softmax, the loss, and where the errors begin: p - y."""

from __future__ import annotations

from math import exp, inf, log
from typing import Final

from ..addresses import Address
from ..cnn import ExplainableCNN
from ..model import Explanation, Factor, Grid, Step, Term
from ..pass_values import PassValues
from ..registry import Explainer, make_explanation, one_term
from ..text import format_number, format_sum, pluralize, worked_alone, worked_by


def probability(passes: PassValues, address: Address) -> Explanation:
    """p[d]: the score's exponential over the sum of all of them."""
    (d,) = address.index
    pipeline, p = passes.pipeline, passes.value(address)
    scores = passes.numbers("logits")
    largest = max(scores)
    powers = [exp(score - largest) for score in scores]
    total = sum(powers)
    worked = worked_by(lambda written: written[0] / written[1], [powers[d], total], p)
    decimals = worked.decimals
    classes = range(pipeline.classes)
    return make_explanation(
        passes,
        address,
        subject=f"Probability of {pipeline.answer} {d}",
        because=f"{format_number(powers[d], decimals)} ÷ {format_number(total, decimals)}, e to the power of its score "
        f"{format_number(scores[d], decimals)} less the largest score {format_number(largest, decimals)}, "
        f"over the sum of {pluralize(pipeline.classes)} such powers; taking the largest off changes no probability",
        worked=worked,
        terms=[Term(p, [Factor(None, powers[d], "e"), Factor(None, 1 / total, "1/Σ")])],
        steps=[
            Step("Largest score, taken off all scores", largest),
            Step(f"Exponential of score {d} less the largest", powers[d]),
            Step(f"Sum of the {pluralize(pipeline.classes)} exponentials", total),
            Step(f"Probability p[{d}]", p, f"p[{d}]", result=True),
        ],
        grids=[
            Grid("Scores", "o", [scores], [[f"logits[{k}]" for k in classes]]),
            Grid("Exponentials of the scores less the largest", "e", [powers], [[None for _ in classes]]),
            Grid("Probabilities", "p", [passes.numbers("probabilities")], [[f"probabilities[{k}]" for k in classes]]),
        ],
    )


def loss(passes: PassValues, address: Address) -> Explanation:
    """L = -ln p of the label."""
    value, y = passes.value(address), passes.label
    p, answer = passes.numbers("probabilities")[y], passes.pipeline.answer
    worked = worked_by(lambda written: -log(written[0]) if written[0] else inf, [p], value)
    # The loss is computed from the scores, and so stands even where the probability is too small for a float.
    because = f"minus the natural logarithm of {format_number(p, worked.decimals)}, the probability of {answer} {y}"
    if p == 0:
        because += ", which is too small to write down; the loss comes from the scores"
    return make_explanation(
        passes,
        address,
        subject="Loss",
        because=because,
        worked=worked,
        terms=[Term(value, [Factor(f"probabilities[{y}]", p, "p")], rule="−ln p")],
        steps=[
            Step(f"Probability of the label p[{y}]", p, f"p[{y}]"),
            Step("Minus its natural logarithm: loss L", value, "L", result=True),
        ],
    )


def score_error(passes: PassValues, address: Address) -> Explanation:
    """The gradient at o[d]: p - y."""
    (d,) = address.index
    value, answer = passes.value(address), passes.pipeline.answer
    p, y = passes.numbers("probabilities")[d], float(d == passes.label)
    # As a product with -1, so that the terms add up as everywhere.
    terms = [
        Term(p, [Factor(f"probabilities[{d}]", p, "p")]),
        Term(-y + 0.0, [Factor(None, -1.0, "−1"), Factor(None, y, "y")]),
    ]
    worked = format_sum(terms, value)
    decimals = worked.decimals
    label = f"{answer} {d} is the label, so y is 1" if y else f"the label is {passes.label}, so y is 0"
    return make_explanation(
        passes,
        address,
        subject=f"Error at the score of {answer} {d}",
        because=f"{format_number(p, decimals)} − {format_number(y)}, probability minus y; {label}",
        worked=worked,
        terms=terms,
        steps=[
            Step(f"Probability p[{d}]", p, f"p[{d}]"),
            Step("1 for the label, else 0: y", y, "y"),
            Step("p − y: error δ", value, "δ", result=True),
        ],
    )


def probability_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient at p[d]: -1 / p for the label, as the loss looks at no other."""
    (d,) = address.index
    value, answer, y = passes.value(address), passes.pipeline.answer, passes.label
    p = passes.numbers("probabilities")[d]
    worked = worked_alone(0.0)
    if d == y:
        worked = worked_by(lambda written: -1 / written[0], [p], value)
        terms = [Term(value, [Factor(f"probabilities[{d}]", p, "p")], rule="−1 / p")]
        because = f"−1 ÷ {format_number(p, worked.decimals)}, the slope of −ln p"
    else:
        terms, because = [], f"the loss looks at the probability of the label {y} alone"
    return make_explanation(
        passes,
        address,
        subject=f"Gradient at the probability of {answer} {d}",
        because=because,
        worked=worked,
        terms=terms,
        steps=[Step(f"Probability p[{d}]", p, f"p[{d}]"), Step("Slope of the loss", value, result=True)],
    )


def loss_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient of the loss by itself: 1, where the way back begins."""
    return make_explanation(
        passes,
        address,
        subject="Slope of the loss by itself",
        because="the way back begins here",
        worked=worked_alone(1.0),
        terms=[Term(1.0, [], rule="given")],
        steps=[Step("Slope of the loss by itself", 1.0, result=True)],
    )


def _with_grids(pipeline: ExplainableCNN) -> int:
    """The grids hold a number for each class."""
    return pipeline.classes


EXPLAINERS: Final = {
    "probabilities": Explainer(_with_grids, probability),
    "loss": Explainer(one_term, loss),
    "gradient.logits": Explainer(one_term, score_error),
    "gradient.probabilities": Explainer(one_term, probability_gradient),
    "gradient.loss": Explainer(one_term, loss_gradient),
}
