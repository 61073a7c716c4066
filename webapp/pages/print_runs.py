"""Print runs: many posted documents into one file, chosen in a list or all that a batch posted (D-118)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other, submitted
from webapp.pages.batches import MOST_IN_ADDRESS, found_batch
from webapp.pages.lists import read_asked
from webapp.pages.paper import pdf_file
from webapp.pages.posted_documents import wanted_of_list
from webapp.pages.posted_kinds import INVOICE, KINDS_OF, Kind
from webapp.pages.posting import TOKEN
from webapp.pages.test_reports import marked
from webapp.paper import pdf
from webapp.posting.findings import Finding, finding
from webapp.security import requires
from webapp.store.batches import Selection
from webapp.store.print_runs import KIND, MOST, Chosen, batch_file, count_to_print, start_printing

__all__ = ["ROUTES", "Wanted", "wanted_of"]

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form or an address asks to print, and the fields that say the same again."""

    chosen: Chosen
    fields: Pairs
    back: str
    back_text: str
    findings: Sequence[Finding] = ()


def wanted_of(request: Visit, pairs: Pairs) -> Wanted:
    given = dict(pairs)
    batch = given.get("batch", "")
    if batch.isascii() and batch.isdecimal() and len(batch) < 10:
        chosen = Chosen(selection=Selection(of_run=int(batch)))
        return Wanted(chosen, [("batch", batch)], f"/batches/{batch}", f"Batch {batch}")
    kind = KINDS_OF.get(given.get("kind") or INVOICE.name)
    if kind is None:
        raise NotFoundException("There are no documents of this kind to print.")
    nos = tuple(marked(pairs, MOST + 1))
    if nos:
        fields = [("kind", kind.name), *(("select", no) for no in nos)]
        return Wanted(Chosen(kind.name, Selection(nos=nos)), fields, kind.path, kind.titles)
    return _as_listed(request, kind, pairs)


def _as_listed(request: Visit, kind: Kind, pairs: Iterable[tuple[str, str]]) -> Wanted:
    """All that the list shows with these search words and filters."""
    asked = read_asked(pairs, kind.offered, kind.filters)
    wanted = wanted_of_list(request, kind, asked)
    selection = Selection(None, asked.search, wanted.filters, wanted.view)
    fields = [("kind", kind.name), *asked.narrowing]
    chosen = Chosen(kind.name, selection, wanted.period)
    return Wanted(chosen, fields, kind.path, kind.titles, wanted.findings)


@get("/print-runs/new", guards=[requires("posted.print")])
async def show_choice(request: Visit) -> Template:
    return await _choice(request, list(request.query_params.multi_items()))


@post("/print-runs/new", guards=[requires("posted.print")], status_code=200)
async def choose(request: Visit) -> Response[Any]:
    """The rows marked in the list arrive here; they go on as an address unless they are more than one holds."""
    pairs = await submitted(request)
    fields = wanted_of(request, pairs).fields
    if len(fields) <= MOST_IN_ADDRESS:
        return see_other(request, f"/print-runs/new?{urlencode(fields)}")
    return await _choice(request, pairs)


async def _choice(request: Visit, pairs: Pairs, status: int = 200, found: Sequence[Finding] = ()) -> Template:
    wanted = wanted_of(request, pairs)
    count = 0 if wanted.findings else await count_to_print(wanted.chosen)
    wrong = [*wanted.findings, *found]
    if not wrong:
        wrong += [] if pdf.available() else [finding("pdf_not_installed")]
        wrong += [] if count else [finding("print_run_empty")]
        wrong += [finding("print_run_too_large", most=MOST)] if count > MOST else []
    return page(
        request,
        "print_runs/new.html",
        status,
        wanted=wanted,
        count=count,
        findings=wrong,
        token=secrets.token_urlsafe(24),
    )


@post("/print-runs", guards=[requires("posted.print")], status_code=200)
async def start(request: Visit) -> Response[Any]:
    pairs = await submitted(request)
    wanted, token = wanted_of(request, pairs), dict(pairs).get("token", "")
    if wanted.findings:
        return await _choice(request, pairs, 422)
    begun = await start_printing(request.user.acting, wanted.chosen, token=token if TOKEN.fullmatch(token) else "")
    if begun.no is None:
        return await _choice(request, pairs, 422, begun.findings)
    return see_other(request, f"/batches/{begun.no}")


@get("/batches/{no:int}/documents.pdf", guards=[requires("posted.print")])
async def show_documents(request: Visit, no: FromPath[int]) -> Response[bytes]:
    """The one file of a print run."""
    run = await found_batch(no)
    content = await batch_file(no) if run.kind == KIND else None
    if content is None:
        raise NotFoundException(f"Batch {no} has no file.")
    return pdf_file(f"print-run-{no}.pdf", content)


ROUTES: Final = (show_choice, choose, start, show_documents)
