"""Every call of the API as data: what is sent and how the reply is read; the same for both clients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, Required, TypedDict, TypeVar
from urllib.parse import quote

import httpx
import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from ..schemas.arrays import AnyArray
from ..schemas.backward import BackwardResponse
from ..schemas.convolve import Convention, ConvolveResponse
from ..schemas.datasets import DatasetOut, DatasetPage
from ..schemas.evaluate import EvaluateResponse
from ..schemas.examples import DatasetReference, ExampleSpec
from ..schemas.experiments import ExperimentOut, ExperimentResponse
from ..schemas.explain import ExplainResponse
from ..schemas.forward import ForwardResponse
from ..schemas.health import Health, Readiness, Version
from ..schemas.kernels import KernelOut
from ..schemas.limits import LimitsResponse
from ..schemas.network import NetworkSpec
from ..schemas.npy import read_npy, write_npy
from ..schemas.optimizers import OptimizerSpec, OptimizerStateSpec
from ..schemas.output_size import OutputSizeResponse
from ..schemas.pool import PoolResponse, TieBreak
from ..schemas.replay import ReplayResponse
from ..schemas.responses import PatternOut, ResponsesResponse
from ..schemas.serialization import to_json
from ..schemas.train import TrainRequest, TrainResponse
from .encoding import array_value, json_value
from .problems import problem_error

Response = TypeVar("Response")
Network = NetworkSpec | Mapping[str, Any]
"""A network as a model or as the mapping that its JSON is."""
Parameters = Mapping[str, Mapping[str, npt.ArrayLike]]
Examples = Sequence[ExampleSpec | Mapping[str, Any]] | DatasetReference | Mapping[str, Any]
"""A list of ``{"image": ..., "label": 8}``, or a reference such as ``{"dataset": "digits"}``."""

Training = TrainRequest | Mapping[str, Any]
"""A body for /train, such as an experiment's, as a model or as the mapping that its JSON is."""
Split = Literal["train", "test"]

DEFAULT_URL: Final = "http://127.0.0.1:8000"
_API: Final = "api/v1"
_JSON: Final = "application/json"
_NPY: Final = "application/octet-stream"
_MOST_IN_QUERY: Final = 2_000
"""Characters of JSON in a query. Percent-encoding makes up to three of one, and nginx accepts 8,192 by default."""


@dataclass(frozen=True)
class Endpoint(Generic[Response]):
    """One request, and how to read its reply; the same for both clients."""

    method: str
    path: str
    reply: TypeAdapter[Response]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, int | str] | None = None
    accept: str = _JSON

    def request(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """Return the request, ready to be sent by `client`."""
        content, content_type, query = self._content()
        headers = {"Accept": self.accept} | ({} if content_type is None else {"Content-Type": content_type})
        return client.build_request(self.method, self.path, content=content, headers=headers, params=query)

    def _content(self) -> tuple[bytes | None, str | None, Mapping[str, Any] | None]:
        """Return the body, its media type and the query."""
        if self.body is None:
            return None, None, self.query
        fields = {name: json_value(value, name) for name, value in self.body.items() if value is not None}
        if self.accept == _NPY:
            array = array_value(fields.get("input"), "input")
            options = {name: to_json(value).decode() for name, value in fields.items() if name != "input"}
            if sum(map(len, options.values())) <= _MOST_IN_QUERY:
                return write_npy(array), _NPY, options
        return to_json(fields), _JSON, self.query

    def read(self, response: httpx.Response) -> Response:
        """Return the reply in a response; raise `ProblemError` if the response is an error.

        Fields that this version does not know are kept in the `model_extra` of their model, so what a newer service
        sends (an optimizer's state, say) goes back to it complete.
        """
        if response.is_success and self.accept == _NPY:
            return self.reply.validate_python(read_npy(response.content))
        if response.is_success:
            return self.reply.validate_json(response.content, extra="allow")
        raise problem_error(response)


class ConvolveArrayOptions(TypedDict, total=False):
    """Options of `convolve_array`; see `app.schemas.convolve.ConvolveRequest`."""

    convention: Convention
    padding: int | Sequence[int] | Sequence[Sequence[int]]
    stride: int | Sequence[int]
    dilation: int | Sequence[int]


class ConvolveOptions(ConvolveArrayOptions, total=False):
    """Options of `convolve`; see `app.schemas.convolve.ConvolveRequest`."""

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


class GivenParameters(TypedDict, total=False):
    """Where parameters come from: themselves, a seed, or both; see `app.schemas.network.NetworkRequest`."""

    parameters: Parameters
    seed: int


class BackwardOptions(GivenParameters, total=False):
    """What `backward` takes besides its example; see `app.schemas.backward.BackwardRequest`."""

    check: bool


class ExplainOptions(TypedDict, total=False):
    """What `explain` takes besides its network and cells; see `app.schemas.explain.ExplainRequest`."""

    parameters: Required[Parameters]
    image: Required[npt.ArrayLike]
    label: int
    check: bool
    learning_rate: float


class TrainOptions(GivenParameters, total=False):
    """What of a training may be given on its own; see `app.schemas.train.TrainRequest`."""

    network: Network
    examples: Examples
    test: Examples
    optimizer: OptimizerSpec | Mapping[str, Any]
    optimizer_state: OptimizerStateSpec | Mapping[str, Any]
    epochs: int
    batch_size: int
    shuffle: bool
    first_epoch: int
    snapshot_every: int
    probe: npt.ArrayLike


KERNELS: Final = Endpoint("GET", f"{_API}/kernels", TypeAdapter(list[KernelOut]))
DATASETS: Final = Endpoint("GET", f"{_API}/datasets", TypeAdapter(list[DatasetOut]))
PATTERNS: Final = Endpoint("GET", f"{_API}/patterns", TypeAdapter(list[PatternOut]))
EXPERIMENTS: Final = Endpoint("GET", f"{_API}/experiments", TypeAdapter(list[ExperimentOut]))
HEALTH: Final = Endpoint("GET", "healthz", TypeAdapter(Health))
READINESS: Final = Endpoint("GET", "readyz", TypeAdapter(Readiness))
LIMITS: Final = Endpoint("GET", f"{_API}/limits", TypeAdapter(LimitsResponse))
VERSION: Final = Endpoint("GET", "version", TypeAdapter(Version))

_ARRAY: Final = TypeAdapter[npt.NDArray[np.float64]](AnyArray)
_KERNEL: Final = TypeAdapter(KernelOut)
_DATASET: Final = TypeAdapter(DatasetPage)
_EXPERIMENT: Final = TypeAdapter(ExperimentResponse)
_CONVOLVE: Final = TypeAdapter(ConvolveResponse)
_POOL: Final = TypeAdapter(PoolResponse)
_FORWARD: Final = TypeAdapter(ForwardResponse)
_BACKWARD: Final = TypeAdapter(BackwardResponse)
_EVALUATE: Final = TypeAdapter(EvaluateResponse)
_REPLAY: Final = TypeAdapter(ReplayResponse)
_TRAIN: Final = TypeAdapter(TrainResponse)
_OUTPUT_SIZE: Final = TypeAdapter(OutputSizeResponse)
_RESPONSES: Final = TypeAdapter(ResponsesResponse)
_EXPLAIN: Final = TypeAdapter(ExplainResponse)


def random_kernel(size: int, seed: int) -> Endpoint[KernelOut]:
    """GET /kernels/random."""
    return Endpoint("GET", f"{_API}/kernels/random", _KERNEL, query={"size": size, "seed": seed})


def dataset(dataset_id: str, split: Split | None, offset: int, limit: int) -> Endpoint[DatasetPage]:
    """GET /datasets/{id}."""
    path = f"{_API}/datasets/{quote(dataset_id, safe='')}"
    return Endpoint(
        "GET", path, _DATASET, query={"offset": offset, "limit": limit} | ({"split": split} if split else {})
    )


def experiment(experiment_id: str) -> Endpoint[ExperimentResponse]:
    """GET /experiments/{id}."""
    return Endpoint("GET", f"{_API}/experiments/{quote(experiment_id, safe='')}", _EXPERIMENT)


def convolve(given: npt.ArrayLike, kernel: npt.ArrayLike, options: ConvolveOptions) -> Endpoint[ConvolveResponse]:
    """POST /convolve."""
    return Endpoint("POST", f"{_API}/convolve", _CONVOLVE, {"input": given, "kernel": kernel, **options})


def convolve_array(
    given: npt.ArrayLike, kernel: npt.ArrayLike, options: ConvolveArrayOptions
) -> Endpoint[npt.NDArray[np.float64]]:
    """POST /convolve, answered in .npy."""
    return Endpoint("POST", f"{_API}/convolve", _ARRAY, {"input": given, "kernel": kernel, **options}, accept=_NPY)


def pool(given: npt.ArrayLike, options: PoolOptions) -> Endpoint[PoolResponse]:
    """POST /pool."""
    return Endpoint("POST", f"{_API}/pool", _POOL, {"input": given, **options})


def pool_array(given: npt.ArrayLike, options: PoolOptions) -> Endpoint[npt.NDArray[np.float64]]:
    """POST /pool, answered in .npy."""
    return Endpoint("POST", f"{_API}/pool", _ARRAY, {"input": given, **options}, accept=_NPY)


def forward(network: Network, options: ForwardOptions) -> Endpoint[ForwardResponse]:
    """POST /forward."""
    return Endpoint("POST", f"{_API}/forward", _FORWARD, {"network": network, **options})


def backward(
    network: Network, image: npt.ArrayLike, label: int, options: BackwardOptions
) -> Endpoint[BackwardResponse]:
    """POST /backward."""
    body = {"network": network, "image": image, "label": label, **options}
    return Endpoint("POST", f"{_API}/backward", _BACKWARD, body)


def evaluate(network: Network, examples: Examples, options: GivenParameters) -> Endpoint[EvaluateResponse]:
    """POST /evaluate."""
    return Endpoint("POST", f"{_API}/evaluate", _EVALUATE, {"network": network, "examples": examples, **options})


def replay(network: Network, snapshots: Sequence[Parameters], image: npt.ArrayLike) -> Endpoint[ReplayResponse]:
    """POST /replay."""
    body = {"network": network, "snapshots": snapshots, "image": image}
    return Endpoint("POST", f"{_API}/replay", _REPLAY, body)


def train(start: Training, changes: TrainOptions, accept: str = _JSON) -> Endpoint[TrainResponse]:
    """POST /train, `start` with `changes`."""
    body = json_value(start, "start")
    return Endpoint("POST", f"{_API}/train", _TRAIN, {**body, **changes}, accept=accept)


def output_size(size: int, layers: Sequence[Mapping[str, Any]]) -> Endpoint[OutputSizeResponse]:
    """POST /output-size."""
    return Endpoint("POST", f"{_API}/output-size", _OUTPUT_SIZE, {"size": size, "layers": layers})


def responses(image: npt.ArrayLike) -> Endpoint[ResponsesResponse]:
    """POST /responses."""
    return Endpoint("POST", f"{_API}/responses", _RESPONSES, {"image": image})


def explain(network: Network, cells: Sequence[str], options: ExplainOptions) -> Endpoint[ExplainResponse]:
    """POST /explain."""
    return Endpoint("POST", f"{_API}/explain", _EXPLAIN, {"network": network, "cells": list(cells), **options})
