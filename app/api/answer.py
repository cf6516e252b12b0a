"""Run cheap work inline, expensive work in a slot, and long work in slices."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp

from ..execution.admission import admit
from ..execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from ..execution.response_memory import MemoryBudget, reserve_response
from ..execution.time_slices import run_in_slot
from ..http.negotiation import JSON
from ..services.operation import Operation
from ..settings import Settings
from ..telemetry.request_context import current_client, record_cost
from .json_reply import JsonReply
from .routing import ALREADY_ADMITTED, PatientReply

LONG: Final = 1_000_000_000
"""Multiply-adds above which an operation uses the slots of trainings, as it takes as long as one."""


def answer(request: Request, operation: Operation[bytes], media_type: str = JSON) -> ASGIApp:
    """Respond with what an operation makes: here if its estimate is small, else in slices on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind an
    expensive one.

    Raises
    ------
    RefusedError
        If the estimate exceeds a limit.
    """
    settings: Settings = request.app.state.settings
    held: MemoryBudget = request.app.state.held
    admit(operation, settings)
    cost = operation.work.cost
    if cost <= settings.inline_multiply_adds:
        record_cost(cost)
        [response] = filter(None, operation.run())
        return JsonReply(response, media_type=media_type)
    long = cost > LONG
    again = _check(request, training_limiter(settings) if long else compute_limiter(settings))
    record_cost(cost)
    check = partial(held.check, current_client())
    parts = run_in_slot(settings, operation.run(), long=long, again=again, check=check)
    return PatientReply(_sliced(held, parts), media_type)


def _check(request: Request, limiter: ConcurrencyLimiter) -> bool:
    """Raise `BusyError` now, before any task is made, if there is no room; return True if the request held a slot."""
    request.app.state.held.check(current_client())
    again = ALREADY_ADMITTED in request.scope and limiter is compute_limiter(request.app.state.settings)
    if not again:
        limiter.check(current_client())
    return again


async def _sliced(held: MemoryBudget, parts: AsyncGenerator[list[bytes], None]) -> bytes:
    async with aclosing(parts):
        [response] = [response async for responses in parts for response in responses]
    reserve_response(held, len(response), checked=True)
    return response
