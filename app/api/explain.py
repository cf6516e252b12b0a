"""POST /explain."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.explain import ExplainReply, ExplainRequest
from ..services import explain as explain_service

router = body_router("compute")


@router.post("/explain", response_model=ExplainReply)
async def explain(request: Request, body: ExplainRequest) -> ASGIApp:
    """Say of any numbers on an image's way through a network and back how they came to be, with every product."""
    return respond(request, explain_service.explanation(body, request.app.state.settings))
