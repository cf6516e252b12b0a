"""Nested lists of numbers <-> numpy arrays, as pydantic types."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, core_schema

MAX_RANK: Final = 4


def _listed(array: NDArray[Any] | None) -> Any:
    """Nested lists again; None is the default of an array that may be absent."""
    return None if array is None else array.tolist()


def _nested(rank: int, item: CoreSchema) -> SchemaValidator:
    """A validator of lists in lists, `rank` deep; it stops at the first fault, so that a million make one error."""
    schema = item
    for _ in range(rank):
        schema = core_schema.list_schema(schema, strict=True, fail_fast=True)
    return SchemaValidator(schema)


_NUMBER: Final = core_schema.float_schema(strict=True, allow_inf_nan=False)
_FLAG: Final = core_schema.bool_schema(strict=True)
_VALIDATORS: Final = {
    np.float64: [_nested(rank, _NUMBER) for rank in range(MAX_RANK + 1)],
    np.bool_: [_nested(rank, _FLAG) for rank in range(MAX_RANK + 1)],
}


class ArrayOf:
    """Annotation for an array of one of the given ranks, given as nested lists of finite numbers.

    Refused, with the place of the fault in the error's location: what is not a number (true and "1" are not), NaN and
    infinity, rows of different lengths, and lists with nothing in them (unless it is the whole that is empty, and
    `empty` says that it may be).
    """

    def __init__(self, *ranks: int, dtype: type[np.float64] | type[np.bool_] = np.float64, empty: bool = False) -> None:
        self._ranks = ranks
        self._empty = empty
        self._dtype = dtype
        self._validators = _VALIDATORS[dtype]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(_listed),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        item = {"type": "number"} if self._dtype is np.float64 else {"type": "boolean"}
        forms = [_json_schema(rank, item) for rank in self._ranks]
        if self._empty:
            forms = [{**form, "minItems": 0} for form in forms]
        return forms[0] if len(forms) == 1 else {"anyOf": forms}

    def _read(self, value: Any) -> NDArray[Any]:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if self._empty and value == []:
            return np.empty((0,) * self._ranks[0], dtype=self._dtype)
        rank, inner = 0, value
        while isinstance(inner, list) and inner and rank <= MAX_RANK:
            rank, inner = rank + 1, inner[0]
        # What is empty or no list is measured against the shallowest form, whose error then says what it should be.
        if isinstance(inner, list) and not inner:
            raise PydanticCustomError("array_empty", "Input should hold at least one number in every list")
        if rank not in self._ranks:
            if rank == 0:
                self._validators[self._ranks[0]].validate_python(value)
            raise PydanticCustomError(
                "array_rank",
                "Input should be {expected}, not {rank} deep",
                {"expected": self._expected(), "rank": rank},
            )
        checked = self._validators[rank].validate_python(value)
        try:
            array = np.array(checked, dtype=self._dtype)
        except ValueError:
            raise _ragged(checked) from None
        if not array.size:
            raise PydanticCustomError("array_empty", "Input should hold at least one number in every list")
        return array

    def _expected(self) -> str:
        names = ["a number", "a list of numbers", "a list of rows", "a list of maps", "a list of lists of maps"]
        return " or ".join(f"{names[rank]} ({rank} deep)" for rank in self._ranks)


def _json_schema(rank: int, item: dict[str, Any]) -> dict[str, Any]:
    for _ in range(rank):
        item = {"type": "array", "items": item, "minItems": 1}
    return item


def _ragged(lists: list[Any]) -> PydanticCustomError:
    """The error that names the first list whose length is not that of the first list at its depth."""
    shape, inner = [], lists
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0]
    place, length, expected = next(_odd_ones(lists, shape, ""))
    message = "Rows should have the same length: {place} has {length} items, not {expected}"
    allowed = f"rows of equal length, here {expected}"
    context = {"place": place, "length": length, "expected": expected, "allowed": allowed}
    return PydanticCustomError("array_ragged", message, context)


def _odd_ones(lists: Any, shape: list[int], place: str) -> Iterator[tuple[str, int, int]]:
    if not shape:
        return
    if len(lists) != shape[0]:
        yield place, len(lists), shape[0]
    for index, inner in enumerate(lists):
        yield from _odd_ones(inner, shape[1:], f"{place}[{index}]")


Vector = Annotated[NDArray[np.float64], ArrayOf(1)]
Matrix = Annotated[NDArray[np.float64], ArrayOf(2)]
Maps = Annotated[NDArray[np.float64], ArrayOf(3, empty=True)]
"""(n, H, W), or nothing."""
Image = Annotated[NDArray[np.float64], ArrayOf(2, 3)]
"""(H, W) or (C, H, W)."""
Signal = Annotated[NDArray[np.float64], ArrayOf(1, 2)]
"""(n,) or (H, W)."""
AnyArray = Annotated[NDArray[np.float64], ArrayOf(1, 2, 3, 4)]
Mask = Annotated[NDArray[np.bool_], ArrayOf(3, dtype=np.bool_)]
"""(C, H, W) of true and false."""
AnyMask = Annotated[NDArray[np.bool_], ArrayOf(1, 2, 3, 4, dtype=np.bool_)]
