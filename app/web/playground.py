"""The page /: the playground."""

from typing import Any, Final

import numpy as np

from ..catalogue import DATASETS, DEFAULT_EXPERIMENT, EXPERIMENTS, KERNELS, Dataset, Examples, Experiment
from ..explain import explain
from ..schemas.network import NetworkSpec
from ..schemas.serialization import to_json
from ..services.explain import explanation_out
from ..services.forward import trace_out
from ..services.parameters import resolve_parameters
from .page import Link, Page
from .rendering import data_block

MAX_FILTERS: Final = 16
"""Filters that the page can show. The API's own limit is in the settings."""

MAX_EPOCHS: Final = 1_000
"""Epochs of one run on the page, which keeps all of them so that earlier ones show at once."""
MAX_COMPLETE: Final = 400
"""Up to this many examples, the page gets all of a set. As in static/js/effects/loading.js."""
PREVIEW_LENGTH: Final = 120
"""Examples of a larger set that the page gets at first."""

ROOMY_FILTERS: Final = 4
ROOMY_MAP: Final = 3
"""Up to this many filters and rows of a map, every number has room. As in static/js/views/network.js."""

ACTIVATIONS: Final = (("relu", "ReLU"), ("leaky_relu", "Leaky ReLU"), ("tanh", "tanh"), ("sigmoid", "Sigmoid"))


def _values() -> dict[str, Any]:
    state, trace = _opening_state()
    filters, rows, _ = trace["layers"][0]["output"].shape
    pool = trace["layers"][2]["output"].shape
    return {
        "activations": ACTIVATIONS,
        "initial_state": data_block(state),
        "geometry": {
            "filters": filters,
            "bias": DEFAULT_EXPERIMENT.network["layers"][0].get("bias", True),
            "kernel": DEFAULT_EXPERIMENT.network["layers"][0]["kernel_size"][0],
            "map": rows,
            "pool": pool[1],
            "room": "roomy" if filters <= ROOMY_FILTERS and rows <= ROOMY_MAP else "focus",
            "features": int(np.prod(pool)),
        },
        "epochs": DEFAULT_EXPERIMENT.epochs,
        "summary": state["explanations"][0]["summary"],
        "reading": {"digit": trace["predicted"], "probability": trace["probabilities"][trace["predicted"]]},
    }


def _opening_state() -> tuple[dict[str, Any], dict[str, Any]]:
    digits = DATASETS["digits"].values[:10]
    network = NetworkSpec.model_validate_json(to_json(DEFAULT_EXPERIMENT.network)).network()
    parameters = resolve_parameters(network, DEFAULT_EXPERIMENT.start(), DEFAULT_EXPERIMENT.seed)
    image = digits[DEFAULT_EXPERIMENT.digit]
    [trace] = trace_out(network.forward(parameters, image[None, None]))
    explanations = explain(
        network, parameters, image[None], [DEFAULT_EXPERIMENT.selected], label=DEFAULT_EXPERIMENT.digit
    )
    state = {
        "network": DEFAULT_EXPERIMENT.network,
        "parameters": parameters,
        "presets": DEFAULT_EXPERIMENT.presets,
        "seed": DEFAULT_EXPERIMENT.seed,
        "selected": DEFAULT_EXPERIMENT.selected,
        "image": image,
        "label": DEFAULT_EXPERIMENT.digit,
        "trace": trace,
        "explanations": [explanation_out(explanation) for explanation in explanations],
        "experiment": DEFAULT_EXPERIMENT.id,
        "sets": {
            "training": _example_set("Training set", DEFAULT_EXPERIMENT.examples),
            "test": _example_set("Test set", DEFAULT_EXPERIMENT.test),
        },
        "plan": {
            "optimizer": DEFAULT_EXPERIMENT.optimizer,
            "epochs": DEFAULT_EXPERIMENT.epochs,
            "batchSize": DEFAULT_EXPERIMENT.batch_size,
            "shuffle": DEFAULT_EXPERIMENT.shuffle,
            "seed": DEFAULT_EXPERIMENT.seed,
        },
        "catalogue": {
            "kernels": [
                {
                    "id": k.id,
                    "name": k.name,
                    "family": k.family,
                    "about": k.about,
                    "matrix": k.matrix,
                    "divisor": k.divisor,
                }
                for k in KERNELS.values()
            ],
            "digits": digits,
            "experiments": [_named(experiment) for experiment in EXPERIMENTS.values()],
            "datasets": [_named(dataset) for dataset in DATASETS.values()],
            "limits": {"filters": MAX_FILTERS, "epochs": MAX_EPOCHS},
        },
    }
    return state, trace


def _named(entry: Experiment | Dataset) -> dict[str, str]:
    return {"id": entry.id, "name": entry.name, "about": entry.about}


def _example_set(name: str, examples: Examples | None) -> dict[str, Any]:
    """Return a set as the page keeps it: a reference and its examples, of a large set only the first."""
    if examples is None:
        return {"name": name, "examples": [], "reference": None}
    inline = examples.inline()
    shown = inline[:PREVIEW_LENGTH] if len(inline) > MAX_COMPLETE else inline
    return {"name": name, "examples": shown, "reference": examples.reference()}


PAGE: Final = Page(
    name="playground",
    path="/",
    link=Link(order=1, name="Playground", about="Draw a digit and read every number of the network."),
    stylesheets=(
        "transport", "settings", "visit", "notice", "tile", "drawing", "network", "filter", "dense", "deck", "explain",
        "player", "formula",
    ),
    script="main.js",
    values=_values,
)  # fmt: skip
