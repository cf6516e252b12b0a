"""conv2d alone, from 5x5 to 1024x1024: ours, the notebook's loops, scipy, PyTorch and OpenCV, all in one run.

    python benchmarks/conv2d.py                  # in the project's environment: peers that are absent are skipped
    pip install torch==2.13.0 numpy scipy opencv-python-headless    # in an environment of its own, for all peers

Every contender computes the same maps from the same numbers in the same dtype, without padding and without bias, and
the maps are compared before anything is timed. Rounds of the contenders alternate, so that a busy machine slows all
alike; the best round of each counts. One thread each (BLAS's number is set below, before numpy is loaded; another may
be set in the environment), and PyTorch once more with as many as it likes. Ends with 1 if a goal is missed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from app.engine.layers.conv2d import Conv2d
from benchmarks import notebook

PEERS = {"PyTorch": "torch", "OpenCV": "cv2", "scipy": "scipy"}
MISSING = {name for name, module in PEERS.items() if importlib.util.find_spec(module) is None}
OURS, LOOPS, NDIMAGE, DIRECT, FFT = (
    "ours",
    "notebook's loops",
    "scipy.ndimage",
    "scipy.signal, direct",
    "scipy.signal, FFT",
)
OPENCV, TORCH, THREADS, BARE = "OpenCV filter2D", "PyTorch, 1 thread", "PyTorch, all threads", "PyTorch, bare, 1 thread"
OF_TORCH = (TORCH, THREADS, BARE)
LOOPED_WINDOWS = 1_200_000
"""The loops take about 4 us a window; with more windows they are skipped."""
ROUNDS, ROUND_SECONDS = 7, 0.02

LARGE_GOALS = {NDIMAGE: 6, TORCH: 7, OPENCV: 1 / 2.7}
Contender = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """Images and filters, and how many times as fast as each peer ours should be."""

    batch: int
    side: int
    filters: int
    kernel: int
    dtype: type[np.floating[Any]]
    goals: dict[str, float]

    @property
    def title(self) -> str:
        images = f"{self.batch} images" if self.batch > 1 else "1 image"
        filters = f"{self.filters} filter{'s' if self.filters > 1 else ''}"
        return f"{images} {self.side}x{self.side}, {filters} {self.kernel}x{self.kernel}, {self.dtype.__name__}"


CASES = (
    Case(1, 5, 1, 3, np.float64, {LOOPS: 28, TORCH: 5}),
    Case(64, 28, 8, 5, np.float32, {LOOPS: 3_000, TORCH: 1.3}),
    *(
        Case(1, side, filters, kernel, np.float32, LARGE_GOALS if side > 256 else {})
        for side in (256, 512, 1024)
        for filters, kernel in ((1, 3), (1, 5), (8, 3), (8, 5))
    ),
)


def ours(x: Any, weight: Any) -> Contender:
    """The layer as a network runs it."""
    filters, _, *size = weight.shape
    layer = Conv2d(out_channels=filters, kernel_size=tuple(size), bias=False)
    forward = layer.forward_single(x.shape[1:]) if len(x) == 1 else layer.forward
    parameters = {"weight": weight}
    return lambda: forward(parameters, x)[0]


def per_map(convolve: Callable[[Any, Any], Any], x: Any, weight: Any) -> Contender:
    """For peers that know one image and one kernel: a call for each pair."""
    return lambda: [[convolve(image[0], kernel[0]) for kernel in weight] for image in x]


def torch_contenders(x: Any, weight: Any) -> dict[str, Contender]:
    """Eager PyTorch, which as ours keeps what a backward pass needs; and its bare call, which keeps nothing."""
    import torch

    batch, kernels = torch.from_numpy(x.copy()), torch.from_numpy(weight.copy())
    module = torch.nn.Conv2d(1, len(weight), weight.shape[2:], bias=False, dtype=kernels.dtype)
    module.weight.data.copy_(kernels)

    @torch.inference_mode()
    def bare() -> Any:
        return torch.nn.functional.conv2d(batch, kernels)

    return {TORCH: lambda: module(batch), THREADS: lambda: module(batch), BARE: bare}


def contenders(case: Case) -> dict[str, Contender]:
    """Everybody who is there, on the numbers of one case."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((case.batch, 1, case.side, case.side)).astype(case.dtype)
    weight = rng.standard_normal((case.filters, 1, case.kernel, case.kernel)).astype(case.dtype)
    found: dict[str, Contender] = {OURS: ours(x, weight)}
    if case.batch * case.filters * (case.side - case.kernel + 1) ** 2 <= LOOPED_WINDOWS:
        found[LOOPS] = per_map(notebook.convolve, x, weight)
    if "scipy" not in MISSING:
        from scipy import ndimage, signal

        # Without padding is not among ndimage's modes: it computes the border too, which is at most 4 cells wide.
        inner = slice(case.kernel // 2, -(case.kernel // 2))
        found[NDIMAGE] = per_map(lambda a, k: ndimage.correlate(a, k, mode="constant")[inner, inner], x, weight)
        found[DIRECT] = per_map(lambda a, k: signal.correlate2d(a, k, mode="valid"), x, weight)
        found[FFT] = per_map(lambda a, k: signal.fftconvolve(a, k[::-1, ::-1], mode="valid"), x, weight)
    if "PyTorch" not in MISSING:
        found |= torch_contenders(x, weight)
    if "OpenCV" not in MISSING:
        import cv2

        cv2.setNumThreads(1)
        inner = slice(case.kernel // 2, -(case.kernel // 2))
        found[OPENCV] = per_map(lambda a, k: cv2.filter2D(a, -1, k)[inner, inner], x, weight)
    return found


def compare(found: dict[str, Contender], dtype: type[np.floating[Any]]) -> None:
    """Stop unless all contenders compute the same numbers."""
    tolerance = 1e-3 if dtype is np.float32 else 1e-12
    expected = found[OURS]()
    for name, contender in found.items():
        maps = contender()
        maps = maps.detach().numpy() if name in OF_TORCH else np.asarray(maps)
        if maps.shape != expected.shape or not np.allclose(maps, expected, rtol=0, atol=tolerance):
            raise SystemExit(f"{name} does not compute what the engine computes")


def set_torch_threads(name: str, all_threads: int) -> None:
    if name in OF_TORCH:
        import torch

        torch.set_num_threads(all_threads if name == THREADS else 1)


def seconds(contender: Contender, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        contender()
    return (time.perf_counter() - start) / calls


def best_seconds(found: dict[str, Contender]) -> dict[str, float]:
    """Best round of each, in seconds a call; rounds alternate between the contenders, slow ones get fewer."""
    all_threads = os.cpu_count() or 1
    best: dict[str, float] = {}
    for done in range(ROUNDS):
        for name, contender in found.items():
            if best.get(name, 0) * done > 3:
                continue
            set_torch_threads(name, all_threads)
            # A first call at a new number of threads is slow.
            spent = seconds(contender, 1)
            if spent < ROUND_SECONDS:
                spent = seconds(contender, max(1, int(ROUND_SECONDS / spent)))
            best[name] = min(spent, best.get(name, spent))
    return best


def main() -> int:
    """Print a table for each case; 1 if a goal is missed."""
    for name in sorted(MISSING):
        print(f"skipped: {name} (not installed)")
    core = os.environ.get("OPENBLAS_CORETYPE", "as OpenBLAS finds")
    print(f"BLAS: {os.environ['OPENBLAS_NUM_THREADS']} thread(s), kernels for {core}")
    missed = []
    for case in CASES:
        found = contenders(case)
        compare(found, case.dtype)
        times = best_seconds(found)
        print(f"{case.title}:" + ("" if LOOPS in found else "   (skipped: the loops, which would take long)"))
        for name, spent in times.items():
            ratio = spent / times[OURS]
            line = f"  {name:<22} {spent * 1e6:12.1f} us   {ratio:9.2f} x ours"
            if goal := case.goals.get(name):
                line += f"   goal {goal:.3g}: {'met' if ratio >= goal else 'MISSED'}"
                missed += [] if ratio >= goal else [f"{case.title}: {name} {ratio:.2f}, goal {goal:.3g}"]
            print(line)
    print("\n".join(["missed:", *missed] if missed else ["all goals met"]))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
