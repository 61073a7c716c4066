"""The company of the worked examples, and documents on it, without a database.

The company stands once, as a company pack: `company()` is its set-up in memory, `import_pack` enters the same rows. An
order is a text of lines as the screen shows them,

    10000 item PUMP qty 4 disc 10
    20000 resource LINA qty 3 price 95

entered through the same rules as the screen's. `posted(snapshot, plan)` is the snapshot after a posting, which stands
in for the database.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from webapp.posting.changes import Draft, change_header_field
from webapp.posting.headers import new_header
from webapp.posting.ledgers import New
from webapp.posting.line_changes import change_item_line_field, change_line_field, line_order, new_item_line
from webapp.posting.lines import Catalog, new_line
from webapp.posting.plan import PostingPlan
from webapp.posting.records import changed
from webapp.posting.setup import NumberSeries, SeriesLine, Setup
from webapp.posting.snapshot import (
    ZERO,
    Customer,
    ExpectedValue,
    Header,
    InboundEntry,
    Item,
    ItemLine,
    Line,
    OpenShipmentLine,
    Resource,
    ServiceItem,
    Snapshot,
    WarrantyEntry,
)
from webapp.store.masters_registry import BY_PACK_NAME
from webapp.store.setup_cache import _GROUPED, _KEYED

R = TypeVar("R")
Row = dict[str, Any]
Pack = dict[str, list[Row]]

D = Decimal
TODAY = date(2025, 3, 10)
STOCKED = date(2025, 1, 1)
USER = "ANNA"


# --- the company --------------------------------------------------------------------------------------------------


def _item(no: str, price: str, cost: str, vat: str) -> Row:
    return {
        "no": no,
        "description": no.capitalize(),
        "type": "inventory",
        "base_uom": "PCS",
        "unit_price": D(price),
        "unit_cost": D(cost),
        "gen_prod_group": "PARTS",
        "vat_prod_group": vat,
        "inventory_posting_group": "PARTS",
        "allow_invoice_disc": True,
    }


def _customer(no: str, area: str = "DOM", **values: Any) -> Row:
    return {
        "no": no,
        "name": no,
        "address": "2 Mill Lane",
        "city": "Hull",
        "customer_posting_group": area,
        "gen_bus_group": area,
        "vat_bus_group": area,
        "payment_terms_code": "1M8D",
        **values,
    }


ACCOUNTS = {
    "2110": "Inventory",
    "2111": "Inventory, interim",
    "2310": "Receivables domestic",
    "2320": "Receivables EU",
    "2910": "Bank",
    "5610": "Sales VAT 25 %",
    "5611": "Sales VAT 12 %",
    "6110": "Parts sales domestic",
    "6120": "Parts sales EU",
    "6190": "Parts credit memos",
    "6210": "Labour sales domestic",
    "6220": "Labour sales EU",
    "6290": "Labour credit memos",
    "6410": "Travel",
    "6420": "VAT adjustments",
    "6510": "Tool rental",
    "6810": "Service charges",
    "6910": "Line discount",
    "6920": "Invoice discount",
    "7190": "COGS",
    "7191": "COGS, interim",
    "7270": "Inventory adjustment",
    "7310": "Payment discount",
    "9140": "Invoice rounding",
    "9330": "Realized exchange gains",
}
PRODUCTS = {"6410": ("MISC", "VAT25"), "6420": ("MISC", "FULL"), "6510": ("MISC", "VAT25"), "6810": ("MISC", "VAT25")}
PRODUCTS["9140"] = ("MISC", "VAT0")

COMPANY: Pack = {
    "company": [{"name": "Fell & Sons", "address": "1 Dock Road", "city": "Hull", "vat_registration_no": "GB123"}],
    "vat_clauses": [{"code": "NOVAT", "description": "No VAT is charged"}],
    "gl_accounts": [
        {
            "no": no,
            "name": name,
            "direct_posting": True,
            "gen_prod_group": PRODUCTS.get(no, ("", ""))[0],
            "vat_prod_group": PRODUCTS.get(no, ("", ""))[1],
        }
        for no, name in ACCOUNTS.items()
    ],
    "gen_bus_groups": [{"code": "DOM"}, {"code": "EU"}],
    "gen_prod_groups": [{"code": "PARTS"}, {"code": "LABOUR"}, {"code": "MISC"}],
    "vat_bus_groups": [{"code": "DOM"}, {"code": "EU"}],
    "vat_prod_groups": [{"code": "VAT25"}, {"code": "VAT12"}, {"code": "VAT0"}, {"code": "FULL"}],
    "general_posting_setup": [
        {
            "gen_bus_group": bus,
            "gen_prod_group": prod,
            "sales": sales,
            "sales_credit_memo": credit,
            "sales_line_disc": "6910",
            "sales_inv_disc": "6920",
            "cogs": "7190",
            "cogs_interim": "7191",
            "inventory_adjmt": "7270",
        }
        for bus, prod, sales, credit in (
            ("DOM", "PARTS", "6110", "6190"),
            ("DOM", "LABOUR", "6210", "6290"),
            ("DOM", "MISC", "6410", "6410"),
            ("EU", "PARTS", "6120", "6190"),
            ("EU", "LABOUR", "6220", "6290"),
            ("EU", "MISC", "6410", "6410"),
        )
    ],
    "vat_posting_setup": [
        {
            "vat_bus_group": bus,
            "vat_prod_group": prod,
            "vat_identifier": prod,
            "vat_pct": D(pct),
            "calculation_type": kind,
            "sales_vat_account": account,
            "eu_service": bus == "EU",
            "vat_clause_code": "NOVAT" if kind == "reverse_charge" or pct == "0" else "",
        }
        for bus, prod, pct, kind, account in (
            ("DOM", "VAT25", "25", "normal", "5610"),
            ("DOM", "VAT12", "12", "normal", "5611"),
            ("DOM", "VAT0", "0", "normal", "5610"),
            ("DOM", "FULL", "100", "full", "5610"),
            ("EU", "VAT25", "25", "reverse_charge", "5610"),
            ("EU", "VAT12", "12", "reverse_charge", "5611"),
            ("EU", "VAT0", "0", "normal", "5610"),
        )
    ],
    "customer_posting_groups": [
        {
            "code": area,
            "receivables": account,
            "service_charge": "6810",
            "invoice_rounding": "9140",
            "payment_disc_debit": "7310",
        }
        for area, account in (("DOM", "2310"), ("EU", "2320"))
    ],
    "inventory_posting_groups": [{"code": "PARTS"}],
    "inventory_posting_setup": [
        {"inventory_posting_group": "PARTS", "inventory_account": "2110", "inventory_account_interim": "2111"}
    ],
    "units_of_measure": [{"code": "PCS"}, {"code": "BOX"}, {"code": "HOUR"}, {"code": "DAY"}],
    "payment_terms": [{"code": "1M8D", "due_formula": "1M", "discount_formula": "8D", "discount_pct": D(2)}],
    "payment_methods": [{"code": "CASH", "bal_account_type": "gl_account", "bal_account_no": "2910"}],
    "currencies": [
        {
            "code": "EUR",
            "amount_rounding_precision": D("0.01"),
            "unit_amount_rounding_precision": D("0.00001"),
            "realized_gains": "9330",
            "realized_losses": "9330",
        }
    ],
    "currency_rates": [
        {
            "currency_code": "EUR",
            "starting_date": STOCKED,
            "exchange_amount": D(100),
            "relational_amount": D("746.03"),
        }
    ],
    "salespersons": [{"code": "PIA"}],
    "customer_invoice_discounts": [{"code": "FIVE", "minimum_amount": D(0), "discount_pct": D(5)}],
    "customers": [
        _customer("C-GOOD"),
        _customer("C-DISC", invoice_disc_code="FIVE"),
        _customer("C-GROSS", prices_including_vat=True),
        _customer("C-EURO", currency_code="EUR"),
        _customer("C-EU", area="EU", vat_registration_no="DE123456789"),
        _customer("C-CASH", payment_method_code="CASH"),
    ],
    "items": [
        _item("PUMP", "500", "320", "VAT25"),
        _item("FILTER", "24.95", "12.35", "VAT25"),
        _item("SEAL", "0.67", "0.20", "VAT25"),
        _item("BOOK", "9.99", "4.10", "VAT12"),
        _item("CARD", "4.45", "1", "VAT12"),
    ],
    "item_units_of_measure": [{"item_no": "SEAL", "uom": "BOX", "qty_per": D(12)}],
    "resources": [
        {
            "no": "LINA",
            "name": "Lina",
            "type": "person",
            "base_uom": "HOUR",
            "unit_price": D(90),
            "unit_cost": D(55),
            "gen_prod_group": "LABOUR",
            "vat_prod_group": "VAT25",
            "allow_invoice_disc": True,
        }
    ],
    "service_costs": [
        {
            "code": "TRAVEL",
            "description": "Travel",
            "account_no": "6410",
            "default_unit_price": D(75),
            "default_unit_cost": D(40),
            "allow_invoice_disc": True,
        },
        {"code": "VATADJ", "description": "VAT adjustment", "account_no": "6420"},
    ],
    "service_items": [
        {"no": "PRESS", "description": "Press", "customer_no": "C-GOOD"},
        {
            "no": "MIXER",
            "description": "Mixer, parts under warranty",
            "customer_no": "C-GOOD",
            "warranty_start_parts": date(2025, 1, 1),
            "warranty_end_parts": date(2025, 12, 31),
            "warranty_pct_parts": D(100),
        },
    ],
    "number_series": [
        {"code": "ORDERS", "default_nos": True, "manual_nos": True},
        {"code": "DRAFTS", "default_nos": True, "manual_nos": True},
        {"code": "SHIPMENTS", "default_nos": True, "gapless": True},
        {"code": "INVOICES", "default_nos": True, "gapless": True},
        {"code": "CREDITS", "default_nos": True, "manual_nos": True},
        {"code": "CREDIT-MEMOS", "default_nos": True, "gapless": True},
        {"code": "PAYMENTS", "default_nos": True, "gapless": True},
    ],
    "number_series_lines": [
        {"series_code": "ORDERS", "line_no": 10000, "starting_no": "SO-1"},
        {"series_code": "DRAFTS", "line_no": 10000, "starting_no": "SI-1"},
        {"series_code": "SHIPMENTS", "line_no": 10000, "starting_no": "S-1"},
        {"series_code": "INVOICES", "line_no": 10000, "starting_no": "I-1"},
        {"series_code": "CREDITS", "line_no": 10000, "starting_no": "SC-1"},
        {"series_code": "CREDIT-MEMOS", "line_no": 10000, "starting_no": "C-1"},
        {"series_code": "PAYMENTS", "line_no": 10000, "starting_no": "P-1"},
    ],
    "ledger_setup": [
        {
            "lcy_code": "LCY",
            "amount_rounding_precision": D("0.01"),
            "unit_amount_rounding_precision": D("0.00001"),
            "inv_rounding_precision_lcy": D(1),
        }
    ],
    "receivables_setup": [{"discount_posting": "all", "payment_nos": "PAYMENTS"}],
    "inventory_setup": [{"automatic_cost_posting": True, "expected_cost_posting_to_gl": True}],
    "service_setup": [
        {
            "service_order_nos": "ORDERS",
            "service_invoice_nos": "DRAFTS",
            "posted_shipment_nos": "SHIPMENTS",
            "posted_invoice_nos": "INVOICES",
            "service_cr_memo_nos": "CREDITS",
            "posted_cr_memo_nos": "CREDIT-MEMOS",
        }
    ],
    "users": [{"user_name": USER, "role": "admin"}],
}
STOCK = {row["no"]: D(1000) for row in COMPANY["items"]}
OPENING = [{"item_no": no, "quantity": quantity, "posting_date": STOCKED} for no, quantity in STOCK.items()]


def pack(**changes: Any) -> Pack:
    """The company with other settings: `receivables_setup={"invoice_rounding": True}` changes the row of a table with
    one row, `customers={"C-GOOD": {"blocked": "all"}}` rows by their key; a new key is a new row."""
    changed = copy.deepcopy(COMPANY)
    for table, values in changes.items():
        key = BY_PACK_NAME[table].key
        rows = changed.setdefault(table, [])
        if not key:
            rows[0].update(values)
            continue
        for name, row in values.items():
            names = dict(zip(key, name if isinstance(name, tuple) else (name,), strict=False))
            found = [one for one in rows if all(one.get(column) == value for column, value in names.items())]
            for one in found:
                one.update(row)
            if not found:
                rows.append({**names, **row})
    return changed


def filled(record: type[R], table: str, row: Mapping[str, Any]) -> R:
    """The record of a row of the pack; what the row leaves out has the column's default."""
    master = BY_PACK_NAME[table]
    values = {"id": 0, **master.blank(), **row}
    names = [field.name for field in dataclasses.fields(record) if field.name in values]  # type: ignore[arg-type]
    return record(**{name: values[name] for name in names})


def _records(table_class: Any, record: type[R], of: Pack) -> list[R]:
    name = next(m.pack_name for m in BY_PACK_NAME.values() if m.table is table_class)
    return [filled(record, name, row) for row in of.get(name, [])]


def _key(record: Any, names: tuple[str, ...]) -> Any:
    values = tuple(getattr(record, name) for name in names)
    return values[0] if len(values) == 1 else values


def company(of: Pack = COMPANY) -> Setup:
    """The set-up of a pack, as the database would give it."""
    from webapp.posting import setup as records

    keyed: dict[str, Any] = {}
    for name, (record, table, key, _) in _KEYED.items():
        keyed[name] = {_key(row, key): row for row in _records(table, record, of)}
    for name, (record, table, key, _) in _GROUPED.items():
        keyed[name] = {}
        for row in _records(table, record, of):
            keyed[name][_key(row, key)] = (*keyed[name].get(_key(row, key), ()), row)
    return Setup(
        version=1,
        ledger=filled(records.LedgerSetup, "ledger_setup", of["ledger_setup"][0]),
        receivables=filled(records.ReceivablesSetup, "receivables_setup", of["receivables_setup"][0]),
        service=filled(records.ServiceSetup, "service_setup", of["service_setup"][0]),
        inventory=filled(records.InventorySetup, "inventory_setup", of["inventory_setup"][0]),
        dimension_combinations=tuple(
            filled(records.DimensionCombination, "dimension_combinations", row)
            for row in of.get("dimension_combinations", [])
        ),
        company=filled(records.Company, "company", of["company"][0]),
        **keyed,
    )


def catalog(of: Pack = COMPANY) -> Catalog:
    return Catalog(
        items={row["no"]: filled(Item, "items", row) for row in of["items"]},
        resources={row["no"]: filled(Resource, "resources", row) for row in of["resources"]},
        service_items={row["no"]: filled(ServiceItem, "service_items", row) for row in of["service_items"]},
        item_uoms={(row["item_no"], row["uom"]): row["qty_per"] for row in of.get("item_units_of_measure", [])},
    )


def series(of: Pack = COMPANY) -> dict[str, tuple[SeriesLine, ...]]:
    rows = [filled(SeriesLine, "number_series_lines", row) for row in of["number_series_lines"]]
    rows = [changed(row, id=number) for number, row in enumerate(rows, 1)]
    return {code: tuple(row for row in rows if row.series_code == code) for code in {row.series_code for row in rows}}


def gapless(code: str, **values: Any) -> NumberSeries:
    return NumberSeries(
        code, default_nos=True, manual_nos=False, date_order=values.get("date_order", False), gapless=True
    )


# --- documents ----------------------------------------------------------------------------------------------------

WORDS = {
    "qty": "quantity",
    "price": "unit_price",
    "cost": "unit_cost_lcy",
    "disc": "line_discount_pct",
    "ship": "qty_to_ship",
    "consume": "qty_to_consume",
    "invoice": "qty_to_invoice",
    "uom": "uom",
    "date": "posting_date",
    "on": "service_item_line_no",
    "text": "description",
    "reason": "fault_reason_code",
    "back": "appl_from_item_entry",
}


def typed_line(text: str) -> tuple[int, Row]:
    """ "10000 item PUMP qty 4" as line no. and typed values."""
    line_no, kind, *rest = text.split()
    if kind == "text":
        return int(line_no), {"type": "blank", "description": " ".join(rest)}
    no, *words = rest
    values: Row = {"type": kind, "no": "" if no == "-" else no}
    for word, value in zip(words[::2], words[1::2], strict=True):
        values[WORDS[word]] = typed_value(WORDS[word], value)
    return int(line_no), values


def typed_value(column: str, value: str) -> Any:
    if column == "posting_date":
        return date.fromisoformat(value)
    if column in ("service_item_line_no", "appl_from_item_entry"):
        return int(value)
    return value if column in ("uom", "description", "fault_reason_code") else D(value.replace(",", ""))


def texts(block: str) -> list[str]:
    """The lines of a text table, without the blank ones."""
    return [line.strip() for line in block.splitlines() if line.strip()]


def header(of: Pack = COMPANY, customer: str = "C-GOOD", no: str = "SO-1", day: date = TODAY, **values: Any) -> Header:
    """The header of a new order, or of another `document_type`."""
    setup = company(of)
    people = {row["no"]: filled(Customer, "customers", row) for row in of["customers"]}
    kind = str(values.pop("document_type", "order"))
    draft = Draft(setup, new_header(setup, kind, no, day), (), (), catalog(of), people)
    other = change_header_field(draft, "customer_no", customer, answer="yes")
    assert other.draft.header.customer_no, other.findings
    return changed(other.draft.header, **values)


def order(
    lines: str = "10000 item PUMP qty 1",
    *,
    of: Pack = COMPANY,
    customer: str = "C-GOOD",
    no: str = "SO-1",
    day: date = TODAY,
    item_lines: str = "",
    **values: Any,
) -> Snapshot:
    """An order as it stands after a clerk has typed it. `item_lines`: "10000 MIXER" per line; `values`: of the header.

    What people may no longer do with a record stands in the set-up of the snapshot, not in the way of typing."""
    return entered(header(without_blocks(of), customer, no, day, **values), lines, of=of, item_lines=item_lines)


def without_blocks(of: Pack) -> Pack:
    """The company as it was when the order was typed: nobody blocked."""
    blocks = ("blocked", "privacy_blocked", "service_blocked")
    return {table: [{k: v for k, v in row.items() if k not in blocks} for row in rows] for table, rows in of.items()}


def entered(head: Header, lines: str, *, of: Pack = COMPANY, item_lines: str = "") -> Snapshot:
    """The order of a header with these lines typed into it."""
    typing = without_blocks(of)
    setup, things = company(typing), catalog(typing)
    draft = Draft(setup, head, (), (), things)
    for text in texts(item_lines):
        line_no, service_item_no = text.split()
        draft = changed(draft, item_lines=(*draft.item_lines, _typed_item_line(draft, line_no, service_item_no)))
    for text in texts(lines):
        line_no_, fields = typed_line(text)
        draft = changed(draft, lines=(*draft.lines, typed(draft, new_line(head, line_no_), fields)))
    return snapshot(head, draft.lines, draft.item_lines, of=of)


def _typed_item_line(draft: Draft, line_no: str, service_item_no: str) -> ItemLine:
    line, found = change_item_line_field(draft, new_item_line(draft, int(line_no)), "service_item_no", service_item_no)
    assert not found, found
    return line


def typed(draft: Draft, line: Line, fields: Mapping[str, Any]) -> Line:
    """The line with these values typed into it, in the order of the screen."""
    for name in sorted(fields, key=line_order):
        line, found = change_line_field(draft, line, name, fields[name])
        errors = [one.message for one in found if one.is_error]
        assert not errors, errors
    return line


def snapshot(
    head: Header, lines: tuple[Line, ...], item_lines: tuple[ItemLine, ...] = (), *, of: Pack = COMPANY
) -> Snapshot:
    """The snapshot of a document in this company with plenty on stock."""
    things = catalog(of)
    people = {row["no"]: filled(Customer, "customers", row) for row in of["customers"]}
    return Snapshot(
        setup=company(of),
        user_name=USER,
        today=TODAY,
        header=head,
        item_lines=item_lines,
        lines=lines,
        customer=people.get(head.customer_no),
        bill_to=people.get(head.bill_to_customer_no),
        items=things.items,
        resources=things.resources,
        service_items=things.service_items,
        stock=tuple(
            InboundEntry(number, no, "", "", quantity) for number, (no, quantity) in enumerate(STOCK.items(), 1)
        ),
        series=series(of),
    )


def retyped(before: Snapshot, line_no: int, **fields: Any) -> Snapshot:
    """The order after somebody has typed other values into a line: `retyped(order, 10000, qty_to_ship=D(3))`."""
    draft = Draft(before.setup, before.header, before.item_lines, before.lines, catalog())
    lines = tuple(typed(draft, line, fields) if line.line_no == line_no else line for line in before.lines)
    return changed(before, lines=lines)


def with_line(before: Snapshot, line_no: int, **values: Any) -> Snapshot:
    """The order with a line as nobody could type it: whatever the columns say."""
    lines = tuple(changed(line, **values) if line.line_no == line_no else line for line in before.lines)
    return changed(before, lines=lines)


# --- after a posting ----------------------------------------------------------------------------------------------

FIRST_ENTRY = 1000


def entry_base(before: Snapshot) -> int:
    """The number before the entries that the next posting writes: above all that are known."""
    known = [line.item_entry_no or 0 for line in before.shipment_lines]
    known += [entry.entry_no for entry in before.warranty_entries]
    known += [*before.expected_values, FIRST_ENTRY]
    return (max(known) // 1000 + 1) * 1000


def posted(before: Snapshot, plan: PostingPlan) -> Snapshot:
    """The snapshot that would be loaded after this plan was written: a model of the store, without a database."""
    base = entry_base(before)

    def entry(reference: int | New | None) -> int | None:
        return base + reference.index if isinstance(reference, New) else reference

    numbers = {role: number.no for role, number in plan.numbers.items()}
    return changed(
        before,
        lines=plan.lines_after,
        stock=_stock_left(before, plan),
        shipment_lines=_open_shipments(before, plan, numbers.get("shipment", ""), entry),
        expected_values=_expected(before, plan, entry),
        warranty_entries=_warranties(before, plan, base),
        series=_drawn(before, plan),
        invoiced_before=(*before.invoiced_before, plan.totals.amount_including_vat)
        if plan.parts.invoice
        else before.invoiced_before,
    )


def _stock_left(before: Snapshot, plan: PostingPlan) -> tuple[InboundEntry, ...]:
    left = [
        changed(row, remaining_quantity=plan.inbound_left.get(row.entry_no, row.remaining_quantity))
        for row in before.stock
    ]
    return tuple(row for row in left if row.remaining_quantity)


def _open_shipments(before: Snapshot, plan: PostingPlan, no: str, entry: Any) -> tuple[OpenShipmentLine, ...]:
    taken = {(take.shipment_line.document_no, take.shipment_line.line_no): take for take in plan.takes}
    rows = []
    for old in before.shipment_lines:
        take = taken.get((old.document_no, old.line_no))
        if take is not None:
            old = changed(
                old,
                quantity_invoiced=old.quantity_invoiced + take.quantity,
                quantity_invoiced_base=old.quantity_invoiced_base + take.quantity_base,
                qty_shipped_not_invoiced=old.qty_shipped_not_invoiced - take.quantity,
                qty_shipped_not_invoiced_base=old.qty_shipped_not_invoiced_base - take.quantity_base,
            )
        rows.append(old)
    for new in plan.shipment_lines:
        line = new.line
        rows.append(
            OpenShipmentLine(
                document_no=no,
                line_no=line.line_no,
                order_no=before.header.no,
                order_line_no=line.line_no,
                posting_date=new.posting_date,
                quantity=new.quantity,
                quantity_base=new.quantity_base,
                quantity_invoiced=new.quantity_invoiced,
                quantity_invoiced_base=new.quantity_invoiced_base,
                quantity_consumed=new.quantity_consumed,
                qty_shipped_not_invoiced=new.qty_shipped_not_invoiced,
                qty_shipped_not_invoiced_base=new.qty_shipped_not_invoiced_base,
                item_entry_no=entry(new.item_entry_no),
                type=line.type,
                no=line.no,
                variant_code=line.variant_code,
                uom=line.uom,
                gen_bus_group=line.gen_bus_group,
                gen_prod_group=line.gen_prod_group,
                vat_bus_group=line.vat_bus_group,
                location_code=line.location_code,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
            )
        )
    return tuple(row for row in rows if row.qty_shipped_not_invoiced)


def _expected(before: Snapshot, plan: PostingPlan, entry: Any) -> dict[int, ExpectedValue]:
    found = dict(before.expected_values)
    for index, item in enumerate(plan.ledgers.item):
        no = entry(New(index))
        found[no] = ExpectedValue(no, item.quantity, item.invoiced_quantity, *[ZERO] * 5)
    for change in plan.item_entries_invoiced:
        old = found[change.entry_no]
        found[change.entry_no] = changed(old, invoiced_quantity=old.invoiced_quantity - change.invoiced)
    for value in plan.ledgers.value:
        no = entry(value.item_ledger_entry_no)
        old = found[no]
        first = value.expected_cost
        found[no] = changed(
            old,
            cost_first=old.cost_first + (value.cost_amount_expected if first else ZERO),
            cost_left=old.cost_left + value.cost_amount_expected,
            sales_first=old.sales_first + (value.sales_amount_expected if first else ZERO),
            sales_left=old.sales_left + value.sales_amount_expected,
            posted_to_gl=old.posted_to_gl + value.expected_cost_posted_to_gl,
        )
    return found


def _warranties(before: Snapshot, plan: PostingPlan, base: int) -> tuple[WarrantyEntry, ...]:
    old = [changed(row, open=row.open and row.entry_no not in plan.warranty_closed) for row in before.warranty_entries]
    new = [
        WarrantyEntry(base + index, row.service_order_no, row.service_order_line_no, row.quantity, row.open)
        for index, row in enumerate(plan.ledgers.warranty)
    ]
    return (*old, *new)


def _drawn(before: Snapshot, plan: PostingPlan) -> dict[str, tuple[SeriesLine, ...]]:
    drawn = {number.line.id: number for number in plan.numbers.values() if number.line}
    return {
        code: tuple(
            changed(row, last_no_used=drawn[row.id].no, open=not drawn[row.id].closes_line) if row.id in drawn else row
            for row in rows
        )
        for code, rows in before.series.items()
    }
