"""POST /backward."""

from fastapi import Request
from starlette.types import ASGIApp

from app.api.answer import answer_in_slices
from app.api.bounds import admission
from app.api.routing import body_router
from app.schemas.backward import BackwardReply, BackwardRequest, backward_json

router = body_router("training")


@router.post("/backward", response_model=BackwardReply)
async def backward(request: Request, body: BackwardRequest) -> ASGIApp:
    """Send an example through a network and its loss back: the gradient at every layer and of every parameter."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.backward(admitted, body.check)
    return answer_in_slices(request, cost, backward_json(body, admitted.network))
