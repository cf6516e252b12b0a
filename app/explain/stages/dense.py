"""The dense layer: a score as a sum of feature times weight, and its gradients."""

from __future__ import annotations

from typing import Final

from ..addresses import Address
from ..model import Explanation, Factor, Step, Term
from ..pass_values import PassValues
from ..registry import Explainer, make_explanation, one_term
from ..text import format_number, format_sum, pluralize, worked_alone


def logit(passes: PassValues, address: Address) -> Explanation:
    """o[d]: the products, the one that moves it most first, and the bias."""
    (d,) = address.index
    pipeline, value = passes.pipeline, passes.value(address)
    features, weights = passes.numbers("flatten"), passes.numbers("dense.weight")
    products = [feature * row[d] + 0.0 for feature, row in zip(features, weights, strict=True)]
    order = sorted(range(len(products)), key=lambda n: -abs(products[n]))
    terms = [
        Term(
            products[n],
            [Factor(f"flatten[{n}]", features[n], "f"), Factor(f"dense.weight[{n}][{d}]", weights[n][d], "W")],
        )
        for n in order
    ]
    steps = [Step("Sum of the products", sum(products))]
    if pipeline.dense.bias:
        bias = passes.numbers("dense.bias")[d]
        terms.append(Term(bias, [Factor(f"dense.bias[{d}]", bias, "c")]))
        order.append(len(products))
        steps.append(Step("Bias c", bias, "c"))
    steps.append(Step("Score o", value, "o", result=True))
    worked = format_sum(terms, value)
    moving = sum(product != 0 for product in products)
    return make_explanation(
        passes,
        address,
        subject=f"Score of {pipeline.answer} {d}",
        because=worked.text,
        worked=worked,
        summary=f"Score of {pipeline.answer} {d}: feature × weight for {pluralize(moving, 'feature')} that "
        f"{'is' if moving == 1 else 'are'} not 0, largest first{', and the bias' if pipeline.dense.bias else ''}, "
        f"add up to {format_number(value, worked.decimals)}.",
        terms=terms,
        steps=steps,
        order=order,
    )


def feature_error(passes: PassValues, address: Address) -> Explanation:
    """The gradient at f[n]: weight times error, over all scores."""
    (n,) = address.index
    value = passes.value(address)
    weights, errors = passes.numbers("dense.weight")[n], passes.numbers("gradient.logits")
    terms = [
        Term(
            weight * error + 0.0,
            [Factor(f"dense.weight[{n}][{d}]", weight, "W"), Factor(f"gradient.logits[{d}]", error, "δ")],
        )
        for d, (weight, error) in enumerate(zip(weights, errors, strict=True))
    ]
    worked = format_sum(terms, value)
    scores = pluralize(len(terms), "score")
    return make_explanation(
        passes,
        address,
        subject=f"Error at feature {n}",
        because=worked.text,
        worked=worked,
        summary=f"Error at feature {n}: its weight × the error of each of the {scores}, added up: "
        f"{format_number(value, worked.decimals)}.",
        terms=terms,
        steps=[Step(f"Error at feature {n} δ", value, "δ", result=True)],
    )


def weight_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient of W[n, d]: feature times error."""
    n, d = address.index
    answer, value = passes.pipeline.answer, passes.value(address)
    feature, error = passes.numbers("flatten")[n], passes.numbers("gradient.logits")[d]
    terms = [
        Term(
            feature * error + 0.0, [Factor(f"flatten[{n}]", feature, "f"), Factor(f"gradient.logits[{d}]", error, "δ")]
        )
    ]
    worked = format_sum(terms, value)
    return make_explanation(
        passes,
        address,
        subject=f"Gradient of the dense weight from feature {n} to {answer} {d}",
        because=f"{worked.text}, the feature times the error of the score",
        worked=worked,
        terms=terms,
        steps=[
            Step(f"Feature f[{n}]", feature, f"f[{n}]"),
            Step(f"Error at the score of {answer} {d} δ", error, "δ"),
            gradient_step("this weight", value),
        ],
    )


def bias_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient of c[d]: the error of its score."""
    (d,) = address.index
    answer, value = passes.pipeline.answer, passes.value(address)
    error = passes.numbers("gradient.logits")[d]
    return make_explanation(
        passes,
        address,
        subject=f"Gradient of the dense bias of {answer} {d}",
        because="the error of its score, as the bias is simply added",
        worked=worked_alone(value),
        terms=[Term(error, [Factor(f"gradient.logits[{d}]", error, "δ")])],
        steps=[Step(f"Error at the score of {answer} {d} δ", error, "δ"), gradient_step("this bias", value)],
    )


def gradient_step(what: str, value: float) -> Step:
    """The ledger's line of a gradient, which says what it means."""
    effect = "lowers" if value < 0 else "raises" if value > 0 else "does not change"
    return Step(f"Gradient: raising {what} {effect} the loss", value, result=True)


EXPLAINERS: Final = {
    "logits": Explainer(lambda pipeline: pipeline.shapes["flatten"][0] + 1, logit),
    "gradient.flatten": Explainer(lambda pipeline: pipeline.classes, feature_error),
    "gradient.dense.weight": Explainer(one_term, weight_gradient),
    "gradient.dense.bias": Explainer(one_term, bias_gradient),
}
