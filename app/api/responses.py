"""POST /responses."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.responses import ResponsesReply, ResponsesRequest
from ..services import responses as responses_service

router = body_router("compute")


@router.post("/responses", response_model=ResponsesReply)
async def responses(request: Request, body: ResponsesRequest) -> ASGIApp:
    """What every preset kernel makes of one picture."""
    return respond(request, responses_service.responses(body, request.app.state.settings))
