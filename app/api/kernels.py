"""GET /kernels and /kernels/random."""

from functools import cache
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from ..schemas.kernels import KernelOut, RandomKernelQuery
from ..services.kernels import kernels_json, random_kernel_json
from .bounds import admission
from .json_reply import JsonReply
from .routing import api_router

router = api_router("catalogue")


@router.get("/kernels", response_model=list[KernelOut])
async def list_kernels() -> Response:
    """Every preset kernel, in the order they are shown."""
    return JsonReply(_kernels())


@router.get("/kernels/random", response_model=KernelOut)
async def get_random_kernel(request: Request, query: Annotated[RandomKernelQuery, Query()]) -> Response:
    """A kernel of hundredths between -1 and 1, drawn from a seed, which repeats it."""
    admission(request.app.state.settings).random_kernel(query)
    return JsonReply(random_kernel_json(query))


@cache
def _kernels() -> bytes:
    return kernels_json()
