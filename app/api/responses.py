"""POST /responses."""

from fastapi import Request
from starlette.types import ASGIApp

from app.api.answer import answer
from app.api.bounds import admission
from app.api.routing import body_router
from app.schemas.responses import ResponsesReply, ResponsesRequest, responses_json

router = body_router("compute")


@router.post("/responses", response_model=ResponsesReply)
async def responses(request: Request, body: ResponsesRequest) -> ASGIApp:
    """What every preset kernel makes of one picture."""
    settings = request.app.state.settings
    cost = admission(settings).responses(body)
    return answer(request, cost, lambda: responses_json(body))
