"""The words of a scenario: every key and value that a file may hold. Anything else is a fault of the file.

T text, N number, M money, D date, B truth value, a frozenset one of its words, [x] a list of x, {…} a map with these
keys, Free(x) a map with any keys. Empty values are allowed everywhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

T, N, M, D, B = "text", "number", "amount", "date", "truth value"


@dataclass(frozen=True)
class Free:
    """A map whose keys are codes or line numbers."""

    value: Any


@dataclass(frozen=True)
class Either:
    """A plain value, or a map."""

    plain: Any
    map: Any


def one(*words: Any) -> frozenset[Any]:
    return frozenset(words)


def keys(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


DIMENSIONS = Free(T)
ENTRY = one("usage", "sale", "consume")
SOURCE = one("shipment", "invoice", "credit_memo")
LINE_TYPE = one("item", "resource", "cost", "gl_account", "text")
KIND = one("normal", "reverse_charge")
PERIOD_LENGTH = one("month", "two_months", "quarter", "half_year", "year", "none")
ABOUT = [T]

BASE: dict[str, Any] = {
    "company": {
        **keys(T, "name local_currency rounding_rule"),
        **keys(N, "amount_rounding unit_amount_rounding"),
        **keys(D, "posting_from posting_to user_posting_from user_posting_to"),
    },
    "settings": {
        "work_date": D,
        "discount_posting": one("no_discounts", "invoice_discounts", "line_discounts", "all_discounts"),
        "invoice_rounding": {"active": B, "precision": N, "direction": one("nearest", "up", "down")},
        "close_invoiced_orders": one("automatic", "batch"),
        **keys(B, "calc_invoice_discount shipment_on_invoice automatic_cost_posting expected_cost_posting"),
        **keys(B, "external_document_no_mandatory order_type_mandatory start_and_finish_mandatory"),
        **keys(B, "fault_reason_mandatory salesperson_mandatory work_type_mandatory unit_of_measure_mandatory"),
        **keys(B, "copy_line_description_to_ledger"),
    },
    "accounts": [{**keys(T, "number name vat_product_group product_group"), **keys(B, "direct_posting blocked")}],
    "general_business_groups": [T],
    "general_product_groups": [T],
    "vat_business_groups": [T],
    "vat_product_groups": [T],
    "vat_posting_setup": [
        {**keys(T, "business product sales_account"), "rate": N, "kind": KIND, "clause": Free(T)},
    ],
    "general_posting_setup": [
        keys(
            T,
            "business product sales credit_memo line_discount invoice_discount cogs cogs_interim inventory_adjustment",
        )
    ],
    "inventory_posting_setup": [keys(T, "group inventory interim")],
    "customer_posting_groups": [keys(T, "code receivables service_charge invoice_rounding payment_discount")],
    "payment_terms": [{**keys(T, "code due"), **keys(N, "discount_days discount_pct")}],
    "payment_methods": [keys(T, "code balancing_account")],
    "invoice_discounts": [{"code": T, "minimum": M, "pct": N, "service_charge": M}],
    "currencies": [
        {
            **keys(T, "code realized_gains realized_losses"),
            "amount_rounding": N,
            "rates": [{"from": D, "foreign": N, "local": N}],
        }
    ],
    "customers": [
        {
            **keys(
                T, "number name business vat group terms bill_to currency vat_registration_no invoice_discount_code"
            ),
            **keys(T, "payment_method language"),
            **keys(B, "prices_incl_vat combine_shipments"),
            "blocked": one("all", "ship", "invoice"),
            "credit_limit": M,
        }
    ],
    "items": [
        {
            **keys(T, "number name product_group vat_product_group inventory_group"),
            **keys(M, "unit_price unit_cost"),
            **keys(B, "allow_invoice_discount blocked"),
            "stock": N,
        }
    ],
    "resources": [
        {
            **keys(T, "number name unit product_group vat_product_group"),
            **keys(M, "unit_price unit_cost"),
            **keys(B, "allow_invoice_discount blocked"),
        }
    ],
    "service_costs": [
        {**keys(T, "number name account"), **keys(M, "unit_price unit_cost"), "allow_invoice_discount": B}
    ],
    "service_items": [
        {
            **keys(T, "number description customer"),
            "blocked": one("all"),
            "warranty": {**keys(D, "from to"), **keys(N, "parts_pct labour_pct")},
        }
    ],
    "contract_account_groups": [keys(T, "code income_account prepaid_account")],
    "dimensions": [{"code": T, "values": [T], "blocked_values": [T]}],
    "number_series": [keys(T, "use first")],
}

LINE = {
    **keys(T, "number description unit contract"),
    **keys(N, "line qty line_discount_pct"),
    **keys(M, "unit_price unit_cost inv_discount"),
    "type": LINE_TYPE,
    "line_discount_type": one("warranty", "contract", "line", "manual"),
    "warranty": B,
    "dimensions": DIMENSIONS,
}
HEADER = {
    **keys(T, "number customer bill_to currency external_document_no your_reference"),
    **keys(D, "posting_date document_date"),
    "dimensions": DIMENSIONS,
}
PERIOD = {**keys(D, "posting_date from to"), "lines": [N], "dimensions": DIMENSIONS}
GIVEN: dict[str, Any] = {
    **BASE,
    "override": BASE,
    "default_dimensions": [
        {
            "record": one("item", "account", "customer", "resource"),
            "rule": one("code mandatory", "no code", "same code"),
            **keys(T, "number dimension value"),
        }
    ],
    "dimension_combinations": [{"first": DIMENSIONS, "second": DIMENSIONS, "rule": one("blocked")}],
    "service_orders": [
        {
            **HEADER,
            "combine_shipments": B,
            "contract_discount_pct": N,
            "item_lines": [{"line": N, **keys(T, "service_item description"), "dimensions": DIMENSIONS}],
            "lines": [{**LINE, **keys(N, "item_line qty_to_ship qty_to_consume qty_to_invoice")}],
        }
    ],
    "service_invoices": [{**HEADER, "lines": [{**LINE, "service_item": T}]}],
    "service_credit_memos": [{**HEADER, "applies_to": T, "correction": B, "lines": [{**LINE, "service_item": T}]}],
    "service_contracts": [
        {
            **keys(T, "number customer bill_to currency account_group price_update_period unposted_credit_memo"),
            **keys(D, "starting_date expiration_date next_price_update_date next_invoice_date last_invoice_date"),
            **keys(B, "prepaid allow_unbalanced_amounts signed combine_invoices invoice_after_service"),
            "automatic_credit_memos": B,
            "invoice_period": PERIOD_LENGTH,
            "annual_amount": M,
            "change_status": one("open", "locked"),
            "invoiced_to": Free(D),
            "released_until": D,
            "lines": [
                {
                    "line": N,
                    "service_item": T,
                    "line_value": M,
                    "line_discount_pct": N,
                    **keys(D, "starting_date expiration_date credit_memo_date next_planned_service_date"),
                }
            ],
            "posted_invoices": [PERIOD],
            "posted_credit_memos": [PERIOD],
            "unposted_invoices": [{"number": T, **keys(D, "posting_date from to")}],
        }
    ],
}

NTH = {"document": T, "nth": N}
POSTED = dict.fromkeys(("posted_invoice", "posted_credit_memo", "posted_shipment"), Either(T, NTH))
OPTIONS = {"document": T, **keys(B, "ship invoice consume"), "lines": [N]}
SHIPMENT_LINE = {**NTH, "line": N}
CONTRACT_LINE = {**keys(T, "contract service_item"), "line": N, "line_value": M}
STEPS: dict[str, Any] = {
    "post": OPTIONS,
    "preview": OPTIONS,
    "test_report": {"documents": [T], **keys(B, "ship invoice")},
    "batch_post": {
        "documents": [T],
        **keys(B, "ship invoice replace_posting_date replace_document_date calculate_invoice_discount"),
        "posting_date": D,
    },
    "retry_failed": {},
    "set": {
        "document": T,
        **keys(N, "line qty qty_to_ship qty_to_invoice qty_to_consume line_discount_pct"),
        "unit_price": M,
        "posting_date": D,
    },
    "set_header": {**keys(T, "document your_reference payment_method customer_posting_group"), "posting_date": D},
    "create": {"service_invoice": {**keys(T, "number customer currency"), "posting_date": D}},
    "get_shipment_lines": {"document": T, "shipments": [{"order": T, "nth": N}]},
    "combine_shipments": {**keys(D, "posting_date document_date"), "post_invoices": B},
    "calculate_invoice_discount": {"document": T},
    "set_invoice_discount": {"document": T, "amount": M},
    "undo_shipment": SHIPMENT_LINE,
    "undo_consumption": SHIPMENT_LINE,
    "consume_shipped": SHIPMENT_LINE,
    "cancel_posted_invoice": {"posted_invoice": POSTED["posted_invoice"], "posting_date": D},
    "correct_posted_invoice": {"posted_invoice": POSTED["posted_invoice"], "posting_date": D},
    "close_order": {"document": T},
    "delete": {"document": T, "confirm": B},
    "delete_invoiced_orders": {},
    "block_customer": {"customer": T, "blocked": one("all", "ship", "invoice")},
    "set_posting_group": keys(T, "code receivables"),
    "statistics": {"document": T, **POSTED},
    "find_entries": POSTED,
    "print": {**POSTED, "correction_lines": B},
    "sign_contract": {
        "contract": T,
        "starting_invoice": one(True, False, "never"),
        "answer_next_planned_service_date": B,
    },
    "open_contract": {"contract": T},
    "lock_contract": {"contract": T, "invoice_new_lines": B},
    "set_contract": {"contract": T, "invoice_period": PERIOD_LENGTH, "expiration_date": D},
    "add_contract_line": CONTRACT_LINE,
    "set_contract_line": {**CONTRACT_LINE, "expiration_date": D},
    "delete_contract_line": CONTRACT_LINE,
    "create_contract_invoices": {**keys(D, "posting_date invoice_to"), "confirm": B, "action": one("print_only")},
    "create_contract_invoice": {"contract": T, "starting_invoice": B},
    "credit_contract_line": {"contract": T, "line": N, **keys(D, "expiration_date credit_memo_date")},
    "release_prepaid": keys(D, "posting_date until"),
    "update_contract_prices": {"pct": N, "update_to": D},
    "clear_stored_dates": {"document": T},
}

LEDGERS = (
    "gl_entries vat_entries customer_ledger detailed_customer_ledger item_ledger value_entries resource_ledger"
    " service_ledger warranty_ledger posted_shipments posted_invoices posted_credit_memos posting_runs"
)
COUNTS = keys(N, LEDGERS)
FIGURES = {
    **keys(M, "amount invoice_discount vat_amount amount_incl_vat cost profit"),
    **keys(N, "quantity profit_pct"),
}
POSTED_LINE = {
    **keys(N, "line qty"),
    "number": T,
    **keys(M, "unit_price line_discount inv_discount amount amount_incl_vat"),
}
INVOICE = {
    **NTH,
    **keys(D, "posting_date due_date"),
    **keys(T, "bill_to currency"),
    **keys(M, "amount amount_incl_vat"),
    "lines": [POSTED_LINE],
}
DRAFT = {
    **keys(T, "document contract customer bill_to currency"),
    "contracts": [T],
    "prices_incl_vat": B,
    **keys(D, "posting_date due_date"),
    **keys(M, "amount amount_incl_vat"),
    "lines": [
        {
            **keys(N, "line qty"),
            "type": LINE_TYPE,
            **keys(T, "number service_item contract"),
            **keys(M, "unit_price line_discount amount"),
            **keys(D, "from to"),
            "from_shipment": SHIPMENT_LINE,
        }
    ],
}
REFUSAL = {"step": N, "about": ABOUT}
THEN: dict[str, Any] = {
    "gl": [{"account": T, "amount": M}],
    "vat": [{"group": T, "kind": KIND, **keys(M, "base amount")}],
    "service_ledger": [
        {
            "entry": ENTRY,
            "document_type": SOURCE,
            "type": LINE_TYPE,
            **keys(T, "number contract"),
            **keys(N, "qty charged_qty"),
            **keys(M, "amount cost"),
        }
    ],
    "contract_ledger": [
        {
            **keys(T, "contract service_item document"),
            "entry": one("sale"),
            **keys(D, "posting_date applies_to"),
            "amount": M,
            **keys(B, "open released"),
        }
    ],
    "customer_ledger": [
        {
            "type": one("invoice", "credit_memo", "payment"),
            "customer": T,
            **keys(M, "amount amount_local remaining discount"),
            **keys(D, "due_date discount_date"),
            "open": B,
        }
    ],
    "item_ledger": [{"item": T, "kind": one("sale", "consumption"), "qty": N}],
    "resource_ledger": [
        {
            "resource": T,
            "entry": one("usage", "sale"),
            "document_type": SOURCE,
            "qty": N,
            **keys(M, "total_cost total_price"),
        }
    ],
    "warranty_ledger": [{"type": one("item", "resource"), "number": T, "qty": N, "amount": M, "open": B}],
    "shipments": [
        {
            **NTH,
            "posting_date": D,
            "lines": [{**keys(N, "line qty qty_invoiced qty_consumed"), "number": T, "correction": B}],
        }
    ],
    "invoices": [INVOICE],
    "credit_memos": [INVOICE],
    "order_lines": [
        {
            "document": T,
            **keys(N, "line qty qty_to_ship qty_to_invoice qty_to_consume qty_shipped qty_invoiced qty_consumed"),
        }
    ],
    "documents": [{"number": T, **keys(B, "exists archived"), "posting_date": D}],
    "draft_invoices": [DRAFT],
    "draft_credit_memos": [DRAFT],
    "draft_lines": [{"document": T, **keys(N, "line qty qty_to_ship qty_to_invoice")}],
    "contracts": [
        {
            "number": T,
            "status": one("signed", "unsigned"),
            "change_status": one("open", "locked"),
            **keys(M, "annual_amount amount_per_period"),
            **keys(D, "next_invoice_date next_period_from next_period_to last_invoice_date"),
            "invoiced_to": Free(D),
        }
    ],
    "contract_lines": [{"contract": T, "line": N, "line_value": M, "credited": B, "expiration_date": D}],
    "release_documents": [{**keys(T, "number contract"), "posting_date": D, "amount": M}],
    "applications": [{**keys(T, "from_document to_document"), "amount": M}],
    "balances": [{"customer": T, "balance": M, "due": [{"due_date": D, "amount": M}]}],
    "gl_entries": [{**keys(T, "account description"), **keys(M, "amount debit credit")}],
    "gl_dimensions": [{"account": T, "amount": M, "dimensions": DIMENSIONS}],
    "posted_documents": [{"kind": SOURCE, "number": T}],
    "posted_status": [{"invoice": T, "status": one("open", "partly_paid", "paid", "overdue", "cancelled")}],
    "posted_order_reference": [keys(T, "document order")],
    "posted_text_lines": [{**keys(T, "document text"), "line": N}],
    "references": [
        {
            "record": one("posted_invoice", "customer_ledger", "gl_entries"),
            **keys(T, "external_document_no your_reference"),
        }
    ],
    "charge_lines": [{**keys(T, "document account"), "count": N, "amount": M}],
    "line_discounts": [
        {"after_step": N, "type": one("warranty", "contract", "line", "manual"), "pct": N, "amount": M},
    ],
    "printed": [
        {
            **keys(N, "after_step times_printed"),
            **keys(T, "bill_to vat_clause"),
            **keys(M, "total amount_incl_vat"),
            "due_date": D,
            "lines": [{"number": T, **keys(N, "qty line_discount_pct"), **keys(M, "unit_price amount")}],
            "vat": [{"rate": N, **keys(M, "base amount")}],
        }
    ],
    "findings": [{"document": T, "line": N, "severity": one("error", "warning"), "about": ABOUT}],
    "report": [
        {
            **keys(T, "document contract"),
            **keys(B, "ship invoice"),
            **keys(M, "amount invoice_discount vat_amount amount_incl_vat amount_per_period expected_amount"),
        }
    ],
    "messages": [ABOUT],
    "batch_result": [{"document": T, "outcome": one("posted", "failed", "skipped"), "about": ABOUT}],
    "error": REFUSAL,
    "steps_refused": [REFUSAL],
    "unchanged": B,
    "statistics": {
        **FIGURES,
        "lines": [{"line": N, "inv_discount": M}],
        **keys(M, "balance credit_limit"),
        "general": FIGURES,
        "invoicing": FIGURES,
        "shipping": FIGURES,
    },
    "preview": {
        "counts": COUNTS,
        "document_numbers": keys(T, "shipment invoice credit_memo"),
        **keys(M, "amount amount_incl_vat"),
    },
    "entries_found": {**COUNTS, "amounts": keys(M, LEDGERS)},
    "counts": COUNTS,
    "dates": keys(D, "shipment invoice sale usage resource_usage reversed_usage reversed_item_entry"),
}
SCENARIO: dict[str, Any] = {
    **keys(T, "id title notes"),
    "from": [T],
    "task": N,
    "also": [T],
    "given": GIVEN,
    "when": [STEPS],
    "then": THEN,
}
NEEDED = ("id", "title", "task", "given", "when", "then")


class Unknown(ValueError):
    """The file holds something that is no word of the format."""


class _Loader(yaml.CSafeLoader):
    """Decimals exact, no name twice in a map."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        if len(set(names)) < len(names):
            raise Unknown(f"a key stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(str(node.value).replace("_", "")))


def read(path: Path) -> dict[str, Any]:
    """A scenario file, every word of it known."""
    scenario = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    check(scenario)
    if scenario["id"] != path.stem:
        raise Unknown(f"the id {scenario['id']} is not the name of the file")
    return dict(scenario)


@cache
def read_base(path: Path) -> dict[str, Any]:
    base = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    _raise_if(faults(base, BASE, "base"))
    return dict(base)


def check(scenario: Any) -> None:
    """Raises `Unknown` with everything that is no word of the format."""
    found = list(faults(scenario, SCENARIO, "scenario"))
    if not found:
        found += [f"{name} is missing" for name in NEEDED if name not in scenario]
        found += [f"when[{i}]: one verb a step" for i, step in enumerate(scenario.get("when", []), 1) if len(step) != 1]
    _raise_if(found)


def _raise_if(found: Any) -> None:
    if listed := list(found):
        raise Unknown("\n".join(listed))


def faults(value: Any, rule: Any, at: str) -> Iterator[str]:
    """Every key and value that the rule does not know."""
    if value is None:
        return
    if isinstance(rule, Either):
        yield from faults(value, rule.map if isinstance(value, dict) else rule.plain, at)
    elif isinstance(rule, dict | Free):
        yield from _map_faults(value, rule, at)
    elif isinstance(rule, list):
        if not isinstance(value, list):
            yield f"{at}: {value!r} is not a list"
            return
        for i, part in enumerate(value, 1):
            yield from faults(part, rule[0], f"{at}[{i}]")
    elif isinstance(rule, frozenset):
        if isinstance(value, dict | list) or value not in rule or isinstance(value, bool) != (value in (True, False)):
            yield f"{at}: {value!r} is not one of {', '.join(sorted(map(str, rule)))}"
    elif not FITS[rule](value):
        yield f"{at}: {value!r} is not a {rule}"


def _map_faults(value: Any, rule: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is not a map"
        return
    for key, part in value.items():
        if isinstance(rule, Free):
            yield from faults(part, rule.value, f"{at}.{key}")
        elif key not in rule:
            yield f"{at}: {key!r} is no word of the format"
        else:
            yield from faults(part, rule[key], f"{at}.{key}")


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


FITS = {
    T: lambda value: isinstance(value, str) or is_number(value),
    N: is_number,
    M: is_number,
    D: lambda value: isinstance(value, datetime.date) and not isinstance(value, datetime.datetime),
    B: lambda value: isinstance(value, bool),
}
