"""Random layers with an input each, for the tests that hold for every layer of LAYERS.

A layer that is not named here is drawn with its default options on a stack of maps, so that a new layer is tested from
its first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from app.engine.arrays import Array, FloatType
from app.engine.exceptions import ShapeError
from app.engine.layers import LAYERS, Layer

FLAT = {"dense", "softmax"}


@dataclass(frozen=True)
class Case:
    layer: Layer
    input_shape: tuple[int, ...]
    images: int
    seed: int

    def batch(self, dtype: FloatType = np.float64) -> Array:
        rng = np.random.default_rng(self.seed)
        return rng.standard_normal((self.images, *self.input_shape)).astype(dtype)

    def parameters(self, dtype: FloatType = np.float64) -> dict[str, Array]:
        """Of a size that matters, not the tiny ones that `init` draws."""
        rng = np.random.default_rng(self.seed + 1)
        shapes = self.layer.parameter_shapes(self.input_shape)
        return {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}

    def grad_output(self, dtype: FloatType = np.float64) -> Array:
        rng = np.random.default_rng(self.seed + 2)
        return rng.standard_normal((self.images, *self.layer.output_shape(self.input_shape))).astype(dtype)


small = st.integers(1, 3)
pairs = st.tuples(small, small)


@st.composite
def options_of(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "conv2d":
        options = {
            "out_channels": draw(small),
            "kernel_size": draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
            "dilation": draw(pairs),
            "bias": draw(st.booleans()),
        }
        if draw(st.integers(0, 3)) == 0:
            return options | {"padding": "same"}
        side = st.tuples(st.integers(0, 3), st.integers(0, 3))
        return options | {"stride": draw(pairs), "padding": draw(st.tuples(side, side))}
    if kind in ("max_pool2d", "avg_pool2d"):
        kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
        vertical, horizontal = (st.tuples(*[st.integers(0, size // 2)] * 2) for size in kernel)
        options = {
            "kernel_size": kernel,
            "stride": draw(st.none() | st.tuples(st.integers(1, 5), st.integers(1, 5))),
            "padding": draw(st.tuples(vertical, horizontal)),
            "ceil_mode": draw(st.booleans()),
        }
        return options | ({"tie_break": draw(st.sampled_from(["first", "all"]))} if kind == "max_pool2d" else {})
    if kind == "dense":
        return {"out_features": draw(st.integers(1, 6)), "bias": draw(st.booleans())}
    if kind == "leaky_relu":
        return {"negative_slope": draw(st.floats(0, 1))}
    return {}


@st.composite
def cases_of(draw: st.DrawFn, kind: str) -> Case:
    layer = LAYERS[kind](**draw(options_of(kind)))
    if kind in FLAT:
        input_shape: tuple[int, ...] = (draw(st.integers(1, 12)),)
    else:
        input_shape = (draw(small), draw(st.integers(1, 8)), draw(st.integers(1, 8)))
    try:
        layer.output_shape(input_shape)
    except ShapeError:
        assume(False)
    return Case(layer, input_shape, draw(small), draw(st.integers(0, 2**31)))
