"""The catalogue: preset kernels, data sets and experiments, and what describes them.

Data, one file each. ``kernels/``, ``datasets/`` and ``experiments/`` are discovered: a new kernel family, data set or
experiment is one new file there and nothing else changes (``discovery.py`` says what such a file must define).
"""

from .dataset import Dataset
from .datasets import DATASETS
from .experiment import Examples, Experiment
from .experiments import DEFAULT_EXPERIMENT, EXPERIMENTS
from .kernel import Kernel
from .kernels import KERNELS
from .random_kernels import random_kernel

__all__ = [
    "DATASETS",
    "DEFAULT_EXPERIMENT",
    "EXPERIMENTS",
    "KERNELS",
    "Dataset",
    "Examples",
    "Experiment",
    "Kernel",
    "random_kernel",
]
