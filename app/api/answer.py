"""Cheap work is done at once, costly work in turn, long work in slices."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import aclosing
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp

from app.api.compute import in_turn, pool
from app.api.routing import JsonReply, PatientReply
from app.api.seats import Seats, compute_seats, training_seats
from app.api.slices import sliced
from app.settings import Settings

LONG: Final = 1_000_000_000
"""What costs more multiply-adds takes as long as a training, so it takes turns with those."""


def answer(request: Request, cost: int, work: Callable[[], bytes]) -> ASGIApp:
    """Reply with the JSON that `work` makes, here if its estimated cost in multiply-adds is small, else on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind a
    costly one.
    """
    settings: Settings = request.app.state.settings
    if cost <= settings.inline_multiply_adds:
        return JsonReply(work())
    return PatientReply(in_turn(settings, work))


def answer_in_slices(request: Request, cost: int, work: Iterator[bytes | None]) -> ASGIApp:
    """Reply with the one JSON that `work` makes; at each None it may be interrupted."""
    settings: Settings = request.app.state.settings
    if cost <= settings.inline_multiply_adds:
        [reply] = filter(None, work)
        return JsonReply(reply)
    if cost <= LONG:
        return PatientReply(_sliced(compute_seats(settings), pool(settings.compute_threads), work))
    return PatientReply(_sliced(training_seats(settings), pool(settings.training_threads, "training"), work))


async def _sliced(seats: Seats, threads: Executor, work: Iterator[bytes | None]) -> bytes:
    async with seats.seat(), aclosing(sliced(threads, work)) as slices:
        [reply] = [reply async for replies in slices for reply in replies]
    return reply
