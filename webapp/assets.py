"""Style sheets, scripts and pictures: read once at start, named by their content, kept by the browser for good.

The browser loads one style sheet, one print style sheet, htmx and one script of our own. Each is put together here
from the plain files of `static/`, so there is no build; a changed file gets another name and is loaded anew.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from litestar import Response, get
from litestar.connection import Request
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp.security import PUBLIC

__all__ = ["HTMX", "asset", "serve_asset"]

DIRECTORY: Final = Path(__file__).parent / "static"
HTMX: Final = "htmx-4.0.1.min.js"
HTMX_SHA256: Final = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"

BUNDLES: Final[dict[str, tuple[str, ...]]] = {
    "finalize.css": (
        "layers.css",
        "reset.css",
        "tokens.css",
        "base.css",
        "layout.css",
        "components.css",
        "documents.css",
        "contracts.css",
        "panel.css",
        "batches.css",
        "shipments.css",
        "reports.css",
        "tables.css",
        "grid.css",
    ),
    "print.css": ("print.css",),
    "paper.css": ("paper.css",),
    "paper.js": ("paper.js",),
    "print-page.js": ("print-page.js",),
    "watermark.css": ("watermark.css",),
    "report-pages.css": ("report-pages.css",),
    "htmx.js": (HTMX,),
    "finalize.js": (
        "menus.js",
        "grid.js",
        "lookup.js",
        "dates.js",
        "sections.js",
        "unsaved.js",
        "not-saved.js",
        "summary.js",
        "choices.js",
        "shipments.js",
        "panel.js",
        "gone.js",
        "print-page.js",
        "keys.js",
    ),
    "icon.svg": ("icon.svg",),
}
MEDIA: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its name with the hash, its bytes, and the same packed."""

    name: str
    media_type: str
    body: bytes
    packed: bytes


@cache
def _assets() -> dict[str, Asset]:
    return {name: _put_together(name, parts) for name, parts in BUNDLES.items()}


@cache
def _by_hashed_name() -> dict[str, Asset]:
    return {one.name: one for one in _assets().values()}


def _put_together(name: str, parts: tuple[str, ...]) -> Asset:
    body = b"\n".join((DIRECTORY / part).read_bytes() for part in parts)
    stem, _, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"
    return Asset(hashed, MEDIA[suffix], body, gzip.compress(body, 9, mtime=0))


def asset(name: str) -> str:
    """The address of a file: `asset("finalize.css")`."""
    return f"/static/{_assets()[name].name}"


@get(
    "/static/{name:str}",
    opt={PUBLIC: "the same for everyone", "exclude_from_auth": True, "packed": True},
    sync_to_thread=False,
)
def serve_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    found = _by_hashed_name().get(name)
    if found is None:
        raise NotFoundException(f"There is no file {name[:60]}.")
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.body, media_type=found.media_type, headers=headers)
    return Response(found.packed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
