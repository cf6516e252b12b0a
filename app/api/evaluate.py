"""POST /evaluate."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.evaluate import EvaluateReply, EvaluateRequest
from ..services import evaluate as evaluate_service

router = body_router("training")


@router.post("/evaluate", response_model=EvaluateReply)
async def evaluate(request: Request, body: EvaluateRequest) -> ASGIApp:
    """Try a network with examples: predictions, probabilities, loss, accuracy and who is taken for whom."""
    return respond(request, evaluate_service.evaluate(body, request.app.state.settings))
