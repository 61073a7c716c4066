"""Work lists of orders: ready to invoice, and to be checked before they are posted, with what stops each (D-138)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get

from webapp.pages.answers import Visit, fragment, page
from webapp.pages.document_paths import href_of
from webapp.pages.finding_links import linked
from webapp.pages.lists import Column, Filter, Listing, list_file, only_known, read_asked
from webapp.posting.findings import Finding
from webapp.posting.plan import OPTION_NAMES
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.document_lists import DocumentList
from webapp.store.preferences import saved_views
from webapp.store.work_lists import READY_TO_INVOICE, TO_CHECK, OrderAtWork, list_orders, plans_of

__all__ = ["ROUTES"]

ROWS: Final = 50
MOST_EXPORTED: Final = 20_000
COLUMNS: Final = (
    Column("no", "code", "Order", sortable=True),
    Column("posting_date", "day", sortable=True),
    Column("customer_name", "text", "Customer", sortable=True),
    Column("status", "chip", sortable=True),
)
EXPORTED: Final = (
    Column("no", "code", "Order"),
    Column("posting_date", "day"),
    Column("customer_no", "code"),
    Column("customer_name", "text", "Customer"),
    Column("description", "text"),
    Column("status", "choice"),
    Column("waiting_days", "whole", "Waiting days"),
    Column("shipped_not_invoiced", "money", "Shipped, not invoiced"),
    Column("currency_code", "code", "Currency"),
)
VIEWS: Final = (("shipped", "Shipped, not invoiced"), ("finished", "Finished, not invoiced"))
WAITING: Final = (Filter("view", "Waiting", VIEWS),)
# What the list of orders calls the same orders: a batch and a test report take them from there (D-88).
LISTED: Final = {
    ("/ready-to-invoice", ""): "ready-to-invoice",
    ("/ready-to-invoice", "shipped"): "to-invoice",
    ("/ready-to-invoice", "finished"): "finished-not-invoiced",
    ("/orders-to-check", ""): "to-post",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An order as a work list draws it. `findings` is None while nobody has looked for any."""

    order: OrderAtWork
    findings: Sequence[Finding] | None = None

    @property
    def key(self) -> DocumentKey:
        return DocumentKey("order", self.order.no)

    @property
    def path(self) -> str:
        return href_of(self.key)

    @property
    def errors(self) -> Sequence[Finding]:
        return [f for f in self.findings or () if f.is_error]

    @property
    def open_finding(self) -> str:
        """Where the first problem is mended: its field, or the order when it has none."""
        return next((f.link for f in self.errors if f.link), self.path)

    @property
    def ready(self) -> str:
        """What it is ready for, when that is not to be shipped or invoiced."""
        return OPTION_NAMES[self.order.option] if self.order.option == "ship_and_consume" else ""

    @property
    def combine(self) -> str:
        """The run that makes invoices of all that is shipped to its customer, this order among it (D-138)."""
        asked = {"customer_no": self.order.document.header.customer_no, "include_unmarked": "true"}
        return f"/combine-shipments?{urlencode(asked)}"


async def _answer(
    request: Visit, title: str, path: str, which: DocumentList, filters: Sequence[Filter], empty: str
) -> Response[Any]:
    """The list at once; what posting would find in the orders shown comes after it, or with `check` in the address."""
    asked = read_asked(request.query_params.multi_items(), COLUMNS, filters)
    view = asked.filters.get("view", "")
    orders, after = await list_orders(which, request.user.work_date, asked.search, asked.after, ROWS, view, asked.sort)
    checks = request.user.may("orders.check")
    checked = checks and request.query_params.get("check") == "1"
    rows = [Row(one) for one in orders]
    if checked:
        plans = await plans_of(request.user.acting, {one.no: one.option for one in orders})
        found: Mapping[str, Sequence[Finding]] = {
            no: [linked(f, DocumentKey("order", no)) for f in plan.findings] for no, plan in plans.items()
        }
        rows = [Row(one, found.get(one.no, ())) for one in orders]
    listing = Listing(title, path, COLUMNS, asked, [{"no": r.order.no} for r in rows], after, filters)
    listing.saved = await saved_views(request.user.user_name, path)
    url = listing.url()
    shown: dict[str, Any] = {
        "listing": listing,
        "rows": rows,
        "empty": empty,
        "checks": checks,
        "listed": asked.unknown.get("view") or LISTED[path, view],
        "acts": checks or any(request.user.may(one) for one in ("orders.post", "batches.run")),
        "check_url": f"{url}{'&' if '?' in url else '?'}check=1" if checks and listing.rows and not checked else "",
    }
    if request.headers.get("hx-request") != "true":
        return page(request, "work_lists/list.html", **shown)
    answer = fragment("work_lists/list.html", "results", **shown)
    answer.headers["HX-Replace-Url"] = url
    return answer


@get("/ready-to-invoice", guards=[requires("orders.read")])
async def show_ready(request: Visit) -> Response[Any]:
    empty = "Orders stand here when something of them is shipped, or when they are finished, and is not invoiced yet."
    return await _answer(request, "Ready to invoice", "/ready-to-invoice", READY_TO_INVOICE, WAITING, empty)


@get("/orders-to-check", guards=[requires("orders.read")])
async def show_to_check(request: Visit) -> Response[Any]:
    empty = "Orders with something to ship or to invoice stand here."
    return await _answer(request, "Orders to check", "/orders-to-check", TO_CHECK, (), empty)


async def _exported(
    request: Visit, which: DocumentList, name: str, title: str, filters: Sequence[Filter]
) -> Response[bytes]:
    """All that the list shows, as a file; what a check would find is not in it."""
    asked = only_known(read_asked(request.query_params.multi_items(), COLUMNS, filters))
    rows: list[dict[str, Any]] = []
    after, view = "", asked.filters.get("view", "")
    while len(rows) < MOST_EXPORTED:
        found, after = await list_orders(which, request.user.work_date, asked.search, after, 1000, view, asked.sort)
        rows += [_row(one) for one in found]
        if not after:
            break
    return list_file(request.url.path, name, title, EXPORTED, rows)


def _row(order: OrderAtWork) -> dict[str, Any]:
    own = {"waiting_days": order.waiting_days, "shipped_not_invoiced": order.shipped_not_invoiced}
    head = order.document.header
    return {one.name: own[one.name] if one.name in own else getattr(head, one.name) for one in EXPORTED}


@get(["/ready-to-invoice.csv", "/ready-to-invoice.xlsx"], guards=[requires("orders.read")])
async def export_ready(request: Visit) -> Response[bytes]:
    return await _exported(request, READY_TO_INVOICE, "ready-to-invoice", "Ready to invoice", WAITING)


@get(["/orders-to-check.csv", "/orders-to-check.xlsx"], guards=[requires("orders.read")])
async def export_to_check(request: Visit) -> Response[bytes]:
    return await _exported(request, TO_CHECK, "orders-to-check", "Orders to check", ())


ROUTES: Final = (show_ready, show_to_check, export_ready, export_to_check)
