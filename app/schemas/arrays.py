"""Pydantic types that convert nested lists of numbers to numpy arrays and back."""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import isfinite, prod
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import (
    CoreSchema,
    InitErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    ValidationError,
    core_schema,
)

from .base import limit_error
from .limits import Limits

MAX_RANK: Final = 4
CHUNK: Final = 16_384
"""Numbers that are checked and copied at a time, in well under a millisecond, so that other threads run in between."""

Place = tuple[int, ...]


def _listed(array: NDArray[Any] | None) -> Any:
    """Return an array as nested lists; None, the default of an optional array, stays None."""
    return None if array is None else array.tolist()


def _nested(rank: int, item: CoreSchema) -> SchemaValidator:
    """Return a validator of lists nested `rank` deep, which stops at the first error."""
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
    """Annotation for an array of one of the given ranks, given as nested lists of finite numbers or as a numpy array.

    Rejected, with its place in the error's location: anything but a number (true and "1" are none), NaN and infinity,
    rows of different lengths, and empty lists (unless the whole array is empty and `empty` is True).
    """

    def __init__(self, *ranks: int, dtype: type[np.float64] | type[np.bool_] = np.float64, empty: bool = False) -> None:
        self._ranks = ranks
        self._empty = empty
        self._dtype = dtype
        self._validators = _VALIDATORS[dtype]
        self._types = {int, float} if dtype is np.float64 else {bool}
        self._kinds = "fiub" if dtype is np.float64 else "b"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(_listed),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        item = {"type": "number"} if self._dtype is np.float64 else {"type": "boolean"}
        forms = [_json_schema(rank, item) for rank in self._ranks]
        if self._empty:
            forms = [{**form, "minItems": 0} for form in forms]
        return forms[0] if len(forms) == 1 else {"anyOf": forms}

    def _read(self, value: Any, info: ValidationInfo) -> NDArray[Any]:
        limits = info.context if isinstance(info.context, Limits) else None
        if isinstance(value, np.ndarray):
            return self._from_numpy(value, limits)
        if self._empty and value == []:
            return np.empty((0,) * self._ranks[0], dtype=self._dtype)
        return self._from_lists(value, limits)

    def _from_numpy(self, array: NDArray[Any], limits: Limits | None) -> NDArray[Any]:
        """Return `array` as the dtype wanted, in C order."""
        if array.dtype.kind not in self._kinds:
            raise PydanticCustomError(
                "array_dtype", "Input should hold numbers, not {dtype}", {"dtype": str(array.dtype)}
            )
        self._check_shape(array.shape, limits)
        if not array.size:
            raise PydanticCustomError("array_empty", "Input should hold at least one number in every list")
        with np.errstate(over="ignore"):  # a number too large for float64 becomes infinity, which is rejected
            numbers = np.ascontiguousarray(array, dtype=self._dtype)
        if self._dtype is np.float64 and not np.isfinite(numbers).all():
            place = tuple(int(index) for index in np.argwhere(~np.isfinite(numbers))[0])
            raise _error("finite_number", place, float(numbers[place]))
        return numbers

    def _from_lists(self, value: Any, limits: Limits | None) -> NDArray[Any]:
        shape: list[int] = []
        inner = value
        while isinstance(inner, list) and inner and len(shape) <= MAX_RANK:
            shape.append(len(inner))
            inner = inner[0]
        if isinstance(inner, list) and not inner:
            raise PydanticCustomError("array_empty", "Input should hold at least one number in every list")
        if not shape:
            raise _error("list_type", (), value)
        self._check_shape(shape, limits)
        rows = [value]
        for size in shape[:-1]:
            if not _are_lists(rows, size):
                raise self._first_error(value, shape)
            rows = list(chain.from_iterable(rows))
        width = shape[-1]
        if len(rows) * width <= CHUNK and _are_lists(rows, width):
            return np.array(self._validators[len(shape)].validate_python(value), dtype=self._dtype)
        try:
            return self._filled(rows, width).reshape(shape)
        except (TypeError, OverflowError):
            raise self._first_error(value, shape) from None

    def _filled(self, rows: list[Any], width: int) -> NDArray[Any]:
        """Return the numbers of all rows; raises `TypeError` or `OverflowError` if there is anything else in them."""
        array = np.empty((len(rows), width), dtype=self._dtype)
        # Short rows are copied together, long ones one by one in parts.
        height, breadth = max(1, CHUNK // width), min(width, CHUNK)
        for top in range(0, len(rows), height):
            part = rows[top : top + height]
            if not _are_lists(part, width):
                raise TypeError
            for left in range(0, width, breadth):
                numbers = list(chain.from_iterable(part)) if height > 1 else part[0][left : left + breadth]
                if not self._types.issuperset(map(type, numbers)):
                    raise TypeError
                array[top : top + height, left : left + breadth] = np.array(numbers, dtype=self._dtype).reshape(
                    len(part), -1
                )
        if self._dtype is np.float64 and not np.isfinite(array).all():
            raise OverflowError
        return array

    def _check_shape(self, shape: Sequence[int], limits: Limits | None) -> None:
        rank = len(shape)
        if rank not in self._ranks:
            raise PydanticCustomError(
                "array_rank",
                "Input should be {expected}, not {rank} deep",
                {"expected": self._expected(), "rank": rank},
            )
        if limits is not None and prod(shape) > limits.max_elements:
            raise limit_error("max_elements", limits.max_elements, "the number of values", prod(shape))

    def _first_error(self, value: Any, shape: list[int]) -> Exception:
        """Return the error of the first item that is not a list of the right length, or not a number."""
        return next(self._errors(value, shape, ()))

    def _errors(self, value: Any, shape: list[int], place: Place) -> Iterator[Exception]:
        if not shape:
            if type(value) not in self._types:
                yield _error("float_type" if self._dtype is np.float64 else "bool_type", place, value)
            elif not _is_finite(value):
                yield _error("finite_number", place, value)
        elif type(value) is not list:
            yield _error("list_type", place, value)
        elif len(value) != shape[0]:
            yield _ragged(place, len(value), shape[0])
        elif len(shape) > 1 or not (self._types.issuperset(map(type, value)) and all(map(_is_finite, value))):
            for index, inner in enumerate(value):
                yield from self._errors(inner, shape[1:], (*place, index))

    def _expected(self) -> str:
        names = ["a number", "a list of numbers", "a list of rows", "a list of maps", "a list of lists of maps"]
        return " or ".join(f"{names[rank]} ({rank} deep)" for rank in self._ranks)


def _json_schema(rank: int, item: dict[str, Any]) -> dict[str, Any]:
    for _ in range(rank):
        item = {"type": "array", "items": item, "minItems": 1}
    return item


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:  # an integer beyond the range of float64
        return False


def _are_lists(rows: list[Any], length: int) -> bool:
    return set(map(type, rows)) == {list} and set(map(len, rows)) == {length}


def _error(kind: str, place: Place, value: Any) -> ValidationError:
    """Return an error of pydantic's own `kind` at a place within the array."""
    details = InitErrorDetails(type=kind, loc=place, input=value)
    return ValidationError.from_exception_data("array", [details])


def _ragged(place: Place, length: int, expected: int) -> PydanticCustomError:
    """Return the error of a list that is not as long as the first list at its depth."""
    message = "Rows should have the same length: the length of {place} is {length}, not {expected}"
    allowed = f"rows of equal length, here {expected}"
    named = "".join(f"[{index}]" for index in place)
    context = {"place": named, "length": length, "expected": expected, "allowed": allowed}
    return PydanticCustomError("array_ragged", message, context)


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
