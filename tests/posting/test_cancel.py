"""Cancelling posted invoices: every figure goes back to where it was, and can be invoiced again (P-186, O-7, O-39)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.looking import cancel_differences
from tests.posting.examples import EXAMPLES
from tests.posting.ledger_text import run_example
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, InDatabase, accept, database_rows, enter_company, enter_order
from tests.samples import each
from webapp.posting.cancel import plan_cancel
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.posting.undo import UndoRequest
from webapp.store import drafts
from webapp.store.cancel import CancelResult, cancel_invoice, look_at_cancel
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import post_document
from webapp.store.undo import undo_lines

pytestmark = pytest.mark.anyio
INVOICED = {name: text for name, text in EXAMPLES.items() if "post" in text and "credit_memo" not in text}
BOTH = PostingRequest(ship=True, invoice=True)


async def posted(key: DocumentKey, request: PostingRequest = BOTH) -> list[str]:
    result = await post_document(ANNA, key, request)
    assert result.ok, [found.message for found in result.findings]
    return [one.no for one in result.posted]


async def cancelled(no: str, day: date = TODAY, *, correct: bool = False) -> CancelResult:
    """Cancels, after a look: what was shown is what was written."""
    looked = await look_at_cancel(ANNA, no, day)
    result = await cancel_invoice(ANNA, no, day, correct=correct)
    assert looked is not None and result is not None
    assert await cancel_differences(looked, result, ANNA.user) == []
    return result


async def sums(sql: str) -> dict[str, Any]:
    return {row["of"]: row["value"] for row in await database_rows(sql)}


OPEN = "SELECT no AS of, cancelled_by AS value FROM service_invoice_header WHERE cancelled_by = '' ORDER BY no"
VAT = "SELECT vat_prod_group AS of, SUM(base) * 1000 + SUM(amount) AS value FROM vat_entry GROUP BY vat_prod_group"
OWED = "SELECT customer_no AS of, SUM(amount) AS value FROM detailed_customer_entry GROUP BY customer_no"
SOLD = "SELECT item_no AS of, SUM(sales_amount_actual) AS value FROM value_entry GROUP BY item_no"
SERVICE = "SELECT no AS of, SUM(amount_lcy) AS value FROM service_ledger_entry WHERE entry_type = 'sale' GROUP BY no"


@pytest.mark.parametrize("text", each(3, INVOICED.values(), pytest.mark.once), ids=INVOICED)
async def test_every_example_goes_back_to_nothing_and_forward_again(database: str, text: str):
    """All invoices of an example cancelled: nothing is owed, taxed or sold, and the books prove right. Then what is
    shipped is invoiced again, and cancelled again."""
    await run_example(InDatabase(), text)
    for _ in range(2):
        numbers = list(await sums(OPEN))
        for no in numbers:
            result = await cancelled(no)
            assert result.ok, [found.message for found in result.findings]
        assert await faults() == []
        for sql in (VAT, OWED, SOLD, SERVICE):
            assert set((await sums(sql)).values()) <= {0, Decimal(0)}
        if not numbers:
            return
        document = await drafts.load_document(ORDER)
        assert document is not None and not any(line.quantity_invoiced for line in document.lines)
        again = await post_document(ANNA, ORDER, BOTH)
        assert again.ok, [found.message for found in again.findings]
        assert await faults() == []


async def test_a_part_that_was_invoiced_at_once_is_invoiced_again_with_the_rest(database: str):
    """Shipping 4 and invoicing 1 makes two item entries; after cancelling, one invoice takes from both."""
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    accept(await drafts.change_line(ANNA, key, 10000, {"qty_to_invoice": Decimal(1)}))
    _, no = await posted(key)
    assert (await cancelled(no)).ok and await faults() == []
    (invoice_no,) = await posted(key, PostingRequest(invoice=True))
    rows = await database_rows(f"SELECT * FROM value_entry WHERE document_no = '{invoice_no}'")
    assert sorted(row["invoiced_quantity"] for row in rows) == [-300000, -100000]
    assert sum(row["cost_amount_actual"] for row in rows) == -128000000
    assert await faults() == [] and await drafts.load_document(key) is None


async def test_goods_of_an_order_come_back_by_undoing_its_shipment(database: str):
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 2", "20000 resource LINA qty 1"])
    shipment_no, no = await posted(key)
    result = await cancelled(no)
    assert result.reopened == ("SO-1",)
    undone = await undo_lines(ANNA, shipment_no, UndoRequest("undo_shipment", frozenset({10000, 20000})))
    assert undone is not None and undone.ok, undone
    assert await faults() == []
    stock = await database_rows("SELECT SUM(remaining_quantity) AS left FROM item_ledger_entry WHERE item_no = 'PUMP'")
    assert stock[0]["left"] == 1000_00000


async def test_a_closed_order_is_open_again_under_its_number_and_closes_again(database: str):
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 resource LINA qty 2", "20000 text Thank you"], ["10000 MIXER"])
    _, no = await posted(key)
    assert await drafts.load_document(key) is not None  # the service item line has no lines
    accept(await drafts.close_order(ANNA, key))
    assert (await cancelled(no)).reopened == ("SO-1",)
    document = await drafts.load_document(key)
    assert document is not None
    assert [line.service_item_no for line in document.item_lines] == ["MIXER"]
    assert [(line.qty_to_invoice, line.qty_shipped_not_invoiced) for line in document.lines] == [(2, 2), (0, 0)]
    await posted(key, PostingRequest(invoice=True))
    accept(await drafts.close_order(ANNA, key))
    versions = await database_rows("SELECT version FROM order_archive WHERE no = 'SO-1' ORDER BY version")
    assert [row["version"] for row in versions] == [1, 2]


async def test_warranty_opens_again(database: str):
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 1 on 10000", "20000 resource LINA qty 1"], ["10000 MIXER"])
    _, no = await posted(key)
    closed = await database_rows("SELECT open FROM warranty_ledger_entry")
    assert (await cancelled(no)).ok
    opened = await database_rows("SELECT open FROM warranty_ledger_entry")
    assert ([bool(row["open"]) for row in closed], [bool(row["open"]) for row in opened]) == ([False], [True])
    assert await faults() == []


# --- invoices by hand -----------------------------------------------------------------------------------------------


async def by_hand(customer: str = "C-GOOD", **values: Any) -> str:
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": customer, **values}))
    assert saved.key
    for line in (
        {"type": "item", "no": "PUMP", "quantity": Decimal(2)},
        {"type": "resource", "no": "LINA", "quantity": Decimal("1.5")},
    ):
        accept(await drafts.add_line(ANNA, saved.key, line))
    return (await posted(saved.key, REQUESTS["ship_and_invoice"]))[-1]


@pytest.mark.parametrize("shipment", [True, False])
@pytest.mark.parametrize("customer", each(4, ["C-GOOD", "C-DISC", "C-GROSS", "C-EURO"], pytest.mark.once))
async def test_goods_and_hours_of_an_invoice_by_hand_come_back(database: str, customer: str, shipment: bool):
    await enter_company(pack(service_setup={"shipment_on_invoice": shipment}))
    no = await by_hand(customer)
    assert (await cancelled(no)).ok
    assert await faults() == []
    for sql in (
        VAT,
        OWED,
        SOLD,
        "SELECT item_no AS of, SUM(quantity) - 100000000 AS value FROM item_ledger_entry"
        " WHERE item_no = 'PUMP' GROUP BY item_no",
        "SELECT resource_no AS of, SUM(quantity) AS value FROM resource_ledger_entry GROUP BY resource_no",
        "SELECT no AS of, SUM(amount_lcy) AS value FROM service_ledger_entry GROUP BY no",
        "SELECT gl_account_no AS of, SUM(amount) AS value FROM gl_entry"
        " WHERE gl_account_no IN ('2310', '2110', '7190', '5610', '6910', '6920') GROUP BY gl_account_no",
    ):
        assert set((await sums(sql)).values()) <= {0, Decimal(0)}, sql


async def test_correcting_opens_a_draft_with_the_same_lines(database: str):
    await enter_company(pack())
    key = await enter_order("C-DISC", ["10000 item PUMP qty 2", "20000 text Hello", "30000 resource LINA qty 1.5"])
    accept(await drafts.calculate_invoice_discount(ANNA, key))
    shipment_no, no = await posted(key)
    result = await cancelled(no, correct=True)
    draft = await drafts.load_document(DocumentKey("invoice", result.draft_no))
    assert draft is not None
    lines = [
        (line.no or line.description, line.quantity, line.shipment_no, line.inv_discount_amount) for line in draft.lines
    ]
    assert lines == [
        ("PUMP", 2, shipment_no, Decimal("50.00")),
        ("Hello", 0, "", 0),
        ("LINA", Decimal("1.5"), shipment_no, Decimal("6.75")),
    ]
    again = await posted(draft.key, REQUESTS["ship_and_invoice"])
    amounts = await database_rows("SELECT amount_including_vat FROM service_invoice_header ORDER BY no")
    assert len(again) == 1 and amounts[0] == amounts[1]
    assert await faults() == [] and await drafts.load_document(key) is None


# --- why not --------------------------------------------------------------------------------------------------------


async def refusal(no: str, day: date = TODAY) -> list[str]:
    result = await cancelled(no, day)
    assert not result.ok and all(found.remedy for found in result.findings)
    return [found.code for found in result.findings]


async def test_it_is_cancelled_once(database: str):
    await enter_company(pack())
    no = await by_hand()
    assert (await cancelled(no)).ok
    assert await refusal(no) == ["invoice_cancelled_already"]


async def test_what_is_applied_or_credited_or_paid_at_once_is_not_cancelled(database: str):
    await enter_company(pack())
    no = await by_hand()
    saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "resource", "no": "LINA", "quantity": Decimal(1)}))
    accept(await drafts.change_header(ANNA, saved.key, {"applies_to_doc_no": no}))
    await posted(saved.key, PostingRequest(invoice=True))
    assert await refusal(no) == ["cancel_applied"]
    assert await refusal(await by_hand("C-CASH")) == ["cancel_applied"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE customer SET blocked = 'all' WHERE no = 'C-GOOD'", "customer_blocked"),
        ("UPDATE customer SET privacy_blocked = TRUE WHERE no = 'C-GOOD'", "customer_privacy_blocked"),
        ("UPDATE item SET blocked = TRUE WHERE no = 'PUMP'", "item_blocked"),
        ("UPDATE gl_account SET blocked = TRUE WHERE no = '6190'", "account_blocked"),
        ("UPDATE gl_account SET blocked = TRUE WHERE no = '2310'", "account_blocked"),
        ("UPDATE ledger_setup SET allow_posting_from = '2025-04-01'", "posting_date_outside_window"),
        ("UPDATE ledger_setup SET allow_vat_date_to = '2025-03-01'", "vat_date_outside_window"),
        ("UPDATE service_setup SET posted_cr_memo_nos = NULL", "series_missing"),
    ],
)
async def test_what_stands_in_the_way(database: str, sql: str, code: str):
    await enter_company(pack())
    no = await by_hand()
    async with transaction() as session:
        await session.execute(sql)
    assert await refusal(no) == [code]


async def test_not_before_the_invoice(database: str):
    await enter_company(pack())
    no = await by_hand()
    assert await refusal(no, TODAY.replace(day=1)) == ["cancel_before_invoice"]


async def test_the_same_form_cancels_once(database: str):
    await enter_company(pack())
    no = await by_hand()
    first = await cancel_invoice(ANNA, no, TODAY, token="a-form-of-twenty-characters")
    again = await cancel_invoice(ANNA, no, TODAY, token="a-form-of-twenty-characters")
    assert first is not None and again is not None
    assert again.repeated and again.credit_memo_no == first.credit_memo_no
    other = await cancel_invoice(ANNA, no, TODAY, correct=True, token="a-form-of-twenty-characters")
    assert other is not None and [found.code for found in other.findings] == ["form_used_otherwise"]
    assert await cancel_invoice(ANNA, "I-99", TODAY) is None


async def test_what_is_partly_credited_is_not_cancelled(database: str):
    await enter_company(pack())
    no = await by_hand()
    saved = await create_credit_memo(ANNA, no, {10000: Decimal(1), 20000: Decimal("0.5")})
    assert saved is not None and saved.key
    accept(await drafts.change_header(ANNA, saved.key, {"applies_to_doc_no": ""}))
    await posted(saved.key, PostingRequest(invoice=True))
    assert await refusal(no) == ["cancel_credited"]
    looked = await look_at_cancel(ANNA, no, TODAY)
    assert looked is not None
    (told,) = looked.plan.posting.findings
    assert told.message == "Part of it is credited already: of line 10000 (1), 20000 (0.5)."


async def test_an_open_credit_memo_over_a_cancelled_invoice_is_refused(database: str):
    await enter_company(pack())
    no = await by_hand()
    saved = await create_credit_memo(ANNA, no, {20000: Decimal(1)})
    assert saved is not None and saved.key
    assert (await cancelled(no)).ok
    result = await post_document(ANNA, saved.key, PostingRequest(invoice=True))
    assert {found.code for found in result.findings} == {"invoice_cancelled_already", "applies_to_closed"}
    late = await create_credit_memo(ANNA, no, {20000: Decimal(1)})
    assert late is not None and [found.code for found in late.findings] == ["invoice_cancelled_already"]


async def test_an_invoice_of_a_contract_is_credited_there(database: str):
    await enter_company(pack())
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"}))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "resource", "no": "LINA", "quantity": Decimal(1)}))
    async with transaction() as session:
        await session.execute("UPDATE service_header SET contract_no = 'K-1'")
    no = (await posted(saved.key, REQUESTS["ship_and_invoice"]))[-1]
    assert await refusal(no) == ["cancel_of_contract"]


async def test_a_line_that_is_gone_from_its_order_cannot_be_invoiced_again(database: str):
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 1", "20000 resource LINA qty 2"])
    _, no = await posted(key, PostingRequest(ship=True, invoice=True, lines=frozenset({10000})))
    looked = await look_at_cancel(ANNA, no, TODAY)
    assert looked is not None and looked.plan.may_cancel
    without = plan_cancel(changed(looked.plan.source, shipment_lines=()))
    assert [found.code for found in without.errors] == ["cancel_shipment_gone"]
    accept(await drafts.delete_line(ANNA, key, 10000))
    assert await refusal(no) == ["cancel_order_line_gone"]
