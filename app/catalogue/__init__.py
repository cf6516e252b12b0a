"""The catalogue: preset kernels, data sets and experiments, and what describes them.

Data, one file each. ``kernels/``, ``datasets/`` and ``experiments/`` are discovered: a new kernel family, data set or
experiment is one new file there and nothing else changes (``discovery.py`` says what such a file must define).
"""

from app.catalogue.dataset import Dataset
from app.catalogue.datasets import DATASETS
from app.catalogue.experiment import Examples, Experiment
from app.catalogue.experiments import EXPERIMENTS, OPENING
from app.catalogue.kernel import Kernel
from app.catalogue.kernels import KERNELS
from app.catalogue.random_kernels import random_kernel

__all__ = [
    "DATASETS",
    "EXPERIMENTS",
    "KERNELS",
    "OPENING",
    "Dataset",
    "Examples",
    "Experiment",
    "Kernel",
    "random_kernel",
]
