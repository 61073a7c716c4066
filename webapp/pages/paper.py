"""Posted documents on paper: the print page is a preview, its button counts a print (D-95, D-117 … D-123)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Link, Note, Visit, page, see_other
from webapp.pages.document_paths import href_of, key_of, places
from webapp.pages.posted_documents import found_document, kind_of, posted
from webapp.pages.posted_kinds import KINDS_OF, Kind
from webapp.pages.posting import href_of_posted, posting_of
from webapp.paper.document import Paper
from webapp.paper.joining import copied
from webapp.paper.sheets import margins, margins_of_many, sheet
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.paper import count_prints, words_for
from webapp.store.posted import PostedDocument
from webapp.store.posted_files import NoPdf, StoredFile, file_of
from webapp.store.posting import PostedDocument as Named
from webapp.store.report_selection import printed_with

__all__ = ["ROUTES", "counted_prints", "papers_css", "papers_of", "papers_page", "pdf_file"]

# --- pages ----------------------------------------------------------------------------------------------------------


def _own(kind: Kind, no: str) -> str:
    return href_of_posted(Named(kind.name, no))


def _of_posting(key: DocumentKey, token: str) -> str:
    return f"{href_of(key)}/postings/{quote(token, safe='')}"


async def papers_of(documents: Sequence[PostedDocument], corrections: bool = False) -> list[Paper]:
    """The documents as they go on paper."""
    words = await words_for(documents)
    return [Paper(one, words, corrections) for one in documents]


def with_copies(papers: Sequence[Paper]) -> list[tuple[Paper, bool]]:
    """Each document as often as it is printed at once; all but the first are copies (O-20, D-118)."""
    return [(paper, number > 0) for paper in papers for number in range(paper.copies)]


async def papers_page(
    request: Visit, documents: Sequence[PostedDocument], back: str, corrections: bool = False, file: str = ""
) -> Template:
    """Documents in one print; `file` is the address of the one whose PDF is offered."""
    papers = await papers_of(documents, corrections)
    names = [f"{KINDS_OF[one.kind].paper} {one.header['no']}" for one in documents]
    return page(
        request,
        "posted/print.html",
        papers=papers,
        sheets=with_copies(papers),
        back=back,
        title=", ".join(names),
        names=names,
        corrections=corrections,
        file=file,
        undone=any(line.get("correction") for one in documents for line in one.lines),
        sheet=sheet,
    )


@get(posted("/{no:str}/print"), guards=[requires("posted.print")])
async def show_paper(request: Visit, no: FromPath[str]) -> Template:
    kind = kind_of(request)
    corrections = request.query_params.get("corrections") == "1"
    documents = await printed_with(await found_document(kind, no))
    return await papers_page(request, documents, _own(kind, no), corrections, file=_own(kind, no))


@get(places("/{no:str}/postings/{token:str}/print"), guards=[requires("posted.print")])
async def show_papers(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    """What a posting made, on paper: the shipment, the invoice, or both (D-41)."""
    key = key_of(request.url.path, no)
    return await papers_page(request, await _posted_with(key, token), _of_posting(key, token))


async def _posted_with(key: DocumentKey, token: str) -> list[PostedDocument]:
    return [await found_document(KINDS_OF[one.kind], one.no) for one in (await posting_of(key, token)).posted]


# --- printing -------------------------------------------------------------------------------------------------------


@post(posted("/{no:str}/printing"), guards=[requires("posted.print")], status_code=200)
async def print_paper(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = kind_of(request)
    documents = await printed_with(await found_document(kind, no))
    papers = [(one.kind, str(one.header["no"])) for one in documents]
    return await counted_prints(request, papers, _own(kind, no))


@post(places("/{no:str}/postings/{token:str}/printing"), guards=[requires("posted.print")], status_code=200)
async def print_papers(request: Visit, no: FromPath[str], token: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    papers = [(one.kind, one.no) for one in (await posting_of(key, token)).posted]
    return await counted_prints(request, papers, _of_posting(key, token))


async def counted_prints(request: Visit, papers: Sequence[tuple[str, str]], back: str) -> Response[Any]:
    """Counts, then shows the print page once more; the note says that this is the print that was counted."""
    counts = await count_prints(request.user.acting, papers)
    done = [f"{KINDS_OF[kind].paper} {no}: print {count}" for (kind, no), count in zip(papers, counts, strict=True)]
    return see_other(request, f"{back}/print", Note(f"Counted. {'. '.join(done)}.", (Link("Back", back),), "printing"))


# --- the file -------------------------------------------------------------------------------------------------------


@get(posted("/{no:str}/file.pdf"), guards=[requires("posted.print")])
async def show_file(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """The file as it was first issued; made now when nobody asked for it before (D-120)."""
    stored = await _stored(request, no)
    return pdf_file(stored.name, stored.content)


@get(posted("/{no:str}/copy.pdf"), guards=[requires("posted.print")])
async def show_copy(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """The same file with COPY on each page, in the language of the document."""
    stored = await _stored(request, no)
    (paper,) = await papers_of([await found_document(kind_of(request), no)])
    marked = await asyncio.to_thread(copied, stored.content, paper.t("copy"))
    return pdf_file(stored.name.replace(".pdf", "-copy.pdf"), marked)


async def _stored(request: Visit, no: str) -> StoredFile:
    kind = kind_of(request)
    try:
        stored = await file_of(request.user.acting, kind.name, no)
    except NoPdf:
        raise NotFoundException("PDF is not installed here; print from the browser.") from None
    if stored is None:
        raise NotFoundException(f"There is no {kind.title.lower()} {no}.")
    return stored


def pdf_file(name: str, content: bytes) -> Response[bytes]:
    """A file that the browser shows or saves."""
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


# --- what stands in the margins -------------------------------------------------------------------------------------


@get(posted("/{no:str}/paper.css"), guards=[requires("posted.print")])
async def paper_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """Company and document on every page but the first, the imprint and page n of m on each (D-119)."""
    papers = await papers_of(await printed_with(await found_document(kind_of(request), no)))
    sheets = [one for one, _ in with_copies(papers)]
    return _style(margins(sheets[0]) if len(sheets) == 1 else margins_of_many(sheets))


@get(places("/{no:str}/postings/{token:str}/paper.css"), guards=[requires("posted.print")])
async def papers_style(request: Visit, no: FromPath[str], token: FromPath[str]) -> Response[bytes]:
    """The same for several documents in one print: each counts its own pages."""
    return await papers_css(await _posted_with(key_of(request.url.path, no), token), copies=True)


async def papers_css(documents: Sequence[PostedDocument], *, copies: bool = False) -> Response[bytes]:
    """The margins of several documents in one print, on request with their copies."""
    papers = await papers_of(documents)
    return _style(margins_of_many([one for one, _ in with_copies(papers)] if copies else papers))


def _style(text: str) -> Response[bytes]:
    return Response(text.encode(), media_type="text/css")


ROUTES: Final = (show_paper, show_papers, print_paper, print_papers, show_file, show_copy, paper_style, papers_style)
