"""A single training step: by hand, against forward and backward, and at the ends of the range of numbers."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.fused.conv_pool_dense import match
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.flatten import Flatten
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.relu import ReLU
from app.engine.losses.cross_entropy import cross_entropy
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS
from app.engine.optimizers.sgd import SGD
from app.engine.training import TrainingConfig, train, train_in_slices, training_work
from tests.engine.training_cases import (
    RULES,
    drawings,
    network_of,
    whole_kernels,
)


def test_one_step_by_hand() -> None:
    # One pixel, one filter of one number, no pooling to speak of: z = 2·x, m = 2, scores = (1·2, 0·2) + 0.
    network = network_of(
        1,
        bias=False,
        classes=2,
        conv={"kernel_size": 1},
        pooling={"kernel_size": 1},
        dense={"bias": False},
        input_shape=(1, 1, 1),
    )
    parameters = {"conv": {"weight": np.array([[[[2.0]]]])}, "dense": {"weight": np.array([[1.0, 0.0]])}}
    (report,) = train(
        network,
        parameters,
        np.ones((1, 1, 1, 1)),
        np.array([1]),
        TrainingConfig(optimizer=OPTIMIZERS["sgd"](learning_rate=0.5), epochs=1),
    )
    p = np.exp(2) / (np.exp(2) + 1)  # of class 0, which is wrong
    assert report.loss == pytest.approx(-np.log(1 - p), rel=1e-14)
    assert report.accuracy == 0
    assert report.parameters is not None
    # ∂L/∂scores = (p, −p); ∂L/∂W = m·that = (2p, −2p); ∂L/∂k = x · (1·p − 0·p) = p.
    np.testing.assert_allclose(report.parameters["dense"]["weight"], [[1 - 0.5 * 2 * p, 0.5 * 2 * p]], rtol=1e-14)
    np.testing.assert_allclose(report.parameters["conv"]["weight"], [[[[2 - 0.5 * p]]]], rtol=1e-14)
    assert report.gradient_norms == pytest.approx({"conv": p, "dense": np.sqrt(8) * p}, rel=1e-12)
    assert report.optimizer_state == {"step": 1}


@given(
    filters=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same", 2]),
    channels=st.integers(1, 2),
    pool=st.sampled_from(["max_pool2d", "avg_pool2d"]),
    tie_break=st.sampled_from(["first", "all"]),
    pooling=st.fixed_dictionaries(
        {
            "kernel_size": st.tuples(st.integers(1, 3), st.integers(1, 3)),
            "stride": st.tuples(st.integers(1, 2), st.integers(1, 3)),
            "ceil_mode": st.booleans(),
        }
    ),
    bias=st.booleans(),
    dense_bias=st.booleans(),
    frozen=st.sampled_from([{}, {"frozen": True}, {"frozen_filters": (0,)}]),
    dense_frozen=st.booleans(),
    batch_size=st.sampled_from([1, 3, 5]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_the_planned_steps_do_what_forward_and_backward_do(
    filters: int,
    padding: Any,
    channels: int,
    pool: str,
    tie_break: str,
    pooling: dict[str, Any],
    bias: bool,
    dense_bias: bool,
    frozen: dict[str, Any],
    dense_frozen: bool,
    batch_size: int,
    seed: int,
) -> None:
    network = network_of(
        filters,
        padding=padding,
        bias=bias,
        pool=pool,
        classes=4,
        conv=frozen,
        dense={"bias": dense_bias, "frozen": dense_frozen},
        pooling=pooling | ({"tie_break": tie_break} if pool == "max_pool2d" else {}),
        input_shape=(channels, 5, 5),
    )
    (images, labels), parameters = drawings(5, seed, classes=4, channels=channels), whole_kernels(network, seed)
    # One step from whole-number kernels, where forward and backward break every tie the same way.
    (report,) = train(
        network,
        parameters,
        images[:batch_size],
        labels[:batch_size],
        TrainingConfig(optimizer=RULES[0], epochs=1, batch_size=batch_size, shuffle=False),
    )
    trace = network.forward(parameters, images[:batch_size])
    losses, grad_logits = cross_entropy(trace.logits, labels[:batch_size])
    gradients = network.backward(parameters, trace, grad_logits).parameters
    assert report.loss == pytest.approx(losses.mean(), rel=1e-12)
    assert report.accuracy == (trace.predicted == labels[:batch_size]).mean()
    assert report.parameters is not None
    still = {"conv": frozen.get("frozen", False), "dense": dense_frozen}
    for layer, arrays in gradients.items():
        for name, gradient in arrays.items():
            expected = 0 if still[layer] else gradient.copy()
            if layer == "conv" and "frozen_filters" in frozen:
                expected[0] = 0  # type: ignore[index]
            moved = parameters[layer][name] - report.parameters[layer][name]
            np.testing.assert_allclose(moved, 0.01 * expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [5, 16, 28, 40])
def test_every_example_is_learned_whatever_the_size_of_the_network(size: int, bias: bool, batch_size: int) -> None:
    network = network_of(16, padding="same", bias=bias, classes=3, input_shape=(1, size, size))
    rng = np.random.default_rng(size)
    images, labels = rng.random((7, 1, size, size)), rng.integers(0, 3, 7)
    now = network.init(0)
    (report,) = train(
        network, now, images, labels, TrainingConfig(optimizer=RULES[0], epochs=1, batch_size=batch_size, shuffle=False)
    )
    losses = []
    for start in range(0, 7, batch_size):
        batch = slice(start, start + batch_size)
        trace = network.forward(now, images[batch])
        of_batch, grad_logits = cross_entropy(trace.logits, labels[batch])
        losses.extend(of_batch)
        gradients = network.backward(now, trace, grad_logits).parameters
        now = {
            layer: {name: array - 0.01 * gradients[layer][name] for name, array in arrays.items()}
            for layer, arrays in now.items()
        }
    assert report.loss == pytest.approx(np.mean(losses), rel=1e-12)
    assert report.parameters is not None
    for layer, arrays in now.items():
        for name, array in arrays.items():
            np.testing.assert_allclose(report.parameters[layer][name], array, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [1, 300, 1e5])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_scores_too_large_for_e_to_their_power_are_no_problem(scale: float, batch_size: int) -> None:
    network, (images, labels) = network_of(bias=False, dense={"bias": False}), drawings(1)
    images, labels = np.repeat(images, batch_size, axis=0), np.repeat(labels, batch_size)
    parameters = whole_kernels(network)
    parameters["dense"]["weight"] *= scale
    trace = network.forward(parameters, images)
    losses, grad_logits = cross_entropy(trace.logits, labels)
    expected = network.backward(parameters, trace, grad_logits).parameters["dense"]["weight"]
    if losses.mean() > 745:
        pytest.skip("a loss that large is a divergence")
    (report,) = train(
        network, parameters, images, labels, TrainingConfig(optimizer=RULES[0], epochs=1, batch_size=batch_size)
    )
    assert report.parameters is not None
    moved = parameters["dense"]["weight"] - report.parameters["dense"]["weight"]
    np.testing.assert_allclose(moved, 0.01 * expected, rtol=1e-9, atol=1e-15 * scale)


def test_a_pooling_that_reads_little_of_a_large_map_gets_no_plan_of_all_of_it() -> None:
    # 1 pooled window of 1 cell, but 192 · 192 windows of 81 cells for the convolution.
    pooling = {"kernel_size": 1, "stride": 192}
    network = network_of(1, conv={"kernel_size": 9}, pooling=pooling, input_shape=(1, 200, 200))
    assert match(network) is None
    assert match(network_of(1, conv={"kernel_size": 9}, pooling=pooling, input_shape=(1, 20, 20))) is not None


def test_gradients_kept_until_a_block_is_checked_fit_the_estimate() -> None:
    # 16 features and 2,000 classes: 34,000 weights, 0.3 MB for each step.
    network = network_of(1, conv={"kernel_size": 1}, classes=2_000, input_shape=(1, 8, 8))
    images, labels = np.random.default_rng(0).random((3, 1, 8, 8)), np.arange(3)
    setup, epoch, _ = training_work(network, len(images), TrainingConfig(optimizer=RULES[0], epochs=1))
    parameters = network.init(0)
    tracemalloc.start()
    try:
        list(train(network, parameters, images, labels, TrainingConfig(optimizer=RULES[0], epochs=1)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < (setup + epoch).peak


def test_parts_of_a_run_get_shorter_where_every_step_has_near_ties() -> None:
    rng = np.random.default_rng(0)
    network = Network(
        (1, 32, 32),
        (
            Conv2d(name="conv", out_channels=1, kernel_size=(31, 31)),
            ReLU(),
            MaxPool2d(kernel_size=(2, 2)),
            Flatten(),
            Dense(name="dense", out_features=10),
        ),
    )
    parameters = network.init(0)
    parameters["conv"]["weight"][...] = 1e-17 * rng.integers(1, 9, (1, 1, 31, 31))
    parameters["conv"]["bias"][...] = 1
    images, labels = rng.integers(0, 2, (60, 1, 32, 32)).astype(float), rng.integers(0, 10, 60)
    run = train_in_slices(
        network,
        parameters,
        images,
        labels,
        TrainingConfig(optimizer=SGD(learning_rate=1e-14), epochs=1),
        slice_cost=10**9,
    )
    assert sum(report is None for report in run) >= 8  # 4 if the steps took as long as estimated
