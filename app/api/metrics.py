"""GET /metrics."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from ..middleware.metrics import exposition, sample
from ..settings import Settings

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def get_metrics(request: Request) -> Response:
    """Return every metric in Prometheus' text format."""
    settings: Settings = request.app.state.settings
    if not settings.metrics:
        raise HTTPException(404, "Metrics are switched off")
    request.app.state.access_log.write()
    sample(settings)
    return Response(await asyncio.to_thread(exposition), media_type=CONTENT_TYPE_LATEST)
