"""POST /responses."""

from fastapi import Request

from app.api.bounds import admission
from app.api.compute import compute
from app.api.routing import JsonReply, body_router
from app.schemas.responses import ResponsesReply, ResponsesRequest, responses_json

router = body_router("compute")


@router.post("/responses", response_model=ResponsesReply)
async def responses(request: Request, body: ResponsesRequest) -> JsonReply:
    """What every preset kernel makes of one picture."""
    settings = request.app.state.settings
    cost = admission(settings).responses(body)
    return JsonReply(await compute(settings, cost, lambda: responses_json(body)))
