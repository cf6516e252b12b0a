"""A client of the API in Python, blocking (`Client`) and asyncio (`AsyncClient`), typed both ways.

>>> from app.client import Client
>>> with Client("http://127.0.0.1:8000") as five:
...     reply = five.convolve([1, 2, 3, 4, 5], [1, 0, -1])
>>> reply.output
array([-2., -2., -2.])

Requests take nested lists or numpy arrays; replies are the models of `app.schemas`, whose arrays are numpy arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, Literal, Self, TypeVar, cast

import httpx
import numpy.typing as npt
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.schemas.convolve import ConvolveReply
from app.schemas.datasets import DatasetOut, DatasetPage
from app.schemas.forward import ForwardReply
from app.schemas.health import Version
from app.schemas.json_bytes import to_json
from app.schemas.kernels import KernelOut
from app.schemas.limits import LimitsReply
from app.schemas.network import NetworkSpec
from app.schemas.pool import PoolReply
from app.schemas.problem import Problem

Reply = TypeVar("Reply")
Network = NetworkSpec | Mapping[str, Any]
"""A network as a model or as the mapping that its JSON is."""
Parameters = Mapping[str, Mapping[str, npt.ArrayLike]]

_API: Final = "api/v1"
_JSON: Final = {"Content-Type": "application/json"}


class ProblemError(Exception):
    """The service refused a request, or failed.

    Attributes
    ----------
    status
        The HTTP status.
    problem
        What the service said; None if what answered was not the service (a proxy, say).
    """

    def __init__(self, status: int, problem: Problem | None, text: str) -> None:
        super().__init__(problem.detail if problem else f"{status}: {text[:200]}")
        self.status = status
        self.problem = problem


@dataclass(frozen=True)
class _Call(Generic[Reply]):
    """One request, and how to read its reply; the same for both clients."""

    method: str
    path: str
    reply: TypeAdapter[Reply]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, int] | None = None

    def request(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        content = None if self.body is None else to_json({k: _plain(v) for k, v in self.body.items() if v is not None})
        return client.build_request(
            self.method, self.path, content=content, headers=None if content is None else _JSON, params=self.query
        )

    def read(self, response: httpx.Response) -> Reply:
        if response.is_success:
            return self.reply.validate_json(response.content)
        try:
            problem = Problem.model_validate_json(response.content)
        except ValidationError:
            problem = None
        raise ProblemError(response.status_code, problem, response.text)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_none=True) if isinstance(value, BaseModel) else value


_KERNELS: Final = TypeAdapter(list[KernelOut])
_DATASETS: Final = TypeAdapter(list[DatasetOut])
_DATASET: Final = TypeAdapter(DatasetPage)
_LIMITS: Final = TypeAdapter(LimitsReply)
_VERSION: Final = TypeAdapter(Version)
_CONVOLVE: Final = TypeAdapter(ConvolveReply)
_POOL: Final = TypeAdapter(PoolReply)
_FORWARD: Final = TypeAdapter(ForwardReply)


class _Calls:
    """Every call of the API, not yet sent."""

    kernels: Final = _Call("GET", f"{_API}/kernels", _KERNELS)
    datasets: Final = _Call("GET", f"{_API}/datasets", _DATASETS)
    limits: Final = _Call("GET", f"{_API}/limits", _LIMITS)
    version: Final = _Call("GET", "version", _VERSION)

    @staticmethod
    def dataset(id: str, offset: int, limit: int) -> _Call[DatasetPage]:  # noqa: A002
        return _Call("GET", f"{_API}/datasets/{id}", _DATASET, query={"offset": offset, "limit": limit})

    @staticmethod
    def convolve(body: Mapping[str, Any]) -> _Call[ConvolveReply]:
        return _Call("POST", f"{_API}/convolve", _CONVOLVE, body)

    @staticmethod
    def pool(body: Mapping[str, Any]) -> _Call[PoolReply]:
        return _Call("POST", f"{_API}/pool", _POOL, body)

    @staticmethod
    def forward(body: Mapping[str, Any]) -> _Call[ForwardReply]:
        return _Call("POST", f"{_API}/forward", _FORWARD, body)
