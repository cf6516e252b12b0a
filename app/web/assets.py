"""Static files: read and compressed once; browsers cache them forever under an address that names their content."""

import gzip
import hashlib
import importlib.util
import mimetypes
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..http.negotiation import accepts_gzip
from ..http.path import STATIC_PREFIX
from .css_bundles import bundle_path, css_bundles
from .paths import STATIC_DIR

SWAGGER_UI: Final = "vendor/swagger-ui"
"""Path under the static mount of Swagger UI's files, which a Python package carries."""
SWAGGER_UI_FILES: Final = ("swagger-ui-bundle.js", "swagger-ui.css")

_CONTENT_TYPES: Final = {
    ".js": "text/javascript",  # modules are always UTF-8
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
_COMPRESSED_ALREADY: Final = (".png", ".webp", ".jpg", ".woff2", ".gz")
_CACHE_FOREVER: Final = "max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file."""

    content: bytes
    content_type: str
    compressible: bool

    @cached_property
    def gzipped(self) -> bytes:
        """Return the content compressed; always the same bytes."""
        return gzip.compress(self.content, compresslevel=9, mtime=0)


def _asset(path: Path) -> Asset:
    guess = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(
        content=path.read_bytes(),
        content_type=_CONTENT_TYPES.get(path.suffix, guess),
        compressible=path.suffix not in _COMPRESSED_ALREADY,
    )


def _joined(files: list[Asset]) -> Asset:
    """Join stylesheets: the first paint waits for all of them, and one request is faster than many."""
    return Asset(b"\n".join(file.content for file in files), _CONTENT_TYPES[".css"], compressible=True)


def _swagger_ui_dir() -> Path:
    """Return the directory of Swagger UI's files, without importing the package."""
    spec = importlib.util.find_spec("fastapi_swagger")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("fastapi-swagger, which carries the API docs' files, is not installed")
    return Path(spec.submodule_search_locations[0]) / "resources"


@cache
def assets() -> dict[str, Asset]:
    """Return every file, by its path under the static mount."""
    own = {
        path.relative_to(STATIC_DIR).as_posix(): _asset(path)
        for path in sorted(STATIC_DIR.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    bundles = {
        bundle_path(page): _joined([own[f"css/{name}.css"] for name in names]) for page, names in css_bundles().items()
    }
    vendor = _swagger_ui_dir()
    return own | bundles | {f"{SWAGGER_UI}/{name}": _asset(vendor / name) for name in SWAGGER_UI_FILES}


@cache
def asset_version() -> str:
    """Return a hash of the content of all files."""
    digest = hashlib.sha256()
    for path, asset in sorted(assets().items()):
        digest.update(f"{path}\0{len(asset.content)}\0".encode())
        digest.update(asset.content)
    return digest.hexdigest()[:12]


def static_url(path: str, page: str = "/") -> str:
    """Return the address of a static file relative to a page, so that it is valid under any path prefix.

    Parameters
    ----------
    path
        The file under ``static/``, such as ``css/base.css``.
    page
        Path of the page that refers to it; only its depth counts, so the default is right for ``/docs``, too.

    Raises
    ------
    ValueError
        If there is no such file.
    """
    if path not in assets():
        raise ValueError(f"static file {path!r} does not exist; it must be one of the files under {STATIC_DIR}")
    return "../" * (page.count("/") - 1) + f"{STATIC_PREFIX[1:]}/{asset_version()}/{path}"


async def serve_asset(request: Request) -> Response:
    """Serve a file at ``/static/{version}/{path}``.

    It is served under any version, because during a rolling update a page of one replica may load files of another. But
    it may be cached forever only under its own version.

    Raises
    ------
    HTTPException
        404 if there is no such file.
    """
    asset = assets().get(request.path_params["path"])
    if asset is None:
        raise HTTPException(404, "There is no such file")
    current = request.path_params["version"] == asset_version()
    headers = {"Cache-Control": _CACHE_FOREVER if current else "no-cache", "Content-Type": asset.content_type}
    if not asset.compressible:
        return Response(asset.content, headers=headers)
    headers["Vary"] = "Accept-Encoding"
    if not accepts_gzip(request.scope):
        return Response(asset.content, headers=headers)
    return Response(asset.gzipped, headers=headers | {"Content-Encoding": "gzip"})


# FastAPI's route class, because it puts itself into the scope, where the log and the metrics find its path.
asset_routes: Final = [APIRoute(f"{STATIC_PREFIX}/{{version}}/{{path:path}}", serve_asset, include_in_schema=False)]
