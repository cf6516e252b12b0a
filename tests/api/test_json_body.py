"""JSON text to values: long text is read in pieces, with the result of reading it in one go."""

import json
import random
from typing import Any

import numpy as np
import pytest
from pydantic_core import from_json

from app.http import json_body
from app.http.json_body import JSONSyntaxError, ParsedSizeError, parse_json
from app.settings import Settings

VALUES: list[Any] = [0, 1, -1.5, 1e5, "a", "b,c", "[", "]}", 'q"uo\\te', "é", None, True, ""]
CHANGES = [b"", b",", b"[", b"]", b"{", b"}", b":", b'"', b"1", b" ", b"\\", b"x", b"null", b'"a":']


def any_value(draw: random.Random, depth: int) -> Any:
    chance = draw.random()
    if depth == 0 or chance < 0.35:
        return draw.choice(VALUES)
    if chance < 0.7:
        return [any_value(draw, depth - 1) for _ in range(draw.randint(0, 6))]
    return {f"k{draw.randint(0, 9)}": any_value(draw, depth - 1) for _ in range(draw.randint(0, 5))}


def assert_parsed_as_pydantic_does(text: bytes) -> None:
    try:
        expected = from_json(text)
    except ValueError:
        with pytest.raises(JSONSyntaxError):
            parse_json(text, 2**30)
    else:
        assert parse_json(text, 2**30) == expected


@pytest.mark.parametrize("piece_bytes", [1, 4, 16, 64])
def test_json_in_pieces_is_read_as_in_one_go(monkeypatch: pytest.MonkeyPatch, piece_bytes: int) -> None:
    monkeypatch.setattr(json_body, "PIECE_BYTES", piece_bytes)
    draw = random.Random(piece_bytes)  # noqa: S311 - any values will do
    for _ in range(3_000):
        text = json.dumps(any_value(draw, 5), ensure_ascii=False, indent=draw.choice([None, 1])).encode()
        if draw.random() < 0.6:
            start = draw.randrange(len(text))
            text = text[:start] + draw.choice(CHANGES) + text[start + draw.randint(0, 2) :]
        assert_parsed_as_pydantic_does(text)


@pytest.mark.parametrize(
    "text",
    [b"[" + b"1,2," * 10**6, b'["' + b"x" * 4 * 10**6, b'["' + rb"\n" * 2 * 10**6 + b'"]'],
    ids=["numbers", "string", "escapes"],
)
def test_a_body_of_4_megabytes_is_searched_in_pieces_of_one(text: bytes) -> None:
    ends = [0, *(token.end() for token in json_body._TOKEN.finditer(text)), len(text)]
    assert max(np.diff(ends)) < 1_100_000


def test_long_list_of_numbers_is_read_in_pieces_as_in_one_go() -> None:
    draw = random.Random(0)  # noqa: S311 - any changes will do
    whole = b'{"a": [%s], "b": [[3], %s]}' % (b"1, 2.5," * 12_000 + b"3", b"4," * 20_000 + b"5")
    for _ in range(100):
        start = draw.randrange(len(whole))
        text = whole[:start] + draw.choice([b"", b",", b"]", b"[6]", b"7"]) + whole[start + draw.randint(0, 2) :]
        assert_parsed_as_pydantic_does(text)


def test_strings_of_a_body_are_not_kept_for_the_next() -> None:
    [first], [second] = (parse_json(b'["only in this test"]', 2**30) for _ in range(2))
    assert first == second
    assert first is not second


@pytest.mark.parametrize(("unit", "length"), [(b"[]", 4_000_000), (b'{"a":1}', 4_000_000), (b"0.1", 8_000_000)])
def test_values_that_take_too_much_memory_are_refused_unparsed(unit: bytes, length: int) -> None:
    text = b"[" + b",".join([unit] * (length // len(unit))) + b"]"
    with pytest.raises(ParsedSizeError):
        parse_json(text, Settings().max_parsed_bytes)
