"""What is refused while an order is entered, and what is told beside it: through the services, on a database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.engine import reading, transaction
from tests.builders import TODAY, D, catalog, order, pack, posted, retyped
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.posting.changes import Draft, change_header_field
from webapp.posting.discounts import with_typed_discount
from webapp.posting.finance import FinanceWriter
from webapp.posting.line_changes import change_line_field
from webapp.posting.plan import REQUESTS, plan_posting
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.posting import post_document


def codes(found: drafts.Saved) -> list[str]:
    return [one.code for one in (*found.findings, *found.notices)]


async def new(**values: Any) -> list[str]:
    return codes(await drafts.create_document(ANNA, "order", {"customer_no": "C-GOOD", **values}))


async def test_numbers_of_new_orders(database: str):
    await enter_company(
        pack(number_series={"TYPED": {"manual_nos": True, "default_nos": False}, "DRAWN": {"default_nos": True}})
    )
    assert await new(no="SO-1") == []
    assert await new(no="SO-1") == ["number_used"]
    await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    for series, no, expected in (
        ("DRAWN", "SO-7", ["number_not_allowed"]),
        ("TYPED", "", ["number_must_be_typed"]),
        ("", "", ["series_missing"]),
    ):
        async with transaction() as session:
            await session.execute("UPDATE service_setup SET service_order_nos = ?", series or None)
        assert await new(no=no) == expected


async def test_the_number_of_a_closed_order_is_never_used_again(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.closed and await drafts.load_document(ORDER) is None
    assert await new(no="SO-1") == ["number_used"]


@pytest.mark.parametrize("kind", ["invoice", "credit_memo"])
async def test_a_posted_invoice_with_a_shipment_uses_up_its_own_number_alone(database: str, kind: str):
    """Its shipment names no order; that must not make every number look used."""
    await enter_company(pack(service_setup={"shipment_on_invoice": True}))
    first = await _invoice()
    await drafts.add_line(ANNA, first, {"type": "item", "no": "PUMP", "quantity": Decimal(1)})
    assert (await post_document(ANNA, first, REQUESTS["ship_and_invoice"])).ok
    before = await _last_numbers()
    saved = await drafts.create_document(ANNA, kind, {"customer_no": "C-GOOD"})
    assert saved.ok and saved.key
    after = await _last_numbers()
    assert [no for no in after if no not in before] == [saved.key.no]
    again = await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD", "no": first.no})
    assert codes(again) in (["number_used"], ["number_not_allowed"])


async def test_a_refused_document_gives_its_numbers_back(database: str):
    await enter_company(pack())
    used = await _invoice()
    async with transaction() as session:  # the series is at its end and would give a number that is used
        await session.execute(
            "UPDATE number_series_line SET last_no_used = '', ending_no = ? WHERE last_no_used = ?", used.no, used.no
        )
    before = await _last_numbers()
    refused = await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"})
    assert refused.key is None and codes(refused) == ["series_exhausted"]
    assert await _last_numbers() == before


async def _invoice() -> DocumentKey:
    saved = await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"})
    assert saved.key
    return saved.key


async def _last_numbers() -> list[str]:
    async with reading() as session:
        return [str(row[0]) for row in await session.fetch("SELECT last_no_used FROM number_series_line ORDER BY id")]


async def test_documents_that_are_gone_or_changed(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    nobody = DocumentKey("order", "SO-9")
    assert codes(await drafts.change_header(ANNA, nobody, {"your_reference": "x"})) == ["document_gone"]
    assert codes(await drafts.change_line(ANNA, ORDER, 10000, {"quantity": D(2)}, row_version=1)) == [
        "document_changed"
    ]
    assert codes(await drafts.change_line(ANNA, ORDER, 90000, {"quantity": D(2)})) == ["line_gone"]
    assert codes(await drafts.change_line(ANNA, ORDER, 10000, {"colour": "red"})) == ["field_unknown"]
    assert codes(await drafts.change_line(ANNA, ORDER, 10000, {"work_type_code": "NONE"})) == ["reference_unknown"]


async def test_service_item_lines(database: str):
    await enter_company(pack(service_items={"OTHER": {"customer_no": "C-EU"}}))
    await enter_order("C-GOOD", ["10000 item PUMP qty 1 on 10000"], ["10000 MIXER"])
    other = {"service_item_no": "OTHER"}
    assert codes(await drafts.add_item_line(ANNA, ORDER, other)) == ["service_item_of_other_customer"]
    assert codes(await drafts.delete_item_line(ANNA, ORDER, 10000)) == ["item_line_in_use"]
    async with transaction() as session:
        await session.execute("UPDATE service_header SET release_status = 'released_to_ship'")
    assert codes(await drafts.change_item_line(ANNA, ORDER, 10000, {"description": "x"})) == ["item_line_released"]


async def test_an_order_that_only_an_item_line_holds_open_is_closed_by_hand(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"], ["10000 PRESS"])
    assert codes(await drafts.close_order(ANNA, ORDER)) == ["order_cannot_be_closed"]
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert [one.code for one in result.notices] == ["order_kept_open"] and not result.closed
    assert codes(await drafts.close_order(ANNA, ORDER)) == ["order_closed"]
    assert await drafts.load_document(ORDER) is None


# --- without a database ----------------------------------------------------------------------------------------------


def draft(before: Any) -> Draft:
    people = {"C-GOOD": before.customer, "C-EU": order(customer="C-EU").customer}
    return Draft(before.setup, before.header, before.item_lines, before.lines, catalog(), people)


def test_a_document_of_a_contract_keeps_its_customer():
    before = order()
    of_contract = changed(before, header=changed(before.header, contract_no="SC-1"))
    (found,) = change_header_field(draft(of_contract), "customer_no", "C-EU", answer="yes").findings
    assert found.code == "contract_header"


@pytest.mark.parametrize(
    ("name", "value"),
    [("currency_code", "EUR"), ("prices_including_vat", True), ("gen_bus_group", "EU"), ("vat_bus_group", "EU")],
)
def test_the_invoice_of_a_contract_keeps_what_its_lines_come_from(name: str, value: Any):
    before = order()
    made_from = changed(before.header, contract_no="SC-1", document_type="invoice")
    typed = change_header_field(draft(changed(before, header=made_from)), name, value, answer="yes")
    assert [found.code for found in typed.findings] == ["contract_header"]
    of_order = changed(before.header, contract_no="SC-1")
    assert change_header_field(draft(changed(before, header=of_order)), name, value, answer="yes").findings == ()


def test_the_vat_switch_is_refused_with_a_maximum_labour_price():
    before = order(max_labor_unit_price=D(100))
    (found,) = change_header_field(draft(before), "prices_including_vat", True, answer="yes").findings
    assert found.code == "labor_price_set"


def test_lines_keep_their_location_and_say_so():
    changed = change_header_field(draft(order()), "location_code", "EAST")
    assert [notice.code for notice in changed.notices] == ["values_kept_notice"]


NEWER = {("EUR", date(2025, 3, 15)): {"exchange_amount": D(100), "relational_amount": D(750)}}


def test_a_new_posting_date_with_another_rate_asks_and_may_leave_it():
    """D-12, P-144: without an answer nothing changes."""
    before = order(of=pack(currency_rates=NEWER), customer="C-EURO")
    asks = change_header_field(draft(before), "posting_date", date(2025, 3, 20))
    assert [found.code for found in asks.findings] == ["rate_not_confirmed"] and asks.draft.header == before.header
    keeps = change_header_field(draft(before), "posting_date", date(2025, 3, 20), answer="keep")
    assert keeps.findings == keeps.notices == ()
    assert keeps.draft.header.relational_amount == D("746.03")
    assert keeps.draft.lines[0].posting_date == keeps.draft.header.posting_date == date(2025, 3, 20)
    same_rate = change_header_field(draft(before), "posting_date", date(2025, 3, 14))
    assert same_rate.findings == same_rate.notices == ()
    own_currency = change_header_field(draft(order()), "posting_date", date(2025, 3, 20))
    assert own_currency.findings == ()


def test_a_new_posting_date_brings_the_rate_of_the_day_and_keeps_prices():
    before = order(of=pack(currency_rates=NEWER), customer="C-EURO")
    changed = change_header_field(draft(before), "posting_date", date(2025, 3, 20), answer="yes")
    assert [notice.code for notice in changed.notices] == ["prices_unchanged_notice"]
    assert (before.header.relational_amount, changed.draft.header.relational_amount) == (D("746.03"), 750)
    assert changed.draft.lines[0].unit_price == before.lines[0].unit_price
    assert changed.draft.lines[0].posting_date == changed.draft.header.document_date == date(2025, 3, 20)


def test_dates_of_the_work_in_order():
    changed = change_header_field(draft(order()), "starting_date", TODAY.replace(day=1))
    assert [found.code for found in changed.findings] == ["date_order"]


@pytest.mark.parametrize(
    ("line", "amount", "code"),
    [
        ("10000 gl_account 6510 qty 1 price 50", "5", "no_invoice_discount_base"),
        ("10000 item PUMP qty 1", "501", "number_out_of_range"),
    ],
)
def test_typed_invoice_discounts(line: str, amount: str, code: str):
    before = order(line)
    _, (found,) = with_typed_discount(before.setup, before.header, before.lines, D(amount))
    assert found.code == code


def test_the_last_part_invoice_tells_the_cents_to_one_invoice():
    """Three times 0.33 + 0.08 VAT are 1.23; at once 0.99 + 0.25 = 1.24 (P-61)."""
    before = order("10000 item SEAL qty 3 price 0.33")
    for part in (1, 2, 3):
        before = retyped(before, 10000, qty_to_ship=D(1), qty_to_invoice=D(1))
        plan = plan_posting(before, REQUESTS["ship_and_invoice"])
        assert [one.code for one in plan.notices] == (["invoices_differ_by_rounding"] if part == 3 else [])
        before = posted(before, plan)
    assert "-0.01" in plan.notices[0].message


def test_entries_that_do_not_balance_are_never_written(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(FinanceWriter, "customer", lambda self: None)
    plan = plan_posting(order(), REQUESTS["ship_and_invoice"])
    assert [found.code for found in plan.errors] == ["ledger_not_balanced"] and not plan.may_post
    assert "-625.00" in plan.errors[0].message


DIMENSIONS: dict[str, Any] = {
    "ledger_setup": {"global_dimension_1_code": "DEPT"},
    "dimension_values": {("DEPT", "FIELD"): {}, ("DEPT", "OLD"): {"blocked": True}},
}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("e_mail", "not an address", "mail_address_wrong"),
        ("e_mail", "ines@pumps.example", ""),
        ("e_mail", "", ""),
        ("invoice_disc_code", "NOSUCH", "reference_unknown"),
        ("invoice_disc_code", "FIVE", ""),
        ("dim_1", "NOSUCH", "dimension_value_unknown"),
        ("dim_1", "OLD", "dimension_value_blocked"),
        ("dim_1", "FIELD", ""),
        ("dim_1", "", ""),
        ("relational_amount", D(2), "rate_of_own_currency"),
    ],
)
def test_a_header_takes_only_what_is_there(name: str, value: Any, code: str):
    before = draft(order(of=pack(**DIMENSIONS)))
    typed = change_header_field(before, name, value)
    assert [found.code for found in typed.findings] == [code] * bool(code)
    assert getattr(typed.draft.header, name) == (getattr(before.header, name) if code else value)


def test_lines_take_only_dimension_values_that_are_there():
    before = draft(order(of=pack(**DIMENSIONS)))
    line, found = change_line_field(before, before.lines[0], "dim_1", "NOSUCH")
    assert line == before.lines[0]
    assert [one.message for one in found] == ["Line 10000: Dimension DEPT has no value NOSUCH."]
    assert change_line_field(before, before.lines[0], "dim_1", "FIELD")[0].dim_1 == "FIELD"
