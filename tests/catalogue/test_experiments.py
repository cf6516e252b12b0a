"""The experiments: complete starting points whose descriptions are true."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.catalogue import DATASETS, DEFAULT_EXPERIMENT, EXPERIMENTS, KERNELS, Examples, Experiment
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Optimizer
from app.engine.training import EpochReport, TrainingConfig, train
from app.schemas.network import NetworkSpec
from app.services.parameters import resolve_parameters

PAGE_LAYERS = [
    ("conv2d", "conv"),
    ("relu", "relu"),
    ("max_pool2d", "pool"),
    ("flatten", "flatten"),
    ("dense", "dense"),
    ("softmax", "softmax"),
]


def network_of(experiment: Experiment) -> Network:
    return NetworkSpec.model_validate(experiment.network).network()


def optimizer_of(experiment: Experiment) -> Optimizer:
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in experiment.optimizer.items()
    }
    return OPTIMIZERS[options.pop("type")](**options)


def run(experiment: Experiment) -> Iterator[EpochReport]:
    network = network_of(experiment)
    return train(
        network,
        resolve_parameters(network, experiment.start(), experiment.seed),
        experiment.examples.images,
        experiment.examples.labels,
        TrainingConfig(
            optimizer=optimizer_of(experiment),
            epochs=experiment.epochs,
            batch_size=experiment.batch_size,
            shuffle=experiment.shuffle,
            seed=experiment.seed,
        ),
        test=(experiment.test.images, experiment.test.labels) if experiment.test else None,
    )


def predicted(experiment: Experiment, last: EpochReport, examples: Examples) -> list[int]:
    assert last.parameters
    return network_of(experiment).forward(last.parameters, examples.images).predicted.tolist()


def test_the_experiments_come_in_the_order_of_the_page() -> None:
    assert list(EXPERIMENTS) == [
        "one-8",
        "8-and-2",
        "ten-digits",
        "learn-from-nothing",
        "frozen-presets",
        "real-handwriting",
        "opening",
    ]


def test_the_page_opens_with_exactly_one_of_them() -> None:
    assert [experiment for experiment in EXPERIMENTS.values() if experiment.opening] == [DEFAULT_EXPERIMENT]


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_an_experiment_has_the_layers_that_the_page_draws_with_every_size_spelt_out(experiment: Experiment) -> None:
    layers = experiment.network["layers"]
    assert [(layer["type"], layer["name"]) for layer in layers] == PAGE_LAYERS
    for layer in (layers[0], layers[2]):
        assert [np.shape(layer[option]) for option in ("kernel_size", "stride", "padding")] == [(2,), (2,), (2, 2)]
    assert len(experiment.presets) == layers[0]["out_channels"]


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_an_experiment_is_described_and_takes_one_step(experiment: Experiment) -> None:
    assert experiment.name
    assert experiment.about.endswith(".")
    images, labels = experiment.examples.images[:2], experiment.examples.labels[:2]
    network = network_of(experiment)
    start = resolve_parameters(network, experiment.start(), experiment.seed)
    [report] = train(
        network, start, images, labels, TrainingConfig(optimizer=optimizer_of(experiment), epochs=1, batch_size=2)
    )
    assert np.isfinite(report.loss)


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_an_experiments_filters_start_as_the_kernels_it_names_or_have_learned_since(experiment: Experiment) -> None:
    learned = "weight" in experiment.parameters.get("conv", {})
    assert learned == experiment.opening
    for preset, kernel in zip(experiment.presets, experiment.start().get("conv", {}).get("weight", ()), strict=False):
        if preset:
            assert (kernel.tolist() == [KERNELS[preset].matrix.tolist()]) != learned


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_the_drawings_that_it_is_tested_with_are_not_those_it_learns_from(experiment: Experiment) -> None:
    assert experiment.test
    learned = {image.tobytes() for image in experiment.examples.images}
    assert not [image for image in experiment.test.images if image.tobytes() in learned]


def test_one_8_learns_the_8_by_heart_and_calls_the_distorted_2_an_8() -> None:
    one_8 = EXPERIMENTS["one-8"]
    *_, last = run(one_8)
    assert last.epoch == 50
    assert last.loss == pytest.approx(0.10, abs=0.01)  # design, section 4
    assert one_8.test
    assert predicted(one_8, last, one_8.examples) == [8]
    assert predicted(one_8, last, one_8.test) == [8]


def test_8_and_2_tells_the_two_apart_and_calls_the_distorted_2_an_8_whatever_the_seed() -> None:
    for seed in range(5):
        experiment = replace(EXPERIMENTS["8-and-2"], seed=seed)
        *_, last = run(experiment)
        assert last.loss == pytest.approx(0.66, abs=0.02)
        assert experiment.test
        assert predicted(experiment, last, experiment.examples) == [8, 2]
        assert predicted(experiment, last, experiment.test) == [8]


@pytest.mark.parametrize("name", ["ten-digits", "learn-from-nothing", "opening"])
def test_four_filters_that_may_learn_read_every_drawing_that_they_learn_from(name: str) -> None:
    *_, last = run(EXPERIMENTS[name])
    assert predicted(EXPERIMENTS[name], last, EXPERIMENTS[name].examples) == DATASETS["digits"].labels.tolist()


def test_ten_digits_reads_about_two_scribbles_in_three() -> None:
    *_, last = run(EXPERIMENTS["ten-digits"])
    assert last.test_accuracy == pytest.approx(2 / 3, abs=0.05)


def test_frozen_presets_keep_their_kernels_and_leave_some_drawings_out_of_reach() -> None:
    frozen = EXPERIMENTS["frozen-presets"]
    *_, last = run(frozen)
    assert last.parameters
    assert np.array_equal(last.parameters["conv"]["weight"], frozen.start()["conv"]["weight"])
    assert 0.8 < last.accuracy < 1


def test_real_handwriting_reads_at_least_93_of_100_of_what_was_held_back() -> None:
    *_, last = run(EXPERIMENTS["real-handwriting"])
    assert last.test_accuracy is not None
    assert last.test_accuracy >= 0.93


def test_a_body_to_train_writes_few_examples_out_and_names_many() -> None:
    body = EXPERIMENTS["8-and-2"].train_body()
    assert [example["label"] for example in body["examples"]] == [8, 2]
    assert body["examples"][1]["image"][1] == [0, 0, 0, 1, 0]
    assert body["test"] == EXPERIMENTS["8-and-2"].test_examples()
    body = EXPERIMENTS["real-handwriting"].train_body()
    assert body["examples"] == {"dataset": "handwriting", "split": "train", "limit": 7000}
    assert body["test"] == {"dataset": "handwriting", "split": "test", "limit": 1000}


def test_examples_are_the_first_of_their_split_with_one_channel() -> None:
    examples = Examples(dataset="handwriting", split="test", limit=3)
    assert len(examples) == 3
    assert examples.images.shape == (3, 1, 5, 5)
    assert np.array_equal(examples.images[:, 0] * 255, DATASETS["handwriting"].images[7000:7003])
    assert examples.labels.tolist() == DATASETS["handwriting"].labels[7000:7003].tolist()


def test_examples_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="no data set 'letters'; there are notebook, digits, scribbles, handwriting"):
        Examples(dataset="letters")
    with pytest.raises(ValueError, match="limit is 2; 'notebook' has 1 images to test"):
        Examples(dataset="notebook", split="test", limit=2)
    with pytest.raises(ValueError, match="limit is 0; 'digits' has 0 images to test"):
        Examples(dataset="digits", split="test")
