"""POST /convolve."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.negotiation import JSON, NPY, accepts_json, prefers_npy
from ..http.responses import respond
from ..http.routing import NPY_RESPONSE, body_router
from ..schemas.convolve import ConvolveReply, ConvolveRequest
from ..services import convolve as convolve_service

router = body_router("compute")


@router.post("/convolve", response_model=ConvolveReply, responses=NPY_RESPONSE)
async def convolve(request: Request, body: ConvolveRequest) -> ASGIApp:
    """Convolve a signal or an image with a kernel, in any of four index conventions; `explain` lists every product.

    In .npy, as numpy.save writes it (application/octet-stream), the body is `input`, and the other fields are query
    parameters, each written as in JSON. A client that accepts .npy gets `output` alone; with `explain`,
    it must accept JSON too.
    """
    npy = prefers_npy(request.scope) and not (body.explain and accepts_json(request.scope))
    operation = convolve_service.convolution(body, request.app.state.settings, npy=npy)
    return respond(request, operation, NPY if npy else JSON)
