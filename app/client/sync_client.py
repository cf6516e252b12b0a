"""The client whose calls wait for their replies."""

import contextlib
import time
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

import httpx
import numpy as np
import numpy.typing as npt

from ..schemas.backward import BackwardResponse
from ..schemas.convolve import ConvolveResponse
from ..schemas.datasets import DatasetOut, DatasetPage
from ..schemas.evaluate import EvaluateResponse
from ..schemas.experiments import ExperimentOut, ExperimentResponse
from ..schemas.explain import ExplainResponse
from ..schemas.forward import ForwardResponse
from ..schemas.health import Health, Readiness, Version
from ..schemas.kernels import KernelOut
from ..schemas.limits import LimitsResponse
from ..schemas.output_size import OutputSizeResponse
from ..schemas.pool import PoolResponse
from ..schemas.replay import ReplayResponse
from ..schemas.responses import PatternOut, ResponsesResponse
from ..schemas.train import TrainResponse
from . import endpoints
from .problems import ProblemError, problem_error
from .resumable_training import RETRYABLE, TrainingSession
from .sse import EventReader, StreamEvent, TrainEvent


class Client:
    """The API, each call waiting for its reply.

    Parameters
    ----------
    base_url
        Where the service is, with its path prefix if it has one.
    timeout
        Seconds to wait for each part of a reply.
    retries
        How often a call is repeated, after Retry-After, while the service is at capacity or shutting down (429, 502,
        503, 504; not where that is more than 60 s). And how often in a row `train` tries to go on when the service
        that was training is gone.
    transport
        What carries the requests; for tests.

    Raises
    ------
    ProblemError
        By every call that the service refuses, after the `retries`.
    httpx.HTTPError
        By every call that does not reach it.
    """

    def __init__(
        self,
        base_url: str = endpoints.DEFAULT_URL,
        *,
        timeout: float = 30.0,
        retries: int = 8,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.Client(base_url=base_url, timeout=timeout, transport=transport)

    def _send(self, call: endpoints.Endpoint[endpoints.Response], retries: int | None = None) -> endpoints.Response:
        request = call.request(self._http)
        failures = 0
        while True:
            try:
                return call.read(self._http.send(request))
            except ProblemError as error:
                seconds = error.wait(failures, self._retries if retries is None else retries)
            time.sleep(seconds)
            failures += 1

    def kernels(self) -> list[KernelOut]:
        """Return every preset kernel."""
        return self._send(endpoints.KERNELS)

    def random_kernel(self, *, size: int = 3, seed: int = 0) -> KernelOut:
        """Return a kernel of random hundredths between -1 and 1; the same seed and size give the same numbers."""
        return self._send(endpoints.random_kernel(size, seed))

    def datasets(self) -> list[DatasetOut]:
        """Return every data set, without its images."""
        return self._send(endpoints.DATASETS)

    def dataset(
        self, dataset_id: str, *, split: endpoints.Split | None = None, offset: int = 0, limit: int = 100
    ) -> DatasetPage:
        """Return one page of the images and labels of a data set, or of one split of it."""
        return self._send(endpoints.dataset(dataset_id, split, offset, limit))

    def limits(self) -> LimitsResponse:
        """Return the limits of one request."""
        return self._send(endpoints.LIMITS)

    def health(self) -> Health:
        """Check that the process is alive."""
        return self._send(endpoints.HEALTH)

    def readiness(self) -> Readiness:
        """Check that the process can serve; raise `ProblemError` after SIGTERM."""
        return self._send(endpoints.READINESS, retries=0)

    def version(self) -> Version:
        """Return the versions of the service, its API and its numerics."""
        return self._send(endpoints.VERSION)

    def convolve(
        self, signal: npt.ArrayLike, kernel: npt.ArrayLike, **options: Unpack[endpoints.ConvolveOptions]
    ) -> ConvolveResponse:
        """Convolve a signal (n,) or an image (H, W) with a kernel."""
        return self._send(endpoints.convolve(signal, kernel, options))

    def convolve_array(
        self, signal: npt.ArrayLike, kernel: npt.ArrayLike, **options: Unpack[endpoints.ConvolveArrayOptions]
    ) -> npt.NDArray[np.float64]:
        """Convolve as `convolve` does, and return the output alone; arrays travel as .npy, which is quicker."""
        return self._send(endpoints.convolve_array(signal, kernel, options))

    def pool(self, maps: npt.ArrayLike, **options: Unpack[endpoints.PoolOptions]) -> PoolResponse:
        """Pool one map (H, W) or several (C, H, W)."""
        return self._send(endpoints.pool(maps, options))

    def pool_array(self, maps: npt.ArrayLike, **options: Unpack[endpoints.PoolOptions]) -> npt.NDArray[np.float64]:
        """Pool as `pool` does, and return the output alone; arrays travel as .npy, which is quicker."""
        return self._send(endpoints.pool_array(maps, options))

    def forward(self, network: endpoints.Network, **options: Unpack[endpoints.ForwardOptions]) -> ForwardResponse:
        """Send one image or several through a network and return every number on the way."""
        return self._send(endpoints.forward(network, options))

    def backward(
        self, network: endpoints.Network, image: npt.ArrayLike, label: int, **options: Unpack[endpoints.BackwardOptions]
    ) -> BackwardResponse:
        """Return every gradient of one example's loss; with ``check=True`` also the measured slopes."""
        return self._send(endpoints.backward(network, image, label, options))

    def evaluate(
        self, network: endpoints.Network, examples: endpoints.Examples, **parameters: Unpack[endpoints.GivenParameters]
    ) -> EvaluateResponse:
        """Try a network with examples: predictions, probabilities, loss, accuracy, confusion."""
        return self._send(endpoints.evaluate(network, examples, parameters))

    def replay(
        self, network: endpoints.Network, snapshots: Sequence[endpoints.Parameters], image: npt.ArrayLike
    ) -> ReplayResponse:
        """Send one image through a network as it was at several moments."""
        return self._send(endpoints.replay(network, snapshots, image))

    def patterns(self) -> list[PatternOut]:
        """Return small pictures and the response of every preset kernel to them."""
        return self._send(endpoints.PATTERNS)

    def output_size(self, size: int, layers: Sequence[Mapping[str, Any]]) -> OutputSizeResponse:
        """Return the size after each layer of a chain such as ``[{"kernel_size": 3, "stride": 2}]``."""
        return self._send(endpoints.output_size(size, layers))

    def responses(self, image: npt.ArrayLike) -> ResponsesResponse:
        """Return the response of every preset kernel to an image (H, W)."""
        return self._send(endpoints.responses(image))

    def explain(
        self, network: endpoints.Network, cells: Sequence[str], **options: Unpack[endpoints.ExplainOptions]
    ) -> ExplainResponse:
        """Say how numbers of one image's passes came to be: ``["conv[0][0][1]", "gradient.conv.bias[0]"]``."""
        return self._send(endpoints.explain(network, cells, options))

    def experiments(self) -> list[ExperimentOut]:
        """Return every experiment, without its numbers."""
        return self._send(endpoints.EXPERIMENTS)

    def experiment(self, experiment_id: str) -> ExperimentResponse:
        """Return one experiment, complete enough to train from."""
        return self._send(endpoints.experiment(experiment_id))

    def train_whole(self, start: endpoints.Training, **changes: Unpack[endpoints.TrainOptions]) -> TrainResponse:
        """Train, and wait for the end; as `train` otherwise."""
        return self._send(endpoints.train(start, changes))

    def train(
        self, start: endpoints.Training, **changes: Unpack[endpoints.TrainOptions]
    ) -> Generator[TrainEvent, None, None]:
        """Train, and get every event as it happens: one `StartOut`, an `EpochOut` each, one `DoneOut`.

        To stop early, leave the loop and close the generator; the service then stops too. To go on later:
        ``train(start, parameters=..., optimizer_state=..., first_epoch=...)`` with those of the last snapshot. When
        the service ends or the connection is lost on the way, it resumes by itself: no epoch is missing, none comes
        twice, and the numbers are those of a run that was never interrupted.

        Parameters
        ----------
        start
            A body for /train, such as ``experiment("ten-digits").train``.
        **changes
            Fields that take the place of those in `start`.

        Raises
        ------
        ProblemError
            If the service refuses, or the training fails; with a `DivergedProblem` if it diverged.
        httpx.HTTPError
            If the service is not reached at first, or not again within the `retries` of this client.
        """
        session = TrainingSession(start, changes, self._retries)
        while not session.over:
            lost = None
            try:
                with contextlib.closing(self._events(session.call())) as events:
                    for event in events:
                        if (news := session.handle(event)) is not None:
                            yield news
            except RETRYABLE as error:
                lost = error
            if not session.over:
                time.sleep(session.backoff(lost))

    def _events(self, call: endpoints.Endpoint[TrainResponse]) -> Generator[StreamEvent, None, None]:
        response = self._http.send(call.request(self._http), stream=True)
        with contextlib.closing(response):
            if not response.is_success:
                response.read()
                raise problem_error(response)
            for event in map(EventReader().event, response.iter_lines()):
                if event is not None:
                    yield event

    def close(self) -> None:
        """Close the connections; `with` does it."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
