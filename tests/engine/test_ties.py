"""One rule for ties and zeros: forward, backward, explain and training decide alike, and as exact arithmetic does."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from app.engine.layers import LAYERS
from app.engine.losses.cross_entropy import cross_entropy
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS
from app.engine.training import TrainingConfig, train
from app.explain.explain import explain
from tests.engine.training_cases import drawings, network_of

NETWORKS, CASES = 200, 5
ACTIVATIONS = ["relu", "relu", "leaky_relu", "sigmoid", "tanh"]


@cache
def deciding_network(seed: int) -> Network:
    """A network with any of the poolings, activations, tie breaks and geometries."""
    rng = np.random.default_rng(seed)
    pooling: dict[str, Any] = {"kernel_size": (2, int(rng.integers(1, 4))), "stride": int(rng.integers(1, 3))}
    pool = ["max_pool2d", "max_pool2d", "avg_pool2d"][rng.integers(3)]
    if pool == "max_pool2d":
        pooling["tie_break"] = ["first", "all"][rng.integers(2)]
    return network_of(
        int(rng.integers(1, 4)),
        padding=["valid", "same"][rng.integers(2)],
        bias=bool(rng.integers(2)),
        pool=pool,
        activation=ACTIVATIONS[rng.integers(len(ACTIVATIONS))],
        classes=3,
        conv={"kernel_size": (int(rng.integers(1, 4)), int(rng.integers(1, 4)))},
        pooling=pooling | {"ceil_mode": bool(rng.integers(2))},
    )


def near_tie(network: Network, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Kernels of tenths or ninths, a batch of drawings or grays in tenths, and labels."""
    parameters = network.init(int(rng.integers(99)))
    denominator = int(rng.integers(9, 11))
    for name, array in parameters["conv"].items():
        whole = rng.integers(-denominator, denominator + 1, array.shape)
        parameters["conv"][name] = (np.ones_like(whole) if rng.integers(4) == 0 else whole) / denominator
    if rng.integers(3) == 0:  # ties missed by some units in the last place
        parameters["conv"]["weight"] += rng.integers(-200, 201, parameters["conv"]["weight"].shape) * 2.0**-53
    parameters["dense"]["weight"] = rng.standard_normal(parameters["dense"]["weight"].shape)
    images = rng.integers(0, 2, (16 if rng.integers(9) == 0 else 1, 1, 5, 5)) / 1.0
    if rng.integers(2):
        images = rng.integers(0, 11, images.shape) / 10
    return parameters, images, rng.integers(0, 3, len(images))


def flat(parameters: Any) -> Any:
    """All numbers in a row."""
    return np.concatenate([array.ravel() for arrays in parameters.values() for array in arrays.values()])


@pytest.mark.parametrize("case", range(CASES))
def test_forward_backward_and_training_decide_alike(case: int) -> None:
    for seed in range(NETWORKS):
        network, rng = deciding_network(seed), np.random.default_rng((seed, case))
        parameters, images, labels = near_tie(network, rng)
        size = len(images)
        batch = network.forward(parameters, images)
        singles = [network.forward(parameters, image[None]) for image in images]
        if network.layers[2].type == "max_pool2d":
            winners = np.concatenate([trace.layers[2].winners for trace in singles])
            assert (winners == batch.layers[2].winners).all(), (seed, case)
        gradient, *of_singles = (
            flat(network.backward(parameters, trace, cross_entropy(trace.logits, of_trace)[1]).parameters)
            for trace, of_trace in [(batch, labels), *zip(singles, labels[:, None], strict=True)]
        )
        mean = np.mean(of_singles, axis=0)
        rate = [0.01, 1.0][seed % 2]
        rule = OPTIMIZERS["sgd"](learning_rate=rate)
        (report,) = train(
            network,
            parameters,
            images,
            labels,
            TrainingConfig(optimizer=rule, epochs=1, batch_size=size, shuffle=False),
        )
        assert report.parameters is not None
        expected = np.concatenate([mean, flat(parameters) - rate * mean])
        found = np.concatenate([gradient, flat(report.parameters)])
        assert (np.abs(found - expected) <= 1e-12 * (1 + np.abs(expected))).all(), (seed, case)


def test_explanations_decide_as_backward_does() -> None:
    for seed in range(16):
        network, rng = deciding_network(seed), np.random.default_rng(seed)
        parameters, images, labels = near_tie(network, rng)
        trace = network.forward(parameters, images[:1])
        backward = network.backward(parameters, trace, cross_entropy(trace.logits, labels[:1])[1])
        _, height, width = network.shapes[1]
        cells = list(product(range(height), range(width)))
        for name, place in (("conv", 0), ("relu", 1)):
            asked = [f"gradient.{name}[0][{r}][{c}]" for r, c in cells]
            expected = [backward.layers[place].gradient[0, 0, r, c] for r, c in cells]
            explained = explain(network, parameters, images[0], asked, label=int(labels[0]))
            sums = [sum(term.value for term in explanation.terms) for explanation in explained]
            np.testing.assert_allclose(sums, expected, rtol=1e-12, atol=1e-12, err_msg=f"{seed}")
        if network.layers[2].type == "max_pool2d":
            _, rows, columns = network.shapes[2]
            asked = [f"pool[0][{r}][{c}]" for r, c in product(range(rows), range(columns))]
            winners = {w for e in explain(network, parameters, images[0], asked) for w in e.winners or ()}
            of_trace = trace.layers[2].winners
            assert of_trace is not None
            assert winners == {f"relu[0][{r}][{c}]" for r, c in cells if of_trace[0, 0, r, c]}, seed


@pytest.mark.parametrize("denominator", [9, 10])
@pytest.mark.parametrize("tie_break", ["first", "all"])
def test_ties_on_paper_are_ties(denominator: int, tie_break: str) -> None:
    rng = np.random.default_rng(denominator)
    network = network_of(1, bias=False, pooling={"tie_break": tie_break})
    parameters = network.init(0)
    tied = 0
    for _ in range(80):
        kernel = rng.integers(-denominator, denominator + 1, (3, 3)) if rng.integers(2) else np.ones((3, 3), dtype=int)
        grays = rng.integers(0, 11, (5, 5)) if rng.integers(2) else 10 * rng.integers(0, 2, (5, 5))
        a = {
            (r, c): max(
                sum(Fraction(int(kernel[i, j]), denominator) * Fraction(int(grays[r + i, c + j]), 10)
                    for i, j in product(range(3), repeat=2)),
                Fraction(0),
            )
            for r, c in product(range(3), repeat=2)
        }  # fmt: skip
        expected = np.zeros((3, 3), dtype=bool)
        for top, left in product((0, 2), repeat=2):
            window = [(r, c) for r, c in a if top <= r < top + 2 and left <= c < left + 2]
            winners = [cell for cell in window if a[cell] == max(a[other] for other in window)]
            tied += len(winners) > 1
            for cell in winners if tie_break == "all" else winners[:1]:
                expected[cell] = True
        parameters["conv"]["weight"] = kernel[None, None] / denominator
        found = network.forward(parameters, grays[None, None] / 10).layers[2].winners
        assert found is not None
        np.testing.assert_array_equal(found[0, 0], expected)
    assert tied > 20


def test_a_sum_that_is_0_on_paper_does_not_pass_a_relu() -> None:
    # 0.1 + 0.2 - 0.3 is 5.6e-17 in floating point: shown as it is, with the slope of 0.
    network = network_of(1, bias=False, conv={"kernel_size": (1, 3)}, pooling={"kernel_size": 1}, input_shape=(1, 1, 3))
    parameters = network.init(0)
    parameters["conv"]["weight"] = np.array([[[[0.1, 0.2, -0.3]]]])
    trace = network.forward(parameters, np.ones((1, 1, 1, 3)))
    assert 0 < trace.outputs[1].item() < 1e-16
    gradient = network.backward(parameters, trace, np.ones((1, 10))).parameters
    np.testing.assert_array_equal(gradient["conv"]["weight"], 0)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("huge", [1e15, -1e15])
@pytest.mark.parametrize("place", [(0, 1), (2, 3)])
def test_a_huge_pixel_makes_no_ties_elsewhere(activation: str, huge: float, place: tuple[int, int]) -> None:
    # 1x1 kernel of 1, so every number is a pixel: the windows are [0.1, 0.2, 0.3, 0.4] but for the huge pixel.
    network = network_of(
        1, bias=False, activation=activation, classes=2, conv={"kernel_size": 1}, pooling={"tie_break": "all"},
        input_shape=(1, 4, 4),
    )  # fmt: skip
    parameters = network.init(0)
    parameters["conv"]["weight"] = np.ones((1, 1, 1, 1))
    image = np.tile([[0.1, 0.2], [0.3, 0.4]], (2, 2))[None, None]
    image[0, 0, *place] = huge
    expected = np.zeros((4, 4), dtype=bool)
    for top, left in product((0, 2), repeat=2):
        window = image[0, 0, top : top + 2, left : left + 2]
        expected[top : top + 2, left : left + 2] = window == window.max()
    trace = network.forward(parameters, image)
    found = trace.layers[2].winners
    assert found is not None
    np.testing.assert_array_equal(found[0, 0], expected)
    backward = network.backward(parameters, trace, np.array([[1.0, -1.0]]))
    np.testing.assert_array_equal(backward.layers[1].gradient[0, 0] != 0, expected)
    explained = explain(network, parameters, image[0], [f"pool[0][{r}][{c}]" for r, c in product((0, 1), repeat=2)])
    winners = {winner for explanation in explained for winner in explanation.winners or ()}
    assert winners == {f"relu[0][{r}][{c}]" for r, c in product(range(4), repeat=2) if expected[r, c]}


def test_a_bias_that_swallows_the_difference_makes_a_tie_in_every_path() -> None:
    network = network_of(1, conv={"kernel_size": 1}, pooling={"kernel_size": (1, 2)}, classes=2, input_shape=(1, 1, 2))
    parameters = {
        "conv": {"weight": np.full((1, 1, 1, 1), 1e-17), "bias": np.ones(1)},
        "dense": {"weight": np.array([[1.0, -1.0]]), "bias": np.zeros(2)},
    }
    image, label = np.array([[[[0.0, 1.0]]]]), np.array([0])
    (report,) = train(
        network, parameters, image, label, TrainingConfig(optimizer=OPTIMIZERS["sgd"](learning_rate=1.0), epochs=1)
    )
    assert report.parameters is not None
    # The first cell wins, and there the input is 0: the weight stays, whatever the loss.
    assert report.parameters["conv"]["weight"].item() == 1e-17


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("rate", [1e-300, 1e-16, 1e-14, 0.01, 1e8])
def test_gradient_norms_do_not_depend_on_the_rate(rate: float, batch_size: int) -> None:
    network, (images, labels) = network_of(2), drawings(4, seed=3)
    images, labels = images[:batch_size], labels[:batch_size]
    parameters = network.init(5)
    trace = network.forward(parameters, images)
    gradients = network.backward(parameters, trace, cross_entropy(trace.logits, labels)[1]).parameters
    expected = {
        layer: np.sqrt(sum((array**2).sum() for array in arrays.values())) for layer, arrays in gradients.items()
    }
    rule = OPTIMIZERS["sgd"](learning_rate=rate)
    (report,) = train(
        network, parameters, images, labels, TrainingConfig(optimizer=rule, epochs=1, batch_size=batch_size)
    )
    assert report.gradient_norms == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("depth", [1, 8, 15])
def test_gradients_of_deep_networks_agree_with_central_differences(depth: int) -> None:
    conv = LAYERS["conv2d"](out_channels=8, kernel_size=3, padding=1, initialiser="he")
    dense = LAYERS["dense"](out_features=3, initialiser="he")
    network = Network((1, 6, 6), (*(conv, LAYERS["relu"]()) * depth, LAYERS["flatten"](), dense))
    parameters, image = network.init(0), np.random.default_rng(0).random((1, 1, 6, 6))
    trace = network.forward(parameters, image)
    _, grad_logits = cross_entropy(trace.logits, np.array([1]))
    gradient = network.backward(parameters, trace, grad_logits).parameters["conv2d"]["weight"]
    place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    weight, losses = parameters["conv2d"]["weight"][place], []
    for step in (1e-7, -1e-7):
        parameters["conv2d"]["weight"][place] = weight + step
        logits = network.forward(parameters, image).logits[0]
        losses.append(np.log(np.exp(logits).sum()) - logits[1])
    assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-7, rel=1e-5)
    assert gradient[place] != 0


def test_every_layer_with_a_tolerance_has_a_bound_on_it() -> None:
    rng = np.random.default_rng(1)
    layers = (
        LAYERS["conv2d"](out_channels=3, kernel_size=3),
        LAYERS["tanh"](),
        LAYERS["avg_pool2d"](kernel_size=2),
        LAYERS["sigmoid"](),
        LAYERS["flatten"](),
        LAYERS["dense"](out_features=4),
    )
    network = Network((2, 6, 6), layers)
    parameters = network.init(0)
    x = rng.standard_normal((3, 2, 6, 6))
    tolerance, bound = np.zeros((1, 1, 1, 1)), 0.0
    for layer in network.layers:
        given = parameters.get(layer.name, {})
        tolerance, bound = layer.tolerance(given, x, tolerance), layer.tolerance_bound(given, x, bound)
        x = layer.forward(given, x)[0]
        assert 0 < np.broadcast_to(tolerance, x.shape).max() <= bound
