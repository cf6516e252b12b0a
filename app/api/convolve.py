"""POST /convolve."""

from fastapi import Request
from starlette.types import ASGIApp

from app.api.answer import answer
from app.api.bounds import admission
from app.api.routing import body_router
from app.schemas.convolve import ConvolveReply, ConvolveRequest, convolve_json

router = body_router("compute")


@router.post("/convolve", response_model=ConvolveReply)
async def convolve(request: Request, body: ConvolveRequest) -> ASGIApp:
    """Convolve a signal or an image with a kernel, in any of four index conventions; `explain` lists every product."""
    settings = request.app.state.settings
    cost = admission(settings).convolve(body)
    return answer(request, cost, lambda: convolve_json(body))
