"""Training that cannot go well: divergence, and what does not fit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from app.engine.arrays import Array, Parameters
from app.engine.exceptions import (
    EngineError,
    NotFiniteError,
    OptionError,
    ParameterError,
    ShapeError,
    TrainingDiverged,
)
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.flatten import Flatten
from app.engine.layers.tanh import Tanh
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Optimizer
from app.engine.optimizers.sgd import SGD
from app.engine.training import EpochReport, TrainingConfig, train, training_work
from tests.engine.training_cases import (
    NETWORKS,
    RULES,
    as_json,
    assert_same_bits,
    drawings,
    every_network,
    every_rule,
    network_of,
    whole_kernels,
)


@every_rule
@every_network
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_run_that_diverges_hands_back_the_last_good_epoch(kind: str, rule: Optimizer, batch_size: int) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(12)
    parameters = whole_kernels(network)
    wild = type(rule)(learning_rate=1e160, **({"momentum": 0.5} if rule.state_slots == ("velocity",) else {}))
    good = list(
        train(network, parameters, images, labels, TrainingConfig(optimizer=rule, epochs=3, batch_size=batch_size))
    )[-1]
    assert good.parameters is not None
    state = {name: value for name, value in (good.optimizer_state or {}).items() if name in ("step", *wild.state_slots)}
    with pytest.raises(TrainingDiverged, match="1e\\+160 overshoots") as caught:
        list(
            train(
                network,
                good.parameters,
                images,
                labels,
                TrainingConfig(optimizer=wild, epochs=9, first_epoch=4, batch_size=batch_size),
                optimizer_state=state,
            )
        )
    error = caught.value
    assert error.epoch == error.next_epoch >= 4
    assert error.field == "optimizer.learning_rate"
    assert all(np.isfinite(a).all() for arrays in error.parameters.values() for a in arrays.values())
    if error.epoch == 4:
        assert_same_bits(error.parameters, good.parameters)
        assert_same_bits(as_json(error.optimizer_state), as_json(state))
        # What it hands back can be trained on.
        rest = TrainingConfig(optimizer=rule, epochs=1, first_epoch=error.next_epoch)
        list(train(network, error.parameters, images, labels, rest, optimizer_state=error.optimizer_state))


def test_learning_rate_1000_diverges_on_the_eight_and_the_two_and_says_what_to_do() -> None:
    from benchmarks import notebook

    network = network_of(bias=False, pooling={"tie_break": "all"})
    images = np.array([notebook.EIGHT, notebook.TWO])[:, None]
    reports: list[EpochReport] = []
    with pytest.raises(TrainingDiverged, match=r"learning rate 1000 overshoots.*try 0\.01") as caught:
        reports.extend(
            train(
                network,
                network.init(0),
                images,
                np.array([8, 2]),
                TrainingConfig(optimizer=OPTIMIZERS["sgd"](learning_rate=1000.0), epochs=50),
            )
        )
    assert len(reports) == caught.value.epoch - 1
    assert all(np.isfinite(report.loss) for report in reports)


def test_parameters_that_are_too_large_from_the_start_are_said_to_be() -> None:
    network, (images, labels) = network_of(), drawings(3)
    parameters = whole_kernels(network)
    parameters["dense"]["weight"] *= 1e300
    with pytest.raises(TrainingDiverged, match="starting parameters") as caught:
        list(train(network, parameters, images, labels, TrainingConfig(optimizer=RULES[0], epochs=2)))
    assert caught.value.epoch == 1
    assert caught.value.field == "parameters.dense.weight"
    assert caught.value.value == np.abs(parameters["dense"]["weight"]).max()
    assert_same_bits(caught.value.parameters, parameters)


LINE = Network((1, 1, 2), (Flatten(), Dense(name="dense", out_features=2)))


def line(weight: float) -> Parameters:
    return {"dense": {"weight": np.array([[weight, 0.0], [weight, 0.0]]), "bias": np.zeros(2)}}


MOMENTUM = SGD(momentum=0.5)
ADAM = OPTIMIZERS["adam"]()


@pytest.mark.parametrize(
    ("weight", "pixels", "changes", "field", "words"),
    [
        # The scores are 2 · 400 and 0, and the label is 1: the loss is 800 before anything is learned.
        (400.0, [1.0], {}, "parameters.dense.weight", "up to 400 in dense.weight"),
        (1.0, [0.5, 1e3], {}, "examples.1.image", "up to 1000"),
        (2.0, [400.0], {}, "examples.0.image", "scale them to 0 to 1"),
        # The scores are 0; the first step makes the weights 1e198, and the next scores infinite.
        (0.0, [1e200, 1e200], {}, "examples.0.image", "even the learning rate 0.01 overshoots"),
        (
            0.0,
            [1.0, -1.0],
            {"optimizer": SGD(learning_rate=1e308)},
            "optimizer.learning_rate",
            "1e\\+308",
        ),
        (0.0, [1.0] * 2, {"optimizer": MOMENTUM, "slots": ("velocity",)}, "optimizer_state.velocity", "velocity"),
        (0.0, [1.0] * 2, {"optimizer": ADAM, "slots": ("exp_avg", "exp_avg_sq")}, "optimizer_state.exp_avg", "exp_avg"),
    ],
)
def test_a_failure_names_what_caused_it(
    weight: float, pixels: list[float], changes: dict[str, Any], field: str, words: str
) -> None:
    images = np.array(pixels).reshape(-1, 1, 1, 1) * np.ones((1, 1, 1, 2))
    slots = changes.get("slots", ())
    state = {"step": 3, **{slot: line(-1e300 if slot == slots[0] else 0.0) for slot in slots}}
    with pytest.raises(TrainingDiverged, match=words) as caught:
        list(
            train(
                LINE,
                line(weight),
                images,
                np.ones(len(images), dtype=np.intp),
                TrainingConfig(optimizer=changes.get("optimizer", OPTIMIZERS["sgd"]()), epochs=50, shuffle=False),
                optimizer_state=state if slots else None,
            )
        )
    assert caught.value.field == field
    assert caught.value.cause in str(caught.value)


OVERFLOWING = np.full((1, 1, 1, 2), 1.7e308)


@pytest.mark.parametrize(
    ("conv", "images", "changes", "field", "layer_index"),
    [
        (1.7e308, np.ones((1, 1, 1, 2)), {}, "", 0),
        (1.0, OVERFLOWING, {}, "", 0),
        (1.0, np.ones((1, 1, 1, 2)), {"test": (OVERFLOWING, np.array([0]))}, "test", None),
        (1.0, np.ones((1, 1, 1, 2)), {"probe": OVERFLOWING[0]}, "probe", None),
    ],
)
def test_an_overflow_that_a_later_layer_hides_is_found_before_training(
    conv: float, images: Array, changes: dict[str, Any], field: str, layer_index: int | None
) -> None:
    # 2 · 1.7e308 is infinite, and its tanh is 1.
    network = Network(
        (1, 1, 2),
        (Conv2d(name="conv", out_channels=1, kernel_size=(1, 2), bias=False), Tanh(), Flatten(), Dense(out_features=2)),
    )
    parameters = network.init(0)
    parameters["conv"]["weight"] = np.full((1, 1, 1, 2), conv)
    with pytest.raises(NotFiniteError, match="conv2d 'conv': a number is too large") as caught:
        list(train(network, parameters, images, np.array([0]), TrainingConfig(optimizer=RULES[0], epochs=1), **changes))
    assert (caught.value.field, caught.value.layer_index) == (field, layer_index)


def test_test_examples_that_overflow_once_the_parameters_have_grown_are_no_error_of_the_test() -> None:
    # The step makes the weights ±5e299 or so; the training image's scores are finite, the test's are not.
    with pytest.raises(TrainingDiverged, match="learning rate 1e\\+300 overshoots"):
        list(
            train(
                LINE,
                line(0.0),
                np.ones((1, 1, 1, 2)),
                np.array([1]),
                TrainingConfig(optimizer=OPTIMIZERS["sgd"](learning_rate=1e300), epochs=1),
                test=(np.full((1, 1, 1, 2), 1e10), np.array([0])),
            )
        )


def test_what_does_not_fit_is_refused_by_name() -> None:
    network, (images, labels) = network_of(), drawings(3)
    parameters = network.init(0)

    def refused(error: type[EngineError], field: str, **changes: Any) -> None:
        arguments: dict[str, Any] = {
            "network": network,
            "parameters": parameters,
            "images": images,
            "labels": labels,
            "config": TrainingConfig(optimizer=RULES[1], epochs=1),
            **changes,
        }
        with pytest.raises(error) as caught:
            list(train(**arguments))
        assert caught.value.field == field

    def refused_option(name: str, value: Any) -> None:
        options: dict[str, Any] = {"epochs": 1, name: value}
        with pytest.raises(OptionError) as caught:
            TrainingConfig(optimizer=RULES[1], **options)
        assert caught.value.field == name

    refused(ShapeError, "examples.image", images=images[:, :, :4])
    refused(ShapeError, "examples.image", images=images[:0], labels=labels[:0])
    refused(ShapeError, "examples.label", labels=labels[:2])
    refused(ShapeError, "examples.label", labels=labels + 0.5)
    refused(EngineError, "examples.label", labels=np.array([0, 10, 1]))
    refused(EngineError, "examples.label", labels=np.array([0, -1, 1]))
    refused(ShapeError, "test.image", test=(images[0], labels))
    refused(ShapeError, "probe.image", probe=images)
    refused(ParameterError, "parameters.conv", parameters={})
    for name, value in itertools.product(("epochs", "batch_size", "first_epoch", "snapshot_every"), (0, 1.5, True)):
        refused_option(name, value)
    refused_option("seed", -1)
    refused(ParameterError, "optimizer_state.speed", optimizer_state={"speed": 1})
    refused(ParameterError, "optimizer_state.step", optimizer_state={"step": -1})
    refused(ParameterError, "optimizer_state.velocity", optimizer_state={"velocity": 3})
    refused(ParameterError, "optimizer_state.velocity.cove", optimizer_state={"velocity": {"cove": {}}})
    wrong = {"weight": np.zeros((1, 1, 3, 3)), "bias": np.zeros(2)}
    refused(ParameterError, "optimizer_state.velocity.conv.bias", optimizer_state={"velocity": {"conv": wrong}})


def test_epoch_costs_more_with_examples_and_steps() -> None:
    def cost(network: Network, examples: int, batch_size: int = 1) -> int:
        return training_work(network, examples, TrainingConfig(optimizer=SGD(), epochs=1, batch_size=batch_size))[
            1
        ].cost

    network = network_of()
    one = cost(network, 100)
    assert cost(network, 100, 10) < one
    assert 1.9 * one < cost(network, 200) <= 2 * one
    assert cost(network_of(activation="tanh"), 100) > one
