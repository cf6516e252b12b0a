"""What every optimizer is: a frozen record of settings, and a planned update of one flat vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeAlias

from ..arrays import Array
from ..layers.options import hints_of, normalize

OptimizerState: TypeAlias = dict[str, Any]
"""What an optimizer remembers between steps: ``{"step": 12, "velocity": {"conv": {"weight": ...}}}``.

``step`` counts the updates made; every other entry holds arrays shaped as the parameters are. An empty dict is a fresh
start. Written as JSON (shortest decimal that gives the same float64) and read back, it is the same bit for bit.
"""

Update: TypeAlias = Callable[[int], None]
"""Change the parameters in place by the gradient; the argument is the number of this update, from 1."""


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    """A rule that turns gradients into new parameters.

    An optimizer holds no arrays: what it must remember is an `OptimizerState` that travels with the parameters.
    """

    type: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    """Names of the arrays that the rule remembers, each shaped as the parameters."""
    never_negative: ClassVar[tuple[str, ...]] = ()
    """Those of `slots` whose numbers are means of squares or the like."""

    learning_rate: float = field(default=0.01, metadata={"doc": "Length of a step along the gradient.", "gt": 0})

    def __post_init__(self) -> None:
        hints = hints_of(type(self))
        for option in fields(self):
            value = normalize(
                hints[option.name],
                getattr(self, option.name),
                where=f"optimizer {self.type}",
                field=option.name,
                metadata=option.metadata,
            )
            object.__setattr__(self, option.name, value)

    @property
    def state_slots(self) -> tuple[str, ...]:
        """Those of `slots` that these settings make use of."""
        return self.slots

    @property
    def gradient_scale(self) -> float:
        """Factor that the rule wants in every gradient: it costs nothing where the scores' gradient is made."""
        return 1.0

    @property
    def operations(self) -> int:
        """Array operations of an update, each over all the parameters; an optimizer of more than 16 overrides it."""
        return 16

    @abstractmethod
    def make_update(self, parameters: Array, gradient: Array, slots: dict[str, Array]) -> Update:
        """Return the update for one run.

        Parameters
        ----------
        parameters, gradient
            Flat vectors of one length: the update reads `gradient` (times `gradient_scale`) and changes `parameters`.
        slots
            One such vector for each of `state_slots`, which the update keeps up to date.
        """
