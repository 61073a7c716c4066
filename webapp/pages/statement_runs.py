"""Statements of many customers: who gets one, a preview of all, and one print of them (D-135)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.response import Template

from webapp.forms import Field, Form
from webapp.labels import plural
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted
from webapp.pages.statements import (
    FIELDS,
    OPTIONS,
    asked_options,
    asked_period,
    period_query,
    statement_papers,
    statements_page,
)
from webapp.paper.sheets import margins, margins_of_many
from webapp.posting.findings import finding
from webapp.posting.records import changed
from webapp.security import requires
from webapp.store.aged import MOST_ROWS
from webapp.store.outbox import Candidate
from webapp.store.statements import (
    STANDARD,
    Options,
    Statement,
    Which,
    count_statements,
    customers_to_tell,
    load_many_statements,
    recipient_of_statement,
    send_statements,
)

__all__ = ["ROUTES"]

PATH: Final = "/statements"
MOST: Final = 200
NAMED: Final = 10
WHICH: Final[Sequence[Which]] = ("open", "moved", "either")
ASKED: Final = (
    *FIELDS,
    Field("which", "choice", "Customers", options=("open", "moved", "either")),
    Field("customer_no", "code", "Customer no.", length=100, lookup="customers"),
    *OPTIONS,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked for, and the accounts that it gives; none when something is wrong with it."""

    form: Form
    period: tuple[date, date]
    which: Which
    customer_no: str
    options: Options
    statements: Sequence[Statement] = ()

    @property
    def of_period(self) -> str:
        return period_query(self.period, self.options)

    @property
    def query(self) -> str:
        more = [("which", self.which), ("customer_no", self.customer_no)]
        return f"{self.of_period}&{urlencode([pair for pair in more if pair[1]])}"


async def _chosen(request: Visit, pairs: list[tuple[str, str]]) -> Chosen:
    form, first, last = asked_period(request, pairs, ASKED, {"which": "open", "aging": STANDARD.aging})
    asked = str(form.values.get("which") or "open")
    which: Which = next((one for one in WHICH if one == asked), "open")
    customer_no = str(form.values.get("customer_no") or "")
    chosen = Chosen(form, (first, last), which, customer_no, asked_options(form))
    if not form.ok:
        return chosen
    customers = await customers_to_tell(first, last, which, customer_no, MOST)
    if len(customers) > MOST:
        form.add(finding("statements_too_many", field="customer_no", most=MOST))
        return chosen
    statements = await load_many_statements(customers, first, last, chosen.options) if customers else []
    for one in statements:
        if one.next is not None:
            form.add(finding("statement_of_too_long", field="from", no=one.customer["no"], most=MOST_ROWS))
    return changed(chosen, statements=statements if form.ok else ())


def _numbers(request: Visit, statements: Sequence[Statement]) -> list[int]:
    """What each is counted as: after the print the customer's last number, before it the next."""
    more = 0 if request.query_params.get("printed") == "1" else 1
    return [one.no + more for one in statements]


@get(PATH, guards=[requires("receivables.read")])
async def show_choice(request: Visit) -> Template:
    chosen = await _chosen(request, list(request.query_params.multi_items()))
    return page(
        request,
        "receivables/statements.html",
        200 if chosen.form.ok else 422,
        form=chosen.form,
        findings=chosen.form.findings,
        statements=chosen.statements,
        recipients={str(one.customer["no"]): recipient_of_statement(one.customer) for one in chosen.statements},
        fields=parse_qsl(chosen.query),
        sends_mail=bool(request.app.state.get("sends_mail")),
        query=chosen.query,
        period=chosen.of_period,
    )


@get(f"{PATH}/print", guards=[requires("receivables.read")])
async def preview_statements(request: Visit) -> Template | Response[Any]:
    """As they go on paper; the numbers are counted by the button alone."""
    pairs = list(request.query_params.multi_items())
    chosen = await _chosen(request, pairs)
    if not chosen.statements:
        return _told(request, pairs)
    printed = "&printed=1" if request.query_params.get("printed") == "1" else ""
    style = f"{PATH}/paper.css?{chosen.query}{printed}"
    numbers = _numbers(request, chosen.statements)
    return await statements_page(request, chosen.statements, numbers, PATH, chosen.query, style)


def _told(request: Visit, pairs: Sequence[tuple[str, str]]) -> Response[Any]:
    """The page that chooses says what is wrong with what was asked for."""
    names = {one.name for one in ASKED}
    return see_other(request, f"{PATH}?{urlencode([pair for pair in pairs if pair[0] in names])}")


@get(f"{PATH}/paper.css", guards=[requires("receivables.read")])
async def statements_style(request: Visit) -> Response[bytes]:
    """What stands in the margins of the print."""
    chosen = await _chosen(request, list(request.query_params.multi_items()))
    papers = await statement_papers(chosen.statements, _numbers(request, chosen.statements))
    text = margins(papers[0]) if len(papers) == 1 else margins_of_many(papers) if papers else ""
    return Response(text.encode(), media_type="text/css")


@post(f"{PATH}/sending", guards=[requires("posted.send")], status_code=200)
async def mail_statements(request: Visit) -> Response[Any]:
    """Each goes into the outbox, but those that have left for this period already, and those without an address."""
    pairs = await submitted(request)
    chosen = await _chosen(request, pairs)
    if not chosen.statements:
        return _told(request, pairs)
    many = await send_statements(request.user.acting, chosen.statements)
    said = [f"{plural(len(many.going), 'statement')} went into the outbox."]
    if many.without_address:
        said.append(f"Without an e-mail address: {_listed(many.without_address)}.")
    if many.gone:
        said.append(f"Sent for this period before, send again from the outbox: {_listed(many.gone)}.")
    tone = "done" if many.going and not many.without_address else "warning"
    return see_other(request, "/outbox", Note(" ".join(said), (Link("Statements", f"{PATH}?{chosen.query}"),), tone))


def _listed(customers: Sequence[Candidate]) -> str:
    more = f" and {len(customers) - NAMED} more" if len(customers) > NAMED else ""
    return f"{', '.join(one.no for one in customers[:NAMED])}{more}"


@post(f"{PATH}/printing", guards=[requires("posted.print")], status_code=200)
async def print_statements(request: Visit) -> Response[Any]:
    pairs = await submitted(request)
    chosen = await _chosen(request, pairs)
    if not chosen.statements:
        return _told(request, pairs)
    customers = [str(one.customer["no"]) for one in chosen.statements]
    await count_statements(request.user.acting, customers, *chosen.period, chosen.options)
    note = Note(
        f"{len(customers)} statements are counted." if len(customers) > 1 else "It is counted.", tone="printing"
    )
    return see_other(request, f"{PATH}/print?{chosen.query}&printed=1", note)


ROUTES: Final = (show_choice, preview_statements, statements_style, print_statements, mail_statements)
