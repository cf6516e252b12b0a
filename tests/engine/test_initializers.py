"""Initialisers against the definitions of PyTorch's torch.nn.init, and the options of layers and optimizers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from app.engine.exceptions import OptionError
from app.engine.initializers import fans
from app.engine.layers import LAYERS
from app.engine.optimizers import OPTIMIZERS

CONV: dict[str, Any] = {"name": "conv", "out_channels": 60, "kernel_size": (3, 5)}
DENSE: dict[str, Any] = {"name": "dense", "out_features": 120}
# fan_in = inputs to one output, fan_out = outputs from one input, counted by hand: 4·3·5, 60·3·5; 80, 120.
SHAPES = {"conv2d": ((4, 9, 9), 60, 900), "dense": ((80,), 80, 120)}


def weight_of(kind: str, initialiser: Any) -> dict[str, Any]:
    layer = LAYERS[kind](**(CONV if kind == "conv2d" else DENSE), initialiser=initialiser)
    return layer.init(np.random.default_rng(0), SHAPES[kind][0])


@pytest.mark.parametrize("kind", SHAPES)
def test_fans_count_inputs_and_outputs(kind: str) -> None:
    _, fan_in, fan_out = SHAPES[kind]
    assert fans(weight_of(kind, "he")["weight"].shape) == (fan_in, fan_out)


@pytest.mark.parametrize("kind", SHAPES)
def test_he_is_normal_with_variance_2_over_fan_in_and_biases_0(kind: str) -> None:
    drawn, fan_in = weight_of(kind, "he"), SHAPES[kind][1]
    scaled = drawn["weight"] / np.sqrt(2 / fan_in)
    assert abs(scaled.mean()) < 0.05
    assert scaled.std() == pytest.approx(1, abs=0.05)
    assert np.abs(scaled).max() > 2.5  # a uniform draw of this variance ends at 1.7
    assert not drawn["bias"].any()


@pytest.mark.parametrize("kind", SHAPES)
def test_glorot_is_uniform_within_the_root_of_6_over_both_fans_and_biases_0(kind: str) -> None:
    drawn, (_, fan_in, fan_out) = weight_of(kind, "glorot"), SHAPES[kind]
    scaled = drawn["weight"] / np.sqrt(6 / (fan_in + fan_out))
    assert 0.99 < np.abs(scaled).max() <= 1
    assert scaled.std() == pytest.approx(1 / np.sqrt(3), abs=0.03)
    assert not drawn["bias"].any()


@pytest.mark.parametrize("kind", SHAPES)
def test_the_notebook_draws_weights_and_biases_alike(kind: str) -> None:
    drawn = weight_of(kind, "notebook")
    for array in drawn.values():
        assert array.std() == pytest.approx(0.01, rel=0.25)


@pytest.mark.parametrize("filters", [(0, 0), (3,), (-1,), (0.5,), ([0],), 1, "0"])
def test_frozen_filters_that_do_not_fit_are_refused(filters: Any) -> None:
    with pytest.raises(OptionError) as caught:
        LAYERS["conv2d"](out_channels=3, kernel_size=1, frozen_filters=filters)
    assert caught.value.field == "frozen_filters"


def test_frozen_filters_are_kept_in_order() -> None:
    layer: Any = LAYERS["conv2d"](out_channels=3, kernel_size=1, frozen_filters=[2, 0])
    assert layer.frozen_filters == (0, 2)


def test_the_optimizers_of_the_design_are_there_with_its_defaults_and_document_every_option() -> None:
    sgd: Any = OPTIMIZERS["sgd"]()
    adam: Any = OPTIMIZERS["adam"]()
    assert (sgd.learning_rate, sgd.momentum) == (0.01, 0)
    assert (adam.learning_rate, adam.betas, adam.eps) == (0.003, (0.9, 0.999), 1e-8)
    for kind, optimizer in OPTIMIZERS.items():
        assert optimizer.type == kind
        assert all(option.metadata["doc"] for option in fields(optimizer))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("sgd", {"learning_rate": 0}),
        ("sgd", {"learning_rate": float("nan")}),
        ("sgd", {"momentum": 1}),
        ("sgd", {"momentum": -0.1}),
        ("adam", {"betas": (0.9, 1)}),
        ("adam", {"betas": 0.9}),
        ("adam", {"eps": 0}),
    ],
)
def test_options_out_of_range_are_refused_by_name(kind: str, options: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as caught:
        OPTIMIZERS[kind](**options)
    assert [caught.value.field] == list(options)
