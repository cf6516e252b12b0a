"""Large values are written in parts, between which other work may run; the JSON is the same."""

from typing import Any

import numpy as np
import pytest

from app.schemas.serialization import PART, json_in_slices, to_json

RANDOM = np.random.default_rng(0)
LARGE: dict[str, Any] = {
    "matrix": RANDOM.random((300, 200)),
    "row": RANDOM.random(50_000),
    "column": RANDOM.random((50_000, 1)),
    "one long row": RANDOM.random((1, 2, 30_000)),
    "columns of a matrix": RANDOM.random((100, 2_000)).T,
    "booleans": RANDOM.random((200, 200)) > 0.5,
    "list": [*range(30_000)],
    "tuples": [(index, str(index)) for index in range(20_000)],
    "objects": {"traces": [{"name": f"say {index}", "output": RANDOM.random((2, 3))} for index in range(5_000)]},
    "long and short": {"none": [], "nothing": {}, "a": None, "b": True, 'quoted "c"': RANDOM.random(20_000), "d": "e"},
    "integer keys": {3: RANDOM.random(20_000), 4: [1.5]},
}


@pytest.mark.parametrize("name", LARGE)
def test_large_value_is_written_in_parts_as_it_would_be_at_once(name: str) -> None:
    *interruptions, body = json_in_slices(LARGE[name])
    assert body == to_json(LARGE[name])
    assert interruptions == [None] * len(interruptions)
    values = body.count(b",") + 1
    assert len(interruptions) >= values // (2 * PART)


@pytest.mark.parametrize("value", [[], {}, np.zeros((0, 3)), np.zeros(()), {"a": [1, np.float64(3)]}, "text", None])
def test_small_value_is_written_at_once(value: Any) -> None:
    assert list(json_in_slices(value)) == [to_json(value)]
