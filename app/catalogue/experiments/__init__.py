"""Experiments, one file each, discovered: ``EXPERIMENTS`` by id, in the order they are shown.

An experiment is a module with ``ENTRIES``, a tuple of `Experiment`, and ``ORDER``, its place in the list. Exactly one
of all is the one that the page opens with.
"""

from ..discovery import discover
from ..experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = discover(__name__, list(__path__), Experiment)
"""Every experiment by id."""

[DEFAULT_EXPERIMENT] = [experiment for experiment in EXPERIMENTS.values() if experiment.opening]
"""The one that the page opens with."""
