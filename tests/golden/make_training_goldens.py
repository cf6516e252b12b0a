"""Make training.json with PyTorch: whole training runs by autograd and torch.optim, in float64.

    python tests/golden/make_training_goldens.py    # in an environment of its own with `pip install torch==2.13.0`

Every optimizer meets every number of filters, both poolings and both paddings; batch sizes take turns. Of each run the
file keeps the loss of every epoch and the parameters at its end; runs of the same shape share their start. Images are
drawn from N(0, 1), so that no window ties.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

EPOCHS, CLASSES, EXAMPLES = 50, 5, 7
OPTIMIZERS: list[dict[str, Any]] = [
    {"type": "sgd", "learning_rate": 0.03},
    {"type": "sgd", "learning_rate": 0.01, "momentum": 0.9},
    {"type": "adam", "learning_rate": 0.01},
]
rng = np.random.default_rng(20240506)


def start(filters: int, padding: str) -> dict[str, dict[str, Any]]:
    """Parameters in the project's layout: dense weights (in, out)."""
    features = filters * (9 if padding == "same" else 4)
    return {
        "conv": {"weight": rng.normal(0, 0.4, (filters, 1, 3, 3)), "bias": rng.normal(0, 0.1, filters)},
        "dense": {"weight": rng.normal(0, 0.4, (features, CLASSES)), "bias": rng.normal(0, 0.1, CLASSES)},
    }


def run(
    parameters: dict[str, dict[str, Any]],
    images: torch.Tensor,
    labels: torch.Tensor,
    pool: str,
    padding: str,
    options: dict[str, Any],
    batch_size: int,
) -> tuple[list[float], dict[str, dict[str, Any]]]:
    """Loss of each epoch (mean of each example's loss just before its update), and the parameters at the end."""
    tensors = {
        layer: {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
        for layer, arrays in parameters.items()
    }
    flat = [tensor for arrays in tensors.values() for tensor in arrays.values()]
    if options["type"] == "adam":
        optimizer: torch.optim.Optimizer = torch.optim.Adam(flat, lr=options["learning_rate"])
    else:
        optimizer = torch.optim.SGD(flat, lr=options["learning_rate"], momentum=options.get("momentum", 0))
    epoch_losses = []
    for _ in range(EPOCHS):
        total = 0.0
        for first in range(0, len(images), batch_size):
            x, y = images[first : first + batch_size], labels[first : first + batch_size]
            z = functional.conv2d(x, tensors["conv"]["weight"], tensors["conv"]["bias"], padding=padding)
            a = functional.relu(z)
            if pool == "max_pool2d":
                m = functional.max_pool2d(a, 2, ceil_mode=True)
            else:
                m = functional.avg_pool2d(a, 2, ceil_mode=True, count_include_pad=False)
            logits = m.flatten(1) @ tensors["dense"]["weight"] + tensors["dense"]["bias"]
            losses = functional.cross_entropy(logits, y, reduction="none")
            total += float(losses.sum())
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
        epoch_losses.append(total / len(images))
    return epoch_losses, {
        layer: {name: tensor.tolist() for name, tensor in arrays.items()} for layer, arrays in tensors.items()
    }


def main() -> None:
    images, labels = rng.standard_normal((EXAMPLES, 1, 5, 5)), rng.integers(0, CLASSES, EXAMPLES)
    starts = {
        f"{filters} {padding}": start(filters, padding) for filters in (1, 2, 3, 4) for padding in ("valid", "same")
    }
    cases = []
    batch_sizes = itertools.cycle((1, 3, 1, 7, 2))
    for options, (name, parameters), pool in itertools.product(
        OPTIMIZERS, starts.items(), ("max_pool2d", "avg_pool2d")
    ):
        filters, padding = name.split()
        batch_size = next(batch_sizes)
        losses, end = run(parameters, torch.tensor(images), torch.tensor(labels), pool, padding, options, batch_size)
        cases.append(
            {
                "optimizer": options,
                "start": name,
                "filters": int(filters),
                "padding": padding,
                "pool": pool,
                "batch_size": batch_size,
                "losses": losses,
                "end": end,
            }
        )
    document = {
        "made_by": f"make_training_goldens.py with torch {torch.__version__.split('+')[0]}",
        "images": images.tolist(),
        "labels": labels.tolist(),
        "starts": {
            name: {layer: {key: array.tolist() for key, array in arrays.items()} for layer, arrays in of.items()}
            for name, of in starts.items()
        },
        "cases": cases,
    }
    path = Path(__file__).parent / "training.json"
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
