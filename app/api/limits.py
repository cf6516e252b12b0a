"""GET /limits."""

from fastapi import Request
from starlette.responses import Response

from ..schemas.limits import Limits, LimitsReply
from .json_reply import JsonReply
from .routing import api_router

router = api_router("service")


@router.get("/limits", response_model=LimitsReply)
async def get_limits(request: Request) -> Response:
    """What one request may ask for; exceeding one is a 422 (a 413 for the body) that names it."""
    limits = request.app.state.settings.model_dump(include=set(Limits.model_fields))
    return JsonReply(LimitsReply(**limits).model_dump_json())
