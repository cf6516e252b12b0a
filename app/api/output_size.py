"""POST /output-size."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.responses import respond
from ..http.routing import body_router
from ..schemas.output_size import OutputSizeReply, OutputSizeRequest
from ..services import output_size as output_size_service

router = body_router("compute")


@router.post("/output-size", response_model=OutputSizeReply)
async def output_size(request: Request, body: OutputSizeRequest) -> ASGIApp:
    """How a layer, or a chain of them, changes a size: the windows, the cells that none of them reads, the reach."""
    return respond(request, output_size_service.output_size(body, request.app.state.settings))
