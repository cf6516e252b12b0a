"""POST /backward."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.backward import BackwardReply, BackwardRequest
from ..services import backward as backward_service
from .answer import answer
from .routing import body_router

router = body_router("training")


@router.post("/backward", response_model=BackwardReply)
async def backward(request: Request, body: BackwardRequest) -> ASGIApp:
    """Send an example through a network and its loss back: the gradient at every layer and of every parameter."""
    return answer(request, backward_service.backward(body, request.app.state.settings))
