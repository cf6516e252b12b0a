"""Training that came to numbers that are not finite, as a problem."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from .network import ParametersSpec
from .optimizers import OptimizerStateSpec
from .problem import Problem

_CAUSE: Final = "the learning rate 1000 overshoots: from one step to the next the loss grew without end; try 0.01"
_DIVERGED: Final[dict[str, Any]] = {
    "type": "/docs#diverged",
    "title": "The training diverged",
    "status": 422,
    "detail": f"The training diverged in epoch 2: {_CAUSE}",
    "instance": "/api/v1/train",
    "errors": [
        {
            "field": "optimizer.learning_rate",
            "message": f"training: epoch 2 diverged: {_CAUSE}",
            "value": "1000.0",
            "allowed": "a smaller learning rate, or smaller starting parameters",
        }
    ],
    "epoch": 2,
    "cause": _CAUSE,
    "parameters": {"dense": {"weight": [[0.5, -0.5]], "bias": [0, 0]}},
    "optimizer_state": {"step": 1},
    "next_epoch": 2,
}


class DivergedProblem(Problem):
    """Training came to numbers that are not finite; with what is needed to continue from before that."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DIVERGED]})

    epoch: int = Field(ge=1, description="The epoch that went wrong.")
    cause: str = Field(description="The likely cause, in words.")
    parameters: ParametersSpec = Field(description="The parameters at the end of the last good epoch.")
    optimizer_state: OptimizerStateSpec = Field(description="What the optimizer remembered then.")
    next_epoch: int = Field(ge=1, description="The epoch to continue with from there.")
