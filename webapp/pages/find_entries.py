"""Find entries: from a number on paper to every document and ledger entry that bears it (D-110 … D-112)."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import urlencode

from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from webapp import typed
from webapp.pages.answers import Visit, page, typist
from webapp.pages.posted_kinds import KINDS_OF
from webapp.pages.posting import href_of_posted
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store.find_entries import Asked, Entries, Found, find_entries
from webapp.store.posted import lcy_code
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

MOST_TYPED: Final = 35


def _number(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:MOST_TYPED]


@get("/find-entries", guards=[requires("ledgers.read")])
async def show_found(
    request: Visit,
    document_no: FromQuery[str] = "",
    posting_date: FromQuery[str] = "",
    external_document_no: FromQuery[str] = "",
) -> Template:
    day = typed.day(posting_date[:MOST_TYPED], typist(request), typed.Name("posting_date", "Posting date"))
    faults = [day] if isinstance(day, Finding) else []
    asked = Asked(
        _number(document_no).upper(),
        day if isinstance(day, date) else None,
        _number(external_document_no),
    )
    found = Found() if faults else await find_entries(asked)
    documents = [(KINDS_OF[one.kind].title, one, href_of_posted(Named(one.kind, one.no))) for one in found.documents]
    return page(
        request,
        "ledgers/find_entries.html",
        asked=asked,
        typed_day=posting_date,
        documents=documents,
        entries=[(one, _listed(asked, one)) for one in found.entries],
        findings=faults,
        lcy=await lcy_code(),
        looked=bool(not asked.empty and not faults),
    )


def _listed(asked: Asked, entries: Entries) -> str:
    """The ledger, filtered to these entries, where they bear the number that was asked for."""
    query = {"document_no": asked.document_no} if asked.document_no else {"q": asked.external_document_no}
    return f"/ledgers/{entries.slug}?{urlencode(query)}"


ROUTES: Final = (show_found,)
