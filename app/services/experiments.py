"""GET /experiments and /experiments/{id}: write named starting points."""

from ..catalogue import EXPERIMENTS, Experiment
from ..schemas.experiments import experiment_out
from ..schemas.network import NetworkSpec
from ..schemas.serialization import to_json
from .parameters import resolve_parameters


def experiments_json() -> bytes:
    """Return every experiment, in display order, without its numbers."""
    return to_json([experiment_out(experiment) for experiment in EXPERIMENTS.values()])


def experiment_json(experiment: Experiment) -> bytes:
    """Return an experiment with everything needed to start it."""
    body = experiment.train_body()
    network = NetworkSpec.model_validate(experiment.network).network()
    return to_json(
        {
            **experiment_out(experiment),
            "train": body | {"parameters": resolve_parameters(network, experiment.start(), experiment.seed)},
            "test": experiment.test_examples(),
            "presets": experiment.presets,
            "digit": experiment.digit,
            "selected": experiment.selected,
        }
    )
