"""POST /evaluate."""

from contextlib import aclosing

from fastapi import Request
from starlette.types import ASGIApp

from app.account import charge
from app.api.bounds import admission
from app.api.compute import pool
from app.api.routing import PatientReply, body_router
from app.api.slices import sliced
from app.engine.network import Network
from app.schemas.evaluate import EvaluateReply, EvaluateRequest, evaluate_json
from app.settings import Settings

router = body_router("training")


@router.post("/evaluate", response_model=EvaluateReply)
async def evaluate(request: Request, body: EvaluateRequest) -> ASGIApp:
    """Try a network with examples: predictions, probabilities, loss, accuracy and who is taken for whom."""
    settings = request.app.state.settings
    limits = admission(settings)
    admitted = limits.network(body.network)
    charge(limits.evaluate(admitted, body.examples))
    return PatientReply(_reply(settings, body, admitted.network))


async def _reply(settings: Settings, body: EvaluateRequest, network: Network) -> bytes:
    async with aclosing(sliced(pool(settings.compute_threads), evaluate_json(body, network))) as slices:
        [reply] = [reply async for replies in slices for reply in replies]
    return reply
