"""How a refusal tells the value that it met: as JSON writes it, and short."""

import json
from typing import Any

import pytest

from app.schemas.json_repr import json_repr


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "null"),
        (-1, "-1"),
        (1.5, "1.5"),
        (1e308, "1e+308"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ("-1", '"-1"'),
        ('say "3"\n', '"say \\"3\\"\\n"'),
        ("5 × 5", '"5 × 5"'),
        ((3,), "[3]"),
        (((1, 2), (3, 4)), "[[1, 2], [3, 4]]"),
        ([True, None, ["a"]], '[true, null, ["a"]]'),
        ({"type": "lion", "betas": (0.9,)}, '{"betas": [0.9], "type": "lion"}'),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_value_is_told_as_json_writes_it(value: Any, text: str) -> None:
    assert json_repr(value) == text


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000,
        10**4_000,
        [0.123456789] * 10_000,
        [[[[[["deep"]]]]]],
        [["x" * 999] * 9] * 9,
        {str(n) * 99: n for n in range(999)},
    ],
)
def test_a_long_value_is_cut(value: Any) -> None:
    text = json_repr(value)
    assert len(text) <= 160
    assert "..." in text


def test_a_lone_surrogate_can_be_told() -> None:
    assert json.loads(json_repr("\ud800")) == "\\ud800"
