"""GET /patterns."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from ..http.constant_content import CACHEABLE_RESPONSES, ConstantContent
from ..http.routing import api_router
from ..schemas.responses import PatternOut
from ..schemas.serialization import to_json
from ..services.responses import patterns_out

router = api_router("catalogue")


@router.get("/patterns", response_model=list[PatternOut], responses=CACHEABLE_RESPONSES)
async def list_patterns(request: Request) -> Response:
    """List small images (edges, a corner, a line, noise) and their convolutions with every preset kernel."""
    return await _PATTERNS.response(request)


_PATTERNS: Final = ConstantContent(lambda: to_json(patterns_out()))
