"""A training from its first event to its last, however many streams that takes."""

from typing import Any, Final

import httpx

from ..schemas.train import EpochOut, PausedOut, StartOut, TrainResponse
from .endpoints import Endpoint, Training, TrainOptions, train
from .problems import UNAVAILABLE, ProblemError, backoff
from .sse import EVENT_STREAM, StreamEvent, TrainEvent

RETRYABLE: Final = (httpx.TransportError, ProblemError)
"""What may end a stream without ending the training; `Course.wait` tells."""


class TrainingSession:
    """How far a training has come, and how it goes on when its stream has ended before it did.

    Parameters
    ----------
    start, changes
        As `train` of the clients takes them.
    retries
        How many streams in a row may bring nothing new.
    """

    def __init__(self, start: Training, changes: TrainOptions, retries: int) -> None:
        self._body: dict[str, Any] = dict(train(start, changes).body or {})
        self._retries = retries
        self._failures = 0
        self._last_epoch = 0  # of all, once the first event has told
        self._told = 0  # epochs up to this one have been handed on
        self._paused = False
        self.over = False

    def call(self) -> Endpoint[TrainResponse]:
        """Return the request for the rest of the training."""
        self._paused = False
        return train(self._body, {}, accept=EVENT_STREAM)

    def handle(self, event: StreamEvent) -> TrainEvent | None:
        """Handle an event; return it if the caller has not seen it yet, else None."""
        match event:
            case StartOut():
                first = not self._last_epoch
                self._last_epoch = self._last_epoch or event.first_epoch + event.epochs - 1
                return event if first else None
            case EpochOut():
                if event.parameters is not None:
                    self._go_on_from(event.parameters, event.optimizer_state, event.epoch + 1)
                if event.epoch <= self._told:
                    return None
                self._told, self._failures = event.epoch, 0
                return event
            case PausedOut():
                self._go_on_from(event.parameters, event.optimizer_state, event.next_epoch)
                self._paused = True
                return None
        self.over = True
        return event

    def backoff(self, error: httpx.TransportError | ProblemError | None) -> float:
        """Return the seconds to wait before the next stream; raise if there will be none.

        The last one ended by `error` or, if that is None, by itself.

        Before the first event nothing is asked for again without a Retry-After: then there may be no such service.
        """
        if self._paused and error is None and not self._failures:
            self._failures = 1
            return 0
        error = error or httpx.RemoteProtocolError("the stream of events broke off")
        if isinstance(error, ProblemError) and error.retry_after is not None:
            seconds = error.wait(self._failures, self._retries)
        else:
            final = isinstance(error, ProblemError) and error.status not in UNAVAILABLE
            if final or not self._last_epoch or self._failures >= self._retries:
                raise error
            seconds = backoff(self._failures)
        self._failures += 1
        return seconds

    def _go_on_from(self, parameters: Any, optimizer_state: Any, next_epoch: int) -> None:
        if next_epoch > self._last_epoch:  # only the end is missing: it takes an epoch to get it
            return
        self._body |= {"parameters": parameters, "optimizer_state": optimizer_state, "first_epoch": next_epoch}
        self._body["epochs"] = self._last_epoch + 1 - next_epoch
