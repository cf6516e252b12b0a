"""POST /explain: explanations of numbers of an image's forward and backward pass."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from .arrays import Image
from .base import NotNull, RequestModel, ResponseModel
from .geometry import MAX_COUNT
from .network import NOTEBOOK_EIGHT, NOTEBOOK_KERNEL, NOTEBOOK_NETWORK, NetworkSpec, ParametersSpec

MAX_CELLS = 400
MAX_ADDRESS_LENGTH = 80

_PARAMETERS: dict[str, Any] = {
    "conv": {"weight": [[NOTEBOOK_KERNEL]]},
    "dense": {"weight": [[0.01 * (d - n) for d in range(10)] for n in range(4)], "bias": [0] * 10},
}
NOTEBOOK_EXPLAIN: dict[str, Any] = {
    "network": NOTEBOOK_NETWORK,
    "parameters": _PARAMETERS,
    "image": NOTEBOOK_EIGHT,
    "label": 8,
    "cells": ["conv[0][0][1]", "logits[8]", "gradient.conv.weight[0][0][2][0]"],
    "check": True,
    "learning_rate": 0.01,
}

Address = Annotated[str, Field(max_length=MAX_ADDRESS_LENGTH)]


class ExplainRequest(RequestModel):
    """Addresses of numbers in an image's forward and backward pass through a network."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTEBOOK_EXPLAIN]})

    network: NetworkSpec = Field(
        description="A conv2d, an activation, a pooling, flatten, a dense layer, and softmax (or not)."
    )
    parameters: ParametersSpec = Field(
        description="Every array by layer and parameter name, as for /forward.", examples=[_PARAMETERS]
    )
    image: Image = Field(description="One image, (H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT])
    cells: Annotated[list[Address], Field(fail_fast=True)] = Field(
        min_length=1,
        max_length=MAX_CELLS,
        description="Addresses as the page has them: input[r][c] (of several channels input[i][r][c]), "
        "conv.weight[o][i][r][c], conv.bias[o], conv[o][r][c], relu[o][r][c] (whichever activation it is), "
        "pool[o][r][c], flatten[n], dense.weight[n][d], dense.bias[d], logits[d], probabilities[d], loss; and "
        "gradient. before any of them.",
        examples=[NOTEBOOK_EXPLAIN["cells"]],
    )
    label: Annotated[Annotated[int, Field(ge=0, le=MAX_COUNT)] | None, NotNull()] = Field(
        default=None, description="The right class; the loss and its gradients need it.", examples=[8]
    )
    check: bool = Field(
        default=False, description="Whether to measure gradients of parameters and pixels by nudging the number."
    )
    learning_rate: Annotated[Annotated[float, Field(ge=0)] | None, NotNull()] = Field(
        default=None,
        description="With it, the gradient of a parameter comes with the step of plain SGD that it makes.",
        examples=[0.01],
    )


_TERM: dict[str, Any] = {
    "value": 1.0,
    "factors": [
        {"cell": "input[2][3]", "value": 1.0, "symbol": "x"},
        {"cell": "conv.weight[0][0][2][2]", "value": 1.0, "symbol": "k"},
    ],
    "padded": False,
    "rule": "given",
}

_CHECK: dict[str, Any] = {
    "numeric": -0.25,
    "left": -0.25,
    "right": -0.25,
    "epsilon": 1e-5,
    "difference": 1e-11,
    "relative": 4e-11,
    "verdict": "agrees",
    "sentence": "Nudged by 0.00001 to both sides, the loss has the slope −0.25: the gradient agrees.",
}
_UPDATE: dict[str, Any] = {
    "old": 1.0,
    "gradient": -0.25,
    "learning_rate": 0.01,
    "new": 1.0025,
    "frozen": False,
    "sentence": "1 − 0.01 × −0.25 = 1.0025",
}
_EXPLANATION: dict[str, Any] = {
    "cell": "logits[8]",
    "kind": "logits",
    "layer": "dense",
    "value": 1.0,
    "sentence": "Score of digit 8 is 1: 1 × 1.",
    "summary": "Score of digit 8: feature × weight for one feature that is not 0 adds up to 1.",
    "decimals": 2,
    "about": False,
    "terms": [_TERM],
    "steps": [{"name": "Score o", "value": 1.0, "symbol": "o", "result": True}],
    "order": [0],
}


class FactorOut(ResponseModel):
    """One number of a product."""

    model_config = ConfigDict(json_schema_extra={"examples": _TERM["factors"]})

    cell: str | None = Field(description="Its address; null if it has none, as a zero of the padding or a mask.")
    value: float = Field(description="The number.")
    symbol: str = Field(description="What it goes by: x, k, b, z, a, m, f, W, c, o, p, y, δ, or what it is: mask.")


class ExplainedTerm(ResponseModel):
    """One number of a sum."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TERM]})

    value: float = Field(description="The product of the factors; with a rule, what that makes of them.")
    factors: list[FactorOut] = Field(description="What is multiplied.")
    padded: bool = Field(description="Whether a factor is a 0 that stands for a cell that is not there.")
    rule: str | None = Field(
        description="How the value comes from the factors if not as their product: given, tanh, −ln p; else null."
    )


class GridOut(ResponseModel):
    """A small matrix to draw; several of them beside each other are multiplied cell by cell."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Kernel",
                    "symbol": "k",
                    "values": [[0, 1]],
                    "cells": [["conv.weight[0][0][0][0]", "conv.weight[0][0][0][1]"]],
                    "padded": [[False, False]],
                    "winners": [[True, False]],
                }
            ]
        }
    )

    name: str = Field(description="What to write above it.")
    symbol: str = Field(description="What its numbers go by.")
    values: list[list[float]] = Field(description="The numbers, row by row.")
    cells: list[list[str | None]] = Field(description="The address of each; null for what has none.")
    padded: list[list[bool]] | None = Field(
        description="Where a 0 stands for a cell that is not there; null where none can."
    )
    winners: list[list[bool]] | None = Field(description="Which cells win a pooling window; null elsewhere.")


class StepOut(ResponseModel):
    """One line of the ledger."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Feature map cell z", "value": 2.0, "symbol": "z", "result": True}]}
    )

    name: str = Field(description="What the number is.")
    value: float | None = Field(description="The number; null where the line says that there is none.")
    symbol: str | None = Field(description="The end of the name, if that is a symbol.")
    result: bool = Field(description="Whether it is the number asked for; lines after it say what becomes of that.")


class CheckOut(ResponseModel):
    """The slope of the loss measured by nudging the number, beside the gradient."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECK]})

    numeric: float = Field(description="The measured slope; at a tie the mean of left and right.")
    left: float = Field(description="Slope when the number falls; differs from right at a tie only.")
    right: float = Field(description="Slope when the number rises.")
    epsilon: float = Field(description="How far the number was moved; half and twice as far, too.")
    difference: float = Field(description="Between the gradient and numeric.")
    relative: float = Field(description="The same over the larger of the two; 0 if both are 0.")
    verdict: Literal["agrees", "tie", "unclear"] = Field(
        description="tie: the slope has two values, as a maximum is shared or a ReLU stands at 0, and the gradient is "
        "what the rule for ties makes of them. unclear: the loss is too steep or too flat to measure, or the gradient "
        "differs from the slope."
    )
    sentence: str = Field(description="The verdict in words.")


class UpdateOut(ResponseModel):
    """One step of plain SGD: new = old - learning_rate · gradient."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UPDATE]})

    old: float = Field(description="The parameter.")
    gradient: float = Field(description="Its gradient for this one image.")
    learning_rate: float = Field(description="As in the request.")
    new: float = Field(description="What the step makes of it, were it not frozen.")
    frozen: bool = Field(description="Whether training leaves this parameter as it is.")
    sentence: str = Field(description="The step in words.")


class ExplanationOut(ResponseModel):
    """The explanation of one number."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXPLANATION]})

    cell: str = Field(description="Its address, as in the request.")
    kind: str = Field(description="The address without its indices: conv, gradient.conv.weight.")
    layer: str = Field(description="Type of the layer that it belongs to; empty for the input and the loss.")
    value: float = Field(description="The number.")
    sentence: str = Field(description="What a screen reader says: the number, and the sum written out.")
    summary: str = Field(description="The same in short where the sum is long.")
    decimals: int = Field(description="With how many decimals the sentence shows numbers.")
    about: bool = Field(description="Whether the numbers so shown only nearly give the result.")
    terms: list[ExplainedTerm] = Field(
        description="Their values, added from left to right, make the number (but for rounding)."
    )
    steps: list[StepOut] = Field(description="The ledger.")
    grids: Annotated[list[GridOut] | None, NotNull()] = Field(
        default=None, description="What to draw beside each other, where the stage has it."
    )
    order: Annotated[list[int] | None, NotNull()] = Field(
        default=None, description="For logits, whose terms come largest first: the feature of each term, the bias last."
    )
    winners: Annotated[list[str] | None, NotNull()] = Field(
        default=None, description="For max pooling: the addresses of the cells that win the window."
    )
    check: Annotated[CheckOut | None, NotNull()] = Field(
        default=None, description="With check, for the gradient of a parameter or a pixel."
    )
    update: Annotated[UpdateOut | None, NotNull()] = Field(
        default=None, description="With learning_rate, for the gradient of a parameter."
    )


class ExplainResponse(ResponseModel):
    """One explanation a cell, in the order of the cells."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"explanations": [_EXPLANATION]}]})

    explanations: list[ExplanationOut] = Field(description="The explanation of each number.")
