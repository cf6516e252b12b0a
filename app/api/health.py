"""GET /healthz, /readyz and /version, without a prefix."""

from fastapi import APIRouter, Request

from .. import __version__
from ..schemas.health import Health, Readiness, Version
from .json_reply import JsonReply
from .routing import operation_id

router = APIRouter(tags=["service"], generate_unique_id_function=operation_id)


@router.get("/healthz", response_model=Health)
async def get_health() -> JsonReply:
    """Whether the process is alive."""
    return JsonReply(Health().model_dump_json())


@router.get("/readyz", response_model=Readiness)
async def get_readiness(request: Request) -> JsonReply:
    """Whether the process can serve; not once it has been told to end."""
    request.app.state.drain.refuse()
    return JsonReply(Readiness().model_dump_json())


@router.get("/version", response_model=Version)
async def get_version() -> JsonReply:
    """What is running."""
    return JsonReply(Version(version=__version__).model_dump_json())
