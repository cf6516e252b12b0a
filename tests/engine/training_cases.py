"""Networks and examples that the tests of training share."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from app.engine.arrays import Array, IndexArray, Parameters
from app.engine.layers import LAYERS
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Optimizer
from app.engine.training import EpochReport


def network_of(
    filters: int = 1,
    *,
    padding: Any = "valid",
    bias: bool = True,
    pool: str = "max_pool2d",
    activation: str = "relu",
    classes: int = 10,
    conv: dict[str, Any] | None = None,
    dense: dict[str, Any] | None = None,
    pooling: dict[str, Any] | None = None,
    input_shape: tuple[int, int, int] = (1, 5, 5),
) -> Network:
    """The notebook's network with everything else that can be chosen."""
    return Network(
        input_shape,
        (
            LAYERS["conv2d"](
                **{
                    "name": "conv",
                    "out_channels": filters,
                    "kernel_size": (3, 3),
                    "padding": padding,
                    "bias": bias,
                    **(conv or {}),
                }
            ),
            LAYERS[activation](),
            LAYERS[pool](**{"kernel_size": (2, 2), "ceil_mode": True, **(pooling or {})}),
            LAYERS["flatten"](),
            LAYERS["dense"](**{"name": "dense", "out_features": classes, **(dense or {})}),
            LAYERS["softmax"](),
        ),
    )


def drawings(count: int, seed: int = 0, classes: int = 10, channels: int = 1) -> tuple[Array, IndexArray]:
    """Random black-and-white drawings with random labels: full of ties."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, (count, channels, 5, 5)).astype(float), rng.integers(0, classes, count)


def whole_kernels(network: Network, seed: int = 0) -> Parameters:
    """Parameters with whole numbers in the kernels, as the presets have: ties again."""
    rng = np.random.default_rng(seed)
    parameters = network.init(seed)
    parameters["conv"]["weight"] = rng.integers(-2, 3, parameters["conv"]["weight"].shape).astype(float)
    return parameters


def assert_same_bits(ours: Any, theirs: Any) -> None:
    """Equal to the last bit, array by array, whatever they are nested in."""
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            assert_same_bits(ours[key], theirs[key])
    elif isinstance(ours, np.ndarray):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        assert ours.tobytes() == theirs.tobytes()
    else:
        assert ours == theirs


def assert_same_report(ours: EpochReport, theirs: EpochReport) -> None:
    """Equal to the last bit in everything but the probe's trace, whose outputs are compared."""
    for name in ("epoch", "loss", "accuracy", "gradient_norms", "parameters", "optimizer_state", "test_loss"):
        assert_same_bits(getattr(ours, name), getattr(theirs, name))
    assert (ours.probe is None) == (theirs.probe is None)
    if ours.probe is not None and theirs.probe is not None:
        for output, other in zip(ours.probe.outputs, theirs.probe.outputs, strict=True):
            assert_same_bits(output, other)


def as_json(value: Any) -> Any:
    """What is left of parameters or a state after a journey as JSON text."""

    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: plain(of) for key, of in part.items()}
        return part.tolist() if isinstance(part, np.ndarray) else part

    return json.loads(json.dumps(plain(value)))


RULES: list[Optimizer] = [
    OPTIMIZERS["sgd"](),
    OPTIMIZERS["sgd"](learning_rate=0.02, momentum=0.9),
    OPTIMIZERS["adam"](),
]
NETWORKS = {
    "planned": network_of(3, padding="same"),
    "average": network_of(2, pool="avg_pool2d", bias=False),
    "general": network_of(2, activation="tanh"),
}
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.type}{'+' * len(rule.state_slots)}")
every_network = pytest.mark.parametrize("kind", NETWORKS)
