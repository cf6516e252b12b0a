"""POST /train."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from fastapi import Request
from starlette.types import ASGIApp

from ..execution.admission import admit
from ..execution.concurrency import training_limiter
from ..execution.drain import Drain, Phase
from ..execution.response_memory import reserve_response
from ..execution.time_slices import run_in_slot
from ..http.event_stream import EventStream
from ..http.negotiation import EVENT_STREAM, prefers_event_stream
from ..http.problems import MEDIA_TYPE as PROBLEM
from ..http.problems import problem_of_error
from ..http.responses import CancellableResponse
from ..http.routing import body_router
from ..schemas.train import TrainRequest, TrainResponse
from ..services.train import Event, run_json, training
from ..settings import Settings
from ..telemetry.request_context import current_client, record_cost

router = body_router("training")

_EVENTS: Final = {"start": "StartOut", "epoch": "EpochOut", "done": "DoneOut", "paused": "PausedOut"}
"""Schema of each event's data; that of `failed` is a problem."""


def _ref(*names: str) -> dict[str, Any]:
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return refs[0] if len(refs) == 1 else {"anyOf": refs}


def _event_schema(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "Number of the last epoch that is complete."},
            "event": {"type": "string", "const": kind},
            "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data},
        },
        "required": ["id", "event", "data"],
    }


_FAILURE: Final = _ref("DivergedProblem", "Problem")
_STREAM: Final = [_event_schema(kind, _ref(name)) for kind, name in _EVENTS.items()]
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The whole run; or, if Accept prefers text/event-stream, its events as they happen: "
        "`start` (StartOut), an `epoch` (EpochOut) each, then `done` (DoneOut), `failed` (a Problem, for a "
        "divergence a DivergedProblem), or `paused` (PausedOut) if this server shuts down: the same request with what "
        "that event carries continues the run, bit for bit. Comments in between are heartbeats.",
        "content": {
            EVENT_STREAM: {
                "schema": {"type": "array", "items": {"oneOf": [*_STREAM, _event_schema("failed", _FAILURE)]}}
            }
        },
    },
    422: {
        "description": "A field is not accepted or a limit is exceeded (Problem), or the training diverged: then the "
        "problem has everything needed to continue from the last good epoch (DivergedProblem).",
        "content": {PROBLEM: {"schema": _FAILURE}},
    },
}


@router.post("/train", response_model=TrainResponse, responses=_RESPONSES)
async def train(request: Request, body: TrainRequest) -> ASGIApp:
    """Train a network: the loss and accuracy of every epoch, and the parameters of those that are snapshots.

    The service keeps nothing: a response has everything that a request needs to continue the run, bit for bit as if it
    had not been interrupted. If the client closes the connection, the work stops within 2 s.
    """
    settings: Settings = request.app.state.settings
    drain: Drain = request.app.state.drain
    drain.check()
    training_limiter(settings).check(current_client())
    streamed = prefers_event_stream(request.scope)
    pausing = {"pause": lambda: drain.phase >= Phase.CLOSING} if streamed else {}
    operation = training(body, settings, whole=not streamed, **pausing)
    admit(operation, settings)
    reserve_response(request.app.state.response_memory, operation.work.kept)
    events = _with_cost(run_in_slot(settings, operation.run(), long=True), body, operation.work.cost)
    if not streamed:
        return CancellableResponse(_whole(events))
    return EventStream(
        events,
        lambda error: bytes(problem_of_error(error, request).body),
        heartbeat_seconds=settings.heartbeat_seconds,
        write_timeout=settings.write_timeout,
    )


async def _with_cost(
    events: AsyncGenerator[list[Event], None], body: TrainRequest, cost: int
) -> AsyncGenerator[list[Event], None]:
    """Yield the same events, and record the share of the cost that the completed epochs have."""
    record_cost(cost, share=0)
    async with aclosing(events):
        async for part in events:
            if part:
                record_cost(cost, share=(part[-1].epoch - body.first_epoch + 1) / body.epochs)
            yield part


async def _whole(events: AsyncGenerator[list[Event], None]) -> bytes:
    """Return the response made of all events."""
    async with aclosing(events):
        return run_json([event async for part in events for event in part])
