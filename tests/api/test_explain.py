"""POST /explain: the numbers of /forward, each with its terms; what does not fit is refused by its field."""

from typing import Any

import httpx
import pytest

from app.client import AsyncClient
from app.main import create_app
from app.schemas.explain import ExplainResponse
from app.settings import Settings
from tests.api.bodies import CONV, DENSE, EIGHT, KERNEL, LAYERS, LOGITS, POOL, forward, network
from tests.api.conftest import Post, http_to
from tests.api.test_refusals import problem_of

pytestmark = pytest.mark.anyio

PARAMETERS = {
    "conv": {"weight": [[KERNEL]]},
    "dense": {"weight": [[0.01 * (d - n) for d in range(10)] for n in range(4)], "bias": LOGITS},
}


def explain(*cells: str, **changes: Any) -> dict[str, Any]:
    body = {"network": network(), "parameters": PARAMETERS, "image": EIGHT, "label": 8, "cells": list(cells)}
    return {key: value for key, value in (body | changes).items() if value is not ...}


async def explanations(post: Post, *cells: str, **changes: Any) -> list[dict[str, Any]]:
    reply = await post("explain", explain(*cells, **changes))
    assert reply.status_code == 200, reply.text
    ExplainResponse.model_validate_json(reply.content)
    found: list[dict[str, Any]] = reply.json()["explanations"]
    return found


async def test_a_cell_of_the_feature_map_is_told_with_its_window_and_kernel(post: Post) -> None:
    [told] = await explanations(post, "conv[0][0][1]")
    assert told["cell"] == "conv[0][0][1]"
    assert told["value"] == 2
    assert told["sentence"].startswith("Feature map A, row 0, column 1 is 2: 1 × 0 + ")
    assert [term["value"] for term in told["terms"]] == [0, 0, 0, 0, 0, 0, 1, 0, 1]
    assert told["terms"][6] == {
        "value": 1,
        "factors": [
            {"cell": "input[2][1]", "value": 1, "symbol": "x"},
            {"cell": "conv.weight[0][0][2][0]", "value": 1, "symbol": "k"},
        ],
        "padded": False,
        "rule": None,
    }
    assert [grid["name"] for grid in told["grids"]] == ["Pixels under the window", "Kernel", "Products"]
    assert told["grids"][0]["values"] == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert told["grids"][1]["values"] == KERNEL
    assert [(step["name"], step["value"], step["result"]) for step in told["steps"]] == [
        ("Sum of the products", 2, False),
        ("Feature map cell z", 2, True),
        ("ReLU keeps it", 2, False),
        ("Largest in its window, becomes f[0]", 2, False),
    ]
    assert not {"check", "update", "winners", "order"} & told.keys()


async def test_numbers_are_those_of_forward_to_the_last_bit(post: Post) -> None:
    trace = (await post("forward", forward(parameters=PARAMETERS))).json()["traces"][0]
    told = await explanations(post, *[f"{kind}[{d}]" for kind in ("logits", "probabilities") for d in range(10)])
    assert [number["value"] for number in told] == trace["logits"] + trace["probabilities"]


async def test_a_gradient_comes_with_its_check_and_its_update(post: Post) -> None:
    cells = ["gradient.dense.weight[0][8]", "gradient.input[0][0]", "gradient.logits[8]", "logits[8]"]
    weight, pixel, error, score = await explanations(post, *cells, check=True, learning_rate=0.5)
    assert weight["value"] == 2 * error["value"]
    assert weight["check"]["verdict"] == "agrees"
    assert weight["check"]["numeric"] == pytest.approx(weight["value"], rel=1e-6)
    assert weight["update"]["old"] == PARAMETERS["dense"]["weight"][0][8]
    assert weight["update"]["new"] == weight["update"]["old"] - 0.5 * weight["value"]
    assert "check" in pixel
    assert not {"update"} & pixel.keys()
    assert not {"check", "update"} & error.keys()
    assert not {"check", "update"} & score.keys()
    assert "update" not in (await explanations(post, cells[0]))[0]


async def test_explanations_come_in_the_order_of_the_cells_and_a_cell_may_come_twice(post: Post) -> None:
    cells = ["loss", "conv[0][0][1]", "loss", "gradient.pool[0][0][0]"]
    told = await explanations(post, *cells)
    assert [number["cell"] for number in told] == cells
    assert told[0] == told[2]
    assert len(await explanations(post, *["conv[0][0][1]"] * 400)) == 400


async def test_the_same_request_has_the_same_reply(post: Post) -> None:
    body = explain("gradient.conv.weight[0][0][1][1]", "probabilities[3]", check=True, learning_rate=0.1)
    replies = {(await post("explain", body)).content for _ in range(3)}
    assert len(replies) == 1


async def test_a_colour_image_has_addresses_with_channels(post: Post) -> None:
    net = network(CONV, {"type": "tanh"}, POOL, {"type": "flatten"}, DENSE, input_shape=[3, 5, 5])
    image = [[[0.5] * 5] * 5] * 3
    conv = {"weight": [[[[0.1] * 3] * 3] * 3]}
    parameters = {"conv": conv, "dense": PARAMETERS["dense"]}
    pixel, z = await explanations(
        post, "input[2][0][1]", "conv[0][1][1]", network=net, parameters=parameters, image=image
    )
    assert pixel["value"] == 0.5
    assert len(z["terms"]) == 27
    assert z["terms"][26]["factors"][0]["cell"] == "input[2][3][3]"
    assert [grid["name"] for grid in z["grids"]][-1] == "Products, channel 2"


WITHOUT_POOL = [layer for layer in LAYERS if layer != POOL]
HUGE = {"conv": {"weight": [[[[1e308] * 3] * 3]]}, "dense": PARAMETERS["dense"]}
ONE_BAD = {"conv": {"weight": [[KERNEL]]}, "dense": {"weight": [[0] * 10] * 3, "bias": LOGITS}}

UNPROCESSABLE: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown address", explain("loss", "conv[0][3][0]"), "cells.1"),
    ("an address that is a number", explain() | {"cells": [3]}, "cells.0"),
    ("a very long address", explain("conv" + "[0]" * 100), "cells.0"),
    ("no cells", explain(), "cells"),
    ("too many cells", explain(*["loss"] * 401), "cells"),
    ("no label", explain("gradient.loss", label=...), "label"),
    ("null for the label", explain("loss", label=None), "label"),
    ("a label beyond the classes", explain("loss", label=10), "label"),
    ("a negative label", explain("loss", label=-1), "label"),
    ("a fraction for a label", explain("loss", label=0.5), "label"),
    ("a network without pooling", explain("loss", network=network(*WITHOUT_POOL)), "network.layers"),
    ("an image of another size", explain("loss", image=[[1]]), "image"),
    ("no image", explain("loss", image=...), "image"),
    ("no parameters", explain("loss", parameters=...), "parameters"),
    ("a weight of another shape", explain("loss", parameters=ONE_BAD), "parameters.dense.weight"),
    ("a number for check", explain("loss", check=1), "check"),
    ("a negative learning rate", explain("loss", learning_rate=-1), "learning_rate"),
    ("an unknown field", explain("loss", epsilon=1), "epsilon"),
    ("numbers that become too large", explain("loss", parameters=HUGE, image=[[10] * 5] * 5), "network.layers.0"),
    (
        "an update that becomes too large",
        explain("gradient.dense.weight[0][8]", learning_rate=1e308, image=[[100] * 5] * 5),
        "learning_rate",
    ),
]


@pytest.mark.parametrize(("name", "body", "field"), UNPROCESSABLE, ids=[name for name, *_ in UNPROCESSABLE])
async def test_invalid_request_is_refused_naming_the_field(
    post: Post, name: str, body: dict[str, Any], field: str
) -> None:
    problem = problem_of(await post("explain", body), 422)
    assert field in [error.field for error in problem.errors], problem


async def test_a_refused_address_is_shown_with_those_that_there_are(post: Post) -> None:
    problem = problem_of(await post("explain", explain("conv[0][3][0]")), 422, "invalid-request")
    assert problem.errors[0].value == '"conv[0][3][0]"'
    assert problem.errors[0].allowed == "conv[o][r][c] with o from 0 to 0, r from 0 to 2, c from 0 to 2"


@pytest.mark.parametrize(
    ("limit", "most", "body"),
    [
        ("max_terms", 30, explain(*["conv[0][0][0]"] * 4)),
        ("max_multiply_adds", 5_000, explain(*["gradient.conv.weight[0][0][0][0]"] * 10, check=True)),
        ("max_channels", 2, explain("loss", network=network(input_shape=[3, 5, 5]))),
        ("max_elements", 49, explain("loss")),
    ],
)
async def test_exceeding_a_limit_is_a_422_that_names_it(limit: str, most: int, body: dict[str, Any]) -> None:
    async with http_to(create_app(Settings(**{limit: most}))) as client:
        reply = await client.post("/api/v1/explain", json=body)
    assert reply.status_code == 422, reply.text
    assert reply.json()["type"] == "/docs#limit-exceeded"
    assert limit in reply.json()["detail"]


async def test_the_client_explains() -> None:
    transport = httpx.ASGITransport(create_app())
    async with AsyncClient("http://five.test", transport=transport) as five:
        cells = ["pool[0][0][0]", "gradient.conv.weight[0][0][2][0]"]
        reply = await five.explain(
            network(), cells, parameters=PARAMETERS, image=EIGHT, label=8, check=True, learning_rate=0.1
        )
    pooled, gradient = reply.explanations
    assert pooled.winners == ["relu[0][0][1]", "relu[0][1][1]"]
    assert pooled.check is None
    assert gradient.check is not None
    assert gradient.check.verdict == "tie"
    assert gradient.update is not None
