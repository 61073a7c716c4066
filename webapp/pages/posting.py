"""Posting a service order: the page that says what would happen, the posting, and what came of it (D-39, D-41)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.closed_orders import not_open
from webapp.pages.document_fields import fields_of
from webapp.pages.service_orders import href_of, key_of
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.plan import OPTION_NAMES, REQUESTS, PostingPlan
from webapp.posting.snapshot import PostingRequest
from webapp.security import requires
from webapp.store import drafts
from webapp.store.posted import order_of
from webapp.store.posting import PostedDocument, PostingResult, plan_options, post_document, result_of
from webapp.store.preferences import preference, set_preference

__all__ = ["ORDER", "ROUTES", "Asked", "asked_for", "date_form", "href_of_posted", "linked"]

PREFERENCE: Final = "posting_option"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
ORDER: Final = ("ship", "invoice", "ship_and_invoice", "ship_and_consume")
PATHS: Final = {"shipment": "/posted-service-shipments", "invoice": "/posted-service-invoices"}
NOTHING: Final = {
    "ship": "No line has a Qty. to ship.",
    "invoice": "No line has a Qty. to invoice that is shipped.",
    "ship_and_invoice": "No line has a Qty. to ship or to invoice.",
    "ship_and_consume": "No line has a Qty. to consume.",
}
NAMES: Final = {"shipment": "Shipment", "invoice": "Invoice"}


def href_of_posted(document: PostedDocument, rest: str = "") -> str:
    """The address of a posted document."""
    return f"{PATHS[document.kind]}/{quote(document.no, safe='')}{rest}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the four options, and what it would do or why it cannot be done."""

    name: str
    label: str
    plan: PostingPlan

    @property
    def possible(self) -> bool:
        return self.plan.may_post

    @property
    def reason(self) -> str:
        """Why it is not possible, in one line."""
        errors = [f for f in self.plan.errors if f.code != "nothing_to_post"]
        more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
        return f"{errors[0].message}{more}" if errors else NOTHING[self.name]

    @property
    def does(self) -> Sequence[str]:
        """What would arise: documents with the numbers that they would take (O-10)."""
        plan, made = self.plan, []
        shipped = sum(not line.line.is_text for line in plan.shipment_lines)
        invoiced = sum(not line.line.is_text for line in plan.invoice_lines)
        if plan.parts.ship:
            made.append(f"Shipment {plan.numbers['shipment'].no} with {_lines(shipped)}")
        if plan.parts.invoice:
            made.append(f"Invoice {plan.numbers['invoice'].no} with {_lines(invoiced)}")
        if plan.closes_order:
            made.append("The order closes")
        return made

    @property
    def warnings(self) -> Sequence[Finding]:
        return [f for f in (*self.plan.findings, *self.plan.notices) if not f.is_error]


def _lines(count: int) -> str:
    return f"{count} line" if count == 1 else f"{count} lines"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the posting page was asked for: the chosen lines, None for the whole order, and the posting date. Without
    `token` and `row_version` it is no form of ours, and nothing is posted with it (O-42)."""

    lines: frozenset[int] | None
    posting_date: date | None = None
    option: str = ""
    token: str = ""
    row_version: int | None = None
    print_after: bool = False

    def request(self, option: str) -> PostingRequest:
        return replace(REQUESTS[option], lines=self.lines)


def asked_for(pairs: Sequence[tuple[str, str]], form: Form) -> Asked:
    given = dict(pairs)
    numbers = {value for name, value in pairs if name == "line"}
    lines = frozenset(int(n) for n in numbers if n.isascii() and n.isdecimal() and len(n) < 10)
    version = given.get("row_version", "")
    day = form.values.get("posting_date")
    return Asked(
        lines if given.get("chosen") else None,
        day if isinstance(day, date) else None,
        given.get("option", "") if given.get("option", "") in REQUESTS else "",
        given.get("token", "") if TOKEN.fullmatch(given.get("token", "")) else "",
        int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None,
        given.get("then", "") == "print",
    )


def date_form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    fields = fields_of("service_header", ("posting_date",))
    return read_form(fields, [pair for pair in pairs if pair[0] == "posting_date"], typist(request))


# --- the page that asks ---------------------------------------------------------------------------------------------


@get("/service-orders/{no:str}/posting", guards=[requires("orders.post")])
async def show_posting(request: Visit, no: FromPath[str]) -> Template:
    pairs = list(request.query_params.multi_items())
    form = date_form(request, pairs)
    return await _posting_page(request, no, asked_for(pairs, form), form)


async def _posting_page(
    request: Visit, no: str, asked: Asked, form: Form, status: int = 200, findings: Sequence[Finding] = ()
) -> Template:
    document = await drafts.load_document(key_of(no))
    if document is None:
        raise await not_open(no)
    if "posting_date" not in form.raw:
        day = document.header.posting_date
        form = show_form(tuple(form.fields.values()), {"posting_date": day}, request.user.locale)
    requests = {name: asked.request(name) for name in ORDER}
    plans = await plan_options(request.user.acting, key_of(no), requests, asked.posting_date)
    choices = [Choice(name, OPTION_NAMES[name], plans[name]) for name in ORDER if name in plans]
    chosen = asked.option or await _preferred(request, choices)
    found = list(findings) or [f for f in _of(choices, chosen) if not any(c.possible for c in choices)]
    shown: dict[str, Any] = {
        "head": document.header,
        "path": href_of(no),
        "choices": choices,
        "chosen": chosen,
        "form": form,
        "findings": [linked(one, no) for one in (*form.findings, *found)],
        "lines": sorted(asked.lines) if asked.lines is not None else None,
        "token": secrets.token_urlsafe(24),
        "any_possible": any(choice.possible for choice in choices),
    }
    if request.headers.get("hx-request") == "true":
        return fragment("posting/ask.html", "ask", status, **shown)
    return page(request, "posting/ask.html", status, **shown)


def _of(choices: Sequence[Choice], name: str) -> Sequence[Finding]:
    return next((choice.plan.errors for choice in choices if choice.name == name), ())


def linked(found: Finding, no: str) -> Finding:
    """The finding with a link to the field on the order's page that mends it."""
    if found.link or not found.field:
        return found
    if found.table in _MASTER_PATHS and found.record:
        return replace(found, link=f"{_MASTER_PATHS[found.table]}/{quote(found.record, safe='')}")
    place = f"#f-line-{found.line}-{found.field}" if found.line is not None else f"#f-{found.field}"
    return replace(found, link=f"{href_of(no)}{place}")


_MASTER_PATHS: Final = {
    "item": "/items",
    "resource": "/resources",
    "service_item": "/service-items",
    "gl_account": "/set-up/gl-accounts",
    "customer_posting_group": "/set-up/customer-posting-groups",
    "service_cost": "/set-up/service-costs",
}


async def _preferred(request: Visit, choices: Sequence[Choice]) -> str:
    """The option of last time when it is possible, else ship and invoice, else what is possible."""
    possible = [choice.name for choice in choices if choice.possible]
    last = await preference(request.user.user_name, PREFERENCE)
    for name in (last, "ship_and_invoice", *possible):
        if name in possible:
            return name
    return "ship_and_invoice"


# --- posting --------------------------------------------------------------------------------------------------------


@post("/service-orders/{no:str}/posting", guards=[requires("orders.post")], status_code=200)
async def post_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    pairs = await submitted(request)
    form = date_form(request, pairs)
    asked = asked_for(pairs, form)
    if not form.ok or not asked.option:
        missing = [] if asked.option else [finding("option_missing", document=no)]
        return await _posting_page(request, no, asked, form, 422, missing)
    if not asked.token or asked.row_version is None:
        stale = [finding("document_changed", document=no, kind=KINDS["order"], no=no)]
        return await _posting_page(request, no, asked, form, 409, stale)
    result = await post_document(
        request.user.acting,
        key_of(no),
        asked.request(asked.option),
        asked.row_version,
        asked.token,
        asked.posting_date,
    )
    if not result.ok:
        return await _refused(request, no, asked, form, result)
    await set_preference(request.user.user_name, PREFERENCE, asked.option)
    where = f"{href_of(no)}/postings/{quote(asked.token, safe='')}"
    return see_other(request, f"{where}/print" if asked.print_after else where)


async def _refused(request: Visit, no: str, asked: Asked, form: Form, result: PostingResult) -> Response[Any]:
    errors = [f for f in result.findings if f.is_error]
    if any(f.code == "document_gone" for f in errors):
        return see_other(request, "/service-orders", Note(errors[0].message, _links_of_gone(no), "warning"))
    status = 409 if any(f.code in ("document_changed", "form_used_otherwise") for f in errors) else 422
    return await _posting_page(request, no, asked, form, status, errors)


def _links_of_gone(no: str) -> tuple[Link, ...]:
    query = f"?q={quote(no)}"
    return (
        Link("Posted shipments", f"/posted-service-shipments{query}"),
        Link("Posted invoices", f"/posted-service-invoices{query}"),
    )


# --- what came of it ------------------------------------------------------------------------------------------------


@get("/service-orders/{no:str}/postings/{token:str}", guards=[requires("posted.read")])
async def show_result(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    result = await posting_of(no, token)
    return page(request, "posting/result.html", result=_drawn(result, no), no=no, path=href_of(no), token=token)


async def posting_of(no: str, token: str) -> PostingResult:
    """What came of the posting form with this token; a page that is not there when it posted no part of this order."""
    result = await result_of(token) if TOKEN.fullmatch(token) else None
    if result is None or not result.posted or await order_of(result.posted[0].kind, result.posted[0].no) != no:
        raise NotFoundException(f"Nothing of order {no} was posted with this form.")
    return result


def _drawn(result: PostingResult, no: str) -> Mapping[str, Any]:
    links = [Link(f"{NAMES[one.kind]} {one.no}", href_of_posted(one)) for one in result.posted]
    printing = [
        Link(f"Print {NAMES[one.kind].lower()} {one.no}", href_of_posted(one, "/print")) for one in result.posted
    ]
    warnings = [linked(f, no) for f in result.findings if not f.is_error]
    keeps = [f for f in result.notices if f.code == "order_kept_open"]
    others = [f for f in result.notices if f.code != "order_kept_open"]
    return {
        "links": links,
        "printing": printing,
        "closed": result.closed,
        "warnings": [*keeps, *others, *warnings],
        "may_close": bool(keeps),
    }


ROUTES: Final = (show_posting, post_order, show_result)
