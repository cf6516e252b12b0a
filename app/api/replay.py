"""POST /replay."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.replay import ReplayReply, ReplayRequest
from ..services.replay import replay_json
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("training")


@router.post("/replay", response_model=ReplayReply)
async def replay(request: Request, body: ReplayRequest) -> ASGIApp:
    """Send one image through a network as it was at several moments, such as the epochs of a training."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    cost = limits.replay(admitted, len(body.snapshots))
    return answer(request, cost, lambda: replay_json(body, admitted.network))
