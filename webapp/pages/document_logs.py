"""The log of an open document, which stays when it was posted, closed or deleted (D-99)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Link, Visit, page
from webapp.pages.document_paths import href_of, key_of, place_at, place_of, places, requires_of_place
from webapp.posting.snapshot import DocumentKey
from webapp.store.document_log import open_log_of
from webapp.store.posted import PostedDocument

__all__ = ["ROUTES", "logs_behind"]

MOST_ORDERS: Final = 20  # a combined invoice may come from hundreds; its chain names them all


@get(places("/{no:str}/log"), guards=[requires_of_place("read")])
async def show_log(request: Visit, no: FromPath[str]) -> Template:
    place, key = place_at(request.url.path), key_of(request.url.path, no)
    log = await open_log_of(key)
    name = f"{place.name.lower()} {no}"
    if not log:
        raise NotFoundException(f"Nothing is known of {name}.")
    back = Link(f"{place.name} {no}", href_of(key))
    return page(request, "documents/log.html", log=log, name=name, back=back)


def logs_behind(document: PostedDocument, may: Callable[[str], bool]) -> Sequence[Link]:
    """Where it stands what happened to the documents that a posted one was made from, as far as one may read them."""
    head, kind = document.header, document.kind
    orders = dict.fromkeys(str(line.get("order_no") or "") for line in document.lines)
    orders = {str(head.get("order_no") or ""): None, **orders}
    keys = [DocumentKey("order", no) for no in orders if no][:MOST_ORDERS]
    own = str(head.get("pre_assigned_no") or "")
    if own and own not in orders and kind in ("invoice", "credit_memo"):
        keys.append(DocumentKey("invoice" if kind == "invoice" else "credit_memo", own))
    names = {"order": "order", "invoice": "open invoice", "credit_memo": "open credit memo"}
    readable = [key for key in keys if may(place_of(key.document_type).right("read"))]
    links = [Link(f"{names[key.document_type]} {key.no}", f"{href_of(key)}/log") for key in readable]
    contract = str(head.get("contract_no") or "")
    if contract and may("contracts.read"):
        links.append(Link(f"contract {contract}", f"/service-contracts/{quote(contract, safe='')}/history"))
    return links


ROUTES: Final = (show_log,)
