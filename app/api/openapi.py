"""GET /openapi.json."""

from fastapi import APIRouter, Request, Response

from ..http.constant_content import ConstantContent

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def get_openapi_json(request: Request) -> Response:
    """Return the OpenAPI description."""
    content: ConstantContent = request.app.state.openapi
    return await content.response(request)
