"""POST /forward."""

from fastapi import Request

from app.api.bounds import admission
from app.api.compute import compute
from app.api.routing import JsonReply, body_router
from app.schemas.forward import ForwardReply, ForwardRequest, forward_json
from app.schemas.network import resolve_parameters

router = body_router("compute")


@router.post("/forward", response_model=ForwardReply)
async def forward(request: Request, body: ForwardRequest) -> JsonReply:
    """Send images through a network: every layer's output, logits, probabilities and the class predicted."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.forward(admitted, len(body.images or [None]))
    network, drawn = admitted.network, body.seed is not None
    images = body.batch(network.input_shape)
    parameters = resolve_parameters(network, body.parameters, body.seed)
    return JsonReply(await compute(settings, cost, lambda: forward_json(network, parameters, images, drawn)))
