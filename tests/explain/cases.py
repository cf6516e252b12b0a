"""Networks to explain, in general position: no ties, no ReLU at 0, so that every slope has one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.arrays import Array, Parameters
from app.engine.layers import LAYERS
from app.engine.network import Network


@dataclass(frozen=True)
class ExplainCase:
    """A network, its numbers, and what the oracle needs to know of it."""

    input_shape: tuple[int, int, int]
    conv: dict[str, Any]
    activation: tuple[str, dict[str, Any]]
    pool: tuple[str, dict[str, Any]]
    classes: int = 10
    softmax: bool = True
    dense_bias: bool = True
    seed: int = 0

    @property
    def network(self) -> Network:
        conv = LAYERS["conv2d"](name="first", out_channels=2, **self.conv)
        kind, options = self.activation
        pool, pool_options = self.pool
        dense = LAYERS["dense"](name="last", out_features=self.classes, bias=self.dense_bias)
        end = (LAYERS["softmax"](),) if self.softmax else ()
        layers = (conv, LAYERS[kind](**options), LAYERS[pool](**pool_options), LAYERS["flatten"](), dense, *end)
        return Network(self.input_shape, layers)

    @property
    def parameters(self) -> Parameters:
        rng = np.random.default_rng(self.seed)
        return {
            layer: {
                # Biases that open most gates, so that no whole pooling window is cut to 0; scores near each other,
                # so that no probability is within a nudge of 0.
                name: (rng.normal(size=shape) + (0.7 if name == "bias" else 0.0)) * (0.2 if layer == "last" else 1.0)
                for name, shape in shapes.items()
            }
            for layer, shapes in self.network.parameter_shapes.items()
        }

    @property
    def image(self) -> Array:
        image: Array = np.random.default_rng(self.seed + 1).uniform(0.05, 1, self.input_shape)
        return image

    label: int = 1


CASES: dict[str, ExplainCase] = {
    "valid, relu, max": ExplainCase(
        (1, 5, 5), {"kernel_size": 3}, ("relu", {}), ("max_pool2d", {"kernel_size": 2, "ceil_mode": True}), seed=15
    ),
    "same, relu, average, no bias": ExplainCase(
        (1, 5, 5),
        {"kernel_size": 3, "padding": "same", "bias": False},
        ("relu", {}),
        ("avg_pool2d", {"kernel_size": 2, "ceil_mode": True}),
    ),
    "stride 2, padding, tanh, overlapping max": ExplainCase(
        (1, 6, 7),
        {"kernel_size": (3, 2), "padding": 1, "stride": 2},
        ("tanh", {}),
        ("max_pool2d", {"kernel_size": 2, "stride": 1}),
    ),
    "two channels, dilation, leaky relu, padded average": ExplainCase(
        (2, 6, 5),
        {"kernel_size": 2, "dilation": 2},
        ("leaky_relu", {"negative_slope": 0.2}),
        ("avg_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
        classes=3,
        softmax=False,
    ),
    "sigmoid, padded max with gaps, no dense bias": ExplainCase(
        (1, 6, 6),
        {"kernel_size": 2},
        ("sigmoid", {}),
        ("max_pool2d", {"kernel_size": 2, "stride": 3, "padding": 1}),
        classes=4,
        dense_bias=False,
    ),
}
