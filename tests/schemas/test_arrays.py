"""Nested lists of numbers <-> arrays."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from app.schemas.arrays import AnyArray, Image, Maps, Mask, Vector
from app.schemas.serialization import to_json

ANY: TypeAdapter[NDArray[np.float64]] = TypeAdapter(AnyArray)
finite = st.floats(allow_nan=False, allow_infinity=False)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=4, max_side=4), elements=finite))
def test_an_array_comes_back_bit_for_bit(array: NDArray[np.float64]) -> None:
    again = ANY.validate_json(to_json(array))
    assert again.tobytes() == array.tobytes()
    assert again.shape == array.shape


@given(hnp.arrays(np.float32, (3, 4), elements=st.floats(-1e6, 1e6, width=32)))
def test_float32_comes_back_bit_for_bit(array: NDArray[np.float32]) -> None:
    assert ANY.validate_json(to_json(array)).astype(np.float32).tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", ">f4", "bool"])
def test_numbers_of_every_dtype_become_float64(dtype: str) -> None:
    assert ANY.validate_python(np.ones((2, 2), dtype=dtype)).dtype == np.float64


def test_arrays_that_are_not_contiguous_are_written_in_their_own_order() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert json.loads(to_json({"t": array.T, "n": np.float64(2), "i": np.int64(3)})) == {
        "t": [[0, 3], [1, 4], [2, 5]],
        "n": 2,
        "i": 3,
    }


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        to_json({"a": object()})


@pytest.mark.parametrize(
    ("kind", "text", "place", "message"),
    [
        (Vector, "[1, 2, true]", (2,), "valid number"),
        (Vector, "[[1]]", (), "a list of numbers (1 deep), not 2 deep"),
        (Image, "[[1, 2], [3]]", (), "the length of [1] is 1, not 2"),
        (Image, "[[[1, 2]], [[3]]]", (), "the length of [1][0] is 1, not 2"),
        (Image, "[[[1, 2], [3, 4]], [[5, 6]]]", (), "the length of [1] is 1, not 2"),
        (Image, "[[1, 2], 3]", (1,), "valid array"),
        (Image, "[[1, 2], [3, NaN]]", (1, 1), "finite number"),
        (Image, "[[]]", (), "at least one number"),
        (Image, "[[1], []]", (), "the length of [1] is 0, not 1"),
        (Image, '"abc"', (), "valid array"),
        (Image, "null", (), "valid array"),
        (Image, "1", (), "valid array"),
        (Mask, "[[[1]]]", (0, 0, 0), "valid boolean"),
    ],
)
def test_what_is_no_array_is_refused_saying_where(kind: Any, text: str, place: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_json(text)
    [error] = refused.value.errors()
    assert error["loc"] == place
    assert message in error["msg"]


def test_only_a_page_of_images_may_be_empty() -> None:
    assert TypeAdapter(Maps).validate_json("[]").shape == (0, 0, 0)
    with pytest.raises(ValidationError):
        TypeAdapter(Image).validate_json("[]")


def test_a_million_faults_make_one_error() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Vector).validate_json("[" + ",".join(['"x"'] * 100_000) + "]")
    assert refused.value.error_count() == 1
