"""The fields of document forms, made from the columns they fill: kind, length, look-up (D-8, D-24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from webapp.forms import Field
from webapp.store.column_facts import column_facts

HEADER_GROUPS: Mapping[str, tuple[str, ...]] = {
    "General": (
        "customer_no",
        "description",
        "contact_name",
        "phone_no",
        "e_mail",
        "service_order_type",
        "priority",
        "status",
        "posting_date",
        "document_date",
        "vat_date",
        "order_date",
        "contract_no",
        "external_document_no",
        "your_reference",
        "salesperson_code",
        "assigned_user",
    ),
    "Invoicing": (
        "bill_to_customer_no",
        "payment_terms_code",
        "due_date",
        "pmt_discount_pct",
        "pmt_discount_date",
        "payment_method_code",
        "currency_code",
        "exchange_amount",
        "relational_amount",
        "prices_including_vat",
        "invoice_disc_code",
        "gen_bus_group",
        "vat_bus_group",
        "customer_posting_group",
        "vat_registration_no",
        "max_labor_unit_price",
        "eu_3_party_trade",
        "reason_code",
        "posting_description",
        "correction",
        "dim_1",
        "dim_2",
    ),
    "Shipping": (
        "ship_to_code",
        "ship_to_name",
        "ship_to_address",
        "ship_to_post_code",
        "ship_to_city",
        "ship_to_country_code",
        "service_zone_code",
        "location_code",
        "shipping_advice",
        "combine_shipments",
    ),
    "Application": ("applies_to_doc_type", "applies_to_doc_no"),
    "Details": (
        "response_date",
        "response_time",
        "starting_date",
        "starting_time",
        "finishing_date",
        "finishing_time",
        "work_description",
    ),
}
ITEM_LINE_FIELDS = ("service_item_no", "description", "serial_no", "repair_status_code", "warranty")
ITEM_LINE_MORE = (
    "item_no",
    "contract_no",
    "service_item_group",
    "warranty_start_parts",
    "warranty_end_parts",
    "warranty_pct_parts",
    "warranty_start_labor",
    "warranty_end_labor",
    "warranty_pct_labor",
    "fault_area_code",
    "symptom_code",
    "fault_code",
    "fault_reason_code",
    "resolution_code",
    "starting_date",
    "starting_time",
    "finishing_date",
    "finishing_time",
    "dim_1",
    "dim_2",
)
GRID_FIELDS = (
    "type",
    "no",
    "description",
    "quantity",
    "uom",
    "unit_price",
    "line_discount_pct",
    "qty_to_ship",
    "qty_to_invoice",
    "qty_to_consume",
)
LINE_MORE = (
    "service_item_line_no",
    "description_2",
    "location_code",
    "work_type_code",
    "unit_cost_lcy",
    "allow_invoice_disc",
    "posting_date",
    "fault_reason_code",
    "fault_area_code",
    "symptom_code",
    "fault_code",
    "resolution_code",
    "exclude_warranty",
    "exclude_contract_discount",
    "contract_no",
    "dim_1",
    "dim_2",
)
RETURN_FIELDS = ("service_item_no", "appl_from_item_entry")
NEW_LINE = ("type", "no", "description", "quantity", "service_item_line_no")
NEW_ITEM_LINE = ("service_item_no", "description")
# What an invoice by hand does without: it has no service item lines and no status, and is posted whole (D-1, D-8).
_ONLY_ON_ORDERS = frozenset(
    {
        "description",
        "service_order_type",
        "priority",
        "status",
        "order_date",
        "contract_no",
        "max_labor_unit_price",
        "service_zone_code",
        "combine_shipments",
        "response_date",
        "response_time",
        "starting_date",
        "starting_time",
        "finishing_date",
        "finishing_time",
    }
)
# What a credit memo does without besides: the goods come to the company itself (D-8, D-18).
_NOT_ON_CREDIT_MEMOS = frozenset(
    {
        "ship_to_code",
        "ship_to_name",
        "ship_to_address",
        "ship_to_post_code",
        "ship_to_city",
        "ship_to_country_code",
        "shipping_advice",
    }
)
_ONLY_ON_CREDIT_MEMOS = frozenset({"applies_to_doc_type", "applies_to_doc_no", "correction"})
_LINES_ONLY_ON_ORDERS = frozenset(
    {
        "qty_to_ship",
        "qty_to_invoice",
        "qty_to_consume",
        "service_item_line_no",
        "posting_date",
        "fault_reason_code",
        "fault_area_code",
        "symptom_code",
        "fault_code",
        "resolution_code",
        "exclude_warranty",
        "exclude_contract_discount",
        "contract_no",
    }
)
CONTRACT_LOOKUP = "service-contracts"
LOOKUPS_OF_TYPE = {
    "item": "items",
    "resource": "resources",
    "cost": "service-costs",
    "gl_account": "gl-accounts",
    "blank": "standard-texts",
}
# Contracts and quotes share a table, so that no column refers to a contract alone.
_LOOKUPS = {("service_header", "contract_no"): CONTRACT_LOOKUP}
_HINTS = {
    "max_labor_unit_price": "No hour is charged above it; blank is no limit.",
    "appl_from_item_entry": "The item entry that the goods left with; they come back at its cost.",
    "contract_no": "Before the service items.",
    "applies_to_doc_no": "An open entry of the payer; several are chosen with Apply entries.",
}
_BLANK_ZERO = frozenset(
    {"appl_from_item_entry", "qty_to_consume", "line_discount_pct", "max_labor_unit_price", "pmt_discount_pct"}
)
_REQUIRED = frozenset({"customer_no", "posting_date", "document_date"})


@cache
def _field(table: str, name: str) -> Field:
    facts = column_facts(table, name)
    return Field(
        name,
        facts.kind,
        length=facts.length,
        options=facts.options,
        required=name in _REQUIRED,
        lookup=_LOOKUPS.get((table, name), facts.lookup),
        hint=_HINTS.get(name, ""),
        blank_zero=name in _BLANK_ZERO,
    )


def fields_of(table: str, names: Iterable[str]) -> tuple[Field, ...]:
    """Form fields for these columns of `service_header`, `service_item_line` or `service_line`."""
    return tuple(_field(table, name) for name in names)


@cache
def header_groups(document_type: str) -> Mapping[str, Sequence[str]]:
    """The fields of the header, group by group, in the order in which a clerk fills them (D-8)."""
    credit_memo = document_type == "credit_memo"
    without = set() if document_type == "order" else set(_ONLY_ON_ORDERS)
    without |= _NOT_ON_CREDIT_MEMOS if credit_memo else _ONLY_ON_CREDIT_MEMOS
    groups = {group: [name for name in names if name not in without] for group, names in HEADER_GROUPS.items()}
    return {group: names for group, names in groups.items() if names}


def header_fields(document_type: str) -> tuple[Field, ...]:
    """Every field of the header (D-8)."""
    return fields_of("service_header", [name for group in header_groups(document_type).values() for name in group])


@cache
def grid_fields(document_type: str) -> tuple[str, ...]:
    """The fields of a line in the grid (D-24, D-27)."""
    return _of_lines(document_type, GRID_FIELDS)


@cache
def line_more(document_type: str) -> tuple[str, ...]:
    """The fields of a line that stand on its own page only."""
    return (*_of_lines(document_type, LINE_MORE), *(RETURN_FIELDS if document_type == "credit_memo" else ()))


@cache
def new_line_fields(document_type: str) -> tuple[str, ...]:
    """What is asked of a new line."""
    return _of_lines(document_type, NEW_LINE)


def _of_lines(document_type: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return names if document_type == "order" else tuple(n for n in names if n not in _LINES_ONLY_ON_ORDERS)


def line_fields(kind: str, names: Iterable[str]) -> tuple[Field, ...]:
    """Fields of a line; the number is looked up among what its type names."""
    made = []
    for one in fields_of("service_line", names):
        if one.name == "no":
            one = Field("no", "code", label="No.", length=20, lookup=LOOKUPS_OF_TYPE.get(kind, ""))
        elif one.name == "uom":  # short, and seldom changed: typed, not looked up
            one = Field("uom", "code", label="Unit", length=10)
        made.append(one)
    return tuple(made)
