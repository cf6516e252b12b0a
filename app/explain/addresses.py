"""The page's addresses: ``conv.weight[o][i][r][c]``, ``gradient.pool[o][r][c]``, ``loss``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..engine.exceptions import EngineError
from .cnn import ExplainableCNN

GRADIENT: Final = "gradient."

_FORM: Final = re.compile(r"(gradient\.)?([a-z.]+)((?:\[(?:0|[1-9][0-9]{0,5})\])*)")
_LETTERS: Final = {
    "conv.weight": "oirc",
    "conv.bias": "o",
    "conv": "orc",
    "relu": "orc",
    "pool": "orc",
    "flatten": "n",
    "dense.weight": "nd",
    "dense.bias": "d",
    "logits": "d",
    "probabilities": "d",
    "loss": "",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One number: what it is (`kind` has ``gradient.`` before `name` or is the same), and where."""

    text: str
    kind: str
    name: str
    index: tuple[int, ...]

    @property
    def is_gradient(self) -> bool:
        """Whether it is the slope of the loss by a number."""
        return self.kind != self.name


def parse(text: str, pipeline: ExplainableCNN, field: str) -> Address:
    """`text` as an address in this network; raises `EngineError` naming `field` if there is no such number."""
    form = _FORM.fullmatch(text)
    name = form.group(2) if form else ""
    shape = pipeline.shapes.get(name)
    if form is None or shape is None:
        names = ", ".join(pipeline.shapes)
        raise _refused(text, field, f"{names}, each with its indices, or {GRADIENT} before any of them")
    brackets = form.group(3)
    index = tuple(map(int, brackets[1:-1].split("]["))) if brackets else ()
    if len(index) != len(shape) or any(place >= size for place, size in zip(index, shape, strict=True)):
        prefix = form.group(1) or ""
        raise _refused(text, field, f"{prefix}{name}{_range_of(name, shape)}")
    return Address(text, f"{GRADIENT}{name}" if form.group(1) else name, name, index)


def _range_of(name: str, shape: tuple[int, ...]) -> str:
    letters = _LETTERS.get(name, "irc"[-len(shape) :])
    ranges = ", ".join(f"{letter} from 0 to {size - 1}" for letter, size in zip(letters, shape, strict=True))
    return "".join(f"[{letter}]" for letter in letters) + (f" with {ranges}" if ranges else " without indices")


def _refused(text: str, field: str, allowed: str) -> EngineError:
    message = "there is no such number in this network"
    return EngineError(message, where="cells", field=field, value=text, allowed=allowed)
