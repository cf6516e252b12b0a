"""What comes back through the convolution: gradients of the kernels, of their biases, and of the image."""

from __future__ import annotations

from math import prod
from typing import Final

from ..addresses import Address
from ..cnn import ExplainableCNN
from ..model import NO_ERROR, NO_PIXEL, Explanation, Factor, Grid, Term
from ..pass_values import PassValues
from ..products import elementwise_product
from ..registry import Explainer, make_explanation
from ..text import format_number, format_sum, letter, pluralize
from .dense import gradient_step


def weight_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient of k[o, i, j, k]: over all positions of the window, the pixel this weight met times the error."""
    o, channel, j, k = address.index
    pipeline, value = passes.pipeline, passes.value(address)
    _, height, width = pipeline.network.input_shape
    pixels = passes.factors("input", channel, symbol="x")
    errors = passes.factors("gradient.conv", o, symbol="δ")
    columns = [pipeline.conv_cells(1, c)[k] for c in range(len(errors[0]))]
    pairs = []
    for r, line in enumerate(errors):
        row = pipeline.conv_cells(0, r)[j]
        pairs.append(
            [
                (pixels[row][column] if 0 <= row < height and 0 <= column < width else NO_PIXEL, error)
                for column, error in zip(columns, line, strict=True)
            ]
        )
    terms, grids = elementwise_product(pairs, ("Pixels this weight met", "Error δ", "Products"))
    worked = format_sum(terms, value)
    live = sum(error.value != 0 for line in errors for error in line)
    name, where = letter(o), f"row {j}, column {k}" + (f" for channel {channel}" if pipeline.channels > 1 else "")
    places = "one of those places" if live == 1 else f"{pluralize(live) if live else 'none'} of those places"
    return make_explanation(
        passes,
        address,
        subject=f"Gradient of kernel {name}, {where}",
        because=f"{worked.text}, pixel times error over {pluralize(len(terms), 'position')} of the window",
        worked=worked,
        summary=f"Filter {name}, weight at {where}: it met {pluralize(len(terms), 'pixel')}, and the error comes "
        f"back to {places}. Pixel × error, added up: {format_number(value, worked.decimals)}.",
        terms=terms,
        steps=[gradient_step(f"this weight k[{j}][{k}]", value)],
        grids=grids,
    )


def bias_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient of b[o]: the sum of the errors of its map, as it is added at every position."""
    (o,) = address.index
    value = passes.value(address)
    errors = passes.numbers("gradient.conv")[o]
    cells = [[f"gradient.conv[{o}][{r}][{c}]" for c in range(len(line))] for r, line in enumerate(errors)]
    terms = [
        Term(error, [Factor(cell, error, "δ")])
        for line, names in zip(errors, cells, strict=True)
        for error, cell in zip(line, names, strict=True)
    ]
    worked = format_sum(terms, value)
    positions = pluralize(len(terms), "position")
    return make_explanation(
        passes,
        address,
        subject=f"Gradient of the bias of filter {letter(o)}",
        because=f"{worked.text}, the errors at all {positions} of the window",
        worked=worked,
        summary=f"Bias of filter {letter(o)}: it is added at {positions}, so it gets the sum of their errors: "
        f"{format_number(value, worked.decimals)}.",
        terms=terms,
        steps=[gradient_step("this bias b", value)],
        grids=[Grid("Error δ", "δ", errors, [list(line) for line in cells])],
    )


def pixel_gradient(passes: PassValues, address: Address) -> Explanation:
    """The gradient at x[i, r, c]: over all filters and all windows that see it, the weight it met times the error."""
    *_, r, c = address.index
    pipeline, value = passes.pipeline, passes.value(address)
    channel = address.index[0] if pipeline.channels > 1 else 0
    rows, columns = pipeline.conv_windows(0, r), pipeline.conv_windows(1, c)
    terms: list[Term] = []
    grids: list[Grid] = []
    for o in range(pipeline.conv.out_channels):
        kernel = passes.factors("conv.weight", o, channel, symbol="k")
        errors = passes.factors("gradient.conv", o, symbol="δ")
        pairs = [
            [
                (weight, errors[row][column] if row is not None and column is not None else NO_ERROR)
                for column, weight in zip(columns, weights, strict=True)
            ]
            for row, weights in zip(rows, kernel, strict=True)
        ]
        names = (f"Kernel {letter(o)}", "Error where it met the pixel", "Products")
        product = elementwise_product(pairs, names)
        terms += product.terms
        grids += product.grids
    worked = format_sum(terms, value)
    windows = sum(row is not None for row in rows) * sum(column is not None for column in columns)
    filters = pluralize(pipeline.conv.out_channels, "filter")
    where = f"row {r}, column {c}" + (f", channel {channel}" if pipeline.channels > 1 else "")
    return make_explanation(
        passes,
        address,
        subject=f"Gradient at the input, {where}",
        because=f"{worked.text}, weight times error over {filters} and {pluralize(windows, 'window')}",
        worked=worked,
        summary=f"Pixel at {where}: {pluralize(windows, 'window')} of each of {filters} look at it. Weight × error, "
        f"added up: {format_number(value, worked.decimals)}.",
        terms=terms,
        steps=[gradient_step("this pixel x", value)],
        grids=grids,
    )


def _positions(pipeline: ExplainableCNN) -> int:
    return prod(pipeline.shapes["conv"][1:])


EXPLAINERS: Final = {
    "gradient.conv.weight": Explainer(_positions, weight_gradient),
    "gradient.conv.bias": Explainer(_positions, bias_gradient),
    "gradient.input": Explainer(
        lambda pipeline: pipeline.conv.out_channels * prod(pipeline.conv.kernel_size), pixel_gradient
    ),
}
