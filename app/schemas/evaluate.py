"""POST /evaluate: what a network says about examples, and how right it is."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from .arrays import Matrix, Vector
from .base import NotNull, ResponseModel
from .examples import ExamplesSpec
from .network import NOTEBOOK_EIGHT, NOTEBOOK_KERNEL, NOTEBOOK_NETWORK, NetworkRequest

_REQUEST: Final[dict[str, Any]] = {
    "network": NOTEBOOK_NETWORK,
    "parameters": {"conv": {"weight": [[NOTEBOOK_KERNEL]]}},
    "seed": 0,
    "examples": [{"image": NOTEBOOK_EIGHT, "label": 8}],
}


class EvaluateRequest(NetworkRequest):
    """A network, and examples to try it with."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_REQUEST, _REQUEST | {"examples": {"dataset": "digits", "limit": 20}}]}
    )

    examples: ExamplesSpec = Field(
        description="A list of examples, or a reference to those of a data set.", examples=[_REQUEST["examples"]]
    )
    include_probabilities: bool = Field(
        default=True, description="Whether the response has the probability of every class, or that of the label alone."
    )


_EVEN: Final[list[Any]] = [0.1] * 10
_NONE: Final[list[Any]] = [0] * 10


class EvaluateResponse(ResponseModel):
    """The predictions for the examples, in their order, with loss, accuracy and confusion matrix."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "predictions": [0],
                    "label_probabilities": [0.1],
                    "probabilities": [_EVEN],
                    "accuracy": 0.0,
                    "loss": 2.302585092994046,
                    "confusion": [*[_NONE] * 8, [1, *_NONE[1:]], _NONE],
                }
            ]
        }
    )

    predictions: list[int] = Field(description="The most probable class of each; the first where several are equal.")
    label_probabilities: Vector = Field(description="The probability that each one's label was given.")
    probabilities: Annotated[Matrix | None, NotNull()] = Field(
        default=None, description="One row an example, one column a class; unless include_probabilities is false."
    )
    accuracy: float = Field(ge=0, le=1, description="Share of the examples whose prediction is their label.")
    loss: float = Field(ge=0, description="Mean cross-entropy.")
    confusion: list[list[int]] = Field(
        description="confusion[label][predicted]: how many examples of that label were predicted so."
    )
