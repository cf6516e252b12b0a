"""Read and write arrays in the format of numpy.save (.npy), without pickles or evaluating Python literals."""

import re
from io import BytesIO
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = b"\x93NUMPY"
_LENGTH_BYTES: Final = {1: 2, 2: 4, 3: 4}
"""For each version, the bytes that hold the length of the header."""
_MAX_HEADER: Final = 1_024
_MAX_AXES: Final = 8
_DTYPE: Final = re.compile(rb"'descr'\s*:\s*'([<>|=]?[?a-zA-Z]\d{0,2})'")
_ORDER: Final = re.compile(rb"'fortran_order'\s*:\s*(True|False)")
_SHAPE: Final = re.compile(rb"'shape'\s*:\s*\(([\d,\s]*)\)")


class NpyError(ValueError):
    """The bytes are not an array of numbers in this format."""


def read_npy(raw: bytes) -> NDArray[Any]:
    """Return the array as a view of the bytes, so that a header cannot make it allocate memory.

    Raises
    ------
    NpyError
        If the bytes are cut off or damaged, or hold anything but whole numbers, floats or booleans.
    """
    if not raw.startswith(_MAGIC):
        raise NpyError("The body does not begin as a .npy file does")
    size = _LENGTH_BYTES.get(raw[6]) if len(raw) > 6 else None
    if size is None:
        raise NpyError("The body is not of .npy version 1, 2 or 3")
    start = 8 + size
    length = int.from_bytes(raw[8:start], "little")
    if length > _MAX_HEADER:
        raise NpyError(f"The header of the .npy file has {length} bytes; at most {_MAX_HEADER} are read")
    header = raw[start : start + length]
    descr, order, shape = _DTYPE.search(header), _ORDER.search(header), _SHAPE.search(header)
    if len(header) < length or descr is None or order is None or shape is None:
        raise NpyError("The header of the .npy file does not name a dtype of numbers, an order and a shape")
    try:
        dtype = np.dtype(descr[1].decode())
    except (TypeError, ValueError):
        raise NpyError(f"There is no dtype {descr[1].decode()!r}") from None
    if dtype.kind not in "fiub":
        raise NpyError(f"The dtype {dtype} is not one of whole numbers, floats or booleans")
    sizes = tuple(int(part) for part in shape[1].split(b",") if part.strip().isdigit() and len(part) < 20)
    if len(sizes) > _MAX_AXES:
        raise NpyError(f"The array has {len(sizes)} axes")
    there, claimed = len(raw) - start - length, prod(sizes) * dtype.itemsize
    if there != claimed:
        raise NpyError(f"The header claims {claimed} bytes of numbers (dtype {dtype}, shape {sizes}), not {there}")
    flat = np.frombuffer(raw, dtype=dtype, offset=start + length) if claimed else np.empty(0, dtype=dtype)
    return flat.reshape(sizes, order="F" if order[1] == b"True" else "C")


def write_npy(array: NDArray[Any]) -> bytes:
    """Return the bytes of a .npy file."""
    buffer = BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()
