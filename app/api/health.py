"""GET /healthz, /readyz and /version, without a prefix."""

from typing import Final

from fastapi import APIRouter, Request, Response

from ..http.constant_content import CACHEABLE_RESPONSES, ConstantContent
from ..http.responses import JSONBytesResponse
from ..http.routing import operation_id
from ..schemas.health import Health, Readiness, Version
from ..services.version import version

NOT_CACHED: Final = {"Cache-Control": "no-store"}

router = APIRouter(tags=["service"], generate_unique_id_function=operation_id)


@router.get("/healthz", response_model=Health)
async def get_health() -> JSONBytesResponse:
    """Return 200 if the process is alive."""
    return JSONBytesResponse(Health().model_dump_json(), headers=NOT_CACHED)


@router.get("/readyz", response_model=Readiness)
async def get_readiness(request: Request) -> JSONBytesResponse:
    """Return 200 if the process accepts new work, and 503 while it shuts down."""
    request.app.state.drain.check()
    return JSONBytesResponse(Readiness().model_dump_json(), headers=NOT_CACHED)


@router.get("/version", response_model=Version, responses=CACHEABLE_RESPONSES)
async def get_version(request: Request) -> Response:
    """Return the versions that run."""
    return await _VERSION.response(request)


_VERSION: Final = ConstantContent(lambda: version().model_dump_json().encode())
