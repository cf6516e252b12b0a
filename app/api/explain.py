"""POST /explain."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.explain import ExplainReply, ExplainRequest
from ..services.examples import fitting_image
from ..services.explain import explain_json
from ..services.parameters import resolve_parameters
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("compute")


@router.post("/explain", response_model=ExplainReply)
async def explain(request: Request, body: ExplainRequest) -> ASGIApp:
    """Say of any numbers on an image's way through a network and back how they came to be, with every product."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.explain(admitted, body)
    network = admitted.network
    image = fitting_image(body.image, network.input_shape, "image")
    parameters = resolve_parameters(network, body.parameters, None)
    return answer(request, cost, lambda: explain_json(network, parameters, image, body))
