"""The service charge of a posted invoice: charged like any line, never taken for what rounds it (P-117, P-135)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.posting.test_cancel import cancelled, posted
from tests.posting.test_verify import tamper
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from webapp.posting.correction import correction_findings
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import drafts
from webapp.store.cancel import look_at_cancel
from webapp.store.copying import copy_document
from webapp.store.crediting import create_credit_memo, look_at_credit

pytestmark = pytest.mark.anyio
CHARGE, ROUNDING = "6810", "9140"
TERMS = {"minimum_amount": Decimal(0), "discount_pct": Decimal(0)}


async def company(*, rounds: bool = True, account: str = CHARGE, charge: str = "18.50") -> None:
    """A company that makes a charge on each invoice of C-DISC, and rounds invoices to whole units."""
    await enter_company(
        pack(
            receivables_setup={"calc_inv_discount": True, "invoice_rounding": rounds},
            customer_invoice_discounts={"FIVE": {**TERMS, "service_charge": Decimal(charge)}},
            customer_posting_groups={"DOM": {"service_charge": account}},
        )
    )


async def drafted(kind: str = "invoice") -> DocumentKey:
    saved = accept(await drafts.create_document(ANNA, kind, {"customer_no": "C-DISC"}))
    assert saved.key
    return saved.key


async def invoiced() -> str:
    """A posted invoice by hand of 90.00, the charge and, where invoices are rounded, the line for it."""
    key = await drafted()
    accept(await drafts.add_line(ANNA, key, {"type": "resource", "no": "LINA", "quantity": Decimal(1)}))
    return (await posted(key, REQUESTS["ship_and_invoice"]))[-1]


async def lines_of(key: DocumentKey) -> list[tuple[str, Decimal]]:
    document = await drafts.load_document(key)
    assert document is not None
    return [(line.no, line.line_amount) for line in document.lines]


async def amounts(table: str) -> list[int]:
    return [row["amount_including_vat"] for row in await database_rows(f"SELECT * FROM {table} ORDER BY no")]


@pytest.mark.parametrize("rounds", [True, False])
async def test_the_books_prove_right_after_a_charge_and_after_it_is_cancelled(database: str, rounds: bool):
    await company(rounds=rounds)
    no = await invoiced()
    assert [(row["no"], row["amount"]) for row in await database_rows("SELECT * FROM service_invoice_line")] == [
        ("LINA", 90_00000),
        (CHARGE, 18_50000),
        *([(ROUNDING, 37000)] if rounds else []),
    ]
    assert await faults() == []
    assert (await cancelled(no)).ok
    assert await faults() == []
    assert await amounts("service_cr_memo_header") == await amounts("service_invoice_header")


async def test_a_credit_memo_from_the_invoice_takes_the_charge_back(database: str):
    await company()
    no = await invoiced()
    looked = await look_at_credit(no)
    assert looked is not None
    assert [one.line.no for one in looked[0].lines if one.offered] == ["LINA", CHARGE]
    saved = await create_credit_memo(ANNA, no, {10000: Decimal(1), 20000: Decimal(1)})
    assert saved is not None and saved.key is not None, saved
    assert await lines_of(saved.key) == [("LINA", 90), (CHARGE, Decimal("18.50"))]
    await posted(saved.key, PostingRequest(invoice=True))
    assert await amounts("service_cr_memo_header") == await amounts("service_invoice_header")
    assert await faults() == []


@pytest.mark.parametrize("kind", ["credit_memo", "invoice"])
async def test_a_copy_has_the_charge_and_not_the_rounding(database: str, kind: str):
    await company()
    no = await invoiced()
    copy = await drafted(kind)
    accept(await copy_document(ANNA, copy, "posted_invoice", no))
    assert await lines_of(copy) == [("LINA", 90), (CHARGE, Decimal("18.50"))]
    await posted(copy, REQUESTS["ship_and_invoice"] if kind == "invoice" else PostingRequest(invoice=True))
    assert len(set(await amounts(f"service_{'invoice' if kind == 'invoice' else 'cr_memo'}_header"))) == 1
    if kind == "credit_memo":
        again = await drafted("credit_memo")
        accept(await copy_document(ANNA, again, "posted_credit_memo", "C-1"))
        assert await lines_of(again) == [("LINA", 90), (CHARGE, Decimal("18.50"))]
    assert await faults() == []


@pytest.mark.parametrize("rounds", [True, False])
async def test_a_corrected_invoice_comes_to_the_same(database: str, rounds: bool):
    await company(rounds=rounds)
    result = await cancelled(await invoiced(), correct=True)
    key = DocumentKey("invoice", result.draft_no)
    assert await lines_of(key) == [("LINA", 90), (CHARGE, Decimal("18.50"))]
    await posted(key, REQUESTS["ship_and_invoice"])
    first, second = await amounts("service_invoice_header")
    assert first == second and await faults() == []


async def test_a_corrected_invoice_of_an_order_comes_to_the_same(database: str):
    await company()
    key = await enter_order("C-DISC", ["10000 resource LINA qty 1"])
    _, no = await posted(key)
    result = await cancelled(no, correct=True)
    again = DocumentKey("invoice", result.draft_no)
    assert await lines_of(again) == [("LINA", 90), (CHARGE, Decimal("18.50"))]
    await posted(again, REQUESTS["ship_and_invoice"])
    first, second = await amounts("service_invoice_header")
    assert first == second and await faults() == []


async def test_both_on_one_account_are_told_apart(database: str):
    await company(account=ROUNDING, charge="18.40")
    no = await invoiced()
    assert await faults() == []
    looked = await look_at_credit(no)
    assert looked is not None
    assert [one.line.line_no for one in looked[0].lines if one.offered] == [10000, 20000]


async def test_what_was_posted_before_the_account_was_kept(database: str):
    """Such a document has the account of the set-up."""
    await company()
    no = await invoiced()
    await tamper("UPDATE service_invoice_header SET amount_rounding_precision = 0, inv_rounding_account = ''")
    looked = await look_at_credit(no)
    assert looked is not None
    assert [one.line.no for one in looked[0].lines if one.offered] == ["LINA", CHARGE]
    assert [one for one in await faults() if "R-1.7" in one] == []
    result = await cancelled(no, correct=True)
    assert await lines_of(DocumentKey("invoice", result.draft_no)) == [("LINA", 90), (CHARGE, Decimal("18.50"))]
    assert [one for one in await faults() if "R-1.7" in one] == []


async def test_what_differs_in_a_corrected_invoice_is_said_before_and_after(database: str):
    """The terms ask for another charge by now, and the set-up calculates it by itself."""
    await company(rounds=False)
    no = await invoiced()
    async with transaction() as session:
        await session.execute("UPDATE customer_invoice_discount SET service_charge = ?", 28_50000)
    looked = await look_at_cancel(ANNA, no, TODAY)
    assert looked is not None
    (shown,) = correction_findings(looked.plan)
    result = await cancelled(no, correct=True)
    assert result.ok and [one.code for one in result.findings] == ["correction_differs"]
    assert result.findings == (shown,) and shown.message == (
        "The new invoice comes to 148.13, without rounding, where invoice I-1 came to 135.63:"
        " amount without VAT 108.50, now 118.50, VAT 27.13, now 29.63."
    )
