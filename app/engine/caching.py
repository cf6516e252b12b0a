"""What is kept of something that outlives requests: little, whatever anybody asks for."""

from functools import cached_property
from typing import Any, TypeVar

Value = TypeVar("Value")


class cached_if_small(cached_property[Value]):  # noqa: N801 - named as what it extends
    """A property that is worked out once, or each time where its owner is not small (`is_small`)."""

    def __get__(self, owner: Any, kind: type[Any] | None = None) -> Value:  # type: ignore[override]
        value: Value = super().__get__(owner, kind) if owner.is_small else self.func(owner)
        return value
