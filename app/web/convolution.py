"""The page /convolution: convolution in one and two dimensions, output sizes, and the kernel gallery."""

import json
from collections.abc import Iterator
from typing import Any, Final

from ..catalogue import DATASETS, KERNELS
from ..catalogue.patterns import PATTERNS
from ..engine.signal import CONVENTIONS
from ..schemas.convolve import ConvolveRequest
from ..schemas.network import NOTEBOOK_EIGHT
from ..schemas.output_size import OutputSizeRequest
from ..schemas.responses import ResponsesRequest
from ..schemas.serialization import to_json
from ..services.convolve import convolve_json
from ..services.kernels import kernel_out
from ..services.output_size import output_size_json
from ..services.responses import patterns_out, responses_json
from .page import Link, Page
from .rendering import data_block

ABOUT_CONVENTIONS: Final = (
    ("f", "i+j", "j", "Cross-correlation, which deep learning calls convolution: g lies as it is written."),
    ("f", "i-j", "j", "Convolution as in signal processing: g lies flipped, and i is where g[0] lies."),
    ("f", "j", "i-j", "The same convolution with j running along f: the same terms in the opposite order."),
    ("f", "j", "i+j", "Cross-correlation with i turned: as i grows, g slides to the left; C(i) stands under f(−i)."),
)
"""For each convention: the letter, the indices of f and of g, and a description."""

NOTEBOOK_LINE: Final[dict[str, Any]] = {
    "signal": [1, 2, 3, 4, 5],
    "kernel": [1, 0, -1],
    "stride": 1,
    "dilation": 1,
    # the notebook pads its second example by two zeros on the left; the third is the same convolution
    "padding": [[0, 0], [2, 0], [2, 0], [0, 0]],
}
NOTEBOOK_PLANE: Final[dict[str, Any]] = {
    "image": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    "kernel": [[1, 0], [0, -1]],
    "convention": "f(i+j)g(j)",
    "padding": [[0, 0], [0, 0]],
    "stride": [1, 1],
    "dilation": [1, 1],
}
PLAYGROUND_CHAIN: Final = {
    "size": 5,
    "layers": [
        {"kernel_size": 3, "stride": 1, "padding": [0, 0], "dilation": 1, "ceil_mode": False},
        {"kernel_size": 2, "stride": 2, "padding": [0, 0], "dilation": 1, "ceil_mode": False},
    ],
}
OPENING_KERNEL: Final = "sobel-vertical"
OPENING_PICTURE: Final = "vertical-edge"


def _values() -> dict[str, Any]:
    return {
        "conventions": ABOUT_CONVENTIONS,
        "line": NOTEBOOK_LINE,
        "initial_state": data_block(_opening_state()),
    }


def _opening_state() -> dict[str, Any]:
    """Return the state in which the page opens: the input of each part, and the API's response to it."""
    shared = {name: NOTEBOOK_LINE[name] for name in ("kernel", "stride", "dilation")}
    line = [
        _convolve(input=NOTEBOOK_LINE["signal"], convention=convention, padding=sides, **shared)
        for convention, sides in zip(CONVENTIONS, NOTEBOOK_LINE["padding"], strict=True)
    ]
    plane = _convolve(input=NOTEBOOK_PLANE["image"], **{k: v for k, v in NOTEBOOK_PLANE.items() if k != "image"})
    sizes = output_size_json(OutputSizeRequest.model_validate_json(to_json(PLAYGROUND_CHAIN)))
    own = responses_json(ResponsesRequest.model_validate_json(to_json({"image": NOTEBOOK_EIGHT})))
    return {
        "line": {"work": NOTEBOOK_LINE, "reply": line},
        "plane": {"work": NOTEBOOK_PLANE, "reply": plane},
        "size": {"work": PLAYGROUND_CHAIN, "reply": _parsed(sizes)},
        "own": {"work": {"image": NOTEBOOK_EIGHT}, "reply": _parsed(own)},
        "chosen": {"kernel": OPENING_KERNEL, "picture": OPENING_PICTURE},
        "catalogue": {
            "kernels": [kernel_out(kernel) for kernel in KERNELS.values()],
            "patterns": patterns_out(),
            "digits": DATASETS["digits"].values[:10],
            "pictures": [
                {"name": "The notebook's 3 × 3", "image": NOTEBOOK_PLANE["image"]},
                {"name": "The notebook's 8", "image": NOTEBOOK_EIGHT},
                *({"name": pattern.name, "image": pattern.image} for pattern in PATTERNS.values()),
            ],
        },
    }


def _convolve(**body: Any) -> Any:
    """Return the response of POST /convolve."""
    return _parsed(convolve_json(ConvolveRequest.model_validate_json(to_json(body | {"explain": True}))))


def _parsed(parts: Iterator[bytes | None]) -> Any:
    return json.loads(b"".join(filter(None, parts)))


PAGE: Final = Page(
    name="convolution",
    path="/convolution",
    link=Link(order=2, name="Convolution", about="Convolve signals and images, step by step."),
    stylesheets=(
        "settings", "notice", "tile", "drawing", "player", "formula", "convolution", "convolution-line",
        "convolution-plane", "convolution-size", "convolution-gallery",
    ),
    script="convolution.js",
    values=_values,
)  # fmt: skip
