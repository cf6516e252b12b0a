"""Values that a caller gives, as plain JSON values; whatever JSON cannot say is an error before anything is sent."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

import numpy as np
from pydantic import BaseModel

_PLAIN: Final = (str, int, float, type(None))
_ARRAY_KINDS: Final = "biuf"
"""Booleans, integers and floats, as `numpy.dtype.kind` has them."""


def json_value(value: Any, name: str) -> Any:
    """Return `value` with models as mappings and arrays as float64 or integer arrays.

    Parameters
    ----------
    value
        Numbers, strings, models, arrays, objects with ``__array__`` (of pandas or PyTorch, say), and lists and mappings
        of them.
    name
        Where it stands in the request, for the error.

    Raises
    ------
    TypeError
        If a part of it, such as an array of complex numbers or objects, has no JSON form.
    ValueError
        If a number in it is NaN or infinite, or a cell of it is masked.
    """
    match value:
        case BaseModel():
            # Field by field: a dump would copy each array into lists.
            return {field: json_value(item, f"{name}.{field}") for field, item in value if item is not None}
        case Mapping():
            return {key: json_value(item, f"{name}.{key}") for key, item in value.items()}
        case list() | tuple():
            if all(type(item) is int for item in value):
                return value
            return [json_value(item, f"{name}[{index}]") for index, item in enumerate(value)]
        case _ if hasattr(value, "__array__"):  # a scalar of numpy too
            return _array(value, name)
        case float() if not isfinite(value):
            raise ValueError(f"{name} is {value!r}; JSON has only finite numbers")
        case _ if isinstance(value, _PLAIN):
            return value
    raise TypeError(f"{name} is of type {type(value).__name__}; give numbers, lists or arrays of them")


def array_value(value: Any, name: str) -> Any:
    """Return a value of `json_value` as one array of numbers, or one number.

    Raises
    ------
    TypeError
        If it is None, or anything in it is not a number.
    ValueError
        If its lists differ in length or depth.
    """
    if value is None:
        raise TypeError(f"{name} is None; give numbers, lists or arrays of them")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is no array: its lists differ in length or depth") from error
    return _array(array, name)


def _array(value: Any, name: str) -> Any:
    if isinstance(value, np.str_):
        return str(value)
    if np.ma.is_masked(value):
        raise ValueError(f"{name} has masked cells; fill them first, such as with filled(0)")
    array = np.asarray(value)
    if array.dtype.kind not in _ARRAY_KINDS or array.dtype.itemsize > 8:
        raise TypeError(f"{name} has dtype {array.dtype}; convert it to integers or floats of at most 64 bits")
    if array.dtype.kind == "b" and array.ndim:
        return array.astype(np.int64)  # the service takes black-and-white images as numbers
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        if not np.isfinite(array).all():
            place = np.argwhere(~np.isfinite(array))[0]
            cell = "".join(f"[{index}]" for index in place)
            raise ValueError(f"{name}{cell} is {float(array[tuple(place)])!r}; JSON has only finite numbers")
    return array if array.ndim else array.item()
