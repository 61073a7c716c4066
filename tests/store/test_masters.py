"""Set-up and master records: what is refused, who may change what, and what the change log keeps."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.engine import reading
from tests.samples import each
from webapp.store import acting as rights
from webapp.store.acting import Acting, system
from webapp.store.masters import MASTERS, UnknownField, delete_master, get_master, list_masters, save_master
from webapp.store.packs import import_pack

ANNA = system(date(2026, 3, 16), "ANNA")
PACK = {
    "gl_accounts": [{"no": "6110", "name": "Sales"}, {"no": "6000", "name": "Income", "account_type": "heading"}],
    "units_of_measure": [{"code": "PCS"}, {"code": "HOUR"}],
    "gen_bus_groups": [{"code": "DOMESTIC"}],
    "gen_prod_groups": [{"code": "PARTS"}],
    "payment_terms": [{"code": "14D", "due_formula": "14D"}],
    "dimensions": [{"code": "DEPT"}, {"code": "AREA"}],
    "dimension_values": [{"dimension_code": "DEPT", "code": "SRV"}],
    "ledger_setup": [{"lcy_code": "EUR", "global_dimension_1_code": "DEPT"}],
    "number_series": [{"code": "ORDERS"}, {"code": "INVOICES", "gapless": True}],
    "number_series_lines": [{"series_code": "INVOICES", "line_no": 10000, "starting_no": "PIN-0001"}],
    "customers": [
        {"no": "C100", "name": "Alder Dairy", "city": "Zürich", "payment_terms_code": "14D"},
        {"no": "C110", "name": "Birch Bakery", "city": "Graz"},
        {"no": "C120", "name": "Cedar 100%", "bill_to_customer_no": "C110"},
    ],
    "items": [{"no": "I100", "description": "Pump seal", "base_uom": "PCS"}],
    "repair_statuses": [{"code": "NEW", "initial": True}, {"code": "DONE", "finished": True}],
}


@pytest.fixture
async def company(database: str) -> str:
    result = await import_pack(ANNA, PACK)
    assert not result.findings
    return database


async def saved(slug: str, key: tuple[Any, ...] | None, **values: Any) -> list[tuple[str, str]]:
    """What a save finds, as (code, field)."""
    _, findings = await save_master(ANNA, MASTERS[slug], key, values, None)
    return [(found.code, found.field) for found in findings]


def test_every_table_has_its_place_and_its_right():
    assert {"customers", "payment-terms", "gl-accounts", "currencies", "repair-statuses", "users"} <= set(MASTERS)
    assert MASTERS["gl-accounts"].pack_name == "gl_accounts"
    edited_by = {slug: master.permission for slug, master in MASTERS.items()}
    assert (edited_by["customers"], edited_by["gl-accounts"], edited_by["users"]) == ("clerk", "accountant", "admin")
    assert MASTERS["items"].fields["gen_prod_group"].permission == "accountant"
    assert set(edited_by.values()) <= rights.GRANTS["system"]


def test_secrets_and_bookkeeping_are_no_fields():
    hidden = {"id", "row_version", "password_hash", "search_text", "last_seal"}
    assert not any(hidden & set(master.fields) for master in MASTERS.values())


async def test_what_is_invoiced_after_the_service_cannot_be_prepaid(company: str):
    found = await saved("contract-templates", None, no="T1", prepaid="yes", invoice_after_service="yes")
    assert found == [("contract_prepaid_after_service", "invoice_after_service")]
    assert await saved("contract-templates", None, no="T1", service_period="often") == [
        ("date_formula_not_understood", "service_period")
    ]
    assert await saved("contract-templates", None, no="T1", prepaid="yes", service_period="3M") == []


# --- what is saved ------------------------------------------------------------------------------------------------


async def test_a_row_comes_back_as_it_went_in(company: str):
    values = {"no": "c200", "name": " Dover  Mills ", "credit_limit": "1000.5", "blocked": "ship", "city": "Oslo"}
    row, findings = await save_master(ANNA, MASTERS["customers"], None, values, None)
    assert not findings
    assert row == await get_master(MASTERS["customers"], ("C200",))
    assert (row["no"], row["name"], row["credit_limit"], row["row_version"]) == (
        "C200",
        "Dover  Mills",
        Decimal("1000.5"),
        1,
    )


async def test_a_change_raises_the_version_and_none_does_not(company: str):
    row, _ = await save_master(ANNA, MASTERS["customers"], ("C100",), {"city": "Bern"}, 1)
    assert row["row_version"] == 2
    row, _ = await save_master(ANNA, MASTERS["customers"], ("C100",), {"city": "Bern"}, 2)
    assert row["row_version"] == 2


async def test_settings_of_the_company_are_one_row(company: str):
    setup = MASTERS["ledger-setup"]
    row, findings = await save_master(ANNA, setup, (), {"allow_posting_from": date(2026, 1, 1)}, 1)
    assert not findings
    assert row["row_version"] == 2
    _, findings = await save_master(ANNA, MASTERS["inventory-setup"], None, {"automatic_cost_posting": True}, None)
    assert not findings
    assert (await get_master(MASTERS["inventory-setup"], ()) or {})["automatic_cost_posting"] is True


WRONG = [
    # what is typed into a customer, and what is said of it
    ({"no": ""}, [("field_required", "no")]),
    ({"no": "X" * 21}, [("text_too_long", "no")]),
    ({"name": "x" * 101}, [("text_too_long", "name")]),
    ({"name": "bell\a"}, [("text_not_allowed", "name")]),
    ({"name": ["a list"]}, [("text_not_allowed", "name")]),
    ({"nmae": "x"}, [("field_unknown", "nmae")]),
    ({"row_version": 7}, [("field_unknown", "row_version")]),
    ({"blocked": "maybe"}, [("choice_unknown", "blocked")]),
    ({"combine_shipments": "perhaps"}, [("flag_not_understood", "combine_shipments")]),
    ({"credit_limit": "ten"}, [("number_not_understood", "credit_limit")]),
    ({"credit_limit": 1.5}, [("number_not_understood", "credit_limit")]),
    ({"credit_limit": Decimal("NaN")}, [("number_not_understood", "credit_limit")]),
    ({"credit_limit": "1.000001"}, [("number_too_many_digits", "credit_limit")]),
    ({"credit_limit": 10**12}, [("number_too_many_digits", "credit_limit")]),
    ({"credit_limit": -1}, [("number_negative", "credit_limit")]),
    ({"payment_terms_code": "99D"}, [("reference_unknown", "payment_terms_code")]),
    ({"bill_to_customer_no": "C999"}, [("reference_unknown", "bill_to_customer_no")]),
    ({"ship_to_code": "HQ"}, [("reference_unknown", "ship_to_code")]),
    ({"no": "C100"}, [("already_exists", "no")]),
]


@pytest.mark.once
@pytest.mark.parametrize(("values", "expected"), WRONG, ids=lambda value: str(value)[:40])
async def test_a_wrong_customer_is_refused(company: str, values: dict[str, Any], expected: list[tuple[str, str]]):
    assert await saved("customers", None, **{"no": "C900", **values}) == expected
    assert await get_master(MASTERS["customers"], ("C900",)) is None


ACROSS = """
payment-terms | code=ODD due_formula=14X | due_formula date_formula_not_understood
payment-methods | code=CASH bal_account_no=2910 | bal_account_no reference_unknown
ledger-setup | allow_posting_from=2026-02-01 allow_posting_to=2026-01-31 | allow_posting_to range_upside_down
ledger-setup | amount_rounding_precision=0 | amount_rounding_precision number_out_of_range
ledger-setup | global_dimension_2_code=DEPT | global_dimension_2_code already_exists
service-setup | contract_nos=INVOICES posted_invoice_nos=INVOICES | posted_invoice_nos series_both_open_and_posted
number-series INVOICES | manual_nos=true | manual_nos gapless_series_manual
number-series-lines INVOICES 10000 | last_no_used=PIN-0009 | last_no_used gapless_series_last_no
number-series-lines | series_code=ORDERS starting_no=NEXT | starting_no number_not_a_number
number-series-lines | series_code=ORDERS | starting_no field_required
number-series-lines | series_code=ORDERS starting_no=A1 increment_by=0 | increment_by number_out_of_range
customer-posting-groups | code=D receivables=6000 | receivables account_not_posting
gl-accounts 6000 | direct_posting=true | direct_posting account_not_posting
price-list-lines | product_no=I999 starting_date=2026-01-01 | product_no reference_unknown
price-list-lines | product_no=I100 | starting_date field_required
default-dimensions | table_name=item no=I999 dimension_code=DEPT | no reference_unknown
default-dimensions | table_name=item no=I100 dimension_code=DEPT rule=same_code | value_code field_required
dimension-combinations | dimension_1_code=DEPT value_1_code=X dimension_2_code=AREA | value_1_code reference_unknown
bank-accounts | no=NEW iban=AT001904300234573201 | iban iban_wrong
bank-accounts | no=NEW bic=XX | bic bic_wrong
repair-statuses | code=AGAIN initial=true | initial flag_once
items | no=I900 description=x net_weight=2 gross_weight=1.9 | gross_weight gross_below_net
currency-rates | currency_code=USD starting_date=2026-01-01 exchange_amount=0 | exchange_amount number_out_of_range
vat-posting-setup | vat_bus_group=A vat_prod_group=B vat_pct=101 | vat_pct number_out_of_range
service-items |no=S warranty_start_parts=2026-02-01 warranty_end_parts=2026-01-01| warranty_end_parts range_upside_down
"""


@pytest.mark.parametrize(
    "row", each(6, ACROSS.strip().splitlines(), pytest.mark.once), ids=lambda row: " ".join(row.split())[:60]
)
async def test_fields_that_do_not_go_together_are_refused(company: str, row: str):
    where, typed, expected = (part.split() for part in row.split("|"))
    master = MASTERS[where[0]]
    key = tuple(int(part) if part.isdigit() and len(part) == 5 else part for part in where[1:])
    values = dict(pair.split("=") for pair in typed)
    field, code = expected
    assert await saved(where[0], key if key or master.single else None, **values) == [(code, field)]


async def test_all_faults_come_at_once_and_name_the_record(company: str):
    _, findings = await save_master(ANNA, MASTERS["customers"], ("C100",), {"blocked": "x", "credit_limit": -1}, None)
    assert {(found.record, found.field) for found in findings} == {("C100", "blocked"), ("C100", "credit_limit")}
    assert all(found.table == "customer" and found.message and found.remedy for found in findings)


async def test_a_key_stays(company: str):
    assert await saved("customers", ("C100",), no="C101") == [("key_cannot_change", "no")]
    assert await saved("customers", ("C999",), name="x") == [("does_not_exist", "")]


async def test_a_used_line_of_a_gapless_series_counts_on_as_it_began(company: str):
    line = MASTERS["number-series-lines"]
    assert await saved("number-series-lines", ("INVOICES", 10000), starting_no="PIN-0100") == []
    async with reading() as session:
        assert await session.fetch("SELECT starting_no FROM number_series_line") == [("PIN-0100",)]
    await save_master(ANNA, MASTERS["number-series"], ("INVOICES",), {"gapless": False}, None)
    await save_master(ANNA, line, ("INVOICES", 10000), {"last_no_used": "PIN-0107"}, None)
    await save_master(ANNA, MASTERS["number-series"], ("INVOICES",), {"gapless": True}, None)
    assert await saved("number-series-lines", ("INVOICES", 10000), starting_no="PIN-0200") == [
        ("gapless_series_last_no", "starting_no")
    ]
    assert [found.code for found in await delete_master(ANNA, line, ("INVOICES", 10000), None)] == ["used_elsewhere"]


# --- who may, who was first, who did it ---------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "values", "allowed"),
    [
        ("viewer", {"city": "Bern"}, False),
        ("clerk", {"city": "Bern"}, True),
        ("poster", {"city": "Bern"}, True),
        ("accountant", {"city": "Bern"}, False),
        ("admin", {"city": "Bern"}, False),
        ("clerk", {"gen_bus_group": "DOMESTIC"}, False),
        ("accountant", {"gen_bus_group": "DOMESTIC"}, True),
        ("clerk", {"gen_bus_group": "", "city": "Bern"}, True),
    ],
)
async def test_clerks_edit_customers_and_accountants_their_posting_groups(
    company: str, role: str, values: dict[str, Any], allowed: bool
):
    person = Acting("PERSON", role, date(2026, 3, 16))
    row, findings = await save_master(person, MASTERS["customers"], ("C100",), values, None)
    assert [found.code for found in findings] == ([] if allowed else ["may_not"])
    assert row["row_version"] == (2 if allowed else 1)


async def test_the_second_of_two_changes_is_told_who_was_first(company: str):
    clerk = Acting("BERTA", "clerk", date(2026, 3, 16))
    await save_master(clerk, MASTERS["customers"], ("C100",), {"city": "Bern", "credit_limit": 5}, 1)
    _, findings = await save_master(ANNA, MASTERS["customers"], ("C100",), {"name": "Alder"}, 1)
    assert [found.code for found in findings] == ["changed_by_someone_else"]
    assert "BERTA" in findings[0].message
    assert "credit limit" in findings[0].message
    assert (await get_master(MASTERS["customers"], ("C100",)) or {})["name"] == "Alder Dairy"


async def test_every_change_is_in_the_log_without_passwords(company: str):
    users = MASTERS["users"]
    await save_master(ANNA, users, None, {"user_name": "berta", "role": "clerk"}, None)
    await save_master(ANNA, users, ("BERTA",), {"role": "poster"}, None)
    await delete_master(ANNA, users, ("BERTA",), None)
    async with reading() as session:
        rows = await session.fetch(
            "SELECT action, user_name, before, after FROM change_log WHERE table_name = 'app_user' ORDER BY entry_no"
        )
    assert [row[:2] for row in rows] == [("insert", "ANNA"), ("update", "ANNA"), ("delete", "ANNA")]
    assert json.loads(rows[1][2]) == {"role": "clerk"}
    assert json.loads(rows[1][3]) == {"role": "poster"}
    assert not any("password" in text for row in rows for text in row[2:])


# --- deleting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "key", "used_by"),
    [
        ("payment-terms", ("14D",), "Customer"),
        ("customers", ("C110",), "Customer"),
        ("units-of-measure", ("PCS",), "Item"),
        ("dimensions", ("DEPT",), "setup"),
        ("number-series", ("INVOICES",), "Number series line"),
    ],
)
async def test_what_is_used_stays_and_the_finding_says_where(
    company: str, slug: str, key: tuple[str, ...], used_by: str
):
    findings = await delete_master(ANNA, MASTERS[slug], key, None)
    assert [found.code for found in findings] == ["used_elsewhere"]
    assert used_by in findings[0].message
    assert await get_master(MASTERS[slug], key) is not None


async def test_codes_without_a_foreign_key_count_as_used(company: str):
    price = {"product_type": "item", "product_no": "I100", "starting_date": "2026-01-01", "unit_price": 9}
    assert await saved("price-list-lines", None, **price) == []
    findings = await delete_master(ANNA, MASTERS["items"], ("I100",), None)
    assert "Price list line" in findings[0].message


async def test_what_is_free_goes(company: str):
    assert await delete_master(ANNA, MASTERS["customers"], ("C120",), 1) == []
    assert await get_master(MASTERS["customers"], ("C120",)) is None
    again = await delete_master(ANNA, MASTERS["customers"], ("C120",), 1)
    assert [found.code for found in again] == ["does_not_exist"]


# --- lists --------------------------------------------------------------------------------------------------------


async def numbers(**options: Any) -> list[str]:
    return [row["no"] for row in (await list_masters(MASTERS["customers"], **options)).rows]


async def test_a_search_finds_beginnings_of_words_without_accents(company: str):
    assert await numbers(search="zur") == ["C100"]
    assert await numbers(search="ZÜR ald") == ["C100"]
    assert await numbers(search="c1") == ["C100", "C110", "C120"]
    assert await numbers(search="akery") == []
    assert await numbers(search="100%") == ["C120"]
    assert [row["code"] for row in (await list_masters(MASTERS["payment-terms"], search="14")).rows] == ["14D"]


async def test_a_list_is_filtered_and_sorted(company: str):
    assert await numbers(filters={"city": "Graz"}) == ["C110"]
    assert await numbers(filters={"bill_to_customer_no": ""}) == ["C100", "C110"]
    assert await numbers(filters={"bill_to_customer_no__ne": ""}) == ["C120"]
    assert await numbers(filters={"no__gte": "C110", "no__lt": "C120"}) == ["C110"]
    assert await numbers(sort="-name") == ["C120", "C110", "C100"]
    for wrong in ({"filters": {"town": "x"}}, {"filters": {"no__like": "x"}}, {"sort": "town"}, {"after": "?"}):
        with pytest.raises(UnknownField):
            await numbers(**wrong)


@pytest.mark.parametrize(
    "sort", ["", "-no", "name", "city", "-credit_limit", "payment_terms_code", "-payment_terms_code"]
)
async def test_pages_follow_each_other_without_a_gap_or_a_repeat(company: str, sort: str):
    wanted = {"customers": [{"no": f"D{i:02}", "name": f"N{i % 4}", "credit_limit": i % 3} for i in range(20)]}
    await import_pack(ANNA, wanted)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = await list_masters(MASTERS["customers"], sort=sort, after=after, limit=5)
        seen += [row["no"] for row in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == await numbers(sort=sort, limit=100)
    assert len(seen) == 23


async def test_lists_with_blanks_in_their_key_are_paged_too(company: str):
    lines = [
        {"product_no": "I100", "starting_date": f"2026-01-{day:02}", "uom": uom}
        for day in range(1, 5)
        for uom in ("", "PCS")
    ]
    assert not (await import_pack(ANNA, {"price_list_lines": lines})).findings
    first = await list_masters(MASTERS["price-list-lines"], limit=5, sort="-ending_date")
    second = await list_masters(MASTERS["price-list-lines"], limit=5, sort="-ending_date", after=first.next)
    assert len(first.rows) + len(second.rows) == 8
    assert second.next is None


# --- whatever is sent ---------------------------------------------------------------------------------------------

NASTY: list[Any] = [
    None, "", " ", "x", "0", "-1", 0, -1, 7, 2**31, 2**63, 10**30, True, False, 1.5, float("nan"), Decimal("NaN"),
    Decimal("-Infinity"), Decimal("1e-9"), Decimal("1e50"), "1e5", "999999999999.99999", "true", "none", "2026-02-30",
    "0001-01-01", "9999-12-31", date.min, date.max, "a" * 5000, "\x00", "\ud800", "'; DROP TABLE customer; --",
    "ÄÖß İ", "\u202e", [], {}, ["x"], {"x": 1}, b"bytes", object(),
]  # fmt: skip


@pytest.mark.parametrize("slug", each(6, MASTERS, pytest.mark.once))
async def test_whatever_is_sent_is_saved_as_it_was_or_refused_with_findings(company: str, slug: str):
    master = MASTERS[slug]
    for value in NASTY:
        values = dict.fromkeys(master.fields, value)
        row, findings = await save_master(ANNA, master, () if master.single else None, values, None)
        if any(found.is_error for found in findings):
            continue
        assert await get_master(master, master.key_of(row)) == row
