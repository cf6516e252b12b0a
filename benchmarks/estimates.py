"""Measure training steps of random networks, from the smallest to the largest admitted, beside their estimates.

    python benchmarks/estimates.py [networks] [seed] [small]

`small` is the share of networks that are small enough to be checked quickly (0.5). A step may take three times its
estimate, and no more. A slice of a training ends at the first step after 12 ms, and looks at the clock after steps of
2 ms by their estimate: so it takes at most 18 ms, or a step. Time is that of the processor, which other processes
lengthen less.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from app.engine.exceptions import EngineError
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Optimizer
from app.engine.training import TrainingConfig, train_in_slices
from app.engine.training_run import run_work, step_work
from app.engine.work import MULTIPLY_ADDS_PER_SECOND
from app.schemas.limits import Limits
from app.schemas.network import NetworkSpec
from app.schemas.serialization import to_json
from tests.extremes import Extremes

MOST = 3.0
"""A step may take so many times its estimate."""
QUANTILES = (0, 0.1, 0.5, 0.9, 0.99, 1)
SECONDS = 0.15
"""How long each network is measured."""


def candidates(seed: int, small: float) -> Iterator[tuple[Network, int, Optimizer]]:
    """Yield random networks that are admitted, with a batch size and an optimizer."""
    extremes, limits = Extremes(seed, beyond=0, small=small), Limits()
    while True:
        spec, _ = extremes.network()
        batch = extremes.pick((1, 1, 2, 7, 32, 256))
        optimizer = OPTIMIZERS[extremes.random.choice(list(OPTIMIZERS))](learning_rate=1e-9)
        try:
            network = NetworkSpec.model_validate_json(to_json(spec)).network()
        except (EngineError, ValueError):
            continue
        if network.parameter_count > limits.max_elements:
            continue
        step, setup = step_work(network, batch, batch, optimizer), run_work(network, batch, batch, optimizer)
        if step.cost <= limits.max_multiply_adds and (setup + step).peak <= limits.max_memory_bytes:
            yield network, batch, optimizer


def measured(network: Network, batch: int, optimizer: Optimizer) -> float:
    """Return the seconds that one step takes."""
    rng = np.random.default_rng(0)
    step = step_work(network, batch, batch, optimizer)
    steps = int(max(1, min(50, 0.02 * MULTIPLY_ADDS_PER_SECOND // step.cost)))
    images = rng.standard_normal((steps * batch, *network.input_shape))
    labels = np.zeros(len(images), dtype=np.intp)
    run = train_in_slices(
        network,
        network.init(0),
        images,
        labels,
        TrainingConfig(optimizer=optimizer, epochs=10_000, batch_size=batch, snapshot_every=10_000),
        slice_cost=10**12,
    )
    best, end = np.inf, process_time() + SECONDS
    next(report for report in run if report)
    while True:
        start = process_time()
        next(report for report in run if report)
        now = process_time()
        best = min(best, (now - start) / steps)
        if now > end:
            return float(best)


def main() -> None:
    """Measure and print; exit with 1 if a step takes longer than it may."""
    count, seed, small = (float(given) for given in (*sys.argv[1:], *("200", "1", "0.5")[len(sys.argv) - 1 :]))
    results = []
    found = candidates(int(seed), small)
    for _ in range(int(count)):
        network, batch, optimizer = next(found)
        estimate = step_work(network, batch, batch, optimizer).cost / MULTIPLY_ADDS_PER_SECOND
        seconds = measured(network, batch, optimizer)
        results.append((seconds / estimate, seconds, estimate, batch, optimizer.type, network))
    results.sort(key=lambda result: result[0])
    ratios = [result[0] for result in results]
    print(f"{len(ratios)} networks: measured / estimate, quantiles {np.round(np.quantile(ratios, QUANTILES), 2)}")
    for ratio, seconds, estimate, batch, kind, network in results[-12:]:
        layers = " ".join(_short(layer) for layer in network.layers)
        print(
            f"{ratio:6.2f} {1e3 * seconds:9.3f} ms, estimate {1e3 * estimate:9.3f} ms, batch {batch}, {kind}: "
            f"{network.input_shape} {layers}"
        )
    sys.exit(ratios[-1] > MOST)


def _short(layer: object) -> str:
    sizes = [
        getattr(layer, name)
        for name in ("out_channels", "kernel_size", "stride", "padding", "dilation", "out_features")
        if hasattr(layer, name)
    ]
    return f"{type(layer).__name__}{sizes}".replace(" ", "")


if __name__ == "__main__":
    main()
