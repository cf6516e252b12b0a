"""Describe the engine's errors as problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.exceptions import EngineError as EngineError
from ..engine.exceptions import NotFiniteError, TrainingDiverged
from ..schemas.field_errors import MAX_FIELD_LENGTH, MAX_TEXT_LENGTH
from ..schemas.json_repr import json_repr, shorten
from ..schemas.problem import FieldError


@dataclass(frozen=True)
class EngineProblem:
    """An error of the engine as a problem.

    Attributes
    ----------
    kind
        The type of problem.
    error
        The error of the invalid field.
    detail
        The problem's detail; empty if the error says it all.
    extensions
        Members of this type of problem alone.
    """

    kind: str
    error: FieldError
    detail: str = ""
    extensions: Mapping[str, Any] = field(default_factory=dict)


def engine_problem(error: EngineError) -> EngineProblem:
    """Return the problem that describes an error; see `DivergedProblem` for that of a training."""
    if isinstance(error, TrainingDiverged):
        extensions = {
            "epoch": error.epoch,
            "cause": error.cause,
            "parameters": error.parameters,
            "optimizer_state": error.optimizer_state,
            "next_epoch": error.next_epoch,
        }
        detail = f"The training diverged in epoch {error.epoch}: {error.cause}"
        return EngineProblem("diverged", _field_error(error), detail, extensions)
    return EngineProblem("overflow" if isinstance(error, NotFiniteError) else "invalid-request", _field_error(error))


def _field_error(error: EngineError) -> FieldError:
    """Return the error of a request's field; a field of a layer is named from the network on."""
    name = error.field
    if error.layer_index is not None:
        # If a layer's input does not fit or its numbers overflow, no single field is invalid.
        own = "" if name in ("", "input_shape") else f".{name}"
        name = f"network.layers.{error.layer_index}{own}"
    elif error.where == "network":
        name = f"network.{name}"
    # A message after its field need not name the field again.
    message = (
        f"{error.message[:1].upper()}{error.message[1:]}"
        if name.startswith(error.where)
        else f"{error.where}: {error.message}"
    )
    return FieldError(
        field=shorten(name, MAX_FIELD_LENGTH),
        message=shorten(message, MAX_TEXT_LENGTH),
        value=None if error.value is None else json_repr(error.value),
        allowed=shorten(error.allowed, MAX_TEXT_LENGTH),
    )
