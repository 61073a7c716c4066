"""The same case written otherwise still holds; a case that says something else does not."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.samples import each
from tests.scenarios import words
from tests.scenarios.compare import Mismatch
from tests.scenarios.runner import run
from tests.scenarios.test_scenarios import OWN_BASE

pytestmark = pytest.mark.once  # about the runner, which is the same on both databases

HERE = Path(__file__).parent
Scenario = dict[str, Any]
Change = Callable[[Scenario], None]
PARTS = "line-of-each-kind-in-parts"
CASH = "cash-payment"
DEPARTMENTS = "two-departments-two-entries"
CHOSEN = "chosen-lines-keep-their-dates"
LATER = "text-of-a-later-posting"
CHARGE = "service-charge-left-by-chosen-lines"
MANUAL = "manual-discount-above-warranty"
REFUSED = "mandatory-fields-all-at-once"
TYPED = "several-values-typed-none-kept"
WIDTH = "numbers-keep-their-width"
DOLLAR = "usd-consume-then-invoice"
LOCAL = "local-currency-for-a-dollar-customer"


def read(name: str) -> Scenario:
    folder = next(HERE / pack for pack in ("pack_more", "pack") if (HERE / pack / f"{name}.yaml").exists())
    return words.read(folder / f"{name}.yaml")


def backwards(value: Any) -> Any:
    """All maps and all lists of maps in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(part) for key, part in reversed(value.items())}
    if isinstance(value, list):
        parts = [backwards(part) for part in value]
        return parts[::-1] if all(isinstance(part, dict) for part in parts) else parts
    return value


def at(*path: Any) -> Change:
    """Puts the last of the path where the others lead."""

    def change(scenario: Scenario) -> None:
        *way, key, value = path
        place: Any = scenario
        for step in way:
            place = place[step]
        place[key] = value

    return change


def without(*path: Any) -> Change:
    def change(scenario: Scenario) -> None:
        *way, key = path
        place: Any = scenario
        for step in way:
            place = place[step]
        del place[key]

    return change


def then_backwards(scenario: Scenario) -> None:
    scenario["then"] = backwards(scenario["then"])


def given_backwards(scenario: Scenario) -> None:
    scenario["given"] = {key: backwards(part) for key, part in scenario["given"].items()}


def every(key: str, turn: Callable[[Any], Any]) -> Change:
    """Turns every value of this key in `then`."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: turn(v) if k == key else walk(v) for k, v in value.items()}
        return [walk(part) for part in value] if isinstance(value, list) else value

    def change(scenario: Scenario) -> None:
        scenario["then"] = walk(scenario["then"])

    return change


def renumbered(scenario: Scenario) -> None:
    """Line 2 is line 7, on item line 3."""
    order = scenario["given"]["service_orders"][0]
    order["item_lines"][0]["line"] = 3
    for line in order["lines"]:
        line.update(item_line=3, line=7 if line["line"] == 2 else 1)
    then = scenario["then"]
    for row in (*then["shipments"][0]["lines"], *then["invoices"][0]["lines"]):
        row["line"] = 7 if row["line"] == 2 else 1


def typed_backwards(scenario: Scenario) -> None:
    values = {"qty_to_invoice": 1, "qty_to_ship": 2, "qty": 3}
    scenario["when"].append({"set": {"document": "SO-1", "line": 1, **values}})
    scenario["then"]["order_lines"] = [{"document": "SO-1", "line": 1, **values}]


def refused_later(scenario: Scenario) -> None:
    scenario["when"].append({"set": {"document": "SO-1", "line": 1, "qty": 4}})
    scenario["then"]["error"]["step"] = 2


def looked_at_late(scenario: Scenario) -> None:
    scenario["given"]["override"] = {"settings": {"work_date": datetime.date(2026, 4, 30)}}
    scenario["then"]["posted_status"] = [{"invoice": "SO-1", "status": "overdue"}] * 2


DAY = datetime.date(2026, 3, 10)
APPLIED = {"from_document": "SO-1", "to_document": "SO-1"}
RIGHT: list[tuple[str, str, Change]] = [
    ("lists and keys in another order", PARTS, then_backwards),
    ("documents and lines in another order", PARTS, given_backwards),
    ("lines with gaps between their numbers", "free-line-takes-no-vat-cent", renumbered),
    ("accounts as texts", PARTS, every("account", str)),
    ("quantities with decimals", PARTS, every("qty", lambda value: Decimal(value).quantize(Decimal("0.001")))),
    ("amounts with three decimals", PARTS, every("amount", lambda value: Decimal(value).quantize(Decimal("0.001")))),
    ("codes in small letters", PARTS, every("number", lambda value: str(value).lower())),
    ("discounts of 0 written out", PARTS, at("then", "invoices", 0, "lines", 0, "line_discount", 0)),
    ("corrections written out", PARTS, at("then", "shipments", 0, "lines", 0, "correction", False)),
    ("an empty contract written out", PARTS, at("then", "service_ledger", 0, "contract", None)),
    ("local currency written out as empty", PARTS, at("then", "invoices", 0, "currency", None)),
    ("only one list", PARTS, lambda s: s.update(then={"gl": s["then"]["gl"]})),
    ("only one key of a row", PARTS, at("then", "resource_ledger", [{"qty": q} for q in (3, -3, 5, -5)])),
    ("the document date written out", PARTS, at("given", "service_orders", 0, "document_date", DAY)),
    ("no override", PARTS, at("given", "override", None)),
    (
        "an override that changes nothing",
        PARTS,
        at("given", "override", {"settings": {"work_date": datetime.date(2026, 3, 16)}}),
    ),
    (
        "another row of the base changed",
        PARTS,
        at("given", "override", {"customers": [{"number": "C300", "blocked": None}]}),
    ),
    ("lists of the base that add nothing", PARTS, at("given", "items", [])),
    ("the payer written out", PARTS, at("given", "service_orders", 0, "bill_to", "C100")),
    ("quantities that are proposed anyhow", PARTS, at("given", "service_orders", 0, "lines", 0, "qty_to_invoice", 1)),
    ("the local currency by its name", PARTS, at("given", "service_orders", 0, "currency", "EUR")),
    ("options that are off", PARTS, at("when", 0, "post", "consume", False)),
    ("no balance is a balance of 0", PARTS, at("then", "balances", [{"customer": "C110", "balance": 0, "due": []}])),
    ("no entry of a table is an empty list", PARTS, at("then", "warranty_ledger", None)),
    ("an empty discount is none", CASH, at("then", "customer_ledger", 0, "discount", None)),
    ("what the payment was applied to", CASH, at("then", "applications", [dict(APPLIED, amount=125)])),
    ("no discount date", CASH, at("then", "customer_ledger", 0, "discount_date", None)),
    ("maps of dimensions in another order", DEPARTMENTS, then_backwards),
    ("a date of each kind alone", CHOSEN, at("then", "dates", {"resource_usage": datetime.date(2026, 3, 2)})),
    ("marked lines in another order", CHOSEN, at("when", 2, "post", "lines", [2, 1])),
    ("a text that stands on later documents only", LATER, lambda s: None),
    ("a charge with another count of decimals", CHARGE, at("then", "charge_lines", 0, "amount", 25)),
    ("a discount after one step alone", MANUAL, lambda s: s["then"]["line_discounts"].pop(0)),
    ("errors said to be errors", REFUSED, at("then", "findings", 0, "severity", "error")),
    ("words in capitals", REFUSED, at("then", "error", "about", ["SALESPERSON"])),
    ("a refusal among others", REFUSED, lambda s: s["then"].update(steps_refused=[s["then"].pop("error")])),
    ("values typed in another order", TYPED, typed_backwards),
    ("a number of digits as text", WIDTH, at("given", "service_orders", 0, "external_document_no", "4711")),
    ("a currency in a document, and none", LOCAL, lambda s: None),
    ("entries counted in part", PARTS, at("then", "counts", {"posted_shipments": 2, "posting_runs": 2})),
    (
        "references that are empty",
        PARTS,
        at("then", "references", [{"record": "gl_entries", "external_document_no": None}]),
    ),
    ("an open invoice", PARTS, at("then", "posted_status", [{"invoice": "SO-1", "status": "open"}] * 2)),
    ("an invoice that is due", PARTS, looked_at_late),
    (
        "orders that the invoices name",
        PARTS,
        at("then", "posted_order_reference", [{"document": "SO-1", "order": "SO-1"}] * 2),
    ),
]

WRONG: list[tuple[str, str, Change]] = [
    ("a count", PARTS, at("then", "counts", "posting_runs", 3)),
    ("a count of nothing", PARTS, at("then", "counts", "vat_entries", 0)),
    ("a posted document that is not there", WIDTH, at("then", "posted_documents", 0, "number", "P-8")),
    ("a posted document left out", WIDTH, without("then", "posted_documents", 0)),
    (
        "a dimension too many",
        DEPARTMENTS,
        at("then", "gl_dimensions", 0, "dimensions", {"DEPT": "SRV", "AREA": "SOUTH"}),
    ),
    ("an account without its other entries", DEPARTMENTS, without("then", "gl_dimensions", 0)),
    ("the date of the usage", CHOSEN, at("then", "dates", "usage", DAY)),
    ("a text on the wrong line", LATER, at("then", "posted_text_lines", 0, "line", 3)),
    ("a text that is on no document", LATER, at("then", "posted_text_lines", [])),
    ("a charge that is not there", CHARGE, at("then", "charge_lines", 0, "count", 2)),
    ("no charge", CHARGE, at("then", "charge_lines", [])),
    ("the type of a discount", MANUAL, at("then", "line_discounts", 1, "type", "warranty")),
    ("a discount after a step that was not taken", MANUAL, at("then", "line_discounts", 1, "after_step", 9)),
    ("a finding that is not listed", REFUSED, without("then", "findings", 4)),
    ("a finding listed twice", REFUSED, lambda s: s["then"]["findings"].append(s["then"]["findings"][0])),
    ("a warning that nobody gave", REFUSED, at("then", "findings", 0, "severity", "warning")),
    ("a line that has no finding", REFUSED, at("then", "findings", 3, "line", 2)),
    ("a finding of another document", REFUSED, at("then", "findings", 0, "document", "SO-2")),
    ("a message that was not shown", PARTS, at("then", "messages", [["nothing", "post"]])),
    ("a balance", PARTS, at("then", "balances", [{"customer": "C100", "balance": 0, "due": []}])),
    ("a reference", PARTS, at("then", "references", [{"record": "posted_invoice", "external_document_no": "X"}])),
    (
        "a reference of one record only",
        PARTS,
        at("then", "references", [{"record": "customer_ledger", "your_reference": "X"}]),
    ),
    ("a paid invoice", PARTS, at("then", "posted_status", [{"invoice": "SO-1", "status": "paid"}] * 2)),
    ("no invoice", PARTS, at("then", "invoices", [])),
    ("an invoice line less", PARTS, without("then", "invoices", 0, "lines", 0)),
    ("a currency", DOLLAR, without("then", "invoices", 0, "currency")),
    ("an amount in local currency", DOLLAR, at("then", "customer_ledger", 0, "amount_local", Decimal("0.01"))),
    ("a payment that was not made", CASH, without("then", "customer_ledger", 1)),
    ("an application", CASH, at("then", "applications", [dict(APPLIED, amount=124)])),
    ("no application", CASH, at("then", "applications", [])),
    ("an empty amount", CASH, at("then", "customer_ledger", 0, "amount", None)),
    ("a correction", PARTS, at("then", "shipments", 0, "lines", 0, "correction", True)),
    ("an order that is archived", PARTS, at("then", "documents", 0, "archived", True)),
    ("a refusal of a step that was done", TYPED, refused_later),
    ("nothing in a ledger", PARTS, at("then", "gl", None)),
]


@pytest.mark.parametrize(("name", "change"), each(3, [case[1:] for case in RIGHT]), ids=[case[0] for case in RIGHT])
async def test_the_same_written_otherwise_holds(database: str, name: str, change: Change):
    scenario = copy.deepcopy(read(name))
    change(scenario)
    words.check(scenario)
    await run(scenario, words.read_base(OWN_BASE))


@pytest.mark.parametrize(("name", "change"), each(3, [case[1:] for case in WRONG]), ids=[case[0] for case in WRONG])
async def test_something_else_does_not_hold(database: str, name: str, change: Change):
    scenario = copy.deepcopy(read(name))
    change(scenario)
    words.check(scenario)
    with pytest.raises(Mismatch):
        await run(scenario, words.read_base(OWN_BASE))
