"""POST /responses."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.responses import ResponsesReply, ResponsesRequest
from ..services import responses as responses_service
from .answer import answer
from .routing import body_router

router = body_router("compute")


@router.post("/responses", response_model=ResponsesReply)
async def responses(request: Request, body: ResponsesRequest) -> ASGIApp:
    """What every preset kernel makes of one picture."""
    return answer(request, responses_service.responses(body, request.app.state.settings))
