"""POST /backward."""

from fastapi import Request

from app.api.bounds import admission
from app.api.compute import compute
from app.api.routing import JsonReply, body_router
from app.schemas.backward import BackwardReply, BackwardRequest, backward_json

router = body_router("training")


@router.post("/backward", response_model=BackwardReply)
async def backward(request: Request, body: BackwardRequest) -> JsonReply:
    """Send an example through a network and its loss back: the gradient at every layer and of every parameter."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.backward(admitted, body.check)
    return JsonReply(await compute(settings, cost, lambda: backward_json(body, admitted.network)))
