"""What callers may give the client, and what is refused before anything is sent."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import httpx
import numpy as np
import pytest

from app.client import Client
from app.client.encoding import json_value

NAN, INFINITY = float("nan"), float("inf")


class Tensor:
    """An object that numpy can read, as tensors and data frames are."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array([[1.5, 2.0]])


def sent(signal: Any) -> Any:
    """Return the `input` that /convolve is sent for a signal."""
    bodies: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"output": [1], "output_size": [1], "index": [[0]], "padded": [1]})

    with Client(transport=httpx.MockTransport(answer)) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.client.endpoints.Endpoint.read", lambda *_: None)
        client.convolve(signal, [1])
    [body] = bodies
    return body["input"]


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ([1, 2.5], [1, 2.5]),
        ((1, 2), [1, 2]),
        (np.array([1, 2], dtype=np.uint8), [1, 2]),
        (np.array([1, 2], dtype=">f8"), [1, 2]),
        (np.array([0.5, 2], dtype=np.float16), [0.5, 2]),
        (np.float32([0.1]), [0.10000000149011612]),  # the very number, not the shortest text that reads back as float32
        (np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]), [[1, 2], [3, 4]]),
        ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], [[1, 2], [3, 4]]),
        ([np.float64(1), np.int64(2)], [1, 2]),
        (np.array(3.0), 3),
        (np.ma.masked_array([1.0, 2.0], mask=[False, False]), [1, 2]),
        (Tensor(), [[1.5, 2]]),
    ],
)
def test_arrays_are_sent_with_their_exact_numbers(signal: Any, expected: Any) -> None:
    assert sent(signal) == expected


@pytest.mark.parametrize(
    ("signal", "error", "message"),
    [
        (np.array([1.0, NAN]), ValueError, r"input\[1\] is nan"),
        (np.array([[0, 1.0], [INFINITY, 0]]), ValueError, r"input\[1\]\[0\] is inf"),
        ([[0, 1], [0, -INFINITY]], ValueError, r"input\[1\]\[1\] is -inf"),
        ([1, np.float64(NAN)], ValueError, r"input\[1\] is nan"),
        (np.ma.masked_array([1.0, 2.0], mask=[False, True]), ValueError, "input has masked cells"),
        (np.array([1.0], dtype=np.longdouble), TypeError, "input has dtype float128"),
        (np.array([1j]), TypeError, "input has dtype complex128"),
        (np.array([1, None], dtype=object), TypeError, "input has dtype object"),
        (np.array(["2026-01-01"], dtype="datetime64[D]"), TypeError, r"input has dtype datetime64\[D\]"),
        ([1, Decimal(2)], TypeError, r"input\[1\] is of type Decimal"),
        (dt.date(2026, 1, 1), TypeError, "input is of type date"),
        ({1, 2}, TypeError, "input is of type set"),
    ],
)
def test_value_without_a_json_form_is_named_before_anything_is_sent(
    signal: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sent(signal)


def test_nested_number_is_named_with_its_position() -> None:
    examples = [{"image": [[0, 1]], "label": 1}, {"image": np.array([[0, NAN]]), "label": 0}]
    with Client() as client, pytest.raises(ValueError, match=r"examples\[1\]\.image\[0\]\[1\] is nan"):
        client.evaluate({"input_shape": [1, 1, 2], "layers": []}, examples)


def test_array_of_booleans_is_sent_as_zeros_and_ones() -> None:
    sent = json_value(np.array([[True, False]]), "image")
    assert sent.tolist() == [[1, 0]]
    assert sent.dtype == np.int64
    assert json_value(np.bool_(True), "explain") is True
