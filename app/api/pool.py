"""POST /pool."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.pool import PoolReply, PoolRequest
from ..services.pool import pool_json
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("compute")


@router.post("/pool", response_model=PoolReply)
async def pool(request: Request, body: PoolRequest) -> ASGIApp:
    """Pool one map or several, and tell each output's window and, for max, its winners."""
    settings = request.app.state.settings
    cost = admission(settings).pool(body)
    return answer(request, cost, lambda: pool_json(body))
