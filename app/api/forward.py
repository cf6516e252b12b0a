"""POST /forward."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.forward import ForwardReply, ForwardRequest
from ..services import forward as forward_service

router = body_router("compute")


@router.post("/forward", response_model=ForwardReply)
async def forward(request: Request, body: ForwardRequest) -> ASGIApp:
    """Send images through a network: every layer's output, logits, probabilities and the class predicted."""
    return respond(request, forward_service.forward(body, request.app.state.settings))
