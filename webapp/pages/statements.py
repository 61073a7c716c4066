"""Statements: the account of a customer in a period, on the page and on paper (D-135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.aged import EARLIEST, LATEST, heads_of
from webapp.pages.answers import Note, Visit, page, see_other, submitted, typist
from webapp.pages.customer_ledger import document_path, entry_path
from webapp.paper import pdf
from webapp.paper.sheets import margins, statement_sheet
from webapp.paper.statement import StatementPaper
from webapp.posting.findings import finding
from webapp.security import requires
from webapp.store.aged import MOST_ROWS
from webapp.store.paper import words_of
from webapp.store.statements import (
    STANDARD,
    Aging,
    Options,
    Place,
    Statement,
    count_statement,
    load_statement,
    load_whole_statement,
)

__all__ = [
    "FIELDS",
    "OPTIONS",
    "ROUTES",
    "asked_options",
    "asked_period",
    "period_query",
    "statement_papers",
    "statements_page",
]

PATH: Final = "/customers/{no:str}/statement"
FIELDS: Final = (Field("from", "day", "Starting date", required=True), Field("to", "day", "Ending date", required=True))
OPTIONS: Final = (
    Field("aging", "choice", "Aged by", options=("due_date", "posting_date", "none")),
    Field("taken_back", "flag", "Show what was taken back"),
)
AGINGS: Final[Sequence[Aging]] = ("due_date", "posting_date", "none")
KINDS: Final = {"application": "Applied to another currency", "discount": "Payment discount"}


def _path(no: str, rest: str = "") -> str:
    return f"/customers/{quote(no, safe='')}/statement{rest}"


def asked_period(
    request: Visit,
    pairs: list[tuple[str, str]],
    fields: Sequence[Field] = FIELDS,
    shown: Mapping[str, Any] | None = None,
) -> tuple[Form, date, date]:
    """The period that is asked for: at first the last three months up to the work date. `fields` may be more than those
    of the period, `shown` is what they show at first."""
    last = request.user.work_date
    month = last.year * 12 + last.month - 3
    first = date(month // 12, month % 12 + 1, 1)
    given = [pair for pair in pairs if pair[0] in {field.name for field in fields}]
    if not given:
        return show_form(tuple(fields), {"from": first, "to": last, **(shown or {})}, request.user.locale), first, last
    form = read_form(tuple(fields), given, typist(request))
    start, end = form.values.get("from", first), form.values.get("to", last)
    form.show_rest({"from": first, "to": last, **(shown or {})}, request.user.locale)
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
    options = asked_options(form)
    statement = _found(no, await load_statement(no, first, last, after, options=options)) if form.ok else None
    return _shown(request, no, form, (first, last), statement, after)


@get(f"{PATH}/print", guards=[requires("receivables.read")])
async def preview_statement(request: Visit, no: FromPath[str]) -> Template:
    """As it goes on paper; its number is counted by the button alone."""
    form, period, statement = await _whole(request, no)
    if statement is None:
        return page(request, "receivables/statement_print.html", 422, back=_path(no), findings=form.findings)
    query = period_query(period, statement.options)
    number = _number(request, statement)
    return await statements_page(
        request, [statement], [number], _path(no), query, f"{_path(no, '/paper.css')}?{query}&printed={number}"
    )


@get(f"{PATH}/paper.css", guards=[requires("receivables.read")])
async def statement_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """What stands in the margins of the print."""
    _, _, statement = await _whole(request, no)
    papers = await statement_papers([statement], [_number(request, statement)]) if statement else []
    return Response("".join(margins(one) for one in papers).encode(), media_type="text/css")


async def _whole(request: Visit, no: str) -> tuple[Form, tuple[date, date], Statement | None]:
    """The account as it goes on paper; None with findings when it does not."""
    form, first, last = _asked(request, list(request.query_params.multi_items()))
    statement = _found(no, await load_whole_statement(no, first, last, asked_options(form))) if form.ok else None
    if statement is not None and statement.next is not None:
        form.add(finding("statement_too_long", field="from", most=MOST_ROWS))
        statement = None
    return form, (first, last), statement


def _number(request: Visit, statement: Statement) -> int:
    """The number that was counted for this print; before that the one that it would get."""
    printed = request.query_params.get("printed", "")
    return int(printed) if printed.isascii() and printed.isdecimal() and len(printed) < 10 else statement.no + 1


def _asked(request: Visit, pairs: list[tuple[str, str]]) -> tuple[Form, date, date]:
    return asked_period(request, pairs, (*FIELDS, *OPTIONS), {"aging": STANDARD.aging})


def asked_options(form: Form) -> Options:
    """How the statement is to be made; what is not asked for is as usual."""
    asked = str(form.values.get("aging") or STANDARD.aging)
    aging = next((one for one in AGINGS if one == asked), STANDARD.aging)
    return Options(aging, bool(form.values.get("taken_back")))


def period_query(period: tuple[date, date], options: Options = STANDARD) -> str:
    """The part of an address that asks for the same again."""
    pairs = [("from", period[0].isoformat()), ("to", period[1].isoformat())]
    if options.aging != STANDARD.aging:
        pairs.append(("aging", options.aging))
    if options.taken_back:
        pairs.append(("taken_back", "true"))
    return urlencode(pairs)


async def statement_papers(statements: Sequence[Statement], numbers: Sequence[int]) -> list[StatementPaper]:
    words = await words_of({})
    return [StatementPaper(one, words, no) for one, no in zip(statements, numbers, strict=True)]


async def statements_page(
    request: Visit, statements: Sequence[Statement], numbers: Sequence[int], path: str, query: str, style: str
) -> Template:
    """Statements with their numbers as they go on paper, for what a page with this path and query shows."""
    return page(
        request,
        "receivables/statement_print.html",
        papers=await statement_papers(statements, numbers),
        sheet=statement_sheet,
        back=f"{path}?{query}",
        printing=f"{path}/printing",
        fields=parse_qsl(query),
        style=style,
        findings=(),
    )


def _found(no: str, statement: Statement | None) -> Statement:
    if statement is None:
        raise NotFoundException(f"There is no customer {no}.")
    return statement


def _shown(
    request: Visit,
    no: str,
    form: Form,
    period: tuple[date, date],
    statement: Statement | None,
    after: Place | None = None,
) -> Template:
    first, last = period
    query = period_query(period, asked_options(form))
    more = statement.next if statement else None
    return page(
        request,
        "receivables/statement.html",
        200 if statement else 422,
        form=form,
        no=no,
        statement=statement,
        after=after,
        next=f"{_path(no)}?{query}&after={more.day.isoformat()}_{more.run}" if more else "",
        heads=_heads(statement, request.user.locale) if statement else [],
        with_files=request.user.may("posted.print") and pdf.available(),
        findings=form.findings,
        path=_path(no),
        query=query,
        first=first,
        last=last,
        kinds=KINDS,
        document_path=document_path,
        entry_path=entry_path,
    )


def _heads(statement: Statement, locale: str) -> list[str]:
    if statement.options.aging == "none":
        return []
    return heads_of(statement.columns, "days", locale, before=statement.before)


@post(f"{PATH}/printing", guards=[requires("posted.print")], status_code=200)
async def print_statement(request: Visit, no: FromPath[str]) -> Response[Any]:
    form, first, last = _asked(request, await submitted(request))
    if not form.ok:
        return see_other(request, _path(no))
    options = asked_options(form)
    query = period_query((first, last), options)
    if _found(no, await load_whole_statement(no, first, last)).next is not None:
        return see_other(request, _path(no, f"/print?{query}"))  # which says that it is too long
    number = await count_statement(request.user.acting, no, first, last, options)
    return see_other(
        request, _path(no, f"/print?{query}&printed={number}"), Note(f"Statement {number} is counted.", tone="printing")
    )


ROUTES: Final = (show_statement, preview_statement, print_statement, statement_style)
