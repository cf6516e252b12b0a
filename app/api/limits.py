"""GET /limits."""

from functools import lru_cache

from fastapi import Request
from starlette.responses import Response

from ..http.constant_content import CACHEABLE_RESPONSES, ConstantContent
from ..http.routing import api_router
from ..schemas.limits import Limits, LimitsResponse
from ..settings import Settings

router = api_router("service")


@router.get("/limits", response_model=LimitsResponse, responses=CACHEABLE_RESPONSES)
async def get_limits(request: Request) -> Response:
    """Return the limits of a request; exceeding one is a 422 (a 413 for the body) that names it."""
    return await _limits(request.app.state.settings).response(request)


@lru_cache(maxsize=8)
def _limits(settings: Settings) -> ConstantContent:
    response = LimitsResponse(**settings.model_dump(include=set(Limits.model_fields)))
    return ConstantContent(lambda: response.model_dump_json().encode())
