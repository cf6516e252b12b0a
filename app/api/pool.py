"""POST /pool."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.negotiation import NPY, prefers_npy
from ..schemas.pool import PoolReply, PoolRequest
from ..services.pool import pool_json, pool_npy
from .answer import answer
from .bounds import admission
from .routing import NPY_RESPONSE, body_router

router = body_router("compute")


@router.post("/pool", response_model=PoolReply, responses=NPY_RESPONSE)
async def pool(request: Request, body: PoolRequest) -> ASGIApp:
    """Pool one map or several, and tell each output's window and, for max, its winners.

    In .npy, as numpy.save writes it (application/octet-stream), the body is `input`, and the other fields are query
    parameters, each written as in JSON. A client that accepts .npy gets `output` alone.
    """
    settings = request.app.state.settings
    cost = admission(settings).pool(body)
    if prefers_npy(request.scope):
        return answer(request, cost, lambda: pool_npy(body), NPY)
    return answer(request, cost, lambda: pool_json(body))
