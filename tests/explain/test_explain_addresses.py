"""Whatever network is explained, a number that carries an address is the number at that address."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.engine.arrays import Parameters
from app.engine.layers import LAYERS
from app.engine.network import Network
from app.explain import explain
from app.explain.cnn import ExplainableCNN
from app.explain.model import Explanation

NETWORKS = 36


def drawn(seed: int) -> tuple[Network, Parameters, Any]:
    """A network of any build, with whole numbers (which tie), tenths (which tie but for rounding), or others."""
    rng = np.random.default_rng(seed)
    kind = ("max_pool2d", "avg_pool2d")[seed % 2]
    size = int(rng.integers(1, 4))
    pooling: dict[str, Any] = {
        "kernel_size": size,
        "stride": int(rng.integers(1, size + 2)) if seed % 3 else 1,
        "padding": int(rng.integers(0, size // 2 + 1)),
        "ceil_mode": bool(rng.integers(2)),
    }
    if kind == "max_pool2d":
        pooling["tie_break"] = ("first", "all")[seed // 2 % 2]
    channels = int(rng.integers(1, 3))
    convolution = {
        "out_channels": int(rng.integers(1, 3)),
        "kernel_size": int(rng.integers(1, 4)),
        "stride": int(rng.integers(1, 3)),
        "padding": int(rng.integers(0, 2)),
        "dilation": int(rng.integers(1, 3)),
        "bias": bool(rng.integers(2)),
    }
    network = Network(
        (channels, 7, 8),
        (
            LAYERS["conv2d"](**convolution),
            LAYERS[("relu", "leaky_relu", "tanh", "sigmoid")[seed // 4 % 4]](),
            LAYERS[kind](**pooling),
            LAYERS["flatten"](),
            LAYERS["dense"](out_features=2),
        ),
    )
    divisor = (1, 10, 7)[seed % 3]
    parameters: Parameters = {
        layer: {name: rng.integers(-3, 4, shape) / divisor for name, shape in shapes.items()}
        for layer, shapes in network.parameter_shapes.items()
    }
    return network, parameters, rng.integers(0, 3, network.input_shape) / 2


def all_addresses(network: Network) -> list[str]:
    shapes = ExplainableCNN.of(network).shapes
    return [
        prefix + name + "".join(f"[{index}]" for index in place)
        for prefix in ("", "gradient.")
        for name, shape in shapes.items()
        for place in np.ndindex(shape)
    ]


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_every_number_with_an_address_is_the_one_at_that_address(seed: int) -> None:
    network, parameters, image = drawn(seed)
    explanations = explain(network, parameters, image, all_addresses(network), label=1, learning_rate=0.1)
    values = {e.cell: e.value for e in explanations}
    for e in explanations:
        for factor in (factor for term in e.terms for factor in term.factors):
            assert factor.cell is None or factor.value == values[factor.cell], (e.cell, factor)
        for grid in e.grids or []:
            for line, cells in zip(grid.values, grid.cells, strict=True):
                for value, cell in zip(line, cells, strict=True):
                    assert cell is None or value == values[cell], (e.cell, grid.name, cell)
        assert sum(term.value for term in e.terms) == pytest.approx(e.value, rel=1e-12, abs=1e-12), e.cell
        assert_no_clause_comes_twice(e)


def assert_no_clause_comes_twice(e: Explanation) -> None:
    clauses = e.sentence.split("; ")
    assert len(set(clauses)) == len(clauses), e.sentence


def overlapping(tie_break: str, kind: str = "max_pool2d") -> tuple[Network, Parameters]:
    """An image as its own feature map, pooled by windows of 2×2 that overlap."""
    options = {"tie_break": tie_break} if kind == "max_pool2d" else {}
    network = Network(
        (1, 3, 3),
        (
            LAYERS["conv2d"](name="conv", out_channels=1, kernel_size=1, bias=False),
            LAYERS["relu"](),
            LAYERS[kind](kernel_size=2, stride=1, **options),
            LAYERS["flatten"](),
            LAYERS["dense"](name="dense", out_features=2, bias=False),
        ),
    )
    weight = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0], [8.0, 0.0]])
    return network, {"conv": {"weight": np.ones((1, 1, 1, 1))}, "dense": {"weight": weight}}


@pytest.mark.parametrize(
    ("image", "tie_break", "why"),
    [
        (
            [[0, 0, 0], [0, 5, 0], [0, 0, 0]],
            "first",
            "it is the largest of four windows, so the whole errors come back to it",
        ),
        (
            [[9, 0, 0], [0, 5, 0], [0, 0, 9]],
            "first",
            "it does not win two windows, so nothing comes back from them; "
            "it is the largest of two windows, so the whole errors come back to it",
        ),
        (
            [[5, 0, 9], [0, 5, 0], [0, 0, 0]],
            "all",
            "in one window it ties with others for the maximum, and under tie_break all each of them wins: "
            "this one gets the whole error; it does not win one window, so nothing comes back from it; "
            "it is the largest of two windows, so the whole errors come back to it",
        ),
    ],
)
def test_a_cell_in_several_windows_has_each_reason_once(image: Any, tie_break: str, why: str) -> None:
    network, parameters = overlapping(tie_break)
    [e] = explain(network, parameters, np.array([image], dtype=float), ["gradient.relu[0][1][1]"], label=1)
    assert e.sentence.endswith(f"; {why}.")


def test_the_mean_of_several_windows_has_its_reason_once() -> None:
    network, parameters = overlapping("first", "avg_pool2d")
    [e] = explain(network, parameters, np.ones((1, 3, 3)), ["gradient.relu[0][1][1]"], label=1)
    assert e.sentence.endswith("; each of the four windows that see it shares its error equally among its cells.")


def test_an_error_that_is_a_part_of_a_sum_carries_no_address() -> None:
    network, parameters = overlapping("first")
    image = np.array([[[0.0, 0, 0], [0, 5, 0], [0, 0, 0]]])
    cells = ["gradient.relu[0][1][1]", "gradient.relu[0][0][0]"]
    inner, corner = explain(network, parameters, image, cells, label=1)
    sent = [grid for grid in inner.grids or [] if grid.name == "Error sent to each"]
    assert len(sent) == 4
    # Of the first window only the corner lies in no other.
    assert sent[0].cells == [["gradient.relu[0][0][0]", None], [None, None]]
    # The weights of score 0 are 1, 2, 4, 8 and p is 1 to the last bit but for e^-75.
    assert inner.value == pytest.approx(15)
    assert [grid.values[1 - n // 2][1 - n % 2] for n, grid in enumerate(sent)] == pytest.approx([1, 2, 4, 8])
    assert corner.value == 0
