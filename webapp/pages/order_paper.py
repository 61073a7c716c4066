"""A service order on paper (D-125): printed by the browser, in the customer's language, as often as wanted."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page
from webapp.pages.document_paths import href_of
from webapp.pages.paper import papers_of, style_file
from webapp.paper.sheets import margins_of_many, sheet
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.order_paper import order_on_paper
from webapp.store.posted import PostedDocument

__all__ = ["ROUTES"]


async def _found(no: str, item_line: str = "") -> PostedDocument:
    number = int(item_line) if item_line.isascii() and item_line.isdecimal() and len(item_line) < 10 else 0
    order = await order_on_paper(no, number)
    if order is None:
        raise NotFoundException(f"There is no service order {no}.")
    return order


@get("/service-orders/{no:str}/print", guards=[requires("orders.read")])
async def show_paper(request: Visit, no: FromPath[str]) -> Template:
    """The whole order, or with `item_line` the worksheet of one of its machines (D-29)."""
    item_line = request.query_params.get("item_line", "")
    papers = await papers_of([await _found(no, item_line)])
    back = href_of(DocumentKey("order", no))
    title = f"Service order {no}" + (f", service item line {item_line}" if item_line else "")
    return page(request, "documents/print.html", papers=papers, back=back, title=title, sheet=sheet)


@get("/service-orders/{no:str}/paper.css", guards=[requires("orders.read")])
async def paper_style(request: Visit, no: FromPath[str]) -> Response[Any]:
    return style_file(margins_of_many(await papers_of([await _found(no)])))


ROUTES: Final = (show_paper, paper_style)
