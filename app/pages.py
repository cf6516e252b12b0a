"""The HTML pages. Each arrives complete: its state and its first numbers are in it, as one application/json block."""

from typing import Any, Final

import jinja2
import numpy as np
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from .assets import static_url
from .catalogue import DATASETS, DEFAULT_EXPERIMENT, EXPERIMENTS, KERNELS, Dataset, Examples, Experiment
from .explain import explain
from .http.constant import HTML, ConstantContent
from .modules import needed_modules
from .paths import TEMPLATES_DIR
from .schemas.json_bytes import to_json
from .schemas.network import NetworkSpec
from .services.explain import explanation_out
from .services.forward import trace_out
from .services.parameters import resolve_parameters
from .stylesheets import page_stylesheet

MAX_FILTERS: Final = 16
"""Filters on the page: as many as letters name and a screen shows. The API's own limit is in the settings."""

MAX_EPOCHS: Final = 1_000
"""Epochs of one run on the page: each is kept, so that time travel waits for nothing."""
MOST_AT_HAND: Final = 400
"""Of sets up to this many examples the page has all. As in static/js/effects/loading.js."""
MOST_SHOWN: Final = 120
"""Examples of a large set that the page shows at first."""

ROOMY_FILTERS: Final = 4
ROOMY_MAP: Final = 3
"""Up to this many filters and rows of a map, every number has room. As in static/js/views/network.js."""

NAVIGATION: Final = (
    {"name": "Playground", "href": "./", "about": "Draw a digit and read every number of the network."},
    {"name": "Convolution", "href": "convolution", "about": "Convolve signals and images, step by step."},
    {"name": "API", "href": "docs", "about": "Everything that the pages show, for programs."},
)
ACTIVATIONS: Final = (("relu", "ReLU"), ("leaky_relu", "Leaky ReLU"), ("tanh", "tanh"), ("sigmoid", "Sigmoid"))

_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES_DIR), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)

router = APIRouter(include_in_schema=False)


@router.get("/")
async def playground(request: Request) -> Response:
    """The playground."""
    return await _PLAYGROUND.response(request)


def _playground() -> bytes:
    state, trace = _opening_state()
    filters, rows, _ = trace["layers"][0]["output"].shape
    pool = trace["layers"][2]["output"].shape
    html = render(
        "playground.html",
        here="./",
        stylesheet=page_stylesheet("playground"),
        modules=needed_modules("main.js"),
        activations=ACTIVATIONS,
        initial_state=data_block(state),
        geometry={
            "filters": filters,
            "bias": DEFAULT_EXPERIMENT.network["layers"][0].get("bias", True),
            "kernel": DEFAULT_EXPERIMENT.network["layers"][0]["kernel_size"][0],
            "map": rows,
            "pool": pool[1],
            "room": "roomy" if filters <= ROOMY_FILTERS and rows <= ROOMY_MAP else "focus",
            "features": int(np.prod(pool)),
        },
        epochs=DEFAULT_EXPERIMENT.epochs,
        summary=state["explanations"][0]["summary"],
        reading={"digit": trace["predicted"], "probability": trace["probabilities"][trace["predicted"]]},
    )
    return html.encode()


def render(template: str, **values: Any) -> str:
    """A template as HTML, with what every page needs."""
    shared = {"navigation": NAVIGATION, "static_url": static_url, "up": ""}
    return _templates.get_template(template).render(**(shared | values))


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
    """A set as the page keeps it: a reference, and its examples; of a large one the first, for the eye."""
    if examples is None:
        return {"name": name, "examples": [], "reference": None}
    inline = examples.inline()
    shown = inline[:MOST_SHOWN] if len(inline) > MOST_AT_HAND else inline
    return {"name": name, "examples": shown, "reference": examples.reference()}


def data_block(value: Any) -> Markup:
    """JSON that cannot end the script element around it."""
    return Markup(to_json(value).decode().replace("<", "\\u003c"))  # noqa: S704 - every "<" is escaped


_PLAYGROUND: Final = ConstantContent(_playground, HTML)
