"""POST /backward."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.backward import BackwardReply, BackwardRequest
from ..services import backward as backward_service

router = body_router("training")


@router.post("/backward", response_model=BackwardReply)
async def backward(request: Request, body: BackwardRequest) -> ASGIApp:
    """Send an example through a network and its loss back: the gradient at every layer and of every parameter."""
    return respond(request, backward_service.backward(body, request.app.state.settings))
