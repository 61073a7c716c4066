"""Posting an open document: the page that says what would happen, the posting, and what came of it (D-39, D-41)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.closed_orders import not_open
from webapp.pages.document_fields import fields_of
from webapp.pages.document_paths import href_of, key_of, place_of, places, requires_of_place
from webapp.pages.finding_links import linked, naming
from webapp.pages.lists import Column, in_currency
from webapp.pages.seen_documents import SEEN, Change, Seen, changes, header_text, packed, seen_of, unpacked
from webapp.posting.credit_checks import entry_name
from webapp.posting.findings import Finding, finding, money
from webapp.posting.headers import KINDS, asked_rate
from webapp.posting.plan import OPTION_NAMES, REQUESTS, PostingPlan, option_with_work
from webapp.posting.records import changed
from webapp.posting.sending import SENT_KINDS
from webapp.posting.snapshot import DocumentKey, Line, PostingRequest, Snapshot
from webapp.posting.telling import told_once
from webapp.security import requires
from webapp.store.document_log import just_posted, last_change
from webapp.store.outbox import send_posted
from webapp.store.posted import lcy_code, shipped_of, source_of, sums_of
from webapp.store.posting import (
    KEEPS,
    TAKES,
    Offer,
    PostedDocument,
    PostingResult,
    plan_options,
    post_document,
    result_of,
)
from webapp.store.preferences import preference, set_preference

__all__ = [
    "ROUTES",
    "Asked",
    "asked_for",
    "date_form",
    "href_of_posted",
    "nothing_of",
    "option_asked",
    "options_of",
]

PREFERENCE: Final = "posting_option"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
OPTIONS: Final = ("ship", "invoice", "ship_and_invoice", "ship_and_consume")
WHOLE: Final = {"invoice": ("ship_and_invoice",), "credit_memo": ("invoice",)}
PATHS: Final = {
    "shipment": "/posted-service-shipments",
    "invoice": "/posted-service-invoices",
    "credit_memo": "/posted-service-credit-memos",
}
NOTHING: Final = {
    "ship": "No line has a Qty. to ship.",
    "invoice": "No line has a Qty. to invoice that is shipped.",
    "ship_and_invoice": "No line has a Qty. to ship or to invoice.",
    "ship_and_consume": "No line has a Qty. to consume.",
}
NAMES: Final = {"shipment": "Shipment", "invoice": "Invoice", "credit_memo": "Credit memo"}


def options_of(document_type: str) -> Sequence[str]:
    """What there is to choose: four things of an order; invoices and credit memos are posted whole (P-62)."""
    return WHOLE.get(document_type, OPTIONS)


def option_asked(document_type: str, given: str) -> str:
    """The option that was asked for; blank when it is none. Of an invoice there is but one."""
    options = options_of(document_type)
    return options[0] if len(options) == 1 else given if given in options else ""


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
        told = told_once(f for f in self.plan.errors if f.code != "nothing_to_post")
        more = f" And {len(told) - 1} more." if len(told) > 1 else ""
        return f"{told[0].message}{more}" if told else nothing_of(self.name, self.plan)

    @property
    def does(self) -> Sequence[str]:
        """What would arise: documents with the numbers that they would take (O-10)."""
        plan, made = self.plan, []
        if plan.case.makes_shipment:
            made.append(f"Shipment {plan.numbers['shipment'].no} with {_lines(plan.lines_shipped)}")
        if plan.parts.invoice:
            role = plan.case.invoicing_role
            made.append(f"{NAMES[role]} {plan.numbers[role].no} with {_lines(plan.lines_invoiced)}")
            made += applied_to(plan)
        if plan.closes_order:
            made.append("The order closes")
        if plan.parts.ship and not plan.case.makes_shipment:
            made.append("What ships goes with the invoice")
        return made

    @property
    def warnings(self) -> Sequence[Finding]:
        return [f for f in (*self.plan.findings, *self.plan.notices) if not f.is_error]


def nothing_of(option: str, plan: PostingPlan) -> str:
    """Why an option of an order has nothing to post."""
    return plan.errors[0].message if plan.only_to_consume else NOTHING[option]


def applied_to(plan: PostingPlan) -> Sequence[str]:
    """What a credit memo would be applied to, with the amounts (P-156)."""
    entries = {entry.entry_no: entry for entry in plan.case.snapshot.open_entries}
    rows = [row for row in plan.ledgers.detailed if row.entry_type == "application"]
    return [
        f"{money(abs(row.amount))} applied to {entry_name(entries[row.customer_entry_no])}"
        for row in rows
        if isinstance(row.customer_entry_no, int) and row.customer_entry_no in entries
    ]


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
    then: str = "show"
    rate: str = ""
    """Whether another exchange rate of the posting date is taken, or the document keeps its own (D-12)."""

    def request(self, option: str) -> PostingRequest:
        return changed(REQUESTS[option], lines=self.lines)


@dataclass(frozen=True, slots=True)
class Stale:
    """A form that came too late: the address of a new one with the same choice, and the document that it had shown."""

    afresh: str
    seen: Seen | None = None


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
        given.get("then", "show"),
        given.get("rate", "") if given.get("rate", "") in (TAKES, KEEPS) else "",
    )


def date_form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    fields = fields_of("service_header", ("posting_date",))
    return read_form(fields, [pair for pair in pairs if pair[0] == "posting_date"], typist(request))


SHIPPED: Final = (
    Column("line_no", "whole", "Line"),
    Column("type", "choice"),
    Column("no", "code", "No."),
    Column("description", "text"),
    Column("quantity", "quantity", "Shipped"),
    Column("uom", "code", "Unit"),
    Column("quantity_consumed", "quantity", "Consumed"),
    Column("cost_amount", "money", "Cost", blank_zero=False),
)


# --- the page that asks ---------------------------------------------------------------------------------------------


@get(places("/{no:str}/posting"), guards=[requires_of_place("post")])
async def show_posting(request: Visit, no: FromPath[str]) -> Template:
    pairs, key = list(request.query_params.multi_items()), key_of(request.url.path, no)
    form = date_form(request, pairs)
    tested = dict(pairs).get("tested", "")
    return await _posting_page(request, key, asked_for(pairs, form), form, tested=tested, anew=True)


@post(places("/{no:str}/posting/look"), guards=[requires_of_place("post")], status_code=200)
async def look_again(request: Visit, no: FromPath[str]) -> Response[Any] | Template:
    """The same page for what is typed; its address bears what was chosen and nothing of the form's own (S-3)."""
    pairs = await submitted(request)
    key = key_of(request.url.path, no)
    if request.headers.get("hx-request") == "true":
        form = date_form(request, pairs)
        return await _posting_page(request, key, asked_for(pairs, form), form)
    return see_other(request, _afresh(key, pairs))


def _afresh(key: DocumentKey, pairs: Sequence[tuple[str, str]]) -> str:
    """The posting page with the same choice, and nothing else of the form that came."""
    names = ("chosen", "line", "option", "posting_date", "rate")  # a form gives them in any order
    chosen = [(name, value) for name in names for given, value in pairs if given == name]
    if dict(pairs).get("then") == "print":
        chosen.append(("then", "print"))
    return f"{href_of(key)}/posting?{urlencode(chosen)}"


async def _posting_page(
    request: Visit,
    key: DocumentKey,
    asked: Asked,
    form: Form,
    status: int = 200,
    findings: Sequence[Finding] = (),
    tested: str = "",
    stale: Stale | None = None,
    anew: bool = False,
) -> Template:
    """`tested` is the row version of the document that a test report was about, when it led here; `stale` says that the
    form which came cannot be used any more.

    Whoever has just posted a part of the order chooses for themselves what of the rest: on a page that is shown `anew`,
    perhaps by going back, an option is one that was chosen before (O-42).
    """
    options = options_of(key.document_type)
    requests = {name: asked.request(name) for name in options}
    offer = await plan_options(request.user.acting, key, requests, asked.posting_date, asked.rate or KEEPS)
    if offer is None:
        raise await not_open(key)
    plans, stored = offer.plans, offer.stored
    head = plans[options[0]].header
    if "posting_date" not in form.raw:
        form = show_form(tuple(form.fields.values()), {"posting_date": head.posting_date}, request.user.locale)
    choices = [Choice(name, _option_name(name, plans[name]), plans[name]) for name in options]
    recent = await just_posted(key, request.user.user_name)
    if recent and (anew or stale):
        asked = changed(asked, option="")
    preferred = "" if recent else await _preferred(request, choices, stored.lines, asked.lines)
    chosen = asked.option or preferred
    possible = any(choice.possible for choice in choices)
    found = list(findings) or [f for f in _of(choices, chosen) if asked.option or not possible]
    if tested and tested != str(head.row_version):
        kind = place_of(key.document_type).name
        found = [finding("changed_since_test", document=key.no, kind=kind, no=key.no), *found]
    shown: dict[str, Any] = {
        "head": head,
        "path": href_of(key),
        "place": place_of(key.document_type),
        "choices": choices,
        "chosen": chosen,
        "form": form,
        "findings": await naming([linked(one, key) for one in (*form.findings, *found)]),
        "lines": sorted(asked.lines) if asked.lines is not None and len(options) > 1 else None,
        "rates": _rates(offer, asked),
        "token": secrets.token_urlsafe(24),
        "print_first": asked.then == "print",
        "any_possible": possible,
        "recent": recent,
        "recent_links": _links_of(recent.documents) if recent else (),
        "seen": lambda: packed(seen_of(stored, request.user.locale)),
        "seen_from": (stored.header, tuple(stored.item_lines), tuple(stored.lines)),
        "stale": stale,
        "changes": _changes(stale.seen, stored, request.user.locale) if stale and stale.seen else [],
    }
    if request.headers.get("hx-request") == "true":
        return fragment("posting/ask.html", "ask", status, **shown)
    return page(request, "posting/ask.html", status, **shown)


def _changes(seen: Seen, stored: Snapshot, locale: str) -> Sequence[Change]:
    """What is not any more as it was shown."""
    return changes(stored.header.document_type, seen, seen_of(stored, locale))


def _rates(offer: Offer, asked: Asked) -> Mapping[str, Any] | None:
    """The exchange rates to choose between, and which is chosen; None where the posting date brings no other (D-12)."""
    stored = offer.stored
    other = asked_rate(stored.setup, stored.header, asked.posting_date)
    return {KEEPS: stored.header, TAKES: other, "asked": asked.rate or KEEPS} if other else None


def _option_name(option: str, plan: PostingPlan) -> str:
    """What posting is called: of a whole document what it does, an invoice of shipments ships nothing more."""
    kind = plan.header.document_type
    if kind == "credit_memo":
        return "Credit"
    return "Invoice" if kind == "invoice" and not plan.parts.ship else OPTION_NAMES[option]


def _of(choices: Sequence[Choice], name: str) -> Sequence[Finding]:
    return next((choice.plan.errors for choice in choices if choice.name == name), ())


async def _preferred(
    request: Visit, choices: Sequence[Choice], lines: Sequence[Line], chosen: frozenset[int] | None
) -> str:
    """The option of last time when it is possible, else ship and invoice, else what is possible. When nothing is, the
    one that has something to do: what stands in its way is what panel and work lists tell (D-65)."""
    possible = [choice.name for choice in choices if choice.possible]
    last = await preference(request.user.user_name, PREFERENCE)
    for name in (last, "ship_and_invoice", *possible):
        if name in possible:
            return name
    if len(choices) == 1:
        return choices[0].name
    return option_with_work(lines, last if last in REQUESTS else "ship_and_invoice", chosen)


# --- posting --------------------------------------------------------------------------------------------------------


@post(places("/{no:str}/posting"), guards=[requires_of_place("post")], status_code=200)
async def post_it(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    pairs = await submitted(request)
    form = date_form(request, pairs)
    asked = asked_for(pairs, form)
    option = option_asked(key.document_type, asked.option)
    if not form.ok or not option:
        missing = [] if option else [finding("option_missing", document=no)]
        return await _posting_page(request, key, asked, form, 422, missing)
    if not asked.token or asked.row_version is None:
        unknown = [finding("document_changed", document=no, kind=KINDS[key.document_type], no=no)]
        return await _posting_page(request, key, asked, form, 409, unknown, stale=Stale(_afresh(key, pairs)))
    result = await post_document(
        request.user.acting,
        key,
        asked.request(option),
        asked.row_version,
        asked.token,
        asked.posting_date,
        asked.rate,
    )
    if not result.ok:
        return await _refused(request, key, asked, pairs, result)
    if len(options_of(key.document_type)) > 1:
        await set_preference(request.user.user_name, PREFERENCE, option)
    where = f"{href_of(key)}/postings/{quote(asked.token, safe='')}"
    note = await _sent(request, result) if asked.then == "send" and request.user.may("posted.send") else None
    return see_other(request, f"{where}/print" if asked.then == "print" else where, note)


async def _sent(request: Visit, result: PostingResult) -> Note:
    """Puts what was posted into the outbox, and says where it goes; a shipment goes with the goods (D-41)."""
    said, links, tone = [], [Link("Outbox", "/outbox")], "done"
    for one in result.posted:
        if one.kind in SENT_KINDS:
            recipient, wrong = await send_posted(request.user.acting, one.kind, one.no)
            name = f"{NAMES[one.kind]} {one.no}"
            said.append(
                f"{name} was not sent. {wrong.message}" if wrong else f"{name} is in the outbox for {recipient}."
            )
            if wrong:
                links, tone = [Link(f"Send {name}", href_of_posted(one, "/sending")), *links], "warning"
    return Note(" ".join(said) or "Nothing was sent: a shipment goes with the goods. Print it.", tuple(links), tone)


async def _refused(
    request: Visit, key: DocumentKey, asked: Asked, pairs: list[tuple[str, str]], result: PostingResult
) -> Response[Any] | Template:
    errors = [f for f in result.findings if f.is_error]
    if any(f.code == "document_gone" for f in errors):
        gone = await not_open(key)
        note = Note(f"{gone.title}. {gone.detail}", (gone.way, *_links_of_gone(key.no)), "warning")
        return see_other(request, place_of(key.document_type).path, note)
    codes = {f.code for f in errors}
    if not codes & {"document_changed", "form_used_otherwise"}:
        return await _posting_page(request, key, asked, date_form(request, pairs), 422, errors)
    seen = unpacked(dict(pairs).get(SEEN, ""))
    if "document_changed" in codes:
        errors = await _who_changed(request, key) or errors
        shown = header_text(key.document_type, seen, "posting_date") if seen else ""
        if dict(pairs).get("posting_date") == shown:  # nobody typed it: it follows the document
            pairs, asked = [one for one in pairs if one[0] != "posting_date"], changed(asked, posting_date=None)
    stale = Stale(_afresh(key, pairs), seen)
    return await _posting_page(request, key, asked, date_form(request, pairs), 409, errors, stale=stale)


async def _who_changed(request: Visit, key: DocumentKey) -> list[Finding]:
    last = await last_change(key)
    if last is None:
        return []
    who = "you in another window" if last.user_name == request.user.user_name else last.name
    kind, at = KINDS[key.document_type], f"{last.at.astimezone(UTC):%Y-%m-%d %H:%M}"
    return [finding("changed_since_shown", document=key.no, kind=kind, no=key.no, who=who, at=at)]


def _links_of(documents: Sequence[PostedDocument]) -> Sequence[Link]:
    return [Link(f"{NAMES[one.kind]} {one.no}", href_of_posted(one)) for one in documents]


def _links_of_gone(no: str) -> tuple[Link, ...]:
    query = f"?q={quote(no)}"
    return (
        Link("Posted shipments", f"/posted-service-shipments{query}"),
        Link("Posted invoices", f"/posted-service-invoices{query}"),
        Link("Posted credit memos", f"/posted-service-credit-memos{query}"),
    )


# --- what came of it ------------------------------------------------------------------------------------------------


@get(places("/{no:str}/postings/{token:str}"), guards=[requires("posted.read")])
async def show_result(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    key = key_of(request.url.path, no)
    result = await posting_of(key, token)
    last = result.posted[-1]  # the invoice or credit memo, when there is one
    shipped = await shipped_of(last.no) if last.kind == "shipment" else []
    consumed = any(row["quantity_consumed"] for row in shipped)
    currency = await lcy_code() if consumed else ""
    return page(
        request,
        "posting/result.html",
        result=_drawn(result, key),
        sums=await sums_of(last.kind, last.no),
        shipped=shipped,
        shipped_columns=in_currency(SHIPPED if consumed else SHIPPED[:-2], currency),
        cost=sum((row["cost_amount"] for row in shipped), Decimal(0)) if consumed else None,
        currency=currency,
        no=no,
        path=href_of(key),
        place=place_of(key.document_type),
        token=token,
    )


async def posting_of(key: DocumentKey, token: str) -> PostingResult:
    """What came of the posting form with this token; a page that is not there when it posted no part of this."""
    result = await result_of(token) if TOKEN.fullmatch(token) else None
    last = result.posted[-1] if result is not None and result.posted else None
    if result is None or last is None or await source_of(last.kind, last.no) != key:
        kind = place_of(key.document_type).name.lower()
        raise NotFoundException(f"Nothing of {kind} {key.no} was posted with this form.")
    return result


def _drawn(result: PostingResult, key: DocumentKey) -> Mapping[str, Any]:
    links = _links_of(result.posted)
    printing = [
        Link(f"Print {NAMES[one.kind].lower()} {one.no}", href_of_posted(one, "/print")) for one in result.posted
    ]
    sending = [
        Link(f"Send {NAMES[one.kind].lower()} {one.no}", href_of_posted(one, "/sending"))
        for one in result.posted
        if one.kind in SENT_KINDS
    ]
    warnings = [linked(f, key) for f in result.findings if not f.is_error]
    keeps = [f for f in result.notices if f.code == "order_kept_open"]
    others = [f for f in result.notices if f.code != "order_kept_open"]
    return {
        "links": links,
        "printing": printing,
        "sending": sending,
        "closed": result.closed or key.document_type != "order",
        "warnings": [*keeps, *others, *warnings],
        "may_close": bool(keeps),
    }


ROUTES: Final = (show_posting, look_again, post_it, show_result)
