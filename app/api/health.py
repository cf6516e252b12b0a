"""GET /healthz, /readyz and /version, without a prefix."""

from fastapi import APIRouter, Request

from app.api.json_reply import JsonReply
from app.api.problems import documented
from app.schemas.health import Health, Readiness, Version
from app.settings import installed_version

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=Health)
async def get_health() -> JsonReply:
    """Whether the process is alive."""
    return JsonReply(Health().model_dump_json())


@router.get("/readyz", response_model=Readiness, responses=documented(503))
async def get_readiness(request: Request) -> JsonReply:
    """Whether the process can serve; not once it has been told to end."""
    request.app.state.drain.refuse()
    return JsonReply(Readiness().model_dump_json())


@router.get("/version", response_model=Version)
async def get_version() -> JsonReply:
    """What is running."""
    return JsonReply(Version(version=installed_version()).model_dump_json())
