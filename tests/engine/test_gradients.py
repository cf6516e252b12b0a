"""backward against central differences of forward, for every layer over random options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.arrays import Array
from app.engine.layers import LAYERS
from app.engine.losses.cross_entropy import cross_entropy
from app.engine.network import Network
from tests.engine.layer_cases import cases_of, options_of

STEP = 1e-5


def central_differences(function: Callable[[], float], array: Array) -> Array:
    """Slope of `function` by every number of `array`, which is shaken in place and put back."""
    slopes = np.zeros_like(array)
    for position in np.ndindex(array.shape):
        kept = array[position]
        array[position] = kept + STEP
        above = function()
        array[position] = kept - STEP
        below = function()
        array[position] = kept
        slopes[position] = (above - below) / (2 * STEP)
    return slopes


def assert_close(ours: Array, theirs: Array) -> None:
    scale = max(1.0, float(np.abs(theirs).max()))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7 * scale)


def spread(x: Array, seed: int) -> Array:
    """Numbers at least 0.01 apart and at least 0.005 from 0: no kink within STEP, so the slope has one value."""
    ranks = np.random.default_rng(seed).permutation(x.size).reshape(x.shape)
    numbers: Array = (ranks - x.size // 2 + 0.5) * 0.01
    return numbers


@pytest.mark.parametrize("kind", sorted(LAYERS))
@given(data=st.data())
def test_backward_agrees_with_central_differences(kind: str, data: Any) -> None:
    case = data.draw(cases_of(kind))
    layer, parameters, grad = case.layer, case.parameters(), case.grad_output()
    x = spread(case.batch(), case.seed)

    def scalar() -> float:
        return float((layer.forward(parameters, x)[0] * grad).sum())

    _, cache = layer.forward(parameters, x.copy())
    grad_x, grads = layer.backward(parameters, cache, grad)
    assert_close(grad_x, central_differences(scalar, x))
    for name, array in parameters.items():
        assert_close(grads[name], central_differences(scalar, array))


@given(
    logits=st.lists(st.lists(st.floats(-20, 20), min_size=3, max_size=3), min_size=1, max_size=4),
    data=st.data(),
)
def test_cross_entropys_gradient_agrees_with_central_differences(logits: list[list[float]], data: Any) -> None:
    o = np.array(logits)
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(o), max_size=len(o))))
    _, grad = cross_entropy(o, labels)
    assert_close(grad, central_differences(lambda: float(cross_entropy(o, labels)[0].mean()), o))


@given(data=st.data(), seed=st.integers(0, 1000))
def test_a_whole_networks_backward_agrees_with_central_differences(data: Any, seed: int) -> None:
    # Smooth layers only: with max pooling or ReLU a random network may stand at a kink.
    conv = LAYERS["conv2d"](**data.draw(options_of("conv2d")) | {"kernel_size": (3, 3), "dilation": (1, 1)})
    network = Network(
        (1, 5, 5),
        (
            conv,
            LAYERS[data.draw(st.sampled_from(["tanh", "sigmoid"]))](),
            LAYERS["avg_pool2d"](kernel_size=(2, 2), ceil_mode=True),
            LAYERS["flatten"](),
            LAYERS["dense"](out_features=3),
            *data.draw(st.sampled_from([(), (LAYERS["softmax"](),)])),
        ),
    )
    rng = np.random.default_rng(seed)
    parameters = {
        layer: {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        for layer, shapes in network.parameter_shapes.items()
    }
    images, labels = rng.standard_normal((2, 1, 5, 5)), rng.integers(0, 3, 2)

    def loss() -> float:
        return float(cross_entropy(network.forward(parameters, images).logits, labels)[0].mean())

    trace = network.forward(parameters, images.copy())
    backward = network.backward(parameters, trace, cross_entropy(trace.logits, labels)[1])
    assert_close(backward.images, central_differences(loss, images))
    assert backward.parameters.keys() == parameters.keys()
    for layer, arrays in parameters.items():
        for name, array in arrays.items():
            assert_close(backward.parameters[layer][name], central_differences(loss, array))
