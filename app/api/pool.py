"""POST /pool."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.negotiation import JSON, NPY, prefers_npy
from ..http.responses import respond
from ..http.routing import NPY_RESPONSE, body_router
from ..schemas.pool import PoolReply, PoolRequest
from ..services import pool as pool_service

router = body_router("compute")


@router.post("/pool", response_model=PoolReply, responses=NPY_RESPONSE)
async def pool(request: Request, body: PoolRequest) -> ASGIApp:
    """Pool one map or several, and list each output's window and, for max, its winners.

    In .npy, as numpy.save writes it (application/octet-stream), the body is `input`, and the other fields are query
    parameters, each written as in JSON. A client that accepts .npy gets `output` alone.
    """
    npy = prefers_npy(request.scope)
    operation = pool_service.pooling(body, request.app.state.settings, npy=npy)
    return respond(request, operation, NPY if npy else JSON)
