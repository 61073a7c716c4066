"""Closed orders: their list, and one of them copied into a new order (D-141)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp.pages.answers import Link, Note, Visit, fragment, page, see_other, told
from webapp.pages.document_paths import ORDERS, href_of
from webapp.pages.lists import Asked, Column, Filter, Listing, list_file, only_known, read_asked
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.archive import load_archived
from webapp.store.closed_orders import CLOSED_ORDERS, copy_to_new_order
from webapp.store.document_lists import list_documents
from webapp.store.preferences import saved_views
from webapp.store.users import names_of_users

__all__ = ["ROUTES"]

PATH: Final = "/closed-service-orders"
MOST_EXPORTED: Final = 20_000
COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Customer", sortable=True),
    Column("description", "text"),
    Column("posting_date", "day", sortable=True),
    Column("status", "chip", sortable=True),
    Column("archived_at", "moment", "Closed"),
    Column("archived_by", "text", "Closed by"),
)
STATES: Final = (("pending", "Pending"), ("in_process", "In process"), ("finished", "Finished"), ("on_hold", "On hold"))
FILTERS: Final = (Filter("status", "Status", STATES), Filter("customer_no", "Customer no."))


async def _rows(asked: Asked, after: str, limit: int) -> tuple[list[Mapping[str, Any]], str]:
    given = {name: value.upper() if name == "customer_no" else value for name, value in asked.filters.items()}
    found = await list_documents(CLOSED_ORDERS, asked.search, given, asked.sort, after, limit)
    names = await names_of_users([row["archived_by"] for row in found.rows])
    return [{**row, "archived_by": names.get(row["archived_by"], "")} for row in found.rows], found.next


@get(PATH, guards=[requires("orders.read")])
async def show_list(request: Visit) -> Response[Any]:
    asked = read_asked(request.query_params.multi_items(), COLUMNS, FILTERS)
    rows, after = await _rows(asked, asked.after, 50)
    listing = Listing(
        "Closed service orders",
        PATH,
        COLUMNS,
        asked,
        rows,
        after,
        FILTERS,
        href_of=lambda row: href_of(DocumentKey("order", row["no"]), "/closed"),
        empty="Orders stand here that were posted to their end or closed by hand, as they last stood.",
        locale=request.user.locale,
        saved=await saved_views(request.user.user_name, PATH),
    )
    if request.headers.get("hx-request") == "true":
        answer = fragment("service_orders/closed_list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "service_orders/closed_list.html", listing=listing)


@get([f"{PATH}.csv", f"{PATH}.xlsx"], guards=[requires("orders.read")])
async def export_list(request: Visit) -> Response[bytes]:
    """All that the list shows, as a file."""
    asked = only_known(read_asked(request.query_params.multi_items(), COLUMNS, FILTERS))
    rows: list[Mapping[str, Any]] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after = await _rows(asked, after, 1000)
        rows += found
        if not after:
            break
    return list_file(request.url.path, "closed-service-orders", "Closed service orders", COLUMNS, rows)


@post(f"{ORDERS.path}/{{no:str}}/closed/copy", guards=[requires("orders.edit")], status_code=200)
async def copy_closed(request: Visit, no: FromPath[str]) -> Response[Any]:
    """A new order with the header and the lines of the closed one. What cannot be copied as it is leaves the choice to
    the page that copies documents."""
    archived = await load_archived(no)
    if archived is None:
        raise NotFoundException(f"There is no closed order {no}.")
    made, copied = await copy_to_new_order(request.user.acting, no, archived.order.header.customer_no)
    if made.key is None:
        text = " ".join(f"{found.message} {found.remedy}" for found in made.findings)
        return see_other(request, href_of(DocumentKey("order", no), "/closed"), Note(text, tone="warning"))
    if copied.ok:
        text = f"Service order {made.key.no} is made as a copy of closed order {no}."
        return see_other(request, href_of(made.key), told(text, (*made.notices, *copied.notices)))
    why = " ".join(found.message for found in copied.findings)
    note = Note(f"Service order {made.key.no} is made, and nothing copied yet. {why}", _back(no), "warning")
    asked = urlencode({"kind": "order", "source": no})
    return see_other(request, f"{href_of(made.key)}/copy?{asked}", note)


def _back(no: str) -> tuple[Link, ...]:
    return (Link(f"Closed order {no}", f"{ORDERS.path}/{quote(no, safe='')}/closed"),)


ROUTES: Final = (show_list, export_list, copy_closed)
