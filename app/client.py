"""A client of the API in Python, blocking (`Client`) and asyncio (`AsyncClient`), typed both ways.

>>> from app.client import Client
>>> with Client("http://127.0.0.1:8000") as five:
...     reply = five.convolve([1, 2, 3, 4, 5], [1, 0, -1])
>>> reply.output
array([-2., -2., -2.])

Over 300 lines because every call stands here twice, blocking and asyncio, beside the types of what it takes.
Requests take nested lists or numpy arrays; replies are the models of `app.schemas`, whose arrays are numpy arrays.
Over 300 lines because the two clients say every call twice, once to wait for and once to await.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, Literal, Required, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
import numpy.typing as npt
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.schemas.convolve import Convention, ConvolveReply
from app.schemas.datasets import DatasetOut, DatasetPage
from app.schemas.explain import ExplainReply
from app.schemas.forward import ForwardReply
from app.schemas.health import Version
from app.schemas.json_bytes import to_json
from app.schemas.kernels import KernelOut
from app.schemas.limits import LimitsReply
from app.schemas.network import NetworkSpec
from app.schemas.output_size import OutputSizeReply
from app.schemas.pool import PoolReply, TieBreak
from app.schemas.problem import Problem
from app.schemas.responses import PatternOut, ResponsesReply

Reply = TypeVar("Reply")
Network = NetworkSpec | Mapping[str, Any]
"""A network as a model or as the mapping that its JSON is."""
Parameters = Mapping[str, Mapping[str, npt.ArrayLike]]

DEFAULT_URL: Final = "http://127.0.0.1:8000"
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


class ConvolveOptions(TypedDict, total=False):
    """What `convolve` takes besides its arrays; see `app.schemas.convolve.ConvolveRequest`."""

    convention: Convention
    padding: int | Sequence[int] | Sequence[Sequence[int]]
    stride: int | Sequence[int]
    dilation: int | Sequence[int]
    explain: bool


class PoolOptions(TypedDict, total=False):
    """What `pool` takes besides its maps; see `app.schemas.pool.PoolRequest`."""

    kind: Required[Literal["max", "average"]]
    kernel_size: Required[int | Sequence[int]]
    stride: int | Sequence[int]
    ceil_mode: bool
    tie_break: TieBreak


class ForwardOptions(TypedDict, total=False):
    """What `forward` takes besides its network; see `app.schemas.forward.ForwardRequest`."""

    parameters: Parameters
    seed: int
    image: npt.ArrayLike
    images: Sequence[npt.ArrayLike] | npt.NDArray[Any]


class ExplainOptions(TypedDict, total=False):
    """What `explain` takes besides its network and cells; see `app.schemas.explain.ExplainRequest`."""

    parameters: Required[Parameters]
    image: Required[npt.ArrayLike]
    label: int
    check: bool
    learning_rate: float


_KERNELS: Final = _Call("GET", f"{_API}/kernels", TypeAdapter(list[KernelOut]))
_DATASETS: Final = _Call("GET", f"{_API}/datasets", TypeAdapter(list[DatasetOut]))
_PATTERNS: Final = _Call("GET", f"{_API}/patterns", TypeAdapter(list[PatternOut]))
_LIMITS: Final = _Call("GET", f"{_API}/limits", TypeAdapter(LimitsReply))
_VERSION: Final = _Call("GET", "version", TypeAdapter(Version))
_DATASET: Final = TypeAdapter(DatasetPage)
_CONVOLVE: Final = TypeAdapter(ConvolveReply)
_OUTPUT_SIZE: Final = TypeAdapter(OutputSizeReply)
_RESPONSES: Final = TypeAdapter(ResponsesReply)
_POOL: Final = TypeAdapter(PoolReply)
_FORWARD: Final = TypeAdapter(ForwardReply)
_EXPLAIN: Final = TypeAdapter(ExplainReply)


def _dataset(dataset_id: str, offset: int, limit: int) -> _Call[DatasetPage]:
    path = f"{_API}/datasets/{quote(dataset_id, safe='')}"
    return _Call("GET", path, _DATASET, query={"offset": offset, "limit": limit})


def _convolve(given: npt.ArrayLike, kernel: npt.ArrayLike, options: ConvolveOptions) -> _Call[ConvolveReply]:
    return _Call("POST", f"{_API}/convolve", _CONVOLVE, {"input": given, "kernel": kernel, **options})


def _output_size(size: int, layers: Sequence[Mapping[str, Any]]) -> _Call[OutputSizeReply]:
    return _Call("POST", f"{_API}/output-size", _OUTPUT_SIZE, {"size": size, "layers": layers})


def _responses(image: npt.ArrayLike) -> _Call[ResponsesReply]:
    return _Call("POST", f"{_API}/responses", _RESPONSES, {"image": image})


def _pool(given: npt.ArrayLike, options: PoolOptions) -> _Call[PoolReply]:
    return _Call("POST", f"{_API}/pool", _POOL, {"input": given, **options})


def _forward(network: Network, options: ForwardOptions) -> _Call[ForwardReply]:
    return _Call("POST", f"{_API}/forward", _FORWARD, {"network": network, **options})


def _explain(network: Network, cells: Sequence[str], options: ExplainOptions) -> _Call[ExplainReply]:
    return _Call("POST", f"{_API}/explain", _EXPLAIN, {"network": network, "cells": list(cells), **options})


class Client:
    """The API, each call waiting for its reply.

    Parameters
    ----------
    base_url
        Where the service is, with its path prefix if it has one.
    timeout
        Seconds to wait for each part of a reply.
    transport
        What carries the requests; for tests.

    Raises
    ------
    ProblemError
        By every call that the service refuses.
    httpx.HTTPError
        By every call that does not reach it.
    """

    def __init__(
        self, base_url: str = DEFAULT_URL, *, timeout: float = 30.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=timeout, transport=transport)

    def _send(self, call: _Call[Reply]) -> Reply:
        return call.read(self._http.send(call.request(self._http)))

    def kernels(self) -> list[KernelOut]:
        """Every preset kernel."""
        return self._send(_KERNELS)

    def datasets(self) -> list[DatasetOut]:
        """Every data set, without its images."""
        return self._send(_DATASETS)

    def dataset(self, dataset_id: str, *, offset: int = 0, limit: int = 100) -> DatasetPage:
        """One page of a data set's images and labels."""
        return self._send(_dataset(dataset_id, offset, limit))

    def patterns(self) -> list[PatternOut]:
        """Small pictures, and what every preset kernel makes of them."""
        return self._send(_PATTERNS)

    def limits(self) -> LimitsReply:
        """What one request may ask for."""
        return self._send(_LIMITS)

    def version(self) -> Version:
        """What is running."""
        return self._send(_VERSION)

    def convolve(
        self, signal: npt.ArrayLike, kernel: npt.ArrayLike, **options: Unpack[ConvolveOptions]
    ) -> ConvolveReply:
        """Convolve a signal (n,) or an image (H, W) with a kernel."""
        return self._send(_convolve(signal, kernel, options))

    def output_size(self, size: int, layers: Sequence[Mapping[str, Any]]) -> OutputSizeReply:
        """What a chain of layers, such as ``[{"kernel_size": 3, "stride": 2}]``, does to a size."""
        return self._send(_output_size(size, layers))

    def responses(self, image: npt.ArrayLike) -> ResponsesReply:
        """What every preset kernel makes of an image (H, W)."""
        return self._send(_responses(image))

    def pool(self, maps: npt.ArrayLike, **options: Unpack[PoolOptions]) -> PoolReply:
        """Pool one map (H, W) or several (C, H, W)."""
        return self._send(_pool(maps, options))

    def forward(self, network: Network, **options: Unpack[ForwardOptions]) -> ForwardReply:
        """Send one image or several through a network; every number on the way."""
        return self._send(_forward(network, options))

    def explain(self, network: Network, cells: Sequence[str], **options: Unpack[ExplainOptions]) -> ExplainReply:
        """Say how numbers of one image's passes came to be: ``["conv[0][0][1]", "gradient.conv.bias[0]"]``."""
        return self._send(_explain(network, cells, options))

    def close(self) -> None:
        """Close the connections; `with` does it."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient:
    """The API, each call to be awaited; otherwise as `Client`."""

    def __init__(
        self, base_url: str = DEFAULT_URL, *, timeout: float = 30.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout, transport=transport)

    async def _send(self, call: _Call[Reply]) -> Reply:
        return call.read(await self._http.send(call.request(self._http)))

    async def kernels(self) -> list[KernelOut]:
        """Every preset kernel."""
        return await self._send(_KERNELS)

    async def datasets(self) -> list[DatasetOut]:
        """Every data set, without its images."""
        return await self._send(_DATASETS)

    async def dataset(self, dataset_id: str, *, offset: int = 0, limit: int = 100) -> DatasetPage:
        """One page of a data set's images and labels."""
        return await self._send(_dataset(dataset_id, offset, limit))

    async def patterns(self) -> list[PatternOut]:
        """Small pictures, and what every preset kernel makes of them."""
        return await self._send(_PATTERNS)

    async def limits(self) -> LimitsReply:
        """What one request may ask for."""
        return await self._send(_LIMITS)

    async def version(self) -> Version:
        """What is running."""
        return await self._send(_VERSION)

    async def convolve(
        self, signal: npt.ArrayLike, kernel: npt.ArrayLike, **options: Unpack[ConvolveOptions]
    ) -> ConvolveReply:
        """Convolve a signal (n,) or an image (H, W) with a kernel."""
        return await self._send(_convolve(signal, kernel, options))

    async def output_size(self, size: int, layers: Sequence[Mapping[str, Any]]) -> OutputSizeReply:
        """What a chain of layers, such as ``[{"kernel_size": 3, "stride": 2}]``, does to a size."""
        return await self._send(_output_size(size, layers))

    async def responses(self, image: npt.ArrayLike) -> ResponsesReply:
        """What every preset kernel makes of an image (H, W)."""
        return await self._send(_responses(image))

    async def pool(self, maps: npt.ArrayLike, **options: Unpack[PoolOptions]) -> PoolReply:
        """Pool one map (H, W) or several (C, H, W)."""
        return await self._send(_pool(maps, options))

    async def forward(self, network: Network, **options: Unpack[ForwardOptions]) -> ForwardReply:
        """Send one image or several through a network; every number on the way."""
        return await self._send(_forward(network, options))

    async def explain(self, network: Network, cells: Sequence[str], **options: Unpack[ExplainOptions]) -> ExplainReply:
        """Say how numbers of one image's passes came to be: ``["conv[0][0][1]", "gradient.conv.bias[0]"]``."""
        return await self._send(_explain(network, cells, options))

    async def aclose(self) -> None:
        """Close the connections; `async with` does it."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
