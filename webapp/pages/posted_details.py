"""What else a posted document says: the fields that are filled in and not on top of its page (D-92, D-100, D-104)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from webapp.labels import choice, label

__all__ = ["details_of"]

Row = Mapping[str, Any]
PRIORITIES: Final = ("low", "")  # what every document has that nobody gave one

# Group, and its fields: a name alone is labelled as everywhere; with a second word that is its label.
GROUPS: Final[Sequence[tuple[str, Sequence[tuple[str, str]]]]] = (
    ("Customer", (("contact_name", ""), ("phone_no", ""), ("e_mail", ""), ("vat_registration_no", ""))),
    ("Bill-to", (("bill_to_contact", "Contact"),)),
    (
        "Ship-to",
        (
            ("ship_to_code", ""),
            ("ship_to_contact", "Contact"),
            ("service_zone_code", ""),
            ("location_code", ""),
            ("shipment_method", ""),
            ("shipping_agent", ""),
            ("package_tracking_no", ""),
        ),
    ),
    (
        "Invoicing",
        (
            ("payment_method_code", ""),
            ("payment_reference", ""),
            ("pmt_discount_pct", ""),
            ("pmt_discount_date", ""),
            ("bal_account_no", ""),
            ("company_bank_account_code", ""),
            ("customer_posting_group", ""),
            ("gen_bus_group", ""),
            ("vat_bus_group", ""),
            ("invoice_disc_code", ""),
            ("reason_code", ""),
        ),
    ),
    (
        "Service",
        (
            ("contract_no", ""),
            ("service_order_type", ""),
            ("order_date", ""),
            ("response_date", ""),
            ("starting_date", ""),
            ("finishing_date", ""),
            ("assigned_user", ""),
        ),
    ),
    ("Dimensions", (("dim_1", ""), ("dim_2", ""))),
    (
        "Other",
        (("language_code", ""), ("format_region", ""), ("posting_description", "")),
    ),
)
ADDRESSES: Final = {"Customer": "customer_", "Bill-to": "bill_to_", "Ship-to": "ship_to_"}


def details_of(head: Row, lcy: str) -> list[tuple[str, list[tuple[str, Any]]]]:
    """By group the labels and values of the fields that are filled in; groups without any are left out."""
    found = []
    for group, names in GROUPS:
        address = _address(head, ADDRESSES[group]) if group in ADDRESSES else ""
        rows: list[tuple[str, Any]] = [("Address", address)] if address else []
        rows += [(named or label(name), head[name]) for name, named in names if head.get(name)]
        rows += _others(group, head, lcy)
        if rows:
            found.append((group, rows))
    return found


def _address(head: Row, prefix: str) -> str:
    city = f"{head[f'{prefix}post_code']} {head[f'{prefix}city']}".strip()
    parts = (head[f"{prefix}address"], head[f"{prefix}address_2"], city, head[f"{prefix}country_code"])
    return ", ".join(str(part) for part in parts if part)


def _others(group: str, head: Row, lcy: str) -> list[tuple[str, Any]]:
    """What is no plain field: marks, choices and the rate of the currency."""
    rows: list[tuple[str, Any]] = []
    if group == "Invoicing":
        if head["currency_code"]:
            amount, own = (f"{head[name].normalize():f}" for name in ("exchange_amount", "relational_amount"))
            rows.append(("Exchange rate", f"{amount} {head['currency_code']} = {own} {lcy}"))
        if head["eu_3_party_trade"]:
            rows.append((label("eu_3_party_trade"), "Yes"))
        if head["correction"]:
            rows.append((label("correction"), "Yes"))
    if group == "Ship-to" and head["shipping_advice"] == "complete":
        rows.append((label("shipping_advice"), choice(head["shipping_advice"])))
    if group == "Service" and head["priority"] not in PRIORITIES:
        rows.append((label("priority"), choice(head["priority"])))
    return rows
