"""GET /patterns."""

from functools import cache

from starlette.responses import Response

from ..schemas.json_bytes import to_json
from ..schemas.responses import PatternOut
from ..services.responses import patterns_out
from .json_reply import JsonReply
from .routing import api_router

router = api_router("catalogue")


@router.get("/patterns", response_model=list[PatternOut])
async def list_patterns() -> Response:
    """Small pictures (edges, a corner, a line, noise) and what every preset kernel makes of them."""
    return JsonReply(_patterns())


@cache
def _patterns() -> bytes:
    return to_json(patterns_out())
