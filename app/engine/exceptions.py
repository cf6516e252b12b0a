"""Errors of the engine: each says where, what, the value met and what is allowed."""

from __future__ import annotations

from typing import Any

from .arrays import Parameters


def bracketed(value: object) -> str:
    """Return `value` as an error message shows it: sequences in brackets as in JSON, not as Python's tuples."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(bracketed, value))}]"
    return repr(value)


class EngineError(ValueError):
    """Something that the engine was given does not fit.

    Parameters
    ----------
    message
        What is wrong, with the value in it: ``kernel_size [7, 7] exceeds the padded input [5, 5]``.
    where
        The thing at fault: ``conv2d 'conv'``, ``input``, ``kernel``, ``images``.
    field
        The dotted name of the field at fault, from `where` on: ``kernel_size``, ``parameters.conv.weight``.
    value
        The value met.
    allowed
        What would fit, in words.
    layer_index
        The position in its network of the layer at fault, if a layer in a network is at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str,
        field: str,
        value: object,
        allowed: str,
        layer_index: int | None = None,
    ) -> None:
        super().__init__(message, where, field)
        self.message = message
        self.where = where
        self.field = field
        self.value = value
        self.allowed = allowed
        self.layer_index = layer_index

    def __str__(self) -> str:
        return f"{self.where}: {self.message} (allowed: {self.allowed})"


class ShapeError(EngineError):
    """An array, or what a layer makes of it, has a shape that does not fit."""


class OptionError(EngineError):
    """A hyper-parameter is of the wrong type or outside its range."""


class ParameterError(EngineError):
    """A parameter array is missing, unknown, or has the wrong shape or dtype."""


class NotFiniteError(EngineError):
    """A number on the way through a network is too large for its float type, so that it is infinite or NaN.

    Parameters
    ----------
    where
        What computed it: ``conv2d 'conv'``, ``the gradient of dense 'dense'``, ``the loss``.
    field
        The dotted name of the field at fault; empty if that is the layer itself.
    allowed
        What would fit.
    layer_index
        The position of the layer in its network, if a layer computed it.
    """

    def __init__(
        self,
        where: str,
        *,
        field: str = "",
        allowed: str = "smaller numbers in the input and the parameters",
        layer_index: int | None = None,
    ) -> None:
        super().__init__(
            "a number is too large for a 64-bit float",
            where=where,
            field=field,
            value=None,
            allowed=allowed,
            layer_index=layer_index,
        )


class TrainingDiverged(EngineError):
    """A training run came to numbers that are no longer finite, or to a loss that no probability can express.

    Parameters
    ----------
    epoch
        The epoch that went wrong.
    cause
        The likely cause in plain words: "the learning rate 1000 overshoots: ...".
    field, value, allowed
        As of every `EngineError`: what is to blame.
    parameters, optimizer_state
        Copies from the end of the last good epoch (or from the start of the run, if its first epoch went wrong).
    next_epoch
        The epoch to go on with from there; the one that went wrong.
    """

    def __init__(
        self,
        cause: str,
        *,
        epoch: int,
        parameters: Parameters,
        optimizer_state: dict[str, Any],
        next_epoch: int,
        field: str,
        value: object,
        allowed: str,
    ) -> None:
        super().__init__(
            f"epoch {epoch} diverged: {cause}", where="training", field=field, value=value, allowed=allowed
        )
        self.cause = cause
        self.epoch = epoch
        self.parameters = parameters
        self.optimizer_state = optimizer_state
        self.next_epoch = next_epoch


class TrainingPaused(Exception):
    """A training run was asked to pause.

    Parameters
    ----------
    parameters, optimizer_state
        Copies from the end of the epoch before (or from the start of the run).
    next_epoch
        The epoch to go on with from there.
    """

    def __init__(self, parameters: Parameters, optimizer_state: dict[str, Any], next_epoch: int) -> None:
        super().__init__(f"training is paused before epoch {next_epoch}")
        self.parameters = parameters
        self.optimizer_state = optimizer_state
        self.next_epoch = next_epoch
