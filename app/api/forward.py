"""POST /forward."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.forward import ForwardReply, ForwardRequest
from ..services.forward import forward_json, images_of
from ..services.parameters import resolve_parameters
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("compute")


@router.post("/forward", response_model=ForwardReply)
async def forward(request: Request, body: ForwardRequest) -> ASGIApp:
    """Send images through a network: every layer's output, logits, probabilities and the class predicted."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.forward(admitted, len(body.images or [None]))
    network, drawn = admitted.network, body.seed is not None
    images = images_of(body, network.input_shape)
    parameters = resolve_parameters(network, body.parameters, body.seed)
    return answer(request, cost, lambda: forward_json(network, parameters, images, drawn))
