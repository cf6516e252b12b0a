"""POST /convolve."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.convolve import ConvolveReply, ConvolveRequest
from ..services.convolve import convolve_json
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("compute")


@router.post("/convolve", response_model=ConvolveReply)
async def convolve(request: Request, body: ConvolveRequest) -> ASGIApp:
    """Convolve a signal or an image with a kernel, in any of four index conventions; `explain` lists every product."""
    settings = request.app.state.settings
    cost = admission(settings).convolve(body)
    return answer(request, cost, lambda: convolve_json(body))
