"""Cheap work is done at once, costly work in turn, long work in slices."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp

from ..account import charge
from ..execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from ..execution.response_memory import MemoryBudget
from ..execution.threads import thread_pool
from ..execution.time_slices import run_in_slices
from ..http.negotiation import JSON
from ..settings import Settings
from .json_reply import JsonReply
from .routing import HAD_A_TURN, PatientReply

Seat = AbstractAsyncContextManager[None]

LONG: Final = 1_000_000_000
"""What costs more multiply-adds takes as long as a training, so it takes turns with those."""


def answer(request: Request, cost: int, work: Callable[[], bytes], media_type: str = JSON) -> ASGIApp:
    """Respond with what `work` makes, here if its estimated cost in multiply-adds is small, else on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind a
    costly one.
    """
    settings: Settings = request.app.state.settings
    charge(cost)
    if cost <= settings.inline_multiply_adds:
        return JsonReply(work(), media_type=media_type)
    seats, held = compute_limiter(settings), request.app.state.held
    held.check()
    seat = seats.slot(again=_came_in(seats, request))
    return PatientReply(_made(seat, held, thread_pool(settings.compute_threads), work), media_type)


def answer_in_slices(request: Request, cost: int, work: Iterator[bytes | None]) -> ASGIApp:
    """Reply with the one JSON that `work` makes; at each None it may be interrupted."""
    settings: Settings = request.app.state.settings
    charge(cost)
    if cost <= settings.inline_multiply_adds:
        [reply] = filter(None, work)
        return JsonReply(reply)
    held = request.app.state.held
    held.check()
    if cost <= LONG:
        seats = compute_limiter(settings)
        seat, threads = seats.slot(again=_came_in(seats, request)), thread_pool(settings.compute_threads)
    else:
        seats = training_limiter(settings)
        seats.check()
        seat, threads = seats.slot(), thread_pool(settings.training_threads, "training")
    return PatientReply(_sliced(seat, held, threads, work))


def _came_in(seats: ConcurrencyLimiter, request: Request) -> bool:
    """Whether the request has had a seat before; if not, a refusal comes now, before any task is made."""
    again = HAD_A_TURN in request.scope
    if not again:
        seats.check()
    return again


async def _made(seat: Seat, held: MemoryBudget, threads: Executor, work: Callable[[], bytes]) -> bytes:
    async with seat:
        held.check()  # again, because replies may have been left lying while this one waited for its turn
        reply = await asyncio.get_running_loop().run_in_executor(threads, work)
        held.made(len(reply))
    return reply


async def _sliced(seat: Seat, held: MemoryBudget, threads: Executor, work: Iterator[bytes | None]) -> bytes:
    async with seat, aclosing(run_in_slices(threads, work)) as slices:
        held.check()
        [reply] = [reply async for replies in slices for reply in replies]
        held.made(len(reply))
    return reply
