"""Training: what a run reports, what it leaves alone, how it resumes and how it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.engine.losses.cross_entropy import cross_entropy
from app.engine.optimizers import OPTIMIZERS, Optimizer
from app.engine.training import TrainingConfig, train, train_in_slices
from tests.engine.training_cases import (
    NETWORKS,
    RULES,
    as_json,
    assert_same_bits,
    assert_same_report,
    drawings,
    every_network,
    every_rule,
    network_of,
    whole_kernels,
)


def arrays_of(parameters: Any) -> Any:
    return {layer: {name: np.array(array) for name, array in arrays.items()} for layer, arrays in parameters.items()}


@every_rule
@every_network
@pytest.mark.parametrize("batch_size", [1, 4, 11])
def test_20_epochs_and_30_more_by_way_of_json_are_50_epochs_bit_for_bit(
    kind: str, rule: Optimizer, batch_size: int
) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(11)
    parameters = whole_kernels(network)
    config = TrainingConfig(optimizer=rule, epochs=50, batch_size=batch_size, seed=5)
    options: dict[str, Any] = {"probe": images[0], "test": (images[:3], labels[:3])}
    whole = list(train(network, parameters, images, labels, config, **options))
    first = list(train(network, parameters, images, labels, replace(config, epochs=20), **options))
    rest = list(
        train(
            network,
            arrays_of(as_json(first[-1].parameters)),
            images,
            labels,
            replace(config, epochs=30, first_epoch=21),
            optimizer_state=as_json(first[-1].optimizer_state),
            **options,
        )
    )
    for ours, theirs in zip(first + rest, whole, strict=True):
        assert_same_report(ours, theirs)


@every_network
def test_the_same_run_gives_the_same_bits_whatever_ran_beside_it(kind: str) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(8)
    parameters = whole_kernels(network)
    runs = [
        train(network, parameters, images, labels, TrainingConfig(optimizer=RULES[1], epochs=5, batch_size=b))
        for b in (3, 1, 3, 1)
    ]
    together = list(zip(*runs, strict=True))
    alone = list(train(network, parameters, images, labels, TrainingConfig(optimizer=RULES[1], epochs=5, batch_size=3)))
    for (one, _, other, _), by_itself in zip(together, alone, strict=True):
        assert_same_report(one, by_itself)
        assert_same_report(other, by_itself)


@every_network
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("slice_cost", [1, 10_000_000])
def test_how_a_run_is_sliced_changes_no_bit_of_it(kind: str, batch_size: int, slice_cost: int) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(10)
    config, test = TrainingConfig(optimizer=RULES[2], epochs=3, batch_size=batch_size), drawings(4, 1)
    parameters = whole_kernels(network)
    whole = list(train(network, parameters, images, labels, config, test=test))
    sliced = list(train_in_slices(network, parameters, images, labels, config, test=test, slice_cost=slice_cost))
    if slice_cost == 1:
        steps = -(-10 // batch_size)
        assert sliced.count(None) == 3 * (steps + 1)  # a turn after every step, and after the test
    reports = [report for report in sliced if report is not None]
    for ours, theirs in zip(reports, whole, strict=True):
        assert_same_report(ours, theirs)


@every_rule
@every_network
@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_is_frozen_keeps_its_bits_and_needs_no_state(kind: str, rule: Optimizer, batch_size: int) -> None:
    (images, labels), activation = drawings(6), "tanh" if kind == "general" else "relu"
    whole = network_of(3, activation=activation, conv={"frozen": True})
    some = network_of(3, activation=activation, conv={"frozen_filters": (0, 2)})
    every = network_of(3, activation=activation, conv={"frozen_filters": (0, 1, 2)})
    parameters = whole_kernels(whole)
    config = TrainingConfig(optimizer=rule, epochs=2, batch_size=batch_size, shuffle=False)
    # A state from before the freezing, full of motion.
    *_, moving = train(network_of(3, activation=activation), parameters, images, labels, config)
    *_, of_whole = train(
        whole,
        parameters,
        images,
        labels,
        config,
        optimizer_state=moving.optimizer_state,
    )
    *_, of_every = train(
        every,
        parameters,
        images,
        labels,
        config,
        optimizer_state=moving.optimizer_state,
    )
    *_, of_some = train(
        some,
        parameters,
        images,
        labels,
        config,
        optimizer_state=moving.optimizer_state,
    )
    assert of_whole.parameters is not None
    assert of_some.parameters is not None
    assert_same_bits(of_whole.parameters["conv"], parameters["conv"])
    assert_same_bits(of_whole.parameters, of_every.parameters)
    assert set(of_whole.gradient_norms) == set(of_every.gradient_norms) == {"dense"}
    for name, array in parameters["conv"].items():
        assert_same_bits(of_some.parameters["conv"][name][[0, 2]], array[[0, 2]])
        assert (of_some.parameters["conv"][name][1] != array[1]).any()
    for slot in rule.state_slots:
        assert of_whole.optimizer_state is not None
        assert of_some.optimizer_state is not None
        assert set(of_whole.optimizer_state[slot]) == {"dense"}
        assert not of_some.optimizer_state[slot]["conv"]["weight"][[0, 2]].any()


@every_network
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_reports_gradient_norm_is_that_of_the_mean_gradient_over_its_steps(kind: str, batch_size: int) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(9)
    plain, lazy = RULES[0], OPTIMIZERS["sgd"](momentum=1e-300)  # the second keeps sums of its own
    parameters = whole_kernels(network)
    (report,) = train(
        network, parameters, images, labels, TrainingConfig(optimizer=plain, epochs=1, batch_size=batch_size)
    )
    (other,) = train(
        network, parameters, images, labels, TrainingConfig(optimizer=lazy, epochs=1, batch_size=batch_size)
    )
    assert report.parameters is not None
    for layer, norm in report.gradient_norms.items():
        moved = sum(((report.parameters[layer][n] - a) ** 2).sum() for n, a in parameters[layer].items())
        steps = -(-9 // batch_size)
        assert norm == pytest.approx(np.sqrt(moved) / 0.01 / steps, rel=1e-9)
        assert norm == pytest.approx(other.gradient_norms[layer], rel=1e-9)


def test_an_epoch_s_order_comes_from_seed_and_epoch_alone() -> None:
    network, (images, labels) = network_of(), drawings(30)
    parameters = network.init(0)

    def losses(**options: Any) -> list[float]:
        reports = train(network, parameters, images, labels, TrainingConfig(optimizer=RULES[0], epochs=2, **options))
        return [report.loss for report in reports]

    assert losses(seed=1) == losses(seed=1)
    assert losses(seed=1) != losses(seed=2)
    assert losses(seed=1) != losses(seed=1, first_epoch=2)
    assert losses(shuffle=False) == losses(shuffle=False, seed=9, first_epoch=7)


def test_snapshots_come_every_so_many_epochs_and_at_the_end_and_are_nobody_elses() -> None:
    network, (images, labels) = network_of(), drawings(4)
    reports = list(
        train(
            network,
            network.init(0),
            images,
            labels,
            TrainingConfig(optimizer=RULES[1], epochs=5, first_epoch=2, snapshot_every=3),
        )
    )
    assert [report.epoch for report in reports if report.parameters is not None] == [3, 6]
    assert [report.optimizer_state is None for report in reports] == [r.parameters is None for r in reports]
    kept = [
        report.parameters
        for report in train(network, network.init(0), images, labels, TrainingConfig(optimizer=RULES[0], epochs=2))
    ]
    assert not np.shares_memory(kept[0]["dense"]["weight"], kept[1]["dense"]["weight"])  # type: ignore[index]


@every_network
@pytest.mark.parametrize("batch_size", [1, 2])
def test_nothing_that_goes_in_is_changed(kind: str, batch_size: int) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(4)
    parameters = whole_kernels(network)
    *_, last = train(network, parameters, images, labels, TrainingConfig(optimizer=RULES[1], epochs=1))
    state = last.optimizer_state
    before = images.tolist(), as_json(parameters), as_json(state)
    for array in (images, labels, *(a for arrays in parameters.values() for a in arrays.values())):
        array.flags.writeable = False
    list(
        train(
            network,
            parameters,
            images,
            labels,
            TrainingConfig(optimizer=RULES[1], epochs=2, batch_size=batch_size),
            optimizer_state=state,
        )
    )
    assert (images.tolist(), as_json(parameters), as_json(state)) == before


@every_network
@pytest.mark.parametrize("batch_size", [1, 3])
def test_float32_parameters_are_trained_in_float32(kind: str, batch_size: int) -> None:
    network, (images, labels) = NETWORKS[kind], drawings(6)
    single = network.init(0, np.float32)
    *_, ours = train(
        network, single, images, labels, TrainingConfig(optimizer=RULES[2], epochs=3, batch_size=batch_size)
    )
    double = {layer: {n: a.astype(float) for n, a in arrays.items()} for layer, arrays in single.items()}
    *_, theirs = train(
        network, double, images, labels, TrainingConfig(optimizer=RULES[2], epochs=3, batch_size=batch_size)
    )
    assert ours.parameters is not None
    assert {a.dtype for arrays in ours.parameters.values() for a in arrays.values()} == {np.dtype(np.float32)}
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-3)


def test_a_probe_and_a_test_set_are_seen_through_the_parameters_at_the_end_of_the_epoch() -> None:
    network, (images, labels), (others, answers) = network_of(2), drawings(9), drawings(600, 1)
    for report in train(
        network,
        network.init(0),
        images,
        labels,
        TrainingConfig(optimizer=RULES[0], epochs=3),
        probe=images[4],
        test=(others, answers),
    ):
        assert report.parameters is not None
        assert report.probe is not None
        trace = network.forward(report.parameters, others)
        losses, _ = cross_entropy(trace.logits, answers)
        assert report.test_loss == pytest.approx(losses.mean(), rel=1e-12)
        assert report.test_accuracy == (trace.predicted == answers).mean()
        probed = network.forward(report.parameters, images[4:5])
        np.testing.assert_array_equal(report.probe.logits, probed.logits)
