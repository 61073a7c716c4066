"""Statements: the account of a customer in a period, on the page and on paper (D-135)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.aged import EARLIEST, LATEST, heads_of
from webapp.pages.answers import Note, Visit, page, see_other, submitted, typist
from webapp.pages.customer_ledger import document_path, entry_path
from webapp.posting.findings import finding
from webapp.security import requires
from webapp.store.aged import MOST_ROWS
from webapp.store.statements import Place, Statement, count_statement, load_statement, load_whole_statement

__all__ = ["ROUTES"]

PATH: Final = "/customers/{no:str}/statement"
FIELDS: Final = (Field("from", "day", "Starting date", required=True), Field("to", "day", "Ending date", required=True))
KINDS: Final = {"application": "Applied to another currency", "discount": "Payment discount"}


def _path(no: str, rest: str = "") -> str:
    return f"/customers/{quote(no, safe='')}/statement{rest}"


def _asked(request: Visit, pairs: list[tuple[str, str]]) -> tuple[Form, date, date]:
    """The period that is asked for: at first the last three months up to the work date."""
    last = request.user.work_date
    month = last.year * 12 + last.month - 3
    first = date(month // 12, month % 12 + 1, 1)
    given = [pair for pair in pairs if pair[0] in ("from", "to")]
    if not given:
        return show_form(FIELDS, {"from": first, "to": last}, request.user.locale), first, last
    form = read_form(FIELDS, given, typist(request))
    start, end = form.values.get("from", first), form.values.get("to", last)
    form.show_rest({"from": first, "to": last}, request.user.locale)
    if not isinstance(start, date) or not isinstance(end, date):
        return form, first, last
    for name, day in (("from", start), ("to", end)):
        if not EARLIEST <= day <= LATEST:
            label = form.fields[name].title
            form.add(finding("report_date_far", field=name, label=label, low=EARLIEST, high=LATEST))
    if end < start:
        form.add(finding("range_upside_down", field="to", label="Ending date", other="starting date"))
    return form, start, end


def _place(request: Visit, first: date, last: date) -> Place | None:
    """Where the page that is asked for begins; None at the beginning of the period, and for an address that is none."""
    day, _, run = request.query_params.get("after", "").partition("_")
    try:
        place = Place(date.fromisoformat(day), int(run))
    except ValueError:
        return None
    return place if first <= place.day <= last and 0 < place.run < 2**62 else None


@get(PATH, guards=[requires("receivables.read")])
async def show_statement(request: Visit, no: FromPath[str]) -> Template:
    form, first, last = _asked(request, list(request.query_params.multi_items()))
    after = _place(request, first, last)
    statement = _found(no, await load_statement(no, first, last, after)) if form.ok else None
    return _shown(request, no, "receivables/statement.html", form, (first, last), statement, after)


@get(f"{PATH}/print", guards=[requires("receivables.read")])
async def preview_statement(request: Visit, no: FromPath[str]) -> Template:
    """As it goes on paper; its number is counted by the button alone."""
    form, first, last = _asked(request, list(request.query_params.multi_items()))
    statement = _found(no, await load_whole_statement(no, first, last)) if form.ok else None
    if statement is not None and statement.next is not None:
        form.add(finding("statement_too_long", field="from", most=MOST_ROWS))
        statement = None
    return _shown(request, no, "receivables/statement_print.html", form, (first, last), statement)


def _found(no: str, statement: Statement | None) -> Statement:
    if statement is None:
        raise NotFoundException(f"There is no customer {no}.")
    return statement


def _shown(
    request: Visit,
    no: str,
    template: str,
    form: Form,
    period: tuple[date, date],
    statement: Statement | None,
    after: Place | None = None,
) -> Template:
    first, last = period
    query = urlencode([("from", first.isoformat()), ("to", last.isoformat())])
    more = statement.next if statement else None
    return page(
        request,
        template,
        200 if statement else 422,
        form=form,
        no=no,
        statement=statement,
        after=after,
        next=f"{_path(no)}?{query}&after={more.day.isoformat()}_{more.run}" if more else "",
        heads=heads_of(statement.columns, "days", request.user.locale, before=1) if statement else [],
        findings=form.findings,
        path=_path(no),
        query=query,
        first=first,
        last=last,
        kinds=KINDS,
        document_path=document_path,
        entry_path=entry_path,
        printed=int(request.query_params["printed"]) if request.query_params.get("printed", "").isdecimal() else 0,
    )


@post(f"{PATH}/printing", guards=[requires("posted.print")], status_code=200)
async def print_statement(request: Visit, no: FromPath[str]) -> Response[Any]:
    form, first, last = _asked(request, await submitted(request))
    if not form.ok:
        return see_other(request, _path(no))
    query = urlencode([("from", first.isoformat()), ("to", last.isoformat())])
    if _found(no, await load_whole_statement(no, first, last)).next is not None:
        return see_other(request, _path(no, f"/print?{query}"))  # which says that it is too long
    number = await count_statement(request.user.acting, no, first, last)
    return see_other(
        request, _path(no, f"/print?{query}&printed={number}"), Note(f"Statement {number} is counted.", tone="printing")
    )


ROUTES: Final = (show_statement, preview_statement, print_statement)
