"""Convolution of signals and images, term by term, in the notebook's four ways of writing the indices.

A kernel g of m numbers meets a signal f of n numbers with ``before`` and ``after`` zeros around it. All four write a
sum over j, and all four keep to the same rule: **C(i) exists for every i at which the whole kernel lies on the padded
signal**, i growing from the smallest such i by ``stride``. So all have ⌊(n + before + after − span) / stride⌋ + 1
outputs with span = dilation·(m − 1) + 1, and i counts cells of the *unpadded* signal: padding on the left starts at a
smaller, possibly negative i. (A kernel with dilation d is g(j) at d·j and 0 between.)

=============  ==============================  ====================================================================
convention     first i                         what it is
=============  ==============================  ====================================================================
f(i+j)g(j)     −before                         cross-correlation, what deep learning calls convolution; i is where
                                               the kernel's first number lies: ``numpy.correlate(f, g, "valid")``
f(i-j)g(j)     −before + span − 1              convolution; the kernel lies flipped and i is where its first number
                                               lies, at the right end: ``numpy.convolve(f, g, "valid")``
f(j)g(i-j)     −before + span − 1              the same convolution with j running along the signal: same i, same
                                               C(i), the terms in the opposite order (addition commutes)
f(j)g(i+j)     span − (n + after)              cross-correlation with the sign of i turned: C(i) here is C(−i) of
                                               f(i+j)g(j), so at stride 1 the outputs come in the opposite order
=============  ==============================  ====================================================================

The notebook's second example asks for i = 0 … 4 of ``f(i-j)g(j)``, which two zeros on the left provide. In 2-D, rows
and columns each follow the first or second line of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from .arrays import Array, Pair, Shape
from .conv_arithmetic import output_size, same_padding, span
from .exceptions import OptionError, ShapeError, bracketed
from .receptive_field import unread
from .work import Work

Convention: TypeAlias = Literal["f(i+j)g(j)", "f(i-j)g(j)", "f(j)g(i-j)", "f(j)g(i+j)"]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
CONVENTIONS_2D: tuple[Convention, ...] = CONVENTIONS[:2]

SignalPadding: TypeAlias = int | Pair | tuple[Pair, Pair]
"""n, (left, right) for a signal, or ((top, bottom), (left, right)) for an image."""


@dataclass(frozen=True, slots=True)
class Term:
    """One product of one output's sum.

    Attributes
    ----------
    input_index, kernel_index
        Position in the unpadded input and in the kernel, one number per axis. In the padding the input index is
        negative or beyond the end.
    input, kernel, product
        The two numbers and their product.
    padded
        Whether the input's number is a zero of the padding.
    """

    input_index: tuple[int, ...]
    kernel_index: tuple[int, ...]
    input: float
    kernel: float
    product: float
    padded: bool


@dataclass(frozen=True)
class Convolution:
    """Result of `convolve`.

    Attributes
    ----------
    output
        C(i): (n',) or (H', W').
    output_size
        Its length per axis.
    index
        Per axis the i of each output, counted on the unpadded input.
    padded
        The input with its zeros around it.
    span
        Per axis the cells from the first to the last that the kernel covers.
    never_covered
        Per axis the places of the padded input that no term reads (an image's cell is read if its row and its column
        both are), counted on the unpadded input: what the floor throws away, and what a stride or dilation steps over.
    same_padding
        Per axis the zeros before and after that keep the size at stride 1; an odd remainder goes after.
    terms
        Asked for with `explain`: per output cell in row order (the last axis fastest), its terms in order of j.
        An output is its products added from left to right, to the last bit. Otherwise None.
    """

    output: Array
    output_size: tuple[int, ...]
    index: tuple[tuple[int, ...], ...]
    padded: Array
    span: tuple[int, ...]
    never_covered: tuple[tuple[int, ...], ...]
    same_padding: tuple[Pair, ...]
    terms: tuple[tuple[Term, ...], ...] | None


class ConvolutionWork(NamedTuple):
    """The estimate of a convolution, and the sizes of what it makes."""

    work: Work
    padded: Shape
    outputs: Shape
    terms: int


TERM_COST = 30_000
"""Multiply-adds that take as long as making one `Term`."""
TERM_BYTES = 500
"""Bytes that one takes."""


@dataclass(frozen=True)
class _Axis:
    """One axis: the i of each output, and where in signal and kernel the terms of each output lie."""

    size: int
    padding: Pair
    index: tuple[int, ...]
    inputs: npt.NDArray[np.intp]
    """(outputs, m): position in the unpadded signal of each term, in order of j."""
    kernels: tuple[int, ...]
    """(m,): position in the kernel of each term, in order of j."""


def convolve(
    signal: npt.ArrayLike,
    kernel: npt.ArrayLike,
    *,
    convention: Convention = "f(i+j)g(j)",
    padding: SignalPadding = 0,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    explain: bool = False,
) -> Convolution:
    """C(i) = Σ_j of the convention's product, for every i at which the kernel lies on the padded signal.

    Parameters
    ----------
    signal, kernel
        Both (n,), or both (H, W). Kept in float32 if both are, else taken as float64.
    convention
        How the sum is written; see the module's table. In 2-D one of the first two.
    padding
        Zeros around the signal: n on every side, (left, right) for a signal, ((top, bottom), (left, right)) for an
        image.
    stride, dilation
        Steps from one i to the next and from one kernel number to the next; per axis or the same for both.
    explain
        Whether to list the terms of every output.

    Raises
    ------
    ShapeError
        If the arrays do not have the same one or two axes, one of them is empty, or the kernel does not fit.
    OptionError
        If the convention is unknown (or not for images), or a number is out of range.

    Examples
    --------
    >>> convolve([1, 2, 3, 4, 5], [1, 0, -1]).output.tolist()
    [-2.0, -2.0, -2.0]
    >>> convolve([1, 2, 3, 4, 5], [1, 0, -1], convention="f(i-j)g(j)", padding=(2, 0)).output.tolist()
    [1.0, 2.0, 2.0, 2.0, 2.0]
    """
    f, g = _as_arrays(signal, kernel)
    sides, strides, dilations = _checked(f.shape, g.shape, convention, padding, stride, dilation)
    spans = tuple(span(size, step) for size, step in zip(g.shape, dilations, strict=True))
    axes = [_axis(convention, *axis) for axis in zip(f.shape, g.shape, sides, strides, dilations, strict=True)]
    padded = np.pad(f, sides)
    output = np.zeros(tuple(len(axis.index) for axis in axes), dtype=f.dtype)
    # One pass per kernel number, over all outputs at once, in order of j: just as the terms are listed.
    for places in product(*(range(size) for size in g.shape)):
        seen = np.ix_(*(axis.inputs[:, place] + axis.padding[0] for axis, place in zip(axes, places, strict=True)))
        output += padded[seen] * g[tuple(axis.kernels[place] for axis, place in zip(axes, places, strict=True))]
    return Convolution(
        output=output,
        output_size=output.shape,
        index=tuple(axis.index for axis in axes),
        padded=padded,
        span=spans,
        never_covered=tuple(unread(axis.inputs, axis.size, axis.padding) for axis in axes),
        same_padding=tuple(same_padding((reach, 1))[0] for reach in spans),
        terms=_terms(axes, padded, g) if explain else None,
    )


def convolution_work(
    signal: Shape,
    kernel: Shape,
    *,
    convention: Convention = "f(i+j)g(j)",
    padding: SignalPadding = 0,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    explain: bool = False,
) -> ConvolutionWork:
    """Return the estimate of `convolve` for arrays of these shapes; raises as it does."""
    sides, strides, dilations = _checked(signal, kernel, convention, padding, stride, dilation)
    padded = tuple(size + sum(side) for size, side in zip(signal, sides, strict=True))
    per_axis = zip(signal, kernel, strides, sides, dilations, strict=True)
    outputs = tuple(output_size(*axis) for axis in per_axis)
    count, cells = prod(outputs), prod(kernel)
    # Per axis: the place of every term, copied to see which are never read; and each index as an int in a tuple.
    of_axes = sum(map(prod, zip(outputs, kernel, strict=True)))
    places = Work.of(calls=12 * len(signal), kept=of_axes, temporary=of_axes)
    indices = Work(30 * sum(outputs + padded), 40 * sum(outputs + padded), 50 * sum(outputs + padded))
    arrays = Work.of(calls=40, kept=prod(signal) + prod(padded) + count, temporary=2 * count)
    # One pass of fancy indexing for each kernel cell.
    passes = Work.of(calls=12 * cells, moved=3 * count * cells, gathered=count * cells)
    terms = count * cells if explain else 0
    listed = Work(TERM_COST * terms, TERM_BYTES * terms, TERM_BYTES * terms)
    return ConvolutionWork(places + indices + arrays + passes + listed, padded, outputs, terms)


def _checked(
    signal: Shape,
    kernel: Shape,
    convention: Convention,
    padding: SignalPadding,
    stride: int | Pair,
    dilation: int | Pair,
) -> tuple[tuple[Pair, ...], tuple[int, ...], tuple[int, ...]]:
    """Return padding, stride and dilation per axis; raise if they do not fit the shapes."""
    if len(signal) != len(kernel):
        raise _shape_error(
            "kernel", f"the kernel has {len(kernel)} axes, the input {len(signal)}", kernel, "as many axes as the input"
        )
    known = CONVENTIONS if len(signal) == 1 else CONVENTIONS_2D
    if convention not in known:
        raise _option_error("convention", convention, len(signal), " or ".join(known))
    sides = _paddings(padding, len(signal))
    strides = _per_axis("stride", stride, len(signal))
    dilations = _per_axis("dilation", dilation, len(signal))
    padded_shape = tuple(size + sum(side) for size, side in zip(signal, sides, strict=True))
    spans = tuple(span(size, step) for size, step in zip(kernel, dilations, strict=True))
    if any(reach > size for reach, size in zip(spans, padded_shape, strict=True)):
        reach = f", spanning {bracketed(spans)} with dilation {bracketed(dilation)}," if spans != kernel else ""
        raise ShapeError(
            f"shape {bracketed(kernel)}{reach} exceeds the padded input {bracketed(padded_shape)}",
            where="kernel",
            field="kernel",
            value=kernel,
            allowed=f"at most {bracketed(padded_shape)}, or more padding",
        )
    return sides, strides, dilations


def _axis(convention: Convention, size: int, kernel: int, padding: Pair, stride: int, dilation: int) -> _Axis:
    """The table of the module's docstring, for one axis."""
    reach = span(kernel, dilation)
    count = output_size(size, kernel, stride, padding, dilation)
    before, after = padding
    offsets = dilation * np.arange(kernel, dtype=np.intp)
    steps = stride * np.arange(count, dtype=np.intp)
    kernels = range(kernel)
    if convention == "f(i+j)g(j)":
        i = steps - before
        inputs = i[:, None] + offsets
    elif convention == "f(i-j)g(j)":
        i = steps - before + reach - 1
        inputs = i[:, None] - offsets
    elif convention == "f(j)g(i-j)":
        # j runs up the signal, so the kernel's index i - j runs down.
        i = steps - before + reach - 1
        inputs = i[:, None] - offsets[::-1]
        kernels = kernels[::-1]
    else:
        i = steps + reach - (size + after)
        inputs = offsets - i[:, None]
    return _Axis(size, padding, tuple(i.tolist()), inputs, tuple(kernels))


def _terms(axes: Sequence[_Axis], padded: Array, kernel: Array) -> tuple[tuple[Term, ...], ...]:
    """Terms of every output; the only Python loop over outputs, as each term becomes an object."""
    places = tuple(product(*(range(len(axis.kernels)) for axis in axes)))
    return tuple(
        tuple(_term(axes, output, place, padded, kernel) for place in places)
        for output in product(*(range(len(axis.index)) for axis in axes))
    )


def _term(axes: Sequence[_Axis], output: tuple[int, ...], place: tuple[int, ...], padded: Array, kernel: Array) -> Term:
    input_index = tuple(int(axis.inputs[o, p]) for axis, o, p in zip(axes, output, place, strict=True))
    kernel_index = tuple(axis.kernels[p] for axis, p in zip(axes, place, strict=True))
    number = padded[tuple(index + axis.padding[0] for axis, index in zip(axes, input_index, strict=True))]
    factor = kernel[kernel_index]
    return Term(
        input_index=input_index,
        kernel_index=kernel_index,
        input=number.item(),
        kernel=factor.item(),
        product=(number * factor).item() + 0.0,  # 0 times a negative number is written 0, not -0
        padded=any(not 0 <= index < axis.size for axis, index in zip(axes, input_index, strict=True)),
    )


def _as_arrays(signal: npt.ArrayLike, kernel: npt.ArrayLike) -> tuple[Array, Array]:
    arrays = []
    for name, values in (("input", signal), ("kernel", kernel)):
        try:
            array = np.asarray(values)
            array = array if array.dtype == np.float32 else array.astype(np.float64)
        except (TypeError, ValueError):
            allowed = "numbers, or rows of numbers of the same length"
            raise _shape_error(name, "this is not an array of numbers", None, allowed) from None
        if array.ndim not in (1, 2) or 0 in array.shape:
            raise _shape_error(
                name, f"shape {bracketed(array.shape)} is not allowed", array.shape, "[n] or [H, W], not empty"
            )
        arrays.append(array)
    f, g = arrays
    dtype = np.result_type(f, g)
    return f.astype(dtype, copy=False), g.astype(dtype, copy=False)


def _paddings(padding: SignalPadding, axes: int) -> tuple[Pair, ...]:
    allowed = "a whole number >= 0 or " + ("[left, right]" if axes == 1 else "[[top, bottom], [left, right]]")
    sides: Any = padding
    if _is_count(padding, 0):
        sides = ((padding, padding),) * axes
    elif axes == 1:
        sides = (padding,)
    try:
        pairs = tuple((before, after) for before, after in sides)
    except (TypeError, ValueError):
        raise _option_error("padding", padding, axes, allowed) from None
    if len(pairs) != axes or not all(_is_count(number, 0) for pair in pairs for number in pair):
        raise _option_error("padding", padding, axes, allowed)
    return pairs


def _per_axis(field: str, value: int | Pair, axes: int) -> tuple[int, ...]:
    parts = value if isinstance(value, tuple | list) else (value,) * axes
    if len(parts) != axes or not all(_is_count(part, 1) for part in parts):
        allowed = "a whole number >= 1" + (" or [vertical, horizontal]" if axes == 2 else "")
        raise _option_error(field, value, axes, allowed)
    return tuple(parts)


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _option_error(field: str, value: object, axes: int, allowed: str) -> OptionError:
    message = f"{bracketed(value)} is not allowed for {'a list of numbers' if axes == 1 else 'rows of numbers'}"
    return OptionError(message, where=field, field=field, value=value, allowed=allowed)


def _shape_error(name: str, what: str, value: object, allowed: str) -> ShapeError:
    return ShapeError(what, where=name, field=name, value=value, allowed=allowed)
