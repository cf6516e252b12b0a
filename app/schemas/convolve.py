"""POST /convolve: one signal, one kernel, every product."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from ..engine.signal import Convention as Convention
from .arrays import Signal
from .base import NotNull, RequestModel, ResponseModel
from .geometry import SignalPaddingSpec, Step
from .network import NOTEBOOK_EIGHT, NOTEBOOK_KERNEL


class ConvolveRequest(RequestModel):
    """A signal or an image, a kernel, and how they meet."""

    array_field = "input"

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"input": NOTEBOOK_EIGHT, "kernel": NOTEBOOK_KERNEL},
                {"input": [1, 2, 3, 4, 5], "kernel": [1, 0, -1], "explain": True},
                {"input": [1, 2, 3, 4, 5], "kernel": [1, 0, -1], "convention": "f(i-j)g(j)", "padding": [2, 0]},
                {"input": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "kernel": [[1, 0], [0, -1]]},
            ]
        }
    )

    input: Signal = Field(description="f: a list of numbers, or rows of numbers.", examples=[NOTEBOOK_EIGHT])
    kernel: Signal = Field(description="g: as deep as the input.", examples=[NOTEBOOK_KERNEL])
    convention: Convention = Field(
        default="f(i+j)g(j)",
        description="What is summed over j to make C(i); for rows one of the first two. f(i+j)g(j) is what deep "
        "learning calls convolution (elsewhere: cross-correlation); f(i-j)g(j) is convolution with the kernel turned.",
    )
    padding: SignalPaddingSpec = Field(
        default=0,
        description="Zeros around the input: n on every side, [left, right] for a list, "
        "[[top, bottom], [left, right]] for rows.",
    )
    stride: Step = Field(default=1, description="From one i to the next; for rows also [vertical, horizontal].")
    dilation: Step = Field(
        default=1, description="From one kernel number to the next; for rows also [vertical, horizontal]."
    )
    explain: bool = Field(default=False, description="Whether to list the terms of every output.")


_TERM: dict[str, Any] = {
    "input_index": [0],
    "kernel_index": [0],
    "input": 1.0,
    "kernel": 1.0,
    "product": 1.0,
    "padded": False,
}


class TermOut(ResponseModel):
    """One product of one output's sum."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TERM]})

    input_index: list[int] = Field(
        description="Position in the input, one number an axis; in the padding negative or beyond the end."
    )
    kernel_index: list[int] = Field(description="Position in the kernel, one number an axis.")
    input: float = Field(description="The input's number there; 0 in the padding.")
    kernel: float = Field(description="The kernel's number there.")
    product: float = Field(description="input · kernel.")
    padded: bool = Field(description="Whether the input's number is a zero of the padding.")


class ConvolveResponse(ResponseModel):
    """The convolution, and how each number came to be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "output": [[1, 2, 1], [0, 2, 0], [1, 2, 1]],
                    "output_size": [3, 3],
                    "index": [[0, 1, 2], [0, 1, 2]],
                    "padded": NOTEBOOK_EIGHT,
                    "span": [3, 3],
                    "never_covered": [[], []],
                    "same_padding": [[1, 1], [1, 1]],
                }
            ]
        }
    )

    output: Signal = Field(description="C.")
    output_size: list[int] = Field(description="Length of the output per axis.")
    index: list[list[int]] = Field(description="Per axis, the i of each output, counted on the input without padding.")
    padded: Signal = Field(description="The input with its zeros around it.")
    span: list[int] = Field(description="Per axis, the cells from the first to the last that the kernel covers.")
    never_covered: list[list[int]] = Field(
        description="Per axis, the places of the padded input that no term reads, counted on the input without "
        "padding: what the floor throws away, and what a stride or dilation steps over."
    )
    same_padding: list[list[int]] = Field(
        description="Per axis, the zeros before and after that keep the size at stride 1; an odd remainder goes after."
    )
    terms: Annotated[list[list[TermOut]] | None, NotNull()] = Field(
        default=None,
        description="Only with explain: for each output, row by row, its terms in order of j. Added from left to "
        "right their products make the output, to the last bit.",
    )
