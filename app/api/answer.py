"""Cheap work is done at once, costly work in turn, long work in slices."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp

from ..account import charge
from ..settings import Settings
from .compute import pool
from .held import Held
from .json_reply import JsonReply
from .routing import HAD_A_TURN, PatientReply
from .seats import Seats, compute_seats, training_seats
from .slices import sliced

Seat = AbstractAsyncContextManager[None]

LONG: Final = 1_000_000_000
"""What costs more multiply-adds takes as long as a training, so it takes turns with those."""


def answer(request: Request, cost: int, work: Callable[[], bytes]) -> ASGIApp:
    """Reply with the JSON that `work` makes, here if its estimated cost in multiply-adds is small, else on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind a
    costly one.
    """
    settings: Settings = request.app.state.settings
    charge(cost)
    if cost <= settings.inline_multiply_adds:
        return JsonReply(work())
    seats, held = compute_seats(settings), request.app.state.held
    held.check()
    seat = seats.seat(again=_came_in(seats, request))
    return PatientReply(_made(seat, held, pool(settings.compute_threads), work))


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
        seats = compute_seats(settings)
        seat, threads = seats.seat(again=_came_in(seats, request)), pool(settings.compute_threads)
    else:
        seats = training_seats(settings)
        seats.check()
        seat, threads = seats.seat(), pool(settings.training_threads, "training")
    return PatientReply(_sliced(seat, held, threads, work))


def _came_in(seats: Seats, request: Request) -> bool:
    """Whether the request has had a seat before; if not, a refusal comes now, before any task is made."""
    again = HAD_A_TURN in request.scope
    if not again:
        seats.check()
    return again


async def _made(seat: Seat, held: Held, threads: Executor, work: Callable[[], bytes]) -> bytes:
    async with seat:
        held.check()  # again, because replies may have been left lying while this one waited for its turn
        reply = await asyncio.get_running_loop().run_in_executor(threads, work)
        held.made(len(reply))
    return reply


async def _sliced(seat: Seat, held: Held, threads: Executor, work: Iterator[bytes | None]) -> bytes:
    async with seat, aclosing(sliced(threads, work)) as slices:
        held.check()
        [reply] = [reply async for replies in slices for reply in replies]
        held.made(len(reply))
    return reply
