"""A client that openapi-python-client generates from /openapi.json calls every operation of a live server."""

import importlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.api.bodies import EIGHT, KERNEL
from tests.conftest import Server

PACKAGE = "generated_client"


@pytest.fixture(scope="module")
def description(server: Server) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/openapi.json") as response:
        described: dict[str, Any] = json.load(response)
    return described


@pytest.fixture(scope="module")
def generated(description: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(description))
    (folder / "config.yaml").write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    files = ["--path", "openapi.json", "--config", "config.yaml", "--output-path", PACKAGE]
    made = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.fixture
def client(generated: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(generated))
    with importlib.import_module(PACKAGE).Client(base_url=server.url, raise_on_unexpected_status=True) as opened:
        yield opened


def call(client: Any, tag: str, operation: str, **arguments: Any) -> Any:
    """What the generated function returns."""
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{operation}").sync(client=client, **arguments)


def model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


def test_a_generated_client_calls_every_operation(client: Any, description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    required = {"get_dataset": {"id": "digits"}, "get_experiment": {"id": "one-8"}}
    for operations in description["paths"].values():
        for operation in operations.values():
            name, [tag] = operation["operationId"], operation["tags"]
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            expected = (schema if "$ref" in schema else schema["items"])["$ref"].rpartition("/")[2]
            bodies = [None]
            if "requestBody" in operation:
                ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                bodies = [model(ref).from_dict(example) for example in schemas[ref]["examples"]]
            for body in bodies:
                arguments = required.get(name, {}) | ({} if body is None else {"body": body})
                reply = call(client, tag, name, **arguments)
                assert type(reply[0] if isinstance(reply, list) else reply) is model(expected), name


def test_a_generated_client_trains_evaluates_and_convolves(client: Any) -> None:
    convolved = call(client, "compute", "convolve", body=model("ConvolveRequest")(input_=EIGHT, kernel=KERNEL))
    assert convolved.output == [[1, 2, 1], [0, 2, 0], [1, 2, 1]]
    start = call(client, "catalogue", "get_experiment", id="8-and-2").train
    start.epochs = 200
    start.optimizer = model("AdamSpec")(type_="adam", learning_rate=0.01)
    trained = call(client, "training", "train", body=start)
    assert len(trained.epochs) == 200
    assert trained.epochs[-1].loss < trained.epochs[0].loss
    body = model("EvaluateRequest")(network=start.network, examples=start.examples, parameters=trained.parameters)
    evaluated = call(client, "training", "evaluate", body=body)
    assert evaluated.accuracy == 1
    start.parameters, start.optimizer_state = trained.parameters, trained.optimizer_state
    start.first_epoch, start.epochs = trained.next_epoch, 1
    assert call(client, "training", "train", body=start).epochs[0].epoch == 201


def test_a_generated_client_sends_an_array_as_npy(client: Any) -> None:
    array = BytesIO()
    np.save(array, np.array(EIGHT))
    array.seek(0)
    file = importlib.import_module(f"{PACKAGE}.types").File(payload=array)
    convolved = call(client, "compute", "convolve", body=file, kernel=json.dumps(KERNEL))
    assert convolved.output == [[1, 2, 1], [0, 2, 0], [1, 2, 1]]


def test_a_generated_client_reads_a_problem(client: Any) -> None:
    refused = call(client, "compute", "convolve", body=model("ConvolveRequest")(input_=[1.0], kernel=[1.0, 2.0]))
    assert isinstance(refused, model("Problem"))
    assert refused.errors[0].field == "kernel"
