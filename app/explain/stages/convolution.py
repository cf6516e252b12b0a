"""The feature maps: the window times the kernel, added up."""

from __future__ import annotations

from math import prod
from typing import Final

from ..addresses import Address
from ..cnn import ExplainableCNN
from ..model import NO_PIXEL, Explanation, Factor, Grid, Step, Term
from ..pass_values import PassValues
from ..products import elementwise_product
from ..registry import Explainer, make_explanation
from ..text import format_number, format_sum, is_sum, letter, plural_verb, pluralize
from .activation import what_becomes_of


def feature_map(passes: PassValues, address: Address) -> Explanation:
    """z[o, r, c]: a product for each cell of the window, and the bias."""
    o, r, c = address.index
    pipeline, z = passes.pipeline, passes.value(address)
    terms: list[Term] = []
    grids: list[Grid] = []
    for channel in range(pipeline.channels):
        product = elementwise_product(_pairs(passes, o, channel, r, c), _names(pipeline, channel))
        terms += product.terms
        grids += product.grids
    products = sum(term.value for term in terms)
    pixels = [term.factors[0].value for term in terms]
    missing = sum(term.padded for term in terms)
    steps = [Step("Sum of the products", products)]
    bias = passes.numbers("conv.bias")[o] if pipeline.conv.bias else None
    if bias is not None:
        terms.append(Term(bias, [Factor(f"conv.bias[{o}]", bias, "b")]))
        steps.append(Step("Bias b", bias, "b"))
    steps.append(Step("Feature map cell z", z, "z", result=True))
    steps += what_becomes_of(passes, o, r, c)
    worked = format_sum(terms, z, also=lambda decimals: is_sum([products, bias or 0.0], z, decimals))
    padding = f", with {pluralize(missing, 'cell')} of the window in the padding, counted as 0" if missing else ""
    return make_explanation(
        passes,
        address,
        subject=f"Feature map {letter(o)}, row {r}, column {c}",
        because=worked.text + padding,
        worked=worked,
        summary=f"Filter {letter(o)}, window at row {r}, column {c}: "
        + _in_short(pixels, bias, format_number(z, worked.decimals)),
        terms=terms,
        steps=steps,
        grids=grids,
    )


def _pairs(passes: PassValues, o: int, channel: int, r: int, c: int) -> list[list[tuple[Factor, Factor]]]:
    """Pixel and weight for each cell of the window."""
    pipeline = passes.pipeline
    pixels = passes.factors("input", channel, symbol="x")
    kernel = passes.factors("conv.weight", o, channel, symbol="k")
    _, height, width = pipeline.network.input_shape
    columns = pipeline.conv_cells(1, c)
    return [
        [
            (pixels[row][column] if 0 <= row < height and 0 <= column < width else NO_PIXEL, weight)
            for column, weight in zip(columns, weights, strict=True)
        ]
        for row, weights in zip(pipeline.conv_cells(0, r), kernel, strict=True)
    ]


def _names(pipeline: ExplainableCNN, channel: int) -> tuple[str, str, str]:
    of = f", channel {channel}" if pipeline.channels > 1 else ""
    return f"Pixels under the window{of}", f"Kernel{of}", f"Products{of}"


def _in_short(pixels: list[float], bias: float | None, z: str) -> str:
    """How many pixels are on, and so how many weights are added up."""
    on = sum(pixel != 0 for pixel in pixels)
    if not on:
        rest = "nothing is left" if bias is None else "only the bias is left"
        return f"none of the {pluralize(len(pixels), 'pixel')} is on, so {rest}: {z}."
    drawn = all(pixel in (0, 1) for pixel in pixels)
    what = "on" if drawn else "not 0"
    added = pluralize(on, "weight" if drawn else "product")
    with_bias = "" if bias is None else " and the bias"
    adds = "is" if on == 1 and bias is None else "add up to"
    met = f"{pluralize(on)} of {pluralize(len(pixels), 'pixel')}"
    return f"{met} {plural_verb(on)} {what}, so {added}{with_bias} {adds} {z}."


EXPLAINERS: Final = {
    "conv": Explainer(lambda pipeline: prod(pipeline.shapes["conv.weight"][1:]) + 1, feature_map),
}
