"""Data sets, one file each, discovered: ``DATASETS`` by id, in the order they are shown.

A data set is a module with ``ENTRIES``, a tuple of `Dataset`, and ``ORDER``, its place in the list.
"""

from ..dataset import Dataset
from ..discovery import discover

DATASETS: dict[str, Dataset] = discover(__name__, list(__path__), Dataset)
"""Every data set by id."""
