"""GET /kernels and /kernels/random."""

from functools import lru_cache, partial
from typing import Annotated, Final

from fastapi import Query, Request
from starlette.responses import Response

from ..http.constant_content import CACHEABLE_RESPONSES, ConstantContent
from ..http.routing import api_router
from ..schemas.errors import check_limit
from ..schemas.kernels import KernelOut, RandomKernelQuery
from ..services.kernels import kernels_json, random_kernel_json

router = api_router("catalogue")


@router.get("/kernels", response_model=list[KernelOut], responses=CACHEABLE_RESPONSES)
async def list_kernels(request: Request) -> Response:
    """List every preset kernel, in display order."""
    return await _KERNELS.response(request)


@router.get("/kernels/random", response_model=KernelOut, responses=CACHEABLE_RESPONSES)
async def get_random_kernel(request: Request, query: Annotated[RandomKernelQuery, Query()]) -> Response:
    """Draw a kernel of hundredths between -1 and 1; the same seed draws the same kernel."""
    check_limit(request.app.state.settings, "max_kernel_size", "size", "", query.size)
    return await _random_kernel(query).response(request)


_KERNELS: Final = ConstantContent(kernels_json)


@lru_cache(maxsize=32)
def _random_kernel(query: RandomKernelQuery) -> ConstantContent:
    return ConstantContent(partial(random_kernel_json, query))
