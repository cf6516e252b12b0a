"""POST /convolve."""

from fastapi import Request

from app.api.bounds import admission
from app.api.compute import compute
from app.api.routing import JsonReply, body_router
from app.schemas.convolve import ConvolveReply, ConvolveRequest, convolve_json

router = body_router("compute")


@router.post("/convolve", response_model=ConvolveReply)
async def convolve(request: Request, body: ConvolveRequest) -> JsonReply:
    """Convolve a signal or an image with a kernel, in any of four index conventions; `explain` lists every product."""
    settings = request.app.state.settings
    cost = admission(settings).convolve(body)
    return JsonReply(await compute(settings, cost, lambda: convolve_json(body)))
