"""POST /explain."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.explain import ExplainReply, ExplainRequest
from ..services import explain as explain_service
from .answer import answer
from .routing import body_router

router = body_router("compute")


@router.post("/explain", response_model=ExplainReply)
async def explain(request: Request, body: ExplainRequest) -> ASGIApp:
    """Say of any numbers on an image's way through a network and back how they came to be, with every product."""
    return answer(request, explain_service.explanation(body, request.app.state.settings))
