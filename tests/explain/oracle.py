"""The same passes again without the engine: scipy's correlation, loops over windows, central differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import signal, special

from app.engine.arrays import Array
from tests.explain.cases import ExplainCase

STEP = 1e-5


class Oracle:
    """Every number of a case by the name that addresses begin with."""

    def __init__(self, case: ExplainCase) -> None:
        self.case = case
        parameters = case.parameters
        self.arrays: dict[str, Any] = {"input": case.image.copy()}
        for name, layer in (("conv", "first"), ("dense", "last")):
            self.arrays |= {f"{name}.{kind}": array.copy() for kind, array in parameters[layer].items()}
        self.arrays |= self.run({})

    def run(self, fixed: dict[str, Array]) -> dict[str, Any]:
        """Everything computed, but for what is `fixed` to other numbers."""
        given = self.arrays | fixed
        z = fixed["conv"] if "conv" in fixed else self._convolved(given)
        a = fixed["relu"] if "relu" in fixed else self._activated(z)
        m = fixed["pool"] if "pool" in fixed else self._pooled(a)
        f = fixed["flatten"] if "flatten" in fixed else m.reshape(-1)
        o = fixed["logits"] if "logits" in fixed else f @ given["dense.weight"] + given.get("dense.bias", 0.0)
        p = fixed["probabilities"] if "probabilities" in fixed else special.softmax(o)
        loss = -np.log(p[self.case.label])
        return {"conv": z, "relu": a, "pool": m, "flatten": f, "logits": o, "probabilities": p, "loss": loss}

    def gradient(self, name: str) -> Array:
        """Slope of the loss by each number called `name`, by central differences."""
        array = np.array(self.arrays[name], dtype=float)
        slopes = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            above, below = array.copy(), array.copy()
            above[place] += STEP
            below[place] -= STEP
            losses = [self.run({name: moved})["loss"] for moved in (above, below)]
            slopes[place] = (losses[0] - losses[1]) / (2 * STEP)
        return slopes

    def _convolved(self, given: dict[str, Array]) -> Array:
        conv = self.case.conv
        height, width = _pair(conv["kernel_size"])
        dilation = conv.get("dilation", 1)
        weight = given["conv.weight"]
        spread = np.zeros((*weight.shape[:2], dilation * (height - 1) + 1, dilation * (width - 1) + 1))
        spread[:, :, ::dilation, ::dilation] = weight
        padding = (1 if conv["kernel_size"] == 3 else 0) if conv.get("padding") == "same" else conv.get("padding", 0)
        padded = np.pad(given["input"], ((0, 0), (padding, padding), (padding, padding)))
        maps = [
            sum(signal.correlate2d(image, kernel, mode="valid") for image, kernel in zip(padded, kernels, strict=True))
            for kernels in spread
        ]
        stride = conv.get("stride", 1)
        z: Array = np.array(maps)[:, ::stride, ::stride]
        return z + given["conv.bias"][:, None, None] if "conv.bias" in given else z

    def _activated(self, z: Array) -> Array:
        kind, options = self.case.activation
        curves: dict[str, Any] = {"tanh": np.tanh, "sigmoid": special.expit, "relu": lambda x: np.where(x > 0, x, 0)}
        curves["leaky_relu"] = lambda x: np.where(x > 0, x, options["negative_slope"] * x)
        a: Array = curves[kind](z)
        return a

    def _pooled(self, a: Array) -> Array:
        kind, options = self.case.pool
        size, padding = options["kernel_size"], options.get("padding", 0)
        stride = options.get("stride", size)
        starts = [
            [
                start
                for start in range(-padding, length + padding, stride)
                if start + size <= length + padding or (options.get("ceil_mode") and start < length)
            ]
            for length in a.shape[1:]
        ]
        take = np.max if kind == "max_pool2d" else np.mean
        return np.array(
            [[[take(m[max(r, 0) : r + size, max(c, 0) : c + size]) for c in starts[1]] for r in starts[0]] for m in a]
        )


def addresses(oracle: Oracle) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Every address of the network, with its name and its place in the oracle's array."""
    for name, array in oracle.arrays.items():
        for place in np.ndindex(np.shape(array)):
            shown = place[1:] if name == "input" and np.shape(array)[0] == 1 else place
            yield name + "".join(f"[{index}]" for index in shown), name, place


def _pair(size: Any) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)
