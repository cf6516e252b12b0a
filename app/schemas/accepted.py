"""Describe in words what a field of a request accepts, from its JSON schema."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

_ONE: Final = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "object": "an object",
}
_MANY: Final = {"integer": "whole numbers", "number": "numbers", "string": "texts", "boolean": "true or false"}


@cache
def accepted_values(model: type[BaseModel], field: str) -> str:
    """Return the values that `field` of `model` accepts: "a whole number from 0 to 9", "an object"."""
    return _one(model.model_json_schema()["properties"][field])


def _one(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_one, schema["anyOf"])))
    if "enum" in schema:
        return " or ".join(map(json.dumps, schema["enum"]))
    kind = schema.get("type", "object")  # a reference is to an object
    if kind == "array":
        most = schema.get("maxItems")
        count = f"{most} " if most is not None and schema.get("minItems") == most else ""
        return f"a list of {count}{_many(schema['items'])}"
    return f"{_ONE[kind]}{_range(schema)}"


def _many(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"lists of {_many(schema['items'])}"
    return f"{_MANY.get(schema.get('type', ''), 'objects')}{_range(schema)}"


def _range(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None:
        return f" from {least} to {most}"
    return "" if least is None else f" of at least {least}"
