"""The HTML pages. Each arrives complete: its state and its first numbers are in it, as one application/json block."""

import gzip
from functools import cache
from typing import Any, Final

import jinja2
import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.assets import static_url
from app.catalogue import DATASETS, KERNELS
from app.catalogue.opening import OPENING
from app.paths import STATIC_DIR, TEMPLATES_DIR
from app.schemas.forward import trace_out
from app.schemas.json_bytes import to_json
from app.schemas.network import NetworkSpec, resolve_parameters

MAX_FILTERS: Final = 16
"""Filters on the page: as many as letters name and a screen shows. The API's own limit is in the settings."""

STYLESHEETS: Final = (
    "tokens", "base", "controls", "top", "settings", "notice", "tile", "drawing", "network", "filter", "dense",
)  # fmt: skip
NAVIGATION: Final = (
    {"name": "Playground", "href": "./"},
    {"name": "Convolution", "href": "convolution"},
    {"name": "API", "href": "docs"},
)
ACTIVATIONS: Final = (("relu", "ReLU"), ("leaky_relu", "Leaky ReLU"), ("tanh", "tanh"), ("sigmoid", "Sigmoid"))

_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES_DIR), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)

router = APIRouter(include_in_schema=False)


@router.get("/")
async def playground(request: Request) -> Response:
    """The playground."""
    return _playground().response(request)


class Page:
    """A page that is the same for everybody: written and compressed once a process.

    Parameters
    ----------
    html : str
        The whole document.
    """

    def __init__(self, html: str) -> None:
        self._plain = html.encode()
        self._gzipped = gzip.compress(self._plain, compresslevel=9, mtime=0)

    def response(self, request: Request) -> Response:
        """The document, compressed for a browser that can read it so; never kept, as it names the newest files."""
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return HTMLResponse(self._gzipped, headers=headers | {"Content-Encoding": "gzip"})
        return HTMLResponse(self._plain, headers=headers)


@cache
def _playground() -> Page:
    state, trace = _opening_state()
    pool = trace["layers"][2]["output"].shape
    html = render(
        "playground.html",
        here="./",
        stylesheets=[f"{name}.css" for name in STYLESHEETS],
        modules=_modules(),
        activations=ACTIVATIONS,
        initial_state=data_block(state),
        geometry={
            "filters": pool[0],
            "kernel": 3,
            "map": trace["layers"][0]["output"].shape[1],
            "pool": pool[1],
            "room": "roomy",
            "features": int(np.prod(pool)),
        },
    )
    return Page(html)


def render(template: str, **values: Any) -> str:
    """A template as HTML, with what every page needs."""
    return _templates.get_template(template).render(navigation=NAVIGATION, static_url=static_url, **values)


def _opening_state() -> tuple[dict[str, Any], dict[str, Any]]:
    digits = DATASETS["digits"].values[:10]
    spec = NetworkSpec.model_validate_json(to_json(OPENING.network))
    network = spec.network()
    kernels = [KERNELS[name].matrix for name in OPENING.presets]
    parameters = resolve_parameters(network, {"conv": {"weight": np.stack(kernels)[:, None]}}, OPENING.seed)
    image = digits[OPENING.digit]
    [trace] = trace_out(network.forward(parameters, image[None, None]))
    state = {
        "network": OPENING.network,
        "parameters": parameters,
        "presets": OPENING.presets,
        "seed": OPENING.seed,
        "selected": OPENING.selected,
        "image": image,
        "trace": trace,
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
            "limits": {"filters": MAX_FILTERS},
        },
    }
    return state, trace


def data_block(value: Any) -> Markup:
    """JSON that cannot end the script element around it."""
    return Markup(to_json(value).decode().replace("<", "\\u003c"))  # noqa: S704 - every "<" is escaped


@cache
def _modules() -> list[str]:
    """Every module that main.js may import, so that the browser fetches them all at once."""
    root = STATIC_DIR / "js"
    return sorted(
        str(path.relative_to(root)) for folder in ("lib", "charts", "views") for path in (root / folder).glob("*.js")
    )
