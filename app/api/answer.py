"""Cheap work is done at once, costly work in turn, long work in slices."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp

from ..account import charge, current_client
from ..execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from ..execution.response_memory import MemoryBudget, reserve_response
from ..execution.threads import thread_pool
from ..execution.time_slices import run_in_slot
from ..http.negotiation import JSON
from ..settings import Settings
from .json_reply import JsonReply
from .routing import HAD_A_TURN, PatientReply

LONG: Final = 1_000_000_000
"""What costs more multiply-adds takes as long as a training, so it takes turns with those."""


def answer(request: Request, cost: int, work: Callable[[], bytes], media_type: str = JSON) -> ASGIApp:
    """Respond with what `work` makes, here if its estimated cost in multiply-adds is small, else on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind a
    costly one.
    """
    settings: Settings = request.app.state.settings
    if cost <= settings.inline_multiply_adds:
        charge(cost)
        return JsonReply(work(), media_type=media_type)
    again = _check(request, compute_limiter(settings))
    charge(cost)
    return PatientReply(_made(settings, request.app.state.held, work, again=again), media_type)


def answer_in_slices(request: Request, cost: int, work: Iterator[bytes | None]) -> ASGIApp:
    """Reply with the one JSON that `work` makes; at each None it may be interrupted."""
    settings: Settings = request.app.state.settings
    held: MemoryBudget = request.app.state.held
    if cost <= settings.inline_multiply_adds:
        charge(cost)
        [reply] = filter(None, work)
        return JsonReply(reply)
    long = cost > LONG
    again = _check(request, training_limiter(settings) if long else compute_limiter(settings))
    charge(cost)
    check = partial(held.check, current_client())
    return PatientReply(_sliced(held, run_in_slot(settings, work, long=long, again=again, check=check)))


def _check(request: Request, limiter: ConcurrencyLimiter) -> bool:
    """Raise `BusyError` now, before any task is made, if there is no room; return True if the request held a slot."""
    request.app.state.held.check(current_client())
    again = HAD_A_TURN in request.scope and limiter is compute_limiter(request.app.state.settings)
    if not again:
        limiter.check(current_client())
    return again


async def _made(settings: Settings, held: MemoryBudget, work: Callable[[], bytes], *, again: bool) -> bytes:
    client = current_client()
    async with compute_limiter(settings).slot(client, again=again):
        held.check(client)  # again, because responses may have been left unread while this one waited for its slot
        reply = await asyncio.get_running_loop().run_in_executor(thread_pool(settings.compute_threads), work)
        reserve_response(held, len(reply), checked=True)
    return reply


async def _sliced(held: MemoryBudget, parts: AsyncGenerator[list[bytes], None]) -> bytes:
    async with aclosing(parts):
        [reply] = [reply async for replies in parts for reply in replies]
    reserve_response(held, len(reply), checked=True)
    return reply
