"""Posted documents on paper: the print page is a preview; its buttons print and give out, and both count (D-95,
D-117 … D-123)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.labels import plural
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted
from webapp.pages.document_paths import href_of, key_of, places
from webapp.pages.posted_documents import found_document, kind_of, posted
from webapp.pages.posted_kinds import KINDS_OF, Kind
from webapp.pages.posting import href_of_posted, posting_of
from webapp.paper.document import Paper
from webapp.paper.joining import copied
from webapp.paper.sheets import Sheet, margins, margins_of_many, sheet, sheet_of
from webapp.paper.sheets import paper_style as today
from webapp.paper.texts import text
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.issues import issue, stored_sheets
from webapp.store.paper import words_for
from webapp.store.posted import PostedDocument
from webapp.store.posted_files import NoPdf, StoredFile, file_of
from webapp.store.posting import PostedDocument as Named
from webapp.store.report_selection import printed_with

__all__ = ["ROUTES", "counted_prints", "papers_css", "papers_of", "papers_page", "pdf_file", "style_file"]

NAMED: Final = 2  # documents of which the print page tells each by name; many are counted

# --- pages ----------------------------------------------------------------------------------------------------------


def _own(kind: Kind, no: str) -> str:
    return href_of_posted(Named(kind.name, no))


def _of_posting(key: DocumentKey, token: str) -> str:
    return f"{href_of(key)}/postings/{quote(token, safe='')}"


async def papers_of(documents: Sequence[PostedDocument], corrections: bool = False) -> list[Paper]:
    """The documents as they go on paper now."""
    words = await words_for(documents)
    return [Paper(one, words, corrections) for one in documents]


@dataclass(frozen=True, slots=True)
class Shown:
    """A document of a print page: as it was first issued, or as it would be now."""

    paper: Paper
    sheet: Sheet
    issued: bool

    @property
    def name(self) -> str:
        return f"{KINDS_OF[self.paper.kind].paper} {self.paper.head['no']}"


async def shown_of(documents: Sequence[PostedDocument], corrections: bool = False) -> list[Shown]:
    """Each document on the sheet that was stored when it was first issued; drawn now before that (D-120)."""
    stored = await stored_sheets([(one.kind, str(one.header["no"])) for one in documents], corrections)
    papers = {(one.kind, str(one.head["no"])): one for one in await papers_of(documents, corrections)}
    return [Shown(paper, stored.get(key) or sheet_of(paper), key in stored) for key, paper in papers.items()]


def with_copies(shown: Sequence[Shown]) -> list[tuple[Shown, bool]]:
    """Each document as often as it is printed at once; all but the first are copies (O-20, D-118)."""
    return [(one, number > 0) for one in shown for number in range(one.paper.copies)]


async def papers_page(
    request: Visit, documents: Sequence[PostedDocument], back: str, corrections: bool = False, file: str = ""
) -> Template:
    """Documents in one print; `file` is the address of the one whose PDF is offered."""
    shown = await shown_of(documents, corrections)
    return page(
        request,
        "posted/print.html",
        shown=shown,
        sheets=with_copies(shown),
        back=back,
        title=", ".join(one.name for one in shown) if len(shown) <= NAMED else plural(len(shown), "document"),
        said=_said(shown),
        corrections=corrections,
        file=file,
        undone=any(line.get("correction") for one in documents for line in one.lines),
        sheet=sheet,
    )


def _said(shown: Sequence[Shown]) -> str:
    """What the print page says of its documents: of a few each, of many how many, in one line."""
    if len(shown) <= NAMED:
        return " ".join(f"{one.name}: {_history(one)}." for one in shown)
    before = sum(one.paper.head["printed"] > 0 for one in shown)
    new, issued = len(shown) - before, sum(one.issued for one in shown)
    parts = [f"{new} of them not printed yet" if before else "none of them printed yet"] if new else []
    parts += [f"{before} printed before, the next print says COPY"] if before else []
    parts += [f"{issued} shown as first issued"] if issued else []
    return f"{plural(len(shown), 'document')}: {'; '.join(parts)}."


def _history(one: Shown) -> str:
    printed = one.paper.head["printed"]
    told = f"printed {plural(printed, 'time')}, the next print says COPY" if printed else "not printed yet"
    return f"{told}, shown as first issued" if one.issued else told


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
    corrections = dict(await submitted(request)).get("corrections") == "1"
    documents = await printed_with(await found_document(kind, no))
    papers = [(one.kind, str(one.header["no"])) for one in documents]
    return await counted_prints(request, papers, _own(kind, no), corrections)


@post(places("/{no:str}/postings/{token:str}/printing"), guards=[requires("posted.print")], status_code=200)
async def print_papers(request: Visit, no: FromPath[str], token: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    papers = [(one.kind, one.no) for one in (await posting_of(key, token)).posted]
    return await counted_prints(request, papers, _of_posting(key, token))


async def counted_prints(
    request: Visit, papers: Sequence[tuple[str, str]], back: str, corrections: bool = False
) -> Response[Any]:
    """Counts, then shows the print page once more; the note says that this is the print that was counted."""
    counts = await issue(request.user.acting, papers, corrections=corrections)
    done = [f"{KINDS_OF[kind].paper} {no}: print {count}" for (kind, no), count in zip(papers, counts, strict=True)]
    if len(papers) > NAMED:
        first = sum(count == 1 for count in counts)
        done = [f"{plural(len(papers), 'document')}, {first or 'none'} of them for the first time"]
    note = Note(f"Counted. {'. '.join(done)}.", (Link("Back", back),), "printing")
    return see_other(request, f"{back}/print{'?corrections=1' if corrections else ''}", note)


# --- the file -------------------------------------------------------------------------------------------------------


@post(posted("/{no:str}/file.pdf"), guards=[requires("posted.print")], status_code=200)
async def give_file(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """The file as it was first issued; made now when nobody asked for it before (D-120). Given out by a form and never
    by a link: who has it can pass it on, so it counts as issued, and looking at the print page does not (D-95)."""
    stored = await _stored(request, no)
    await issue(request.user.acting, [(stored.kind, no)], "PDF given out", stored.name)
    return pdf_file(stored.name, stored.content, "attachment")


@post(posted("/{no:str}/copy.pdf"), guards=[requires("posted.print")], status_code=200)
async def give_copy(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """The same file with COPY on each page, in the language of the document."""
    stored = await _stored(request, no)
    name = stored.name.replace(".pdf", "-copy.pdf")
    sheets = await stored_sheets([(stored.kind, no)])
    (one,) = sheets.values()
    marked = await asyncio.to_thread(copied, stored.content, text("copy", one.language))
    await issue(request.user.acting, [(stored.kind, no)], "PDF given out", name)
    return pdf_file(name, marked, "attachment")


async def _stored(request: Visit, no: str) -> StoredFile:
    kind = kind_of(request)
    try:
        stored = await file_of(request.user.acting, kind.name, no)
    except NoPdf:
        raise NotFoundException("PDF is not installed here; print from the browser.") from None
    if stored is None:
        raise NotFoundException(f"There is no {kind.title.lower()} {no}.")
    return stored


def pdf_file(name: str, content: bytes, shown: str = "inline") -> Response[bytes]:
    """A file that the browser shows; or saves, as an `attachment`."""
    headers = {"Content-Disposition": f'{shown}; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


# --- what stands in the margins -------------------------------------------------------------------------------------


@get(posted("/{no:str}/paper.css"), guards=[requires("posted.print")])
async def paper_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """Company and document on every page but the first, the imprint and page n of m on each (D-119)."""
    return await papers_css(await printed_with(await found_document(kind_of(request), no)))


@get(places("/{no:str}/postings/{token:str}/paper.css"), guards=[requires("posted.print")])
async def papers_style(request: Visit, no: FromPath[str], token: FromPath[str]) -> Response[bytes]:
    """The same for several documents in one print: each counts its own pages."""
    return await papers_css(await _posted_with(key_of(request.url.path, no), token))


async def papers_css(documents: Sequence[PostedDocument]) -> Response[bytes]:
    """The margins of the documents of a print page with their copies; before them the style in which the first of them
    was issued, where it is another one now."""
    sheets = [one.sheet for one, _ in with_copies(await shown_of(documents))]
    kept = sheets[0].style if sheets[0].style != today() else ""
    return style_file(kept + (margins(sheets[0]) if len(sheets) == 1 else margins_of_many(sheets)))


def style_file(words: str) -> Response[bytes]:
    return Response(words.encode(), media_type="text/css")


ROUTES: Final = (show_paper, show_papers, print_paper, print_papers, give_file, give_copy, paper_style, papers_style)
