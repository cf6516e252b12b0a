"""GET /kernels."""

from functools import cache

from starlette.responses import Response

from app.api.routing import JsonReply, api_router
from app.schemas.kernels import KernelOut, kernels_json

router = api_router("catalogue")


@router.get("/kernels", response_model=list[KernelOut])
async def list_kernels() -> Response:
    """Every preset kernel, in the order they are shown."""
    return JsonReply(_kernels())


@cache
def _kernels() -> bytes:
    return kernels_json()
