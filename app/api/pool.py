"""POST /pool."""

from fastapi import Request

from app.api.bounds import admission
from app.api.compute import compute
from app.api.routing import JsonReply, body_router
from app.schemas.pool import PoolReply, PoolRequest, pool_json

router = body_router("compute")


@router.post("/pool", response_model=PoolReply)
async def pool(request: Request, body: PoolRequest) -> JsonReply:
    """Pool one map or several, and tell each output's window and, for max, its winners."""
    settings = request.app.state.settings
    cost = admission(settings).pool(body)
    return JsonReply(await compute(settings, cost, lambda: pool_json(body)))
