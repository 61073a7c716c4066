"""Undoing lines of a posted shipment: choose them, see what will be written, undo, and what came of it (D-106).

Consuming afterwards what was shipped begins with undoing it, and has the same pages (O-8, P-187).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other, submitted
from webapp.pages.document_paths import href_of
from webapp.pages.finding_links import linked
from webapp.pages.ledgers import LINKS, drawn_entries
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.records import changed, names_of
from webapp.posting.snapshot import DocumentKey
from webapp.posting.undo import KIND_NAMES, Kind, PostedLine, UndoPlan, UndoRequest, kind_of_line
from webapp.security import requires
from webapp.store.consume import consume_shipped
from webapp.store.posted import PostedDocument
from webapp.store.posting import PostingResult
from webapp.store.undo import Undoing, UndoResult, changes_of, look_at_undo, shipped_lines, undo_lines, undo_result

__all__ = ["ROUTES", "Offer", "offers"]

SHIPMENTS: Final = "/posted-service-shipments"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done with lines of a posted shipment: its address, its words, what it undoes, and why it is not
    possible for any line. `consumes`: what is undone is shipped and consumed at once (O-8)."""

    slug: str
    name: str
    kind: Kind
    nothing: str
    consumes: bool = False


ALL_TAKEN: Final = "Every line is invoiced, consumed or undone."
ACTIONS: Final = (
    Action("undo-shipment", KIND_NAMES["undo_shipment"], "undo_shipment", ALL_TAKEN),
    Action(
        "undo-consumption",
        KIND_NAMES["undo_consumption"],
        "undo_consumption",
        "Nothing of it is consumed, or it is undone already.",
    ),
    Action("consumption", "Consume shipped quantity", "undo_shipment", ALL_TAKEN, consumes=True),
)
PATHS: Final = [f"{SHIPMENTS}/{{no:str}}/{action.slug}" for action in ACTIONS]
RESULTS: Final = [f"{SHIPMENTS}/{{no:str}}/{action.slug}/{{token:str}}" for action in ACTIONS if not action.consumes]


def _action(request: Visit) -> Action:
    """What an address is about."""
    slug = request.url.path.split("/")[3]
    return next(action for action in ACTIONS if action.slug == slug)


def _shipment(no: str, rest: str = "") -> str:
    return f"{SHIPMENTS}/{quote(no, safe='')}{rest}"


def _order(no: str, rest: str = "") -> str:
    return href_of(DocumentKey("order", no), rest)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for: chosen line nos., None when none were chosen yet. Without `token` and `row_version`
    it is no form of ours, and nothing is undone with it (O-42)."""

    lines: frozenset[int] | None
    token: str = ""
    row_version: int | None = None


def _asked(pairs: Sequence[tuple[str, str]]) -> Asked:
    given = dict(pairs)
    numbers = {value for name, value in pairs if name == "line"}
    lines = frozenset(int(n) for n in numbers if n.isascii() and n.isdecimal() and len(n) < 10)
    version = given.get("row_version", "")
    return Asked(
        lines if given.get("chosen") or lines else None,
        given.get("token", "") if TOKEN.fullmatch(given.get("token", "")) else "",
        int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None,
    )


# --- what a posted shipment offers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """An action on a posted shipment: its name and page, and why it is not possible; blank when it is."""

    name: str
    href: str
    reason: str


def offers(document: PostedDocument) -> list[Offer]:
    """What can be done with the lines of a posted shipment; nothing for other documents."""
    no, order_no = document.header["no"], document.header["order_no"]
    if document.kind != "shipment" or not order_no:
        return []
    lines = [PostedLine(**{name: row[name] for name in _LINE_FIELDS}) for row in document.lines]
    possible = {kind_of_line(line) for line in lines}
    closed = "" if document.open_order else f"Order {order_no} is closed."
    return [
        Offer(
            action.name,
            _shipment(no, f"/{action.slug}"),
            closed or ("" if action.kind in possible else action.nothing),
        )
        for action in ACTIONS
    ]


_LINE_FIELDS: Final = names_of(PostedLine)


# --- choosing, and what will be written -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the shipment, and why it cannot be undone; blank when it can."""

    line: PostedLine
    reason: str
    chosen: bool


@get(PATHS, guards=[requires("posted.undo")])
async def show_undo(request: Visit, no: FromPath[str]) -> Template:
    asked = _asked(list(request.query_params.multi_items()))
    return await _page(request, no, asked)


async def _page(request: Visit, no: str, asked: Asked, status: int = 200, findings: Sequence[Finding] = ()) -> Template:
    action = _action(request)
    undoing = await look_at_undo(request.user.acting, no, UndoRequest(action.kind, asked.lines or frozenset()))
    if undoing is None:
        raise NotFoundException(f"There is no posted shipment {no}.")
    plan = undoing.plan
    order_no = plan.snapshot.header.no
    shown: dict[str, Any] = {
        "no": no,
        "action": action,
        "path": _shipment(no, f"/{action.slug}"),
        "shipment_path": _shipment(no),
        "order_no": order_no,
        "head": plan.snapshot.header,
        "choices": _choices(undoing, asked),
    }
    if asked.lines is None or not any(_chosen(plan)):
        found = findings if asked.lines is None else [*findings, *plan.findings]
        return page(
            request, "posted/undo_choice.html", status, findings=[_linked(one, order_no) for one in found], **shown
        )
    return page(
        request,
        "posted/undo.html",
        status,
        findings=[_linked(one, order_no) for one in dict.fromkeys([*findings, *plan.findings])],
        may_undo=plan.may_undo,
        corrections=plan.corrections,
        changes=changes_of(plan) if plan.may_undo else [],
        sections=drawn_entries(undoing.entries, plan.snapshot.setup.ledger.lcy_code),
        links=LINKS,
        lines=sorted(asked.lines),
        row_version=plan.snapshot.order.row_version if plan.snapshot.order else 0,
        order_date=plan.snapshot.order.posting_date if plan.snapshot.order else None,
        token=secrets.token_urlsafe(24),
        **shown,
    )


def _choices(undoing: Undoing, asked: Asked) -> list[Choice]:
    return [
        Choice(
            line,
            " ".join(_because(found.message) for found in undoing.reasons[line.line_no][:1]),
            line.line_no in asked.lines if asked.lines is not None else not undoing.reasons[line.line_no],
        )
        for line in undoing.plan.snapshot.lines
        if not line.is_text
    ]


def _chosen(plan: UndoPlan) -> list[int]:
    """The chosen lines with a quantity, which the second page is about."""
    return [line.line_no for line in plan.snapshot.lines if line.line_no in plan.request.lines and not line.is_text]


def _linked(found: Finding, order_no: str) -> Finding:
    """A closed order is to be read, an account of the set-up to be mended there; nothing of a posted line can be."""
    if found.code == "undo_order_closed":
        return changed(found, link=_order(order_no, "/closed"))
    if found.table == "service_shipment_line":
        return found
    return changed(found, link=linked(changed(found, line=None), DocumentKey("order", order_no)).link)


# --- undoing --------------------------------------------------------------------------------------------------------


@post(PATHS, guards=[requires("posted.undo")], status_code=200)
async def undo(request: Visit, no: FromPath[str]) -> Response[Any]:
    action = _action(request)
    asked = _asked(await submitted(request))
    if not asked.token or asked.row_version is None:
        order = (await _order_no(request, no)) or no
        stale = [finding("document_changed", document=order, kind=KINDS["order"], no=order)]
        return await _page(request, no, asked, 409, stale)
    acting, lines = request.user.acting, asked.lines or frozenset()
    result: UndoResult | PostingResult | None
    if action.consumes:
        result = await consume_shipped(acting, no, lines, asked.row_version, asked.token)
    else:
        result = await undo_lines(acting, no, UndoRequest(action.kind, lines), asked.row_version, asked.token)
    if result is None:
        raise NotFoundException(f"There is no posted shipment {no}.")
    if not result.ok:
        stale_codes = ("document_changed", "form_used_otherwise", "undone_already")
        status = 409 if any(found.code in stale_codes for found in result.findings) else 422
        return await _page(request, no, asked, status, [one for one in result.findings if one.is_error])
    token = quote(asked.token, safe="")
    if action.consumes:
        return see_other(request, _order(await _order_no(request, no), f"/postings/{token}"))
    return see_other(request, _shipment(no, f"/{action.slug}/{token}"))


async def _order_no(request: Visit, no: str) -> str:
    undoing = await look_at_undo(request.user.acting, no, UndoRequest(_action(request).kind, frozenset()))
    return undoing.plan.snapshot.header.no if undoing else ""


@get(RESULTS, guards=[requires("posted.read")])
async def show_result(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    action = _action(request)
    result = await undo_result(token, action.kind, no) if TOKEN.fullmatch(token) else None
    if result is None:
        raise NotFoundException(f"Nothing of shipment {no} was undone with this form.")
    return page(
        request,
        "posted/undone.html",
        result=result,
        action=action,
        no=no,
        shipment_path=_shipment(no),
        order_path=_order(result.order_no),
    )


# --- from the order -------------------------------------------------------------------------------------------------


@get("/service-orders/{no:str}/shipped-lines", guards=[requires("posted.read")])
async def show_shipped_lines(request: Visit, no: FromPath[str]) -> Template:
    """What was shipped for an order, line by line, each with the way to undo it (D-147)."""
    rows = []
    for one in await shipped_lines(no):
        action = next((action for action in ACTIONS if action.kind == one.can), None)
        row = {"line": one.line, "shipment": _shipment(one.line.document_no), "name": "", "undo": ""}
        if action is not None:
            undo_path = _shipment(one.line.document_no, f"/{action.slug}?line={one.line.line_no}")
            row |= {"name": action.name, "undo": undo_path}
        rows.append(row)
    return page(request, "posted/shipped_lines.html", no=no, order_path=_order(no), rows=rows)


def _because(message: str) -> str:
    """What stops a line, where its line is named already."""
    reason = message.partition(": ")[2] or message
    return reason[:1].upper() + reason[1:]


ROUTES: Final = (show_undo, undo, show_result, show_shipped_lines)
