"""Invoices of shipments: taking shipment lines into an open invoice, and opening one for all that a customer has open.

Every change is one transaction, all lines or none (D-47); what several people take at once is sorted out by the locks
of `shipment_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from db.engine import fetch, transaction
from db.session import Row, Session
from webapp.billing.shipment_lines import Offer, Taking, payer_of, reasons, take
from webapp.posting.discounts import with_typed_discount
from webapp.posting.findings import Finding, finding
from webapp.posting.lost_discounts import Behind, LostDiscount, OrderLine, lost_discount
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.drafts import Change, Saved, change_document, create_within, document_batches
from webapp.store.invoiced_orders import made_from_batch
from webapp.store.readers import LINES
from webapp.store.shipment_lines import Offers, load_offers, of_payer
from webapp.store.shipped_orders import takes_shipments
from webapp.store.snapshots import Document, load_document

Place = tuple[str, int]
"""A posted shipment and the line no. of one of its lines."""


@dataclass(frozen=True, slots=True)
class Got:
    """What came of taking shipment lines, and how many were added."""

    saved: Saved
    added: int = 0

    @property
    def ok(self) -> bool:
        return self.saved.ok


async def take_shipment_lines(
    acting: Acting, key: DocumentKey, places: Iterable[Place], row_version: int | None = None
) -> Got:
    """Takes these shipment lines into an open invoice, each with all that it has left (D-47 … D-52)."""
    chosen = frozenset(places)
    takings: list[Taking] = []

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        after, taking = await _taken(session, document, setup, chosen)
        takings.append(taking)
        return after, Saved(findings=taking.findings, notices=taking.notices)

    saved = await change_document(acting, key, row_version, work)
    if not saved.ok or not takings:
        return Got(saved)
    return Got(saved, takings[0].added)


async def _taken(
    session: Session, document: Document, setup: Setup, chosen: frozenset[Place]
) -> tuple[Document, Taking]:
    """The invoice with the chosen lines, which are locked from now on."""
    header = document.header
    shipments = sorted({shipment_no for shipment_no, _ in chosen})
    found = Offers((), setup)
    if shipments and header.bill_to_customer_no:
        found = await load_offers(session, _of_shipments(shipments), lock=True)
    offers = [one for one in found.offers if one.shipped.place in chosen]
    taking = take(setup, header, document.lines, offers, found.customers)
    gone = chosen - {one.shipped.place for one in offers}
    if gone and header.bill_to_customer_no:
        unknown = [
            finding("shipment_line_unknown", shipment=shipment_no, shipment_line=line_no)
            for shipment_no, line_no in sorted(gone)
        ]
        taking = changed(taking, lines=document.lines, findings=(*_without_none(taking.findings), *unknown))
    return changed(document, lines=taking.lines), taking


def _of_shipments(shipments: Sequence[str]) -> Any:
    return changed(of_payer("", shipments), condition="1 = 1", args=())


def _without_none(findings: Iterable[Finding]) -> list[Finding]:
    """What is wrong, but for nothing being chosen: something was, and is gone."""
    return [one for one in findings if one.code != "no_shipment_lines_chosen"]


# --- the invoice discount of the orders -----------------------------------------------------------------------------


_ORDER_LINES = (
    f"SELECT o.document_no, h.prices_including_vat, {', '.join(f'o.{name}' for name in LINES.names)}"
    " FROM service_line o"
    " JOIN service_header h ON h.document_type = 'order' AND h.no = o.document_no"
    " WHERE o.document_type = 'order' AND o.inv_discount_amount <> 0 AND o.document_no IN (SELECT l.order_no"
    " FROM service_line l WHERE l.document_type = 'invoice' AND l.document_no = ? AND l.shipment_line_no <> 0)"
)


async def lost_discount_of(document: Document, setup: Setup) -> LostDiscount | None:
    """What the invoice does not give of the invoice discount of the orders behind it, as they are now (D-50)."""
    header = document.header
    if header.document_type != "invoice" or not takes_shipments(document.lines):
        return None
    return lost_discount(setup, header, document.lines, _behind(await fetch(_ORDER_LINES, header.no)))


def _behind(rows: Iterable[Row]) -> Behind:
    found = {}
    for no, including_vat, *row in rows:
        line = LINES.one(row)
        found[str(no), line.line_no] = OrderLine(line, bool(including_vat))
    return found


async def enter_lost_discount(acting: Acting, key: DocumentKey) -> Saved:
    """Gives on the invoice what the orders give on what it takes of them; nothing changes when it does (D-50)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        behind = _behind(await session.fetch(_ORDER_LINES, key.no))
        lost = lost_discount(setup, document.header, document.lines, behind)
        if lost is None:
            return document, Saved()
        lines, findings = with_typed_discount(setup, document.header, document.lines, lost.given)
        return changed(document, lines=tuple(lines)), Saved(findings=tuple(findings))

    return await change_document(acting, key, None, work)


# --- all that is open -----------------------------------------------------------------------------------------------


class _Refused(Exception):
    """Nothing is kept of it."""

    def __init__(self, *found: Finding) -> None:
        self.findings = found


async def invoice_open_shipments(
    acting: Acting, customer_no: str, currency_code: str | None = None, order_no: str = ""
) -> Got:
    """Opens an invoice to this customer with everything that is shipped, not invoiced and on no open invoice, for all
    orders that the customer pays for; or for one order, which the invoice then belongs to (P-95).

    Without a currency it takes that of the oldest shipment.
    """
    try:
        async with transaction() as session:
            return await _opened(session, acting, customer_no, currency_code, order_no)
    except _Refused as refused:
        return Got(Saved(findings=refused.findings))


async def _opened(session: Session, acting: Acting, customer_no: str, currency_code: str | None, order_no: str) -> Got:
    which = of_payer(customer_no)
    if order_no:
        which = changed(which, condition="h.no = ?", args=(order_no,))
    found = await load_offers(session, which, lock=True)
    first = _first_free(found, currency_code)
    if first is None or first.order is None:
        raise _Refused(_nothing(found, order_no or customer_no))
    order = first.order
    values: dict[str, Any] = {
        "customer_no": order.customer_no if order_no else customer_no,
        "currency_code": order.currency_code,
        "vat_bus_group": first.shipped.vat_bus_group,
        "prices_including_vat": order.prices_including_vat,
    }
    if order_no:
        values["bill_to_customer_no"] = order.bill_to_customer_no
    saved = await create_within(session, acting, "invoice", values)
    if saved.key is None:
        raise _Refused(*saved.findings)
    document, setup = await load_document(session, saved.key, lock=True)
    assert document is not None
    payer = payer_of(document.header)
    free = [one for one in found.offers if not any(reasons(one, payer, found.customers))]
    blocked = [why for one in found.offers for why in reasons(one, payer, found.customers)]
    if not free:
        raise _Refused(*dict.fromkeys(blocked))
    taking = take(setup, document.header, document.lines, free, found.customers)
    if taking.findings:
        raise _Refused(*taking.findings)
    batches = document_batches(saved.key, document, changed(document, lines=taking.lines), acting.user)
    if order_no:
        batches.append(made_from_batch(order_no, saved.key.no))
    await session.execute_all(batches)
    return Got(changed(saved, notices=(*saved.notices, *taking.notices)), taking.added)


def _first_free(found: Offers, currency_code: str | None) -> Offer | None:
    """The oldest shipment line of which something can be taken; it says in which currency the invoice is."""
    fits = [
        one
        for one in found.offers
        if one.left > 0
        and one.order is not None
        and (currency_code is None or one.order.currency_code == currency_code)
    ]
    return min(fits, key=lambda one: (one.shipped.posting_date, one.shipped.place), default=None)


def _nothing(found: Offers, no: str) -> Finding:
    holder = next((held.invoice_no for one in found.offers for held in one.held), "")
    if holder:
        return finding("shipments_all_held", record=holder, no=no, invoice=holder)
    return finding("shipments_none_open", no=no)
