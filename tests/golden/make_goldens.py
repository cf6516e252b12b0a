"""Make the golden files of this folder with PyTorch: forward and gradients of every layer, and of whole networks.

    python tests/golden/make_goldens.py          # in an environment of its own with `pip install torch==2.13.0`

The test command must not install PyTorch, so its answers are kept here. Inputs are drawn with a fixed seed and kept in
the files too: the tests need nothing but the files. Everything is float64.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).parent
rng = np.random.default_rng(20240505)

CONV: list[dict[str, Any]] = [
    {"input": (2, 1, 5, 5), "out_channels": 1, "kernel_size": (3, 3), "bias": False},
    {"input": (2, 3, 6, 5), "out_channels": 4, "kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 2)},
    {"input": (1, 2, 7, 8), "out_channels": 2, "kernel_size": (3, 2), "dilation": (2, 3), "padding": (2, 0)},
    {"input": (3, 2, 6, 6), "out_channels": 3, "kernel_size": (3, 3), "padding": "same"},
    {"input": (1, 2, 6, 7), "out_channels": 2, "kernel_size": (4, 2), "padding": "same", "dilation": (1, 3)},
    {"input": (1, 1, 4, 4), "out_channels": 2, "kernel_size": (2, 2), "stride": (3, 3), "padding": (4, 4)},
]
POOL: list[dict[str, Any]] = [
    {"input": (1, 1, 3, 3), "kernel_size": (2, 2), "ceil_mode": True},
    {"input": (2, 3, 5, 5), "kernel_size": (2, 2), "ceil_mode": True},
    {"input": (2, 2, 7, 6), "kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 1)},
    {"input": (2, 2, 7, 6), "kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 1), "ceil_mode": True},
    {"input": (1, 2, 6, 6), "kernel_size": (3, 3), "stride": (1, 1)},
    {"input": (1, 2, 5, 4), "kernel_size": (2, 3), "stride": (4, 5), "ceil_mode": True},
    {"input": (1, 1, 4, 5), "kernel_size": (5, 5), "stride": (2, 2), "padding": (2, 2), "ceil_mode": True},
]
ELEMENTWISE: dict[str, tuple[dict[str, Any], Any]] = {
    "relu": ({}, functional.relu),
    "leaky_relu": ({"negative_slope": 0.2}, lambda x: functional.leaky_relu(x, 0.2)),
    "tanh": ({}, torch.tanh),
    "sigmoid": ({}, torch.sigmoid),
    "softmax": ({}, lambda x: functional.softmax(x, dim=1)),
    "flatten": ({}, lambda x: x.flatten(1)),
}


def tensor(*shape: int) -> torch.Tensor:
    return torch.tensor(rng.standard_normal(shape), requires_grad=True)


def whole(*shape: int) -> torch.Tensor:
    """Small whole numbers: many ties, as kernels of whole numbers on drawn digits make."""
    return torch.tensor(rng.integers(-2, 3, shape).astype(float), requires_grad=True)


def case(
    kind: str, options: dict[str, Any], x: torch.Tensor, parameters: dict[str, torch.Tensor], y: torch.Tensor
) -> dict[str, Any]:
    """The layer's output, and the gradients of Σ g·y by everything that went in, g drawn at random."""
    g = torch.tensor(rng.standard_normal(tuple(y.shape)))
    y.backward(g)
    grads = {name: p.grad for name, p in parameters.items()}
    if kind == "dense":
        # The project keeps dense weights (in, out), PyTorch (out, in).
        parameters = {**parameters, "weight": parameters["weight"].T}
        grads = {**grads, "weight": grads["weight"].T}
    return {
        "type": kind,
        "options": options,
        "x": x.tolist(),
        "parameters": {name: p.tolist() for name, p in parameters.items()},
        "y": y.tolist(),
        "grad_y": g.tolist(),
        "grad_x": x.grad.tolist(),
        "grad_parameters": {name: grad.tolist() for name, grad in grads.items()},
    }


def layers() -> list[dict[str, Any]]:
    cases = []
    for options in map(dict, CONV):
        n, c, h, w = options.pop("input")
        x = tensor(n, c, h, w)
        weight = tensor(options["out_channels"], c, *options["kernel_size"])
        parameters = {"weight": weight}
        if options.get("bias", True):
            parameters["bias"] = tensor(options["out_channels"])
        y = functional.conv2d(
            x,
            weight,
            parameters.get("bias"),
            stride=options.get("stride", 1),
            padding=options.get("padding", 0),
            dilation=options.get("dilation", 1),
        )
        cases.append(case("conv2d", options, x, parameters, y))
    for draw in (tensor, whole):
        for options in map(dict, POOL):
            shape = options.pop("input")
            arguments = {k: v for k, v in options.items() if k != "kernel_size"}
            x = draw(*shape)
            cases.append(
                case("max_pool2d", options, x, {}, functional.max_pool2d(x, options["kernel_size"], **arguments))
            )
            x = draw(*shape)
            y = functional.avg_pool2d(x, options["kernel_size"], count_include_pad=False, **arguments)
            cases.append(case("avg_pool2d", options, x, {}, y))
    for kind, (options, function) in ELEMENTWISE.items():
        inputs = (tensor(3, 4), whole(2, 5)) if kind == "softmax" else (tensor(2, 2, 3, 4), whole(2, 1, 3, 3))
        cases.extend(case(kind, options, x, {}, function(x)) for x in inputs)
    for options in ({"out_features": 10}, {"out_features": 3, "bias": False}):
        x, weight = tensor(3, 4), tensor(options["out_features"], 4)
        parameters = {"weight": weight}
        if options.get("bias", True):
            parameters["bias"] = tensor(options["out_features"])
        cases.append(case("dense", options, x, parameters, functional.linear(x, weight, parameters.get("bias"))))
    return cases


def networks() -> list[dict[str, Any]]:
    """Whole networks with cross-entropy: loss of each example, gradients of their mean."""
    cases = []
    for filters, padding, pool, activation in (
        (1, "valid", "max_pool2d", "relu"),
        (3, "same", "max_pool2d", "leaky_relu"),
        (4, "valid", "avg_pool2d", "tanh"),
        (2, "same", "avg_pool2d", "sigmoid"),
    ):
        x = tensor(3, 1, 5, 5)
        conv, conv_bias = tensor(filters, 1, 3, 3), tensor(filters)
        z = functional.conv2d(x, conv, conv_bias, padding=padding)
        a = getattr(functional, activation)(z) if "relu" in activation else getattr(torch, activation)(z)
        if pool == "max_pool2d":
            m = functional.max_pool2d(a, 2, ceil_mode=True)
        else:
            m = functional.avg_pool2d(a, 2, ceil_mode=True, count_include_pad=False)
        flat = m.flatten(1)
        weight, bias = tensor(10, flat.shape[1]), tensor(10)
        logits = functional.linear(flat, weight, bias)
        labels = torch.tensor(rng.integers(0, 10, 3))
        stages = [z, a, m, flat, logits]
        for stage in stages:
            stage.retain_grad()
        losses = functional.cross_entropy(logits, labels, reduction="none")
        losses.mean().backward()
        cases.append(
            {
                "layers": [
                    {
                        "type": "conv2d",
                        "name": "conv",
                        "out_channels": filters,
                        "kernel_size": [3, 3],
                        "padding": padding,
                    },
                    {"type": activation},
                    {"type": pool, "kernel_size": [2, 2], "ceil_mode": True},
                    {"type": "flatten"},
                    {"type": "dense", "name": "dense", "out_features": 10},
                    {"type": "softmax"},
                ],
                "x": x.tolist(),
                "labels": labels.tolist(),
                "parameters": {
                    "conv": {"weight": conv.tolist(), "bias": conv_bias.tolist()},
                    "dense": {"weight": weight.T.tolist(), "bias": bias.tolist()},
                },
                "outputs": [stage.tolist() for stage in (*stages, functional.softmax(logits, dim=1))],
                "losses": losses.tolist(),
                "grad_outputs": [stage.grad.tolist() for stage in stages],
                "grad_parameters": {
                    "conv": {"weight": conv.grad.tolist(), "bias": conv_bias.grad.tolist()},
                    "dense": {"weight": weight.grad.T.tolist(), "bias": bias.grad.tolist()},
                },
                "grad_x": x.grad.tolist(),
            }
        )
    return cases


def write(name: str, cases: list[dict[str, Any]]) -> None:
    document = {"made_by": f"make_goldens.py with torch {torch.__version__.split('+')[0]}", "cases": cases}
    path = HERE / name
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    write("layers.json", layers())
    write("networks.json", networks())
