"""Forward and gradients against the answers that PyTorch gave (tests/golden/make_goldens.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.layers import LAYERS
from app.engine.losses.cross_entropy import cross_entropy
from app.engine.network import Network

GOLDEN = Path(__file__).parent.parent / "golden"
LAYER_CASES = json.loads((GOLDEN / "layers.json").read_text())["cases"]
NETWORK_CASES = json.loads((GOLDEN / "networks.json").read_text())["cases"]


def assert_close(ours: Any, theirs: Any) -> None:
    theirs = np.array(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", LAYER_CASES, ids=lambda case: f"{case['type']} {case['options']}")
def test_a_layer_agrees_with_pytorch(case: dict[str, Any]) -> None:
    layer = LAYERS[case["type"]](**case["options"])
    parameters = {name: np.array(array) for name, array in case["parameters"].items()}
    y, cache = layer.forward(parameters, np.array(case["x"]))
    assert_close(y, case["y"])
    grad_x, grads = layer.backward(parameters, cache, np.array(case["grad_y"]))
    assert_close(grad_x, case["grad_x"])
    assert grads.keys() == case["grad_parameters"].keys()
    for name, grad in grads.items():
        assert_close(grad, case["grad_parameters"][name])


@pytest.mark.parametrize(
    "case", NETWORK_CASES, ids=lambda case: " ".join(layer["type"] for layer in case["layers"][:3])
)
def test_a_network_agrees_with_pytorch(case: dict[str, Any]) -> None:
    network = Network(
        (1, 5, 5),
        tuple(
            LAYERS[options["type"]](**{name: value for name, value in options.items() if name != "type"})
            for options in case["layers"]
        ),
    )
    parameters = {
        layer: {name: np.array(array) for name, array in arrays.items()} for layer, arrays in case["parameters"].items()
    }
    network.check_parameters(parameters)
    trace = network.forward(parameters, np.array(case["x"]))
    for layer, output in zip(trace.layers, case["outputs"], strict=True):
        assert_close(layer.output, output)
    losses, grad_logits = cross_entropy(trace.logits, np.array(case["labels"]))
    assert_close(losses, case["losses"])
    backward = network.backward(parameters, trace, grad_logits)
    for layer, gradient in zip(backward.layers, case["grad_outputs"], strict=True):
        assert_close(layer.gradient, gradient)
    for name, arrays in case["grad_parameters"].items():
        for array_name, gradient in arrays.items():
            assert_close(backward.parameters[name][array_name], gradient)
    assert_close(backward.images, case["grad_x"])
