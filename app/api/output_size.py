"""POST /output-size."""

from fastapi import Request
from starlette.types import ASGIApp

from ..schemas.output_size import OutputSizeReply, OutputSizeRequest
from ..services.output_size import output_size_json
from .answer import answer
from .bounds import admission
from .routing import body_router

router = body_router("compute")


@router.post("/output-size", response_model=OutputSizeReply)
async def output_size(request: Request, body: OutputSizeRequest) -> ASGIApp:
    """How a layer, or a chain of them, changes a size: the windows, the cells that none of them reads, the reach."""
    settings = request.app.state.settings
    cost = admission(settings).output_size(body)
    return answer(request, cost, lambda: output_size_json(body))
