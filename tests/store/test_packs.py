"""Company packs: in and out, all or nothing, exact, and every fault with its path."""

from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from db.engine import reading
from webapp.store.acting import Acting, system
from webapp.store.masters import MASTERS, get_master
from webapp.store.packs import (
    PackResult,
    PackUnreadable,
    export_pack,
    import_pack,
    read_pack,
    write_pack,
    write_pack_json,
)

ANNA = system(date(2026, 3, 16), "ANNA")

COMPANY = """
customers:                      # before what they refer to, and the payer after its customer
- {no: C100, name: Alder Dairy, payment_terms_code: 14D, bill_to_customer_no: C900, credit_limit: 1000.10}
- {no: C900, name: Payer, currency_code: USD}
payment_terms:
- {code: 14D, due_formula: 14D}
currencies:
- {code: USD, amount_rounding_precision: 0.01}
currency_rates:
- {currency_code: USD, starting_date: 2026-01-01, exchange_amount: 1.085732, relational_amount: 1}
items:
- {no: 0100, description: 'no', unit_price: 12.34567, unit_cost: 8, base_uom: PCS}
units_of_measure: [{code: PCS}]
ledger_setup: {lcy_code: EUR}
opening_stock:
- {item_no: '0100', quantity: 3.5}
"""


async def imported(text: str, **options: Any) -> PackResult:
    return await import_pack(ANNA, read_pack(text), **options)


def counts(result: PackResult) -> tuple[int, int, int]:
    assert not result.findings
    return result.created, result.changed, result.unchanged


async def test_a_pack_is_taken_in_whatever_the_order_of_its_tables(database: str):
    assert counts(await imported(COMPANY)) == (9, 0, 0)
    customer = await get_master(MASTERS["customers"], ("C100",)) or {}
    assert (customer["credit_limit"], customer["bill_to_customer_no"]) == (Decimal("1000.1"), "C900")
    rate = await get_master(MASTERS["currency-rates"], ("USD", date(2026, 1, 1))) or {}
    assert rate["exchange_amount"] == Decimal("1.085732")
    item = await get_master(MASTERS["items"], ("0100",)) or {}
    assert (item["unit_price"], item["description"]) == (Decimal("12.34567"), "no")


async def test_importing_twice_changes_nothing(database: str):
    await imported(COMPANY)
    async with reading() as session:
        before = await session.fetch("SELECT COUNT(*), MAX(entry_no) FROM change_log")
    assert counts(await imported(COMPANY)) == (0, 0, 9)
    async with reading() as session:
        assert await session.fetch("SELECT COUNT(*), MAX(entry_no) FROM change_log") == before


async def test_a_pack_changes_what_it_names_and_leaves_the_rest(database: str):
    await imported(COMPANY)
    assert counts(await imported("customers: [{no: C100, name: Alder}]")) == (0, 1, 0)
    customer = await get_master(MASTERS["customers"], ("C100",)) or {}
    assert (customer["name"], customer["payment_terms_code"], customer["row_version"]) == ("Alder", "14D", 2)


async def test_a_trial_run_says_what_would_happen_and_writes_nothing(database: str):
    assert counts(await imported(COMPANY, dry_run=True)) == (9, 0, 0)
    assert await export_pack() == {}


@pytest.mark.parametrize("as_text", [write_pack, write_pack_json])
async def test_an_export_is_a_pack_that_changes_nothing(database: str, as_text: Any):
    await imported(COMPANY)
    text = as_text(await export_pack())
    assert counts(await imported(text)) == (0, 0, 9)
    assert as_text(await export_pack()) == text


FAULTS = [
    ("customers: [{no: A}, {no: B, payment_terms_code: X}]", "customers[1].payment_terms_code", "reference_unknown"),
    ("customers: [{no: A, nmae: x}]", "customers[0].nmae", "field_unknown"),
    ("customers: [{no: A}, {no: A}]", "customers[1].no", "already_exists"),
    ("customers: [{name: x}]", "customers[0].no", "field_required"),
    ("customers: [{no: A, credit_limit: much}]", "customers[0].credit_limit", "number_not_understood"),
    ("customers: [{no: A, id: 7}]", "customers[0].id", "field_unknown"),
    ("customers: [just text]", "customers[0]", "not_a_record"),
    ("customers: {no: A}", "customers", "not_a_list"),
    ("clients: [{no: A}]", "clients", "table_unknown"),
    ("app_users: [{user_name: A}]", "app_users", "table_unknown"),
    ("users: [{user_name: A, password_hash: x}]", "users[0].password_hash", "field_unknown"),
    ("ledger_setup: [{lcy_code: EUR}, {lcy_code: USD}]", "ledger_setup", "not_a_list"),
    ("repair_statuses: [{code: A, initial: yes}, {code: B, initial: yes}]", "repair_statuses[0].initial", "flag_once"),
    ("opening_stock: [{item_no: I1, quantity: 1}]", "opening_stock[0].item_no", "reference_unknown"),
    ("opening_stock: 5", "opening_stock", "not_a_list"),
]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize(("text", "path", "code"), FAULTS, ids=[fault[1] for fault in FAULTS])
async def test_a_fault_is_reported_with_its_path_and_nothing_is_kept(database: str, text: str, path: str, code: str):
    good = "units_of_measure: [{code: PCS}]\n"
    result = await imported(good + text)
    assert (path, code) in [(found.record, found.code) for found in result.findings]
    assert (result.created, result.changed, result.unchanged) == (0, 0, 0)
    assert await export_pack() == {}


@pytest.mark.once
async def test_every_fault_is_reported_at_once(database: str):
    text = "customers: [{no: A, credit_limit: x, currency_code: XXX}, {no: B, payment_terms_code: 30D}]"
    assert {found.record for found in (await imported(text)).findings} == {
        "customers[0].credit_limit",
        "customers[0].currency_code",
        "customers[1].payment_terms_code",
    }


async def test_rows_that_refer_to_each_other_in_a_circle_are_taken(database: str):
    text = (
        "customers: [{no: A, bill_to_customer_no: B}, {no: B, bill_to_customer_no: A}, {no: C, bill_to_customer_no: C}]"
    )
    assert counts(await imported(text)) == (3, 0, 0)
    for no, payer in (("A", "B"), ("B", "A"), ("C", "C")):
        assert (await get_master(MASTERS["customers"], (no,)) or {})["bill_to_customer_no"] == payer


async def test_a_pack_does_not_exceed_the_rights_of_who_imports_it(database: str):
    clerk = Acting("BERTA", "clerk", date(2026, 3, 16))
    result = await import_pack(clerk, read_pack("customers: [{no: A}]\ngl_accounts: [{no: '1'}]"))
    assert [(found.record, found.code) for found in result.findings] == [("gl_accounts[0]", "may_not")]


NO_PACKS = [
    *("", "just text", "- a list", "{", "a: [", "a: 1\na: 2"),
    *("customers: [{no: 1, no: 2}]", "? [a]\n: b", "a: !!python/object:os.x {}"),
]


@pytest.mark.once
@pytest.mark.parametrize("text", NO_PACKS)
def test_what_is_no_pack_is_refused(text: str):
    with pytest.raises(PackUnreadable):
        read_pack(text)


def test_numbers_and_names_are_read_exactly():
    row = read_pack("t: [{no: yes, a: 0.10, b: 007, c: 2026-01-31, d: ~, e: 1e5, f: true, g: -3, h: '1.0'}]")["t"][0]
    assert row == {
        "no": "yes", "a": Decimal("0.10"), "b": "007", "c": date(2026, 1, 31), "d": None, "e": "1e5",
        "f": True, "g": -3, "h": "1.0",
    }  # fmt: skip
    assert str(row["a"]) == "0.10"
    assert read_pack('{"t": [{"a": 0.10}]}') == {"t": [{"a": Decimal("0.10")}]}


@pytest.mark.once
async def test_nested_lists_cannot_blow_up(database: str):
    text = "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\ncustomers: [{no: A, name: *c}]"
    assert (await imported(text)).findings


async def test_thousands_of_rows_take_seconds(database: str):
    pack = {
        "payment_terms": [{"code": "14D", "due_formula": "14D"}],
        "customers": [{"no": f"C{i:05}", "name": f"Customer {i}", "payment_terms_code": "14D"} for i in range(5000)],
    }
    start = perf_counter()
    assert counts(await import_pack(ANNA, read_pack(write_pack(pack)))) == (5001, 0, 0)
    assert counts(await import_pack(ANNA, pack)) == (0, 0, 5001)
    print(f"5,001 rows twice: {perf_counter() - start:.1f} s")
