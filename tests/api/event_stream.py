"""A stream of events, read as its standard says: a field a line, an empty line ends an event, a colon is a comment."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sent:
    id: int
    kind: str
    text: str

    @property
    def data(self) -> Any:
        return strictly(self.text)


def strictly(text: str) -> Any:
    """JSON without the NaN and Infinity that Python would let pass."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def events_in(lines: Iterable[str]) -> Iterator[Sent]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            assert name not in fields
            fields[name] = value
        elif fields:
            yield Sent(int(fields.pop("id")), fields.pop("event"), fields.pop("data"))
            assert fields == {}
