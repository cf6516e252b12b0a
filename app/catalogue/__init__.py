"""The catalogue: preset kernels and drawn data sets, and what describes them.

Data, one file each. ``kernels/`` and ``datasets/`` are discovered: a new kernel family or data set is one new file
there and nothing else changes (``discovery.py`` says what such a file must define).
"""

from app.catalogue.dataset import Dataset
from app.catalogue.datasets import DATASETS
from app.catalogue.kernel import Kernel
from app.catalogue.kernels import KERNELS
from app.catalogue.nearest import NearestKernel, nearest_kernel
from app.catalogue.random_kernels import random_kernel

__all__ = ["DATASETS", "KERNELS", "Dataset", "Kernel", "NearestKernel", "nearest_kernel", "random_kernel"]
