"""Everything that a batch posted, on paper, one document after another (D-91)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, see_other
from webapp.pages.batches import PRINTED, found_batch
from webapp.pages.paper import counted_prints, papers_css, papers_page
from webapp.pages.posted_documents import found_document
from webapp.pages.posted_kinds import KINDS_OF
from webapp.security import requires
from webapp.store.batch_results import posted_in
from webapp.store.posted import PostedDocument

__all__ = ["ROUTES"]


async def _papers(no: int, part: int) -> Sequence[tuple[str, str]]:
    await found_batch(no)
    papers = await posted_in(no, part - 1, PRINTED) if 1 <= part < 10_000 else []
    if not papers:
        raise NotFoundException(f"Batch {no} posted nothing that belongs here.")
    return papers


async def _documents(no: int, part: int) -> list[PostedDocument]:
    return [await found_document(KINDS_OF[kind], number) for kind, number in await _papers(no, part)]


def _path(no: int, part: int) -> str:
    return f"/batches/{no}/papers/{part}"


@get("/batches/{no:int}/papers/{part:int}", guards=[requires("batches.read")])
async def back_to_batch(request: Visit, no: FromPath[int], part: FromPath[int]) -> Response[Any]:
    """Where the print page leads back to."""
    return see_other(request, f"/batches/{no}")


@get("/batches/{no:int}/papers/{part:int}/print", guards=[requires("posted.print")])
async def show_papers(request: Visit, no: FromPath[int], part: FromPath[int]) -> Template:
    return await papers_page(request, await _documents(no, part), _path(no, part))


@post("/batches/{no:int}/papers/{part:int}/printing", guards=[requires("posted.print")], status_code=200)
async def print_papers(request: Visit, no: FromPath[int], part: FromPath[int]) -> Response[Any]:
    return await counted_prints(request, await _papers(no, part), _path(no, part))


@get("/batches/{no:int}/papers/{part:int}/paper.css", guards=[requires("posted.print")])
async def papers_style(request: Visit, no: FromPath[int], part: FromPath[int]) -> Response[bytes]:
    return await papers_css(await _documents(no, part))


ROUTES: Final = (back_to_batch, show_papers, print_papers, papers_style)
