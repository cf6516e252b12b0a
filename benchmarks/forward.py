"""Single-image forward through the notebook's network: ours, the notebook's loops, eager PyTorch, all in one run.

    PYTHONPATH=. python benchmarks/forward.py

Every contender returns every stage (the trace) of the same image with the same parameters in float64, and the stages
are compared before anything is timed. Rounds of the contenders alternate, so that a busy machine slows all alike; the
best round counts. Then the general path: a batch of 64 28x28 images and single large images, in float32.
"""

from __future__ import annotations

import importlib.util
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from app.engine.layers.avg_pool2d import AvgPool2d
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.flatten import Flatten
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.relu import ReLU
from app.engine.layers.softmax import Softmax
from app.engine.network import Network
from benchmarks import notebook

GOAL = 3.0
EAGER, BARE = "PyTorch, eager", "PyTorch, bare calls"
HAS_TORCH = importlib.util.find_spec("torch") is not None

Contender = Callable[[], Any]


def notebook_contenders() -> dict[str, Contender]:
    """One call each that runs the 8 through the notebook's network and returns all six stages."""
    network = Network(
        (1, 5, 5),
        (
            Conv2d(name="conv", out_channels=1, kernel_size=(3, 3), bias=False),
            ReLU(),
            MaxPool2d(kernel_size=(2, 2), ceil_mode=True, tie_break="all"),
            Flatten(),
            Dense(name="dense", out_features=10),
            Softmax(),
        ),
    )
    parameters = network.init(seed=0)
    parameters["conv"]["weight"] = notebook.KERNEL[None, None]
    weight, bias = parameters["dense"]["weight"], parameters["dense"]["bias"]
    images = notebook.EIGHT[None, None]

    contenders: dict[str, Contender] = {
        "ours": lambda: network.forward(parameters, images).outputs,
        "notebook's loops": lambda: notebook.forward(notebook.EIGHT, notebook.KERNEL, weight, bias),
    }
    if HAS_TORCH:
        contenders[EAGER] = torch_modules(parameters, images)
        contenders[BARE] = torch_functions(parameters, images)
    return contenders


def torch_modules(parameters: dict[str, dict[str, Any]], images: Any) -> Contender:
    """Eager PyTorch as one writes it: modules in a row, each output kept, and, as ours, what backward needs."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layers: tuple[nn.Module, ...] = (
        nn.Conv2d(1, 1, 3, bias=False),
        nn.ReLU(),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.Flatten(),
        nn.Linear(4, 10),
        nn.Softmax(dim=1),
    )
    model = nn.Sequential(*layers).to(torch.float64)
    arrays = (parameters["conv"]["weight"], parameters["dense"]["weight"].T, parameters["dense"]["bias"])
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(array.copy()))
    batch = torch.from_numpy(images.copy())

    def forward() -> list[Any]:
        x, outputs = batch, []
        for layer in model:
            x = layer(x)
            outputs.append(x)
        return outputs

    return forward


def torch_functions(parameters: dict[str, dict[str, Any]], images: Any) -> Contender:
    """PyTorch stripped to the calls: no modules, and inference mode, so that no backward could follow."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    kernel = torch.from_numpy(parameters["conv"]["weight"].copy())
    weight = torch.from_numpy(parameters["dense"]["weight"].T.copy())
    bias = torch.from_numpy(parameters["dense"]["bias"].copy())
    batch = torch.from_numpy(images.copy())

    def forward() -> list[Any]:
        with torch.inference_mode():
            feature_map = functional.conv2d(batch, kernel)
            active = functional.relu(feature_map)
            pooled = functional.max_pool2d(active, 2, ceil_mode=True)
            flat = pooled.flatten(1)
            scores = functional.linear(flat, weight, bias)
            return [feature_map, active, pooled, flat, scores, functional.softmax(scores, dim=1)]

    return forward


def best_microseconds(contenders: dict[str, Contender], *, number: int, rounds: int) -> dict[str, float]:
    """Best round of each, in microseconds a call; rounds alternate between the contenders."""
    times: dict[str, float] = {}
    for _ in range(rounds):
        for name, contender in contenders.items():
            spent = timeit.timeit(contender, number=number) / number * 1e6
            times[name] = min(spent, times.get(name, spent))
    return times


def as_array(stage: Any) -> Any:
    """A stage of any contender as a numpy array."""
    return stage.detach().numpy() if hasattr(stage, "detach") else stage


def compare_stages(contenders: dict[str, Contender]) -> None:
    """Stop unless all contenders compute the same numbers."""
    expected = contenders["notebook's loops"]()
    for name, contender in contenders.items():
        for ours, theirs in zip(contender(), expected, strict=True):
            if not np.allclose(as_array(ours).ravel(), theirs.ravel(), rtol=0, atol=1e-12):
                raise SystemExit(f"{name} does not compute what the notebook computes")


def layer_contenders() -> dict[str, dict[str, Contender]]:
    """The general path in float32, each with PyTorch (one thread) beside it where it is there."""
    rng = np.random.default_rng(0)
    cases: dict[str, dict[str, Contender]] = {}
    for title, layer, shape in (
        ("conv2d 8 filters 5x5, batch 64 of 28x28", Conv2d(out_channels=8, kernel_size=(5, 5)), (64, 1, 28, 28)),
        ("conv2d 8 filters 5x5, one 512x512", Conv2d(out_channels=8, kernel_size=(5, 5)), (1, 1, 512, 512)),
        ("conv2d 8 filters 5x5, one 1024x1024", Conv2d(out_channels=8, kernel_size=(5, 5)), (1, 1, 1024, 1024)),
        ("max_pool2d 2, batch 64 of 8x24x24", MaxPool2d(kernel_size=(2, 2)), (64, 8, 24, 24)),
        ("avg_pool2d 2, batch 64 of 8x24x24", AvgPool2d(kernel_size=(2, 2)), (64, 8, 24, 24)),
    ):
        x = rng.standard_normal(shape).astype(np.float32)
        parameters = layer.init(rng, shape[1:], np.float32)

        def ours(layer: Any = layer, parameters: Any = parameters, x: Any = x) -> Any:
            return layer.forward(parameters, x)[0]

        cases[title] = {"ours": ours}
        if HAS_TORCH:
            cases[title]["PyTorch, one thread"] = torch_layer(layer.type, parameters, x)
    return cases


def torch_layer(kind: str, parameters: dict[str, Any], x: Any) -> Contender:
    """The same layer in PyTorch."""
    import torch
    from torch.nn import functional

    batch = torch.from_numpy(x.copy())
    arrays = [torch.from_numpy(array.copy()) for array in parameters.values()]
    calls: dict[str, Contender] = {
        "conv2d": lambda: functional.conv2d(batch, *arrays),
        "max_pool2d": lambda: functional.max_pool2d(batch, 2),
        "avg_pool2d": lambda: functional.avg_pool2d(batch, 2),
    }

    def forward() -> Any:
        with torch.inference_mode():
            return calls[kind]()

    return forward


def main() -> int:
    """Print the tables; 1 if the goal of the single-image forward is missed."""
    if not HAS_TORCH:
        print("skipped: PyTorch (not installed; `pip install torch==2.13.0` in an environment of its own)")
    contenders = notebook_contenders()
    compare_stages(contenders)
    times = best_microseconds(contenders, number=1000, rounds=21)
    print("The notebook's network, one 5x5 image, every stage returned (float64):")
    missed = False
    for name, spent in times.items():
        ratio = spent / times["ours"]
        missed |= name not in ("ours", BARE) and ratio < GOAL
        note = "   (no goal: it keeps nothing for a backward pass)" if name == BARE else ""
        print(f"  {name:<22} {spent:8.1f} us   {ratio:5.2f} x ours{note}")
    compared = [name for name in times if name not in ("ours", BARE)]
    print(f"  goal: {' and '.join(compared)} at least {GOAL:g} x ours: {'MISSED' if missed else 'met'}")
    print("The general path (float32):")
    for title, of_layer in layer_contenders().items():
        layer_times = best_microseconds(of_layer, number=3, rounds=5)
        print(f"  {title:<42}" + "".join(f"  {name} {spent / 1000:.2f} ms" for name, spent in layer_times.items()))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
