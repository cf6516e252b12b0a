"""POST /backward."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.backward import BackwardReply, BackwardRequest
from ..services.backward import backward_json
from .answer import answer_in_slices
from .bounds import admission
from .routing import body_router

router = body_router("training")


@router.post("/backward", response_model=BackwardReply)
async def backward(request: Request, body: BackwardRequest) -> ASGIApp:
    """Send an example through a network and its loss back: the gradient at every layer and of every parameter."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.backward(admitted, body.check)
    return answer_in_slices(request, cost, backward_json(body, admitted.network))
