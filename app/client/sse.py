"""The events of a training, read from the lines of their stream."""

from typing import Final

from ..schemas.train import DoneOut, EpochOut, PausedOut, StartOut
from .problems import ProblemError, problem_of

EVENT_STREAM: Final = "text/event-stream"
_FAILED: Final = 500
"""The status of a training that failed, if its event does not say."""

TrainEvent = StartOut | EpochOut | DoneOut
"""What `train` yields."""
StreamEvent = TrainEvent | PausedOut
"""What a stream may bring."""

_MODELS: Final[dict[str, type[StreamEvent]]] = {
    "start": StartOut,
    "epoch": EpochOut,
    "done": DoneOut,
    "paused": PausedOut,
}


class EventReader:
    """Puts the lines of one event together; of the format of server-sent events just what the service writes."""

    def __init__(self) -> None:
        self._kind = ""
        self._data = ""

    def event(self, line: str) -> StreamEvent | None:
        """Return the event that this line completes, or None.

        Raises
        ------
        ProblemError
            If it says that the training failed.
        """
        if line:
            name, _, value = line.partition(": ")
            if name == "event":
                self._kind = value
            elif name == "data":
                self._data = value
            return None
        kind, data, self._kind, self._data = self._kind, self._data, "", ""
        if kind == "failed":
            problem = problem_of(data, _FAILED)
            raise ProblemError(problem.status if problem else _FAILED, problem, data)
        model = _MODELS.get(kind)
        return None if model is None else model.model_validate_json(data, extra="allow")
