"""POST /responses."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.responses import ResponsesReply, ResponsesRequest
from ..services.responses import responses_json
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("compute")


@router.post("/responses", response_model=ResponsesReply)
async def responses(request: Request, body: ResponsesRequest) -> ASGIApp:
    """What every preset kernel makes of one picture."""
    settings = request.app.state.settings
    cost = admission(settings).responses(body)
    return answer(request, cost, lambda: responses_json(body))
