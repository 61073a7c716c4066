"""Loads the records that lines and headers of a draft are filled from: only those they name."""

from __future__ import annotations

from collections.abc import Iterable

from db import contracts, masters
from db.session import Row, Session
from webapp.posting.contract_discounts import ContractDiscount, Cover
from webapp.posting.headers import ShipTo
from webapp.posting.lines import Catalog, PriceListLine, ResourcePrice
from webapp.posting.order_contracts import OrderContract
from webapp.posting.records import changed
from webapp.posting.snapshot import Customer
from webapp.store.readers import CUSTOMERS, ITEMS, RESOURCES, SERVICE_ITEMS
from webapp.store.rows import Reader, decimal_from
from webapp.store.snapshots import marks

_PRICES = Reader(PriceListLine, masters.PriceListLine)
_RESOURCE_PRICES = Reader(ResourcePrice, masters.ResourcePrice)
SHIP_TO = Reader(ShipTo, masters.ShipToAddress)
_ORDER_CONTRACTS = Reader(OrderContract, contracts.ServiceContract)
_COVERS = (
    "SELECT c.no, c.customer_no, c.starting_date, g.discounts_on_contract_orders_only, l.service_item_no,"
    " l.contract_expiration_date, c.expiration_date, d.type, d.code, d.starting_date, d.discount_pct"
    " FROM service_contract_line l JOIN service_contract c ON c.kind = l.kind AND c.no = l.contract_no"
    " LEFT JOIN contract_group g ON g.code = c.contract_group_code"
    " LEFT JOIN contract_discount d ON d.kind = c.kind AND d.contract_no = c.no"
    " WHERE l.kind = 'contract' AND c.status = 'signed' AND l.service_item_no IN ({marks}) ORDER BY c.no"
)
Named = Iterable[tuple[str, str]]


async def load_catalog(session: Session, named: Named, service_items: Iterable[str], customer_no: str) -> Catalog:
    """The catalog for these (type, number) pairs, in one round of queries."""
    nos: dict[str, list[str]] = {}
    for kind, no in sorted(set(named)):
        nos.setdefault(kind, []).append(no)
    items, resources = nos.get("item", [""]), nos.get("resource", [""])
    products = [*items, *resources]
    served = sorted(set(service_items) - {""}) or [""]
    texts = nos.get("blank", [""])
    rows = await session.fetch_all(
        [
            (ITEMS.sql(f"WHERE no IN ({marks(items)})"), items),
            (RESOURCES.sql(f"WHERE no IN ({marks(resources)})"), resources),
            (SERVICE_ITEMS.sql(f"WHERE no IN ({marks(served)})"), served),
            (f"SELECT code, description FROM standard_text WHERE code IN ({marks(texts)})", texts),
            (f"SELECT item_no, uom, qty_per FROM item_uom WHERE item_no IN ({marks(items)})", items),
            (
                f"SELECT resource_no, uom, qty_per FROM resource_uom WHERE resource_no IN ({marks(resources)})",
                resources,
            ),
            (_RESOURCE_PRICES.sql(f"WHERE resource_no IN ({marks(resources)})"), resources),
            (
                _PRICES.sql(
                    f"WHERE product_no IN ({marks(products)}) AND (customer_no IS NULL OR customer_no = ?) ORDER BY id"
                ),
                [*products, customer_no],
            ),
            (_COVERS.format(marks=marks(served)), served),
        ]
    )
    return Catalog(
        items={row.no: row for row in ITEMS.all(rows[0])},
        resources={row.no: row for row in RESOURCES.all(rows[1])},
        service_items={row.no: row for row in SERVICE_ITEMS.all(rows[2])},
        standard_texts={str(code): str(text) for code, text in rows[3]},
        item_uoms={(no, uom): decimal_from(per, 5) for no, uom, per in rows[4]},
        resource_uoms={(no, uom): decimal_from(per, 5) for no, uom, per in rows[5]},
        resource_prices={(p.resource_no, p.work_type_code): p for p in _RESOURCE_PRICES.all(rows[6])},
        price_list=tuple(_PRICES.all(rows[7])),
        covers=_covers(rows[8]),
    )


def _covers(rows: Iterable[Row]) -> dict[str, Cover]:
    """The contracts with their service items and discounts, each of which stands in many rows."""
    found: dict[str, Cover] = {}
    for no, customer, start, orders_only, machine, line_ends, ends, kind, code, since, pct in rows:
        cover = found.get(no) or Cover(str(no), str(customer), start, bool(orders_only), {})
        rates = dict.fromkeys(cover.discounts)
        if since is not None:
            rates[ContractDiscount(str(kind), str(code), since, decimal_from(pct, 5))] = None
        found[str(no)] = changed(cover, until={**cover.until, str(machine): line_ends or ends}, discounts=tuple(rates))
    return found


async def load_people(session: Session, nos: Iterable[str]) -> dict[str, Customer]:
    """These customers and their payers."""
    wanted = sorted(set(nos) - {""})
    if not wanted:
        return {}
    in_list = f"({marks(wanted)})"
    sql = CUSTOMERS.sql(
        f"WHERE no IN {in_list} OR no IN (SELECT bill_to_customer_no FROM customer WHERE no IN {in_list})"
    )
    return {row.no: row for row in CUSTOMERS.all(await session.fetch(sql, *wanted, *wanted))}


async def load_ship_to(session: Session, customer_no: str, code: str) -> ShipTo | None:
    """One ship-to address of a customer."""
    if not code:
        return None
    rows = await session.fetch(SHIP_TO.sql("WHERE customer_no = ? AND code = ?"), customer_no, code)
    return SHIP_TO.one(rows[0]) if rows else None


async def load_order_contract(session: Session, no: str) -> OrderContract | None:
    """The contract that an order names; None when it names none, or one that is not there."""
    if not no:
        return None
    rows = await session.fetch(_ORDER_CONTRACTS.sql("WHERE kind = 'contract' AND no = ?"), no)
    return _ORDER_CONTRACTS.one(rows[0]) if rows else None
