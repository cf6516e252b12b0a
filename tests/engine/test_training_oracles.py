"""Whole runs against PyTorch (tests/golden/make_training_goldens.py) and against the notebook's own loops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalogue.datasets import DATASETS
from app.engine.arrays import Array
from app.engine.optimizers import OPTIMIZERS
from app.engine.training import TrainingConfig, train
from benchmarks import notebook
from tests.engine.training_cases import network_of

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "training.json").read_text())


def name_of(case: dict[str, Any]) -> str:
    rule = "momentum" if "momentum" in case["optimizer"] else case["optimizer"]["type"]
    return f"{rule} {case['filters']} {case['padding']} {case['pool']} batch {case['batch_size']}"


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=name_of)
def test_50_epochs_agree_with_pytorch(case: dict[str, Any]) -> None:
    options = dict(case["optimizer"])
    rule = OPTIMIZERS[options.pop("type")](**options)
    network = network_of(case["filters"], padding=case["padding"], pool=case["pool"], classes=5)
    start = GOLDEN["starts"][case["start"]]
    reports = list(
        train(
            network,
            {layer: {name: np.array(array) for name, array in arrays.items()} for layer, arrays in start.items()},
            np.array(GOLDEN["images"]),
            np.array(GOLDEN["labels"]),
            TrainingConfig(optimizer=rule, epochs=50, batch_size=case["batch_size"], shuffle=False),
        )
    )
    np.testing.assert_allclose([report.loss for report in reports], case["losses"], rtol=1e-9, atol=1e-9)
    end = reports[-1].parameters
    assert end is not None
    for layer, arrays in case["end"].items():
        for name, array in arrays.items():
            np.testing.assert_allclose(end[layer][name], array, rtol=1e-9, atol=1e-9)


def drawn(count: int) -> tuple[Array, Any]:
    digits = DATASETS["digits"]
    images = np.asarray(digits.images, dtype=float)[:count]
    return images / images.max(), np.asarray(digits.labels)[:count]


SETS: dict[str, tuple[Array, Any]] = {
    "the 8 alone": (np.array([notebook.EIGHT]), np.array([8])),
    "the 8 and the 2": (np.array([notebook.EIGHT, notebook.TWO]), np.array([8, 2])),
    "drawn digits": drawn(20),
}
KERNELS = {
    "notebook": notebook.KERNEL,
    "sobel": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "random": np.random.default_rng(4).normal(0, 0.3, (3, 3)),
}


@pytest.mark.parametrize("examples", SETS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_50_epochs_agree_with_the_notebooks_own_loops(examples: str, kernel: str) -> None:
    images, labels = SETS[examples]
    network = network_of(bias=False, pooling={"tie_break": "all"})
    parameters = network.init(3)
    parameters["conv"]["weight"] = KERNELS[kernel][None, None].copy()
    # The loops: kernel, weights, bias, and one example after another.
    state = [KERNELS[kernel], parameters["dense"]["weight"], parameters["dense"]["bias"]]
    for report in train(
        network,
        parameters,
        images[:, None],
        labels,
        TrainingConfig(optimizer=OPTIMIZERS["sgd"](), epochs=50, shuffle=False),
    ):
        losses = []
        for image, label in zip(images, labels.tolist(), strict=True):
            loss, state = notebook.step(image, label, *state)
            losses.append(loss)
        assert report.loss == pytest.approx(np.mean(losses), abs=1e-12)
        assert report.parameters is not None
        ours = report.parameters["conv"]["weight"][0, 0], *report.parameters["dense"].values()
        for array, theirs in zip(ours, state, strict=True):
            np.testing.assert_allclose(array, theirs, rtol=0, atol=1e-12)
