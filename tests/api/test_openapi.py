"""What /openapi.json must have for linters and for generators of clients."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from app.main import create_app
from app.settings import Settings

COMMON = {"400", "408", "431", "500", "503"}
SHARED = {"Parameters", "Array", "Image"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(json.dumps(create_app(Settings()).openapi()))
    return described


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[str, Any]:
    return {f"{m} {path}": call for path, calls in document["paths"].items() for m, call in calls.items()}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in `value`, without examples and defaults."""
    if isinstance(value, dict):
        yield value
        value = [inner for name, inner in value.items() if name not in ("examples", "example", "default")]
    for inner in value if isinstance(value, list) else ():
        yield from nodes(inner)


def refs(value: Any) -> set[str]:
    return {node["$ref"] for node in nodes(value) if "$ref" in node}


def found(document: dict[str, Any], ref: str) -> Any:
    here: Any = document
    for part in ref.removeprefix("#/").split("/"):
        here = here[part]
    return here


def reached(document: dict[str, Any], start: Any) -> set[str]:
    """Every component that `start` refers to, also through others."""
    seen: set[str] = set()
    waiting = refs(start)
    while waiting:
        ref = waiting.pop()
        seen.add(ref)
        waiting |= refs(found(document, ref)) - seen
    return seen


def test_operations_are_called_as_their_functions(operations: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names), names
    assert {"train", "evaluate", "convolve", "output_size", "list_kernels", "get_dataset"} <= set(names)


def test_document_has_contact_license_and_declared_tags(document: dict[str, Any], operations: dict[str, Any]) -> None:
    assert document["info"]["contact"]["name"]
    assert document["info"]["license"] == {"name": "MIT License", "identifier": "MIT"}
    assert all(not server["url"].endswith("/") for server in document["servers"])
    declared = {tag["name"] for tag in document["tags"] if tag["description"]}
    assert {tag for operation in operations.values() for tag in operation["tags"]} == declared
    assert all(operation["description"] and operation["tags"] for operation in operations.values())


def test_no_component_is_unused(document: dict[str, Any]) -> None:
    components = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named}
    assert components == reached(document, document["paths"])


def test_every_default_and_example_is_valid_and_every_array_has_items(document: dict[str, Any]) -> None:
    tried = 0
    for node in nodes({**document["components"]["schemas"], "paths": document["paths"]}):
        if "schema" not in node and node.get("in") is None:  # examples of a parameter are objects of OpenAPI
            schema = {**node, "components": document["components"]}
            for value in [*([node["default"]] if "default" in node else []), *node.get("examples", [])]:
                jsonschema.Draft202012Validator(schema).validate(value)
                tried += 1
        assert node.get("type") != "array" or "items" in node, node
    assert tried > 150


def test_no_object_is_the_default_of_a_union_and_no_union_stands_beside_fields(document: dict[str, Any]) -> None:
    for node in nodes(document["components"]["schemas"]):
        assert not isinstance(node.get("default"), dict), node
        assert not ({"oneOf", "anyOf", "allOf"} & node.keys() and "properties" in node), node


def test_parameters_arrays_and_images_are_written_once(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in SHARED:
        bare = {keyword: value for keyword, value in schemas[name].items() if keyword != "description"}
        assert json.dumps(document).count(json.dumps(bare).removeprefix("{").removesuffix("}")) == 1, name
    assert schemas["TrainRequest"]["properties"]["parameters"]["$ref"] == "#/components/schemas/Parameters"
    assert schemas["DoneOut"]["properties"]["parameters"]["$ref"] == "#/components/schemas/Parameters"


def test_responses_may_grow_and_requests_are_strict(document: dict[str, Any], operations: dict[str, Any]) -> None:
    for operation in operations.values():
        for ref in reached(document, operation["responses"]):
            assert found(document, ref).get("additionalProperties") is not False, ref
    for name in ("ConvolveRequest", "ForwardRequest", "EvaluateRequest", "ExplainRequest"):
        assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_every_operation_declares_the_problems_that_it_may_answer_with(
    document: dict[str, Any], operations: dict[str, Any]
) -> None:
    for name, operation in operations.items():
        declared = operation["responses"]
        expected = set(COMMON)
        expected |= {"422", "429"} if "/api/v1/" in name else set()
        expected |= {"404"} if "{id}" in name else set()
        expected |= {"413", "415"} if name.startswith("post") else set()
        assert {status for status in declared if status >= "400"} == expected, name
        for status in expected - ({"422"} if operation["operationId"] == "train" else set()):
            response = found(document, declared[status]["$ref"])
            assert response["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")


def test_headers_of_responses_are_declared(document: dict[str, Any], operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        for status, response in operation["responses"].items():
            headers = (found(document, response["$ref"]) if "$ref" in response else response)["headers"]
            assert "X-Request-ID" in headers, (name, status)
            assert ("Retry-After" in headers) == (status in {"429", "503"}), (name, status)
            assert "/api/v1/" not in name or status != "200" or "RateLimit" in headers, name


def test_the_stream_of_a_training_refers_to_the_schemas_of_its_events(operations: dict[str, Any]) -> None:
    stream = operations["post /api/v1/train"]["responses"]["200"]["content"]["text/event-stream"]
    events = {
        event["properties"]["event"]["const"]: {
            ref.rpartition("/")[2] for ref in refs(event["properties"]["data"]["contentSchema"])
        }
        for event in stream["schema"]["items"]["oneOf"]
    }
    assert events == {
        "start": {"StartOut"},
        "epoch": {"EpochOut"},
        "done": {"DoneOut"},
        "paused": {"PausedOut"},
        "failed": {"Problem", "DivergedProblem"},
    }
