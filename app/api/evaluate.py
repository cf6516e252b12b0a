"""POST /evaluate."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.evaluate import EvaluateReply, EvaluateRequest
from ..services.evaluate import evaluate_json
from .answer import answer_in_slices
from .bounds import admission
from .routing import body_router

router = body_router("training")


@router.post("/evaluate", response_model=EvaluateReply)
async def evaluate(request: Request, body: EvaluateRequest) -> ASGIApp:
    """Try a network with examples: predictions, probabilities, loss, accuracy and who is taken for whom."""
    limits = admission(request.app.state.settings)
    admitted = limits.network(body.network)
    cost = limits.evaluate(admitted, body.examples)
    return answer_in_slices(request, cost, evaluate_json(body, admitted.network))
