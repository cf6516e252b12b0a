"""Request models of optimizers and their state, built from the engine's declarations."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, create_model

from ..engine.optimizers import OPTIMIZERS, Optimizer, OptimizerState
from .base import NotNull, RequestModel, one_of
from .network import ParametersSpec
from .options import declared_fields, example_of, summary


class OptimizerSpec(RequestModel):
    """A rule that turns gradients into new parameters."""

    def optimizer(self) -> Optimizer:
        """Return the engine's optimizer; raise `OptionError` if its options are incompatible."""
        options = dict(self.__dict__)
        return OPTIMIZERS[options.pop("type")](**options)


def _spec_of(kind: str, optimizer: type[Optimizer]) -> type[OptimizerSpec]:
    """Return the request model of a type of optimizer."""
    kind_field: Any = (Literal[kind], Field(description=f"The kind of optimizer: {kind}."))
    options = declared_fields(optimizer)
    return create_model(
        f"{optimizer.__name__}Spec",
        __base__=OptimizerSpec,
        __doc__=summary(optimizer),
        __cls_kwargs__={"json_schema_extra": {"examples": [{"type": kind, **example_of(options)}]}},
        type=kind_field,
        **options,
    )


OPTIMIZER_SPECS: Final[dict[str, type[OptimizerSpec]]] = {
    kind: _spec_of(kind, optimizer) for kind, optimizer in OPTIMIZERS.items()
}
"""The request model of each kind of optimizer, by its `type`."""

if TYPE_CHECKING:
    AnyOptimizerSpec = OptimizerSpec
else:
    AnyOptimizerSpec = one_of(OPTIMIZER_SPECS, "optimizer")
"""Any optimizer, chosen by its `type`."""


MAX_STEP: Final = 2**53 - 1
"""Largest number of an update; JavaScript represents integers up to it exactly."""


class _OptimizerState(RequestModel):
    """The state of an optimizer between steps, as a response of /train has it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"step": 1, "velocity": {"dense": {"weight": [[0.5, -0.5]], "bias": [0, 0]}}}]}
    )

    step: int = Field(default=0, ge=0, le=MAX_STEP, description="Number of updates made.")

    def state(self) -> OptimizerState:
        """Return the engine's state."""
        return {name: value for name, value in self.__dict__.items() if value is not None}


def _slot(name: str) -> Any:
    users = " and ".join(kind for kind, optimizer in OPTIMIZERS.items() if name in optimizer.slots)
    about = f"Only for {users}: by layer and parameter name, each shaped as its parameter."
    return Annotated[ParametersSpec | None, NotNull()], Field(default=None, description=about)


_SLOTS: Final[dict[str, Any]] = {name: _slot(name) for optimizer in OPTIMIZERS.values() for name in optimizer.slots}

if TYPE_CHECKING:
    OptimizerStateSpec = _OptimizerState
else:
    OptimizerStateSpec = create_model(
        "OptimizerStateSpec", __base__=_OptimizerState, __doc__=_OptimizerState.__doc__, **_SLOTS
    )
"""The state of any optimizer; the engine rejects that of another optimizer than the request's."""
