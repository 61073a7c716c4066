"""Closed orders: read-only, as they last stood, with the documents that they became (O-4, D-141)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other
from webapp.pages.errors import http_error
from webapp.pages.lists import Column, filled
from webapp.security import requires
from webapp.store.archive import is_archived, load_archived
from webapp.store.posted import chain_of, lcy_code

__all__ = ["ROUTES", "OrderIsClosed", "not_open", "to_closed_order"]

LINE_COLUMNS: Final = (
    Column("line_no", "whole", "Line"),
    Column("type", "choice"),
    Column("no", "code", "No."),
    Column("description", "text"),
    Column("service_item_no", "code", "Service item"),
    Column("quantity", "quantity"),
    Column("uom", "code", "Unit"),
    Column("unit_price", "price"),
    Column("line_discount_pct", "percent", "Disc. %"),
    Column("quantity_shipped", "quantity", "Shipped"),
    Column("quantity_invoiced", "quantity", "Invoiced"),
    Column("quantity_consumed", "quantity", "Consumed"),
    Column("line_amount", "money", "Line amount", blank_zero=False),
)


class OrderIsClosed(NotFoundException):
    """The order was posted to its end: who asks for its page is led to the closed one, who changes it is refused."""

    def __init__(self, no: str) -> None:
        super().__init__(f"Service order {no} is not open: it was posted to its end.")
        self.no = no


async def not_open(no: str) -> NotFoundException:
    """What to raise when an order is asked for that is not among the open ones."""
    if await is_archived(no):
        return OrderIsClosed(no)
    return NotFoundException(f"Service order {no} is not open: it was deleted, or never made.")


def to_closed_order(request: Request[Any, Any, Any], found: OrderIsClosed) -> Response[Any]:
    if request.method != "GET":
        return http_error(request, found)
    return see_other(request, f"/service-orders/{quote(found.no, safe='')}/closed")


@get("/service-orders/{no:str}/closed", guards=[requires("orders.read")])
async def show_closed(request: Visit, no: FromPath[str]) -> Template:
    archived = await load_archived(no)
    if archived is None:
        raise NotFoundException(f"There is no closed order {no}.")
    lines: list[Mapping[str, Any]] = [asdict(line) for line in archived.order.lines]
    return page(
        request,
        "service_orders/closed.html",
        head=archived.order.header,
        item_lines=archived.order.item_lines,
        columns=filled(LINE_COLUMNS, lines),
        lines=lines,
        archived=archived,
        chain=await chain_of(no),
        currency=archived.order.header.currency_code or await lcy_code(),
    )


ROUTES: Final = (show_closed,)
