"""POST /convolve."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.negotiation import NPY, prefers_npy
from ..schemas.convolve import ConvolveReply, ConvolveRequest
from ..services.convolve import convolve_json, convolve_npy
from .answer import answer
from .bounds import admission
from .routing import NPY_RESPONSE, body_router

router = body_router("compute")


@router.post("/convolve", response_model=ConvolveReply, responses=NPY_RESPONSE)
async def convolve(request: Request, body: ConvolveRequest) -> ASGIApp:
    """Convolve a signal or an image with a kernel, in any of four index conventions; `explain` lists every product.

    In .npy, as numpy.save writes it (application/octet-stream), the body is `input`, and the other fields are query
    parameters, each written as in JSON. A client that accepts .npy gets `output` alone.
    """
    settings = request.app.state.settings
    cost = admission(settings).convolve(body)
    if prefers_npy(request.scope):
        return answer(request, cost, lambda: convolve_npy(body), NPY)
    return answer(request, cost, lambda: convolve_json(body))
