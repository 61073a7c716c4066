"""The fields of contracts and quotes, and where their pages are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from webapp.forms import Field
from webapp.pages.document_fields import fields_of

__all__ = [
    "CONTRACTS",
    "HEADER_GROUPS",
    "KINDS",
    "LINE_FIELDS",
    "NEW_CONTRACT",
    "NEW_LINE",
    "QUOTES",
    "ContractPlace",
    "contract_fields",
    "contract_href",
    "line_fields",
    "place_of_path",
]


@dataclass(frozen=True, slots=True)
class ContractPlace:
    """Contracts or quotes: the address and the words of their pages."""

    kind: str
    path: str
    name: str
    names: str


CONTRACTS: Final = ContractPlace("contract", "/service-contracts", "Contract", "Service contracts")
QUOTES: Final = ContractPlace("quote", "/service-contract-quotes", "Contract quote", "Service contract quotes")
KINDS: Final[Mapping[str, ContractPlace]] = {"contract": CONTRACTS, "quote": QUOTES}


def place_of_path(path: str) -> ContractPlace:
    return QUOTES if path.startswith(QUOTES.path) else CONTRACTS


def contract_href(kind: str, no: str, rest: str = "") -> str:
    return f"{KINDS[kind].path}/{quote(no, safe='')}{rest}"


HEADER_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "General": (
        "customer_no",
        "description",
        "contact",
        "your_reference",
        "salesperson_code",
        "starting_date",
        "expiration_date",
        "contract_group_code",
    ),
    "Invoicing": (
        "bill_to_customer_no",
        "contract_account_group",
        "invoice_period",
        "annual_amount",
        "prepaid",
        "combine_invoices",
        "contract_lines_on_invoice",
        "invoice_after_service",
        "allow_unbalanced_amounts",
        "automatic_credit_memos",
        "currency_code",
        "payment_terms_code",
        "payment_method_code",
        "dim_1",
        "dim_2",
    ),
    "Service": (
        "ship_to_code",
        "service_period",
        "first_service_date",
        "response_time_hours",
        "service_order_type",
        "max_labor_unit_price",
    ),
    "Prices": ("price_update_period", "next_price_update_date", "price_increase_text", "print_increase_text"),
    "Quote": ("accept_before", "probability"),
}
NEW_CONTRACT: Final = (
    "customer_no",
    "description",
    "starting_date",
    "expiration_date",
    "invoice_period",
    "prepaid",
    "contract_account_group",
)
NEW_LINE: Final = ("service_item_no", "item_no", "description", "line_value", "line_discount_pct")
LINE_FIELDS: Final = (
    "service_item_no",
    "item_no",
    "description",
    "serial_no",
    "line_value",
    "line_discount_pct",
    "line_discount_amount",
    "line_amount",
    "line_cost",
    "profit",
    "contract_expiration_date",
    "credit_memo_date",
    "service_period",
    "next_planned_service_date",
    "response_time_hours",
)


def contract_fields(kind: str) -> tuple[Field, ...]:
    """Every field of the header that a person types."""
    names = [name for group, own in HEADER_GROUPS.items() if group != "Quote" or kind == "quote" for name in own]
    return fields_of("service_contract", names)


def line_fields(names: tuple[str, ...] = LINE_FIELDS) -> tuple[Field, ...]:
    return fields_of("service_contract_line", names)
