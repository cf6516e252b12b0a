"""POST /replay."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.replay import ReplayReply, ReplayRequest
from ..services import replay as replay_service

router = body_router("training")


@router.post("/replay", response_model=ReplayReply)
async def replay(request: Request, body: ReplayRequest) -> ASGIApp:
    """Send one image through a network as it was at several moments, such as the epochs of a training."""
    return respond(request, replay_service.replay(body, request.app.state.settings))
