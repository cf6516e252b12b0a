"""Random requests with extreme geometries, for every operation: at, near and beyond the limits."""

from collections.abc import Callable
from math import prod
from random import Random
from typing import Any

SIDES = (1, 1, 2, 3, 5, 5, 8, 13, 28, 64, 181, 512)
CHANNELS = (1, 1, 1, 2, 3, 8, 32, 256)
KERNELS = (1, 2, 3, 3, 5, 7, 31)
STRIDES = (1, 1, 1, 2, 3, 31, 512, 65_535)
PADDINGS = (0, 0, 0, 1, 2, 15, 30, 512)
DILATIONS = (1, 1, 1, 2, 7, 100, 65_535)
CLASSES = (1, 2, 10, 10, 100, 1_000, 4_096)
MOST_NUMBERS = 180_000
"""Numbers in a body: with all their digits they take almost 4 MB."""
BEYOND = (0, -1, 65_536, 2**31 - 1, 2**31, 2**63, 2**64)
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid")


def windows(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many windows there are along one axis; 0 or less if none fits."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class Extremes:
    """Makes requests from one source of random numbers.

    Parameters
    ----------
    seed
        Of the random numbers.
    beyond
        The share of numbers that are taken from beyond what is allowed.
    small
        The share of networks whose windows fit, and which are small enough to be trained and checked.
    most
        The most numbers in a body.
    """

    def __init__(self, seed: int, beyond: float = 0.01, small: float = 0.5, most: int = MOST_NUMBERS) -> None:
        self.random = Random(seed)  # noqa: S311 (nothing is kept secret by it)
        self.beyond = beyond
        self.small = small
        self.most = most
        self.careful = False

    def pick(self, among: tuple[int, ...]) -> int:
        """Return one of them, or now and then a number that is far outside."""
        return self.random.choice(BEYOND if self.random.random() < self.beyond else among)

    def numbers(self, *shape: int) -> Any:
        """Return nested lists of numbers, many of them with all their digits."""
        if len(shape) == 1:
            kind = self.random.random()
            return [self.random.gauss(0, 1) if kind < 0.5 else self.random.randrange(2) for _ in range(shape[0])]
        return [self.numbers(*shape[1:]) for _ in range(shape[0])]

    def conv(self, side: tuple[int, int]) -> tuple[dict[str, Any], tuple[int, int, int]]:
        """Return a conv2d layer and the shape that it makes of maps of this size."""
        kernel, stride, padding, dilation = (
            tuple(self.pick(among) for _ in range(2)) for among in (KERNELS, STRIDES, PADDINGS, DILATIONS)
        )
        if self.careful or self.random.random() < 0.7:  # most of them fit
            kernel = tuple(min(k, s) if k > 0 else k for k, s in zip(kernel, side, strict=True))
            dilation = (1, 1)
        filters = min(self.pick(CHANNELS), 8) if self.careful else self.pick(CHANNELS)
        layer = {
            "type": "conv2d",
            "out_channels": filters,
            "kernel_size": kernel,
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "bias": self.random.random() < 0.5,
        }
        if self.random.random() < 0.2:
            layer |= {"padding": "same", "stride": 1}
            return layer, (filters, *side)
        axes = zip(side, kernel, stride, padding, dilation, strict=True)
        found = [windows(*axis) if min(axis) >= 0 and axis[2] else 0 for axis in axes]
        return layer, (filters, *found)

    def pool(self, side: tuple[int, int]) -> tuple[dict[str, Any], tuple[int, int]]:
        """Return a pooling layer and the size that it makes of maps of this size."""
        kernel, stride = (tuple(self.pick(among) for _ in range(2)) for among in (KERNELS, STRIDES))
        if self.careful:
            kernel = tuple(min(k, s) if k > 0 else k for k, s in zip(kernel, side, strict=True))
        padding = tuple(self.random.randint(0, max(0, k // 2)) if k < 100 else 0 for k in kernel)
        layer: dict[str, Any] = {
            "type": self.random.choice(("max_pool2d", "avg_pool2d")),
            "kernel_size": kernel,
            "stride": stride,
            "padding": padding,
            "ceil_mode": self.random.random() < 0.5,
        }
        if layer["type"] == "max_pool2d":
            layer["tie_break"] = self.random.choice(("first", "all"))
        axes = zip(side, kernel, stride, padding, strict=True)
        found = [windows(s, k, d, p, 1) if d else 0 for s, k, d, p in axes]
        return layer, (found[0], found[1])

    def network(self, *, explainable: bool = False) -> tuple[dict[str, Any], int]:
        """Return a network and how many classes it has."""
        self.careful = self.random.random() < self.small
        side = (self.pick(SIDES), self.pick(SIDES))
        shape = (self.pick(CHANNELS), *side)
        if self.careful:
            shape = (min(shape[0], 3), min(side[0], 28), min(side[1], 28))
        layers: list[dict[str, Any]] = []
        depth = 1 if explainable or self.random.random() < 0.4 else self.random.choice((0, 2, 4, 7, 15))
        activations = ACTIVATIONS if explainable or self.random.random() < 0.5 else ("relu",)
        current = shape
        for _ in range(depth):
            conv, (filters, *found) = self.conv(current[1:])
            layers += [conv, {"type": self.random.choice(activations)}]
            current = (filters, *found)
            if explainable or depth == 1 or self.random.random() < 0.5:
                pool, found_2 = self.pool((max(1, current[1]), max(1, current[2])))
                layers.append(pool)
                current = (filters, *found_2)
        layers.append({"type": "flatten"})
        classes = min(self.pick(CLASSES), 10) if self.careful else self.pick(CLASSES)
        layers += [{"type": "dense", "out_features": classes}] * (
            1 if explainable else self.random.choice((1, 1, 1, 2, 0))
        )
        if self.random.random() < 0.7:
            layers.append({"type": "softmax"})
        return {"input_shape": shape, "layers": layers}, classes

    def image(self, network: dict[str, Any]) -> Any:
        """Return an image of the network's input shape, if that is of a size that can be written at all."""
        shape = [size if 0 < size <= 600 else 1 for size in network["input_shape"]]
        while prod(shape) > self.most:
            shape[shape.index(max(shape))] //= 2
        return self.numbers(*shape)

    def fitting(self, count: int, network: dict[str, Any]) -> int:
        """Return how many of so many images fit a body."""
        return max(1, min(count, self.most // max(1, prod(network["input_shape"]))))

    def forward(self) -> dict[str, Any]:
        """Return a body for POST /forward."""
        network, _ = self.network()
        body = {"network": network, "seed": 1}
        image = self.image(network)
        if self.random.random() < 0.6:
            return body | {"image": image}
        return body | {"images": [image] * self.fitting(self.random.choice((1, 2, 16, 256, 257)), network)}

    def backward(self) -> dict[str, Any]:
        """Return a body for POST /backward."""
        network, _ = self.network()
        check = self.random.random() < 0.3
        return {"network": network, "seed": 1, "image": self.image(network), "label": 0, "check": check}

    def evaluate(self) -> dict[str, Any]:
        """Return a body for POST /evaluate."""
        network, _ = self.network()
        return {
            "network": network,
            "seed": 1,
            "examples": self.examples(network),
            "include_probabilities": self.random.random() < 0.5,
        }

    def examples(self, network: dict[str, Any]) -> Any:
        """Return examples that fit the network, or those of a data set."""
        if network["input_shape"] == (1, 5, 5) and self.random.random() < 0.8:
            name = self.random.choice(("digits", "handwriting", "scribbles"))
            return {"dataset": name, "limit": self.random.choice((1, 100, 20_000))}
        count, image = self.random.choice((1, 1, 2, 20, 500)), self.image(network)
        return [{"image": image, "label": 0}] * self.fitting(count, network)

    def train(self) -> dict[str, Any]:
        """Return a body for POST /train."""
        network, _ = self.network()
        body = {
            "network": network,
            "seed": 1,
            "examples": self.examples(network),
            "optimizer": self.random.choice(
                (
                    {"type": "sgd", "learning_rate": 1e-9},
                    {"type": "sgd", "momentum": 0.5, "learning_rate": 1e-9},
                    {"type": "adam", "learning_rate": 1e-9},
                )
            ),
            "epochs": self.pick((1, 1, 2, 3)),
            "batch_size": self.pick((1, 1, 2, 7, 32, 256, 10_000)),
        }
        if self.random.random() < 0.3:
            body["probe"] = self.image(network)
        if self.random.random() < 0.3:
            body["test"] = self.examples(network)
        return body

    def replay(self) -> dict[str, Any]:
        """Return a body for POST /replay: a convolution with as many snapshots as are written quickly."""
        side, filters = self.random.choice((1, 5, 28, 100)), self.random.choice((1, 4, 16))
        kernel = self.random.choice((1, 3))
        network = {
            "input_shape": (1, side, side),
            "layers": [
                {
                    "type": "conv2d",
                    "name": "conv",
                    "out_channels": filters,
                    "kernel_size": kernel,
                    "padding": kernel // 2,
                    "bias": False,
                }
            ],
        }
        snapshot = {"conv": {"weight": self.numbers(filters, 1, kernel, kernel)}}
        return {
            "network": network,
            "image": self.image(network),
            "snapshots": [snapshot] * min(self.pick((1, 2, 50, 1_000, 1_001)), self.most // (filters * kernel**2)),
        }

    def convolve(self) -> dict[str, Any]:
        """Return a body for POST /convolve."""
        axes = self.random.choice((1, 2))
        sides = (1, 5, 100, 4_096) if axes == 1 else SIDES
        kernels = (1, 3, 31, 300, 4_096) if axes == 1 else KERNELS
        paddings = (0, 0, 1, 100, 4_096) if axes == 1 else PADDINGS
        body: dict[str, Any] = {
            "input": self.numbers(*(min(400, self.random.choice(sides)) for _ in range(axes))),
            "kernel": self.numbers(*(self.random.choice(kernels) for _ in range(axes))),
            "convention": self.random.choice(("f(i+j)g(j)", "f(i-j)g(j)", "f(j)g(i-j)", "f(j)g(i+j)")),
            "padding": self.pick(paddings),
            "stride": self.pick(STRIDES),
            "dilation": self.pick(DILATIONS),
            "explain": self.random.random() < 0.3,
        }
        if axes == 2:
            body["padding"] = [[self.pick(paddings) for _ in range(2)] for _ in range(2)]
            body["convention"] = self.random.choice(("f(i+j)g(j)", "f(i-j)g(j)"))
        return body

    def pooling(self) -> dict[str, Any]:
        """Return a body for POST /pool; a quarter of the maps are flat, so that every cell wins."""
        shape = [self.random.choice(SIDES) for _ in range(2)]
        if self.random.random() < 0.5:
            shape = [self.random.choice((1, 3, 16, 256)), *shape]
        while prod(shape) > self.most:
            shape[shape.index(max(shape))] //= 2
        flat = self.random.random() < 0.25
        body = {
            "input": self.numbers(*shape),
            "kind": self.random.choice(("max", "average")),
            "kernel_size": [self.pick(KERNELS) for _ in range(2)],
            "ceil_mode": self.random.random() < 0.5,
            "tie_break": self.random.choice(("first", "all")),
        }
        if flat:
            body["input"] = (
                [[0] * shape[-1]] * shape[-2] if len(shape) == 2 else [[[0] * shape[-1]] * shape[-2]] * shape[0]
            )
        if self.random.random() < 0.6:
            body["stride"] = [self.pick(STRIDES) for _ in range(2)]
        return body

    def output_size(self) -> dict[str, Any]:
        """Return a body for POST /output-size."""
        layers = [
            {
                "kernel_size": self.pick((1, 1, 2, 3, 31, 4_096)),
                "stride": self.pick((1, 1, 2, 3, 65_535)),
                "padding": self.pick((0, 0, 1, 4_096)),
                "dilation": self.pick(DILATIONS),
                "ceil_mode": self.random.random() < 0.5,
            }
            for _ in range(self.random.choice((1, 2, 5, 32, 33)))
        ]
        return {"size": self.pick((1, 5, 100, 4_096)), "layers": layers}

    def responses(self) -> dict[str, Any]:
        """Return a body for POST /responses."""
        return {"image": self.numbers(self.random.choice(SIDES), min(300, self.random.choice(SIDES)))}

    def explain(self) -> dict[str, Any]:
        """Return a body for POST /explain: a network whose parameters are short enough to be written."""
        side, filters, kernel = (
            self.random.choice((1, 5, 12, 28)),
            self.random.choice((1, 4, 16)),
            self.random.choice((1, 3, 5)),
        )
        kernel, classes = min(kernel, side), self.random.choice((1, 2, 10, 100))
        kind = self.random.choice(("max_pool2d", "avg_pool2d"))
        pooled = -(-(side - kernel + 1) // 2)
        network = {
            "input_shape": (1, side, side),
            "layers": [
                {"type": "conv2d", "name": "conv", "out_channels": filters, "kernel_size": kernel},
                {"type": self.random.choice(ACTIVATIONS)},
                {"type": kind, "kernel_size": 2, "ceil_mode": True},
                {"type": "flatten"},
                {"type": "dense", "name": "dense", "out_features": classes},
                {"type": "softmax"},
            ],
        }
        if side == kernel:
            network["layers"][2] = {"type": kind, "kernel_size": 1}
        features = filters * pooled * pooled
        parameters = {
            "conv": {"weight": self.numbers(filters, 1, kernel, kernel), "bias": self.numbers(filters)},
            "dense": {"weight": self.numbers(features, classes), "bias": self.numbers(classes)},
        }
        addresses = [
            "input[0][0]", "conv.weight[0][0][0][0]", "conv.bias[0]", "conv[0][0][0]", "relu[0][0][0]", "pool[0][0][0]",
            "flatten[0]", "dense.weight[0][0]", "dense.bias[0]", "logits[0]", "probabilities[0]", "loss",
        ]  # fmt: skip
        addresses += [f"gradient.{address}" for address in addresses]
        chosen = [self.random.choice(addresses)] if self.random.random() < 0.5 else addresses
        cells = [self.random.choice(chosen) for _ in range(self.random.choice((1, 10, 100, 400)))]
        check = self.random.random() < 0.5
        return {
            "network": network,
            "parameters": parameters,
            "image": self.image(network),
            "cells": cells,
            "label": 0,
            "check": check,
        }

    def body(self, operation: str) -> dict[str, Any]:
        """Return a body for the operation, as the path names it."""
        makers: dict[str, Callable[[], dict[str, Any]]] = {
            "pool": self.pooling,
            "output-size": self.output_size,
        }
        make: Callable[[], dict[str, Any]] = makers.get(operation) or getattr(self, operation)
        return make()


OPERATIONS = (
    "backward",
    "convolve",
    "evaluate",
    "explain",
    "forward",
    "output-size",
    "pool",
    "replay",
    "responses",
    "train",
)
