"""The built pages: widget, desk and the demo shop, precompressed, with their security headers."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from backend.house import House
from backend.kit.errors import NotFound

DIST = Path(__file__).parent.parent / "web" / "dist"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
FOREVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=300"
CSP = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
)
"""Inline styles are what antd writes at run time; scripts come from files only."""


def install(app: FastAPI, *, demo: bool) -> None:
    """Serve /widget, /desk (any path below is its own router's), /api/docs and, if so, /demo."""

    @app.get("/widget/{path:path}", include_in_schema=False)
    async def widget(path: str, request: Request) -> Response:
        house: House = request.app.state.house
        return _serve(request, "widget", path, f"frame-ancestors {house.settings.frame_ancestors}")

    @app.get("/desk", include_in_schema=False)
    @app.get("/desk/{path:path}", include_in_schema=False)
    async def desk(request: Request, path: str = "") -> Response:
        wanted = path if "." in path.rpartition("/")[2] else "index.html"
        return _serve(request, "desk", wanted, "frame-ancestors 'none'")

    @app.get("/api/docs", include_in_schema=False)
    @app.get("/api/docs/{path:path}", include_in_schema=False)
    async def api_docs(request: Request, path: str = "") -> Response:
        return _serve(request, "api-docs", path or "index.html", "frame-ancestors 'none'")

    if not demo:
        return

    @app.get("/", include_in_schema=False)
    async def home() -> Response:
        return RedirectResponse("/demo/")

    @app.get("/demo", include_in_schema=False)
    @app.get("/demo/{path:path}", include_in_schema=False)
    async def shop(request: Request, path: str = "") -> Response:
        return _serve(request, "demo", path or "index.html", "frame-ancestors 'self'")


def _serve(request: Request, part: str, path: str, frames: str) -> Response:
    root = (DIST / part).resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not _is_file(file):
        raise NotFound("page_not_found", f"/{part}/{path} is not there; was the web part built?")
    headers = {
        "Cache-Control": FOREVER if "assets" in file.parts else SHORT,
        "Content-Security-Policy": CSP + frames,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    accepted = request.headers.get("accept-encoding", "")
    for name, suffix in ENCODINGS:
        packed = file.with_name(file.name + suffix)
        if name in accepted and packed.is_file():
            headers["Content-Encoding"] = name
            return FileResponse(packed, media_type=media_type, headers=headers)
    return FileResponse(file, media_type=media_type, headers=headers)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than any file's
        return False
