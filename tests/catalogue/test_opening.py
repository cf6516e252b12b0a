"""The network that the page opens with reads what a newcomer draws; swapping a kernel confuses it, training helps."""

import importlib.util
import io
import os
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from app.catalogue import DATASETS, DEFAULT_EXPERIMENT, KERNELS, Examples
from app.catalogue.ascii_drawings import read_drawings
from app.catalogue.datasets import scribbles
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS
from app.engine.trace import ForwardTrace
from app.engine.training import TrainingConfig, train
from app.schemas.network import NetworkSpec

ROOT = Path(__file__).parents[2]
FRESH = read_drawings((ROOT / "tests" / "data" / "fresh_digits.txt").read_text(encoding="utf-8"))
NETWORK: Network = NetworkSpec.model_validate(DEFAULT_EXPERIMENT.network).network()


def read(
    images: NDArray[np.float64], parameters: dict[str, dict[str, NDArray[np.float64]]] | None = None
) -> ForwardTrace:
    return NETWORK.forward(parameters or DEFAULT_EXPERIMENT.start(), images[:, None])


def test_it_reads_at_least_95_of_100_fresh_drawings() -> None:
    assert np.count_nonzero(read(FRESH.images.astype(np.float64)).predicted == FRESH.labels) >= 95


def test_it_reads_the_house_style_and_is_sure_of_it() -> None:
    trace = read(DATASETS["digits"].values[:10])
    assert trace.predicted.tolist() == list(range(10))
    assert trace.probabilities.max(axis=1).min() >= 0.9


def test_its_parameters_are_all_there_and_no_longer_than_four_decimals() -> None:
    parameters = DEFAULT_EXPERIMENT.start()
    NETWORK.check_parameters(parameters)
    for arrays in parameters.values():
        for array in arrays.values():
            assert np.array_equal(array, array.round(4))


def test_a_swapped_kernel_confuses_it_and_its_training_repairs_it() -> None:
    digits = DATASETS["digits"]
    for filter_ in range(4):
        parameters = DEFAULT_EXPERIMENT.start()
        parameters["conv"]["weight"][filter_, 0] = KERNELS["box-blur"].matrix
        confused = np.mean(read(digits.values, parameters).predicted == digits.labels)
        *_, last = train(
            NETWORK,
            parameters,
            DEFAULT_EXPERIMENT.examples.images,
            DEFAULT_EXPERIMENT.examples.labels,
            TrainingConfig(
                optimizer=OPTIMIZERS["adam"](learning_rate=DEFAULT_EXPERIMENT.optimizer["learning_rate"]),
                epochs=DEFAULT_EXPERIMENT.epochs,
                batch_size=DEFAULT_EXPERIMENT.batch_size,
            ),
        )
        repaired = np.mean(read(digits.values, last.parameters).predicted == digits.labels)
        assert confused < 0.9
        assert repaired > 0.97


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = SourceFileLoader("train_opening", str(ROOT / "scripts" / "train_opening"))
    spec = importlib.util.spec_from_loader("train_opening", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # it would lie beside the script
    environment = dict(os.environ)
    loader.exec_module(module)
    sys.dont_write_bytecode = written
    os.environ.clear()
    os.environ.update(environment)
    return module


def test_the_script_makes_the_scribbles_again_bit_for_bit(script: ModuleType) -> None:
    # The arrays: how they are packed differs from one Python to the next.
    with np.load(io.BytesIO(script.make_scribbles())) as made, np.load(scribbles.FILE) as kept:
        assert sorted(made.files) == sorted(kept.files)
        for name in kept.files:
            assert (made[name].dtype, made[name].shape) == (kept[name].dtype, kept[name].shape)
            assert made[name].tobytes() == kept[name].tobytes()


def test_the_script_trains_to_the_same_bits_every_time(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "EPOCHS", 3)
    monkeypatch.setattr(script, "SCRIBBLE_POOL", 2_000)
    first, second = (
        script.trained(script.opening_network(), 2, script.scribble_pool(np.random.default_rng(6))) for _ in range(2)
    )
    for layer, arrays in first.items():
        for name, array in arrays.items():
            assert array.tobytes() == second[layer][name].tobytes()


def test_no_lesson_holds_a_fresh_drawing_or_a_scribble_held_back(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "SCRIBBLE_POOL", 6_000)
    rng = np.random.default_rng(0)
    pool, labels = script.scribble_pool(rng)
    fresh = {image.astype(np.float64).tobytes() for image in FRESH.images}
    held_back = {image.tobytes() for image in Examples(dataset="scribbles", split="test").images}
    assert not [image for image in pool if image.tobytes() in held_back]
    # Among so many scribbles some are bound to be fresh drawings by chance; the lessons leave them out.
    assert any(image.tobytes() in fresh for image in pool)
    lessons = script.Lessons(rng, (pool, labels))
    for _ in range(2):
        images, _labels = lessons.next()
        assert not [image for image in images if image.tobytes() in fresh]
