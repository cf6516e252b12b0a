"""Training speed: ours, the notebook's loops, eager PyTorch and ConvNetJS, all in one run.

    PYTHONPATH=. python benchmarks/training.py

Single steps: stochastic gradient descent on the notebook's network, an update after every example, over the drawn
digits in the order given. Batches: the network of *Real handwriting*, batches of 32. Everybody starts from the same
parameters; before anything is timed, the losses of their last epochs are compared (ConvNetJS draws its own start,
and its pool has its partial windows at the top and left, so only its count of operations is the same). Rounds of the
contenders alternate, so that a busy machine slows all alike; the best round of each counts. What is not installed is
named and skipped: PyTorch, and ConvNetJS, which npm fetches into a temporary folder (or CONVNETJS=/folder with it).
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from app.catalogue.datasets import DATASETS
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.flatten import Flatten
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.relu import ReLU
from app.engine.layers.softmax import Softmax
from app.engine.network import Network
from app.engine.optimizers.sgd import SGD
from app.engine.training import TrainingConfig, train
from benchmarks import notebook

HERE = Path(__file__).parent
RATE, BATCH, BATCH_RATE = 0.01, 32, 0.05
EPOCHS = 10
"""A run's start counts, as it does on the page, where a run has 50 epochs."""
OURS, LOOPS, EAGER, CONVNETJS = "ours", "notebook's loops", "PyTorch, eager", "ConvNetJS (Node)"
GOALS = {LOOPS: 15.0, EAGER: 15.0, CONVNETJS: 1.0}
BATCH_GOAL = 2.0
HAS_TORCH = importlib.util.find_spec("torch") is not None

Contender = Callable[[], float]
"""Trains from a fresh start for EPOCHS epochs and returns seconds; the losses are compared beforehand."""


def network(filters: int, padding: Any, bias: bool, tie_break: Any) -> Network:
    return Network(
        (1, 5, 5),
        (
            Conv2d(name="conv", out_channels=filters, kernel_size=(3, 3), padding=padding, bias=bias),
            ReLU(),
            MaxPool2d(kernel_size=(2, 2), ceil_mode=True, tie_break=tie_break),
            Flatten(),
            Dense(name="dense", out_features=10),
            Softmax(),
        ),
    )


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def digits(data_set: str, count: int) -> tuple[Any, Any]:
    """`count` images (N, 1, 5, 5) with values from 0 to 1, and their labels; repeated if there are fewer."""
    of_set = DATASETS[data_set]
    images = np.asarray(of_set.images, dtype=float)
    images = (images / images.max())[:, None]
    repeats = -(-count // len(images))
    return np.tile(images, (repeats, 1, 1, 1))[:count], np.tile(np.asarray(of_set.labels), repeats)[:count]


def ours(net: Network, parameters: Any, images: Any, labels: Any, **options: Any) -> float:
    """Loss of the last epoch."""
    config = TrainingConfig(epochs=EPOCHS, shuffle=False, **options)
    *_, last = train(net, parameters, images, labels, config)
    return last.loss


def loops(parameters: Any, images: Any, labels: Any) -> float:
    """Loss of the last epoch of the notebook's own code."""
    arrays = [parameters["conv"]["weight"][0, 0], parameters["dense"]["weight"], parameters["dense"]["bias"]]
    for _ in range(EPOCHS):
        total = 0.0
        for image, label in zip(images[:, 0], labels.tolist(), strict=True):
            loss, arrays = notebook.step(image, label, *arrays, learning_rate=RATE)
            total += loss
    return total / len(images)


def torch_run(
    net: Network, parameters: Any, images: Any, labels: Any, batch: int, rate: float, dtype: str
) -> Callable[[], float]:
    """Eager PyTorch on one thread: modules, autograd, torch.optim.SGD; the loss of the last epoch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    conv = net.layers[0]
    kind = getattr(torch, dtype)
    inputs, targets = torch.from_numpy(images.copy()).to(kind), torch.from_numpy(labels.astype(np.int64))

    def run() -> float:
        model = nn.Sequential(
            nn.Conv2d(1, conv.out_channels, 3, padding=conv.padding[0][0], bias=conv.bias),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Flatten(),
            nn.Linear(net.shapes[3][0], 10),
        ).to(kind)
        arrays = [parameters["conv"][name] for name in parameters["conv"]]
        arrays += [parameters["dense"]["weight"].T, parameters["dense"]["bias"]]
        with torch.no_grad():
            for parameter, array in zip(model.parameters(), arrays, strict=True):
                parameter.copy_(torch.from_numpy(array.copy()))
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        criterion = nn.CrossEntropyLoss()
        for _ in range(EPOCHS):
            total = torch.zeros((), dtype=kind)
            for start in range(0, len(inputs), batch):
                x, y = inputs[start : start + batch], targets[start : start + batch]
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(x)
        return float(total) / len(inputs)

    return run


class ConvNetJS:
    """A Node process that trains ConvNetJS's version of the network, one round for each line that it is sent."""

    def __init__(self, folder: str, images: Any, labels: Any) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / "convnetjs.cjs"), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ask(
            {
                "images": images.reshape(len(images), -1).tolist(),
                "labels": labels.tolist(),
                "rate": RATE,
                "epochs": EPOCHS,
            }
        )

    def run(self) -> float:
        """Seconds of a run, as Node measures them."""
        return float(self._ask("run"))

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, question: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def fetch_convnetjs(folder: str) -> str | None:
    """Where ConvNetJS is: $CONVNETJS, or fetched by npm into `folder`; None, with the reason printed, if nowhere."""
    if not shutil.which("node") or not shutil.which("npm"):
        print(f"skipped: {CONVNETJS} (Node.js and npm are not installed)")
        return None
    if given := os.environ.get("CONVNETJS"):
        return given
    done = subprocess.run(
        ["npm", "install", "--silent", "--prefix", folder, "convnetjs@0.3.0"], check=False, capture_output=True
    )
    if done.returncode:
        print(f"skipped: {CONVNETJS} (npm could not fetch it)")
        return None
    return str(Path(folder, "node_modules", "convnetjs"))


def best_of(contenders: dict[str, Contender], rounds: int) -> dict[str, float]:
    """Best seconds of each; rounds alternate between the contenders."""
    times: dict[str, float] = {}
    for _ in range(rounds):
        for name, contender in contenders.items():
            spent = contender()
            times[name] = min(spent, times.get(name, spent))
    return times


def check_losses(losses: dict[str, float], tolerance: float) -> None:
    """Stop unless all contenders compute the same loss."""
    for name, loss in losses.items():
        if abs(loss - losses[OURS]) > tolerance:
            raise SystemExit(f"{name} comes to a loss of {loss}, ours to {losses[OURS]}")


def single_steps(folder: str) -> bool:
    """Table of the single steps; whether every goal is met."""
    images, labels = digits("digits", 300)
    net = network(1, (0, 0), False, "all")
    parameters = net.init(seed=0)
    parameters["conv"]["weight"] = notebook.KERNEL[None, None]
    optimizer = SGD(learning_rate=RATE)
    work: dict[str, Callable[[], float]] = {
        OURS: lambda: ours(net, parameters, images, labels, optimizer=optimizer),
        LOOPS: lambda: loops(parameters, images, labels),
    }
    check_losses({name: run() for name, run in work.items()}, 1e-12)
    if HAS_TORCH:
        # PyTorch knows no tie_break "all": its loss is compared with ours under "first".
        first = network(1, (0, 0), False, "first")
        work[EAGER] = torch_run(net, parameters, images, labels, 1, RATE, "float64")
        loss = ours(first, parameters, images, labels, optimizer=optimizer)
        check_losses({OURS: loss, EAGER: work[EAGER]()}, 1e-9)
    contenders: dict[str, Contender] = {name: lambda run=run: seconds(run) for name, run in work.items()}
    rival = (at := fetch_convnetjs(folder)) and ConvNetJS(at, images, labels)
    if rival:
        contenders[CONVNETJS] = rival.run
    times = best_of(contenders, rounds=15)
    if rival:
        rival.close()
    print("SGD steps of the notebook's network (one filter, one example a step, float64):")
    met = True
    for name, spent in times.items():
        ratio = spent / times[OURS]
        met &= ratio >= GOALS.get(name, 0)
        goal = f"   goal {GOALS[name]:g}" if name in GOALS else ""
        per_step = spent / (EPOCHS * len(images))
        print(f"  {name:<22} {per_step * 1e6:7.2f} us a step {1 / per_step:9.0f} steps/s   {ratio:6.2f} x ours{goal}")
    return met


def batches() -> bool:
    """Table of the batches; whether the goal is met."""
    images, labels = digits("handwriting", 3200)
    net = network(16, "same", True, "first")
    optimizer = SGD(learning_rate=BATCH_RATE)
    met = True
    print(f"Images a second of Real handwriting (16 filters, padding same, batches of {BATCH}):")
    for dtype in ("float64", "float32"):
        parameters = net.init(seed=0, dtype=getattr(np, dtype))
        x = images.astype(dtype)
        work: dict[str, Callable[[], float]] = {
            OURS: lambda x=x, p=parameters: ours(net, p, x, labels, optimizer=optimizer, batch_size=BATCH)
        }
        if HAS_TORCH:
            work["PyTorch, one thread"] = torch_run(net, parameters, x, labels, BATCH, BATCH_RATE, dtype)
        check_losses({name: run() for name, run in work.items()}, 1e-9 if dtype == "float64" else 1e-3)
        times = best_of({name: lambda run=run: seconds(run) for name, run in work.items()}, rounds=9)
        for name, spent in times.items():
            ratio = spent / times[OURS]
            met &= name == OURS or ratio >= BATCH_GOAL
            goal = "" if name == OURS else f"   goal {BATCH_GOAL:g}"
            print(f"  {dtype}  {name:<22} {EPOCHS * len(images) / spent:9.0f} images/s   {ratio:6.2f} x ours{goal}")
    return met


def main() -> int:
    """Print the tables; 1 if a goal is missed."""
    if not HAS_TORCH:
        print("skipped: PyTorch (not installed; `pip install torch==2.13.0` in an environment of its own)")
    with tempfile.TemporaryDirectory() as folder:
        met = [single_steps(folder), batches()]
    print("goals: " + ("all met" if all(met) else "MISSED"))
    return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
