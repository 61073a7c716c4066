"""Credit memos on the pages: by hand, from a posted invoice, applied; invoices cancelled and corrected (D-18, D-43)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.applications import look_at_entries, mark_entries
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import post_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

MEMOS = "/service-credit-memos"
INVOICE = "/posted-service-invoices/I-1"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await browser.sign_in("POLLY")
    return browser


async def invoiced(customer: str = "C-GOOD") -> str:
    """An invoice by hand: 2 pumps and 3 hours."""
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": customer}))
    assert saved.key
    for kind, no, quantity in (("item", "PUMP", 2), ("resource", "LINA", 3)):
        accept(await drafts.add_line(ANNA, saved.key, {"type": kind, "no": no, "quantity": Decimal(quantity)}))
    result = await post_document(ANNA, saved.key, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    return result.posted[-1].no


def form_of(answer: httpx.Response, form_id: str) -> dict[str, Any]:
    """The hidden fields of a form."""
    html = answer.text.partition(f'id="{form_id}"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', html))


async def posted(poster: Browser, path: str) -> httpx.Response:
    asked = await poster.get(f"{path}/posting")
    assert asked.status_code == 200
    answer = await poster.post(f"{path}/posting", {**form_of(asked, "post-form"), "then": "show"})
    assert answer.status_code == 303, answer.text
    return await poster.get(answer.headers["location"])


async def test_a_credit_memo_is_made_by_hand_and_posted(poster: Browser) -> None:
    no = await invoiced()
    made = await poster.post(f"{MEMOS}/new", {"customer_no": "C-GOOD", "posting_date": "t", "document_date": "t"})
    assert made.headers["location"] == f"{MEMOS}/SC-1"
    added = await poster.post(f"{MEMOS}/SC-1/lines", {"new-type": "resource", "new-no": "LINA", "new-quantity": "1"})
    assert added.status_code == 303
    page = await poster.get(f"{MEMOS}/SC-1")
    assert "Applies-to document no." in page.text and "Apply entries" in page.text and "Qty. to ship" not in page.text
    await poster.post(f"{MEMOS}/SC-1/header", {"posting_date": TODAY.isoformat(), "applies_to_doc_no": no})
    panel = await poster.get(f"{MEMOS}/SC-1/panel")
    assert "Credit memo C-1 with 1 line" in panel.text
    assert f"112.50 applied to Invoice {no}" in panel.text
    preview = await poster.get(f"{MEMOS}/SC-1/preview")
    assert preview.status_code == 200 and "becomes the posted credit memo" in preview.text
    report = await poster.get(f"{MEMOS}/SC-1/test-report")
    assert report.status_code == 200
    assert "<p>Credit</p>" in (await poster.get(f"{MEMOS}/SC-1/posting")).text
    result = await posted(poster, f"{MEMOS}/SC-1")
    assert "Credit memo C-1" in result.text and "is posted whole" in result.text
    shown = await poster.get("/posted-service-credit-memos/C-1")
    assert "Used up" in shown.text and f'href="{INVOICE}"' in shown.text
    paper = await poster.get("/posted-service-credit-memos/C-1/print")
    assert "Credit memo C-1" in paper.text and f"Corrects invoice {no}" in paper.text
    assert "Please pay" not in paper.text and "We credit you" in paper.text
    invoice = await poster.get(INVOICE)
    assert (
        "1,475.00" in invoice.text
        and "Overdue" in invoice.text
        and 'href="/posted-service-credit-memos/C-1"' in invoice.text
    )
    assert (await poster.get(f"{MEMOS}/SC-1")).headers["location"] == "/posted-service-credit-memos/C-1"
    assert await faults() == []


async def test_from_a_posted_invoice_by_line_and_quantity(poster: Browser) -> None:
    await invoiced()
    asked = await poster.get(f"{INVOICE}/credit-memo")
    assert asked.text.count('name="line"') == 2 and " checked" not in asked.text
    assert "No line is chosen yet." in asked.text
    over = {"line": ["10000", "20000"], "quantity-10000": "1,5", "quantity-20000": "3"}
    total = await poster.post(f"{INVOICE}/credit-memo/total", over)
    assert "2 lines chosen" in total.text and "<html" not in total.text
    assert "1,020.00 LCY without VAT" in total.text
    too_much = await poster.post(f"{INVOICE}/credit-memo/total", {"line": "10000", "quantity-10000": "3"})
    assert "1 line chosen; a quantity is not possible yet." in too_much.text
    too_much = {"line": "10000", "quantity-10000": "2.5"}
    refused = await poster.post(f"{INVOICE}/credit-memo", too_much)
    assert refused.status_code == 422
    assert "Only 2 of line 10000 of invoice I-1 is left to credit." in refused.text
    assert 'value="2.5"' in refused.text and 'href="#f-quantity-10000"' in refused.text
    assert 'aria-describedby="f-quantity-10000-fault"' in refused.text
    for bad in ({"line": "10000", "quantity-10000": "0"}, {"line": "10000", "quantity-10000": "two"}, {}):
        assert (await poster.post(f"{INVOICE}/credit-memo", bad)).status_code == 422
    made = await poster.post(f"{INVOICE}/credit-memo", {"line": "10000", "quantity-10000": "1.5"})
    assert made.headers["location"] == f"{MEMOS}/SC-1"
    document = await drafts.load_document(DocumentKey("credit_memo", "SC-1"))
    assert document is not None
    (line,) = document.lines
    assert (line.quantity, line.invoice_no, line.invoice_line_no) == (Decimal("1.5"), "I-1", 10000)
    assert line.appl_from_item_entry and document.header.applies_to_doc_no == "I-1"
    again = await poster.get(f"{INVOICE}/credit-memo")
    assert ">0.5<" in again.text.replace(" ", "")
    assert f'<a href="{MEMOS}/SC-1">1.5 on credit memo SC-1</a>' in again.text
    typed = await drafts.change_line(ANNA, document.header.key, 10000, {"quantity": Decimal("2.5")})
    assert [(one.code, one.field) for one in typed.findings] == [("credited_too_much", "quantity")]
    assert typed.findings[0].message == "Line 10000: Only 2 of line 10000 of invoice I-1 is left to credit."
    for quantity in ("2", "1.5"):  # a line may take all that is left
        accept(await drafts.change_line(ANNA, document.header.key, 10000, {"quantity": Decimal(quantity)}))
    await posted(poster, f"{MEMOS}/SC-1")
    left = await poster.post(
        f"{INVOICE}/credit-memo", {"line": ["10000", "20000"], "quantity-10000": ".5", "quantity-20000": "3"}
    )
    await posted(poster, left.headers["location"])
    nothing = await poster.get(f"{INVOICE}/credit-memo")
    assert "Nothing of invoice I-1 is left to credit." in nothing.text and nothing.text.count("disabled") > 2
    late = await create_credit_memo(ANNA, "I-1", {10000: Decimal(1)})
    assert late is not None and [found.code for found in late.findings] == ["invoice_nothing_to_credit"]
    shown = (await poster.get(INVOICE)).text
    assert "Paid" in shown and "Shipped with" not in shown  # an invoice by hand has no shipments
    stock = await database_rows("SELECT SUM(remaining_quantity) AS left FROM item_ledger_entry WHERE item_no = 'PUMP'")
    assert stock[0]["left"] == 1000_00000
    assert await faults() == []


async def test_entries_are_marked_and_applied_by_due_date(poster: Browser) -> None:
    await invoiced()
    await invoiced()
    saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "item", "no": "PUMP", "quantity": Decimal(3)}))
    path = f"{MEMOS}/{saved.key.no}/applications"
    asked = await poster.get(path)
    assert asked.text.count('name="entry"') == 2
    entries = re.findall(r'name="entry" value="(\d+)"', asked.text)
    version = form_of(asked, "apply-form")["row_version"]
    wrong = await poster.post(path, {"row_version": version, "entry": entries[0], f"amount-{entries[0]}": "99999"})
    assert wrong.status_code == 422 and "of Invoice I-1 is left." in wrong.text
    done = await poster.post(
        path, {"row_version": version, "entry": entries, f"amount-{entries[0]}": "100", f"amount-{entries[1]}": ""}
    )
    assert done.status_code == 303
    stale = await poster.post(path, {"row_version": version, "entry": entries[0]})
    assert stale.status_code == 422 and "was changed by someone else" in stale.text
    await posted(poster, f"{MEMOS}/{saved.key.no}")
    rows = await database_rows(
        "SELECT amount FROM detailed_customer_entry WHERE entry_type = 'application' AND amount < 0 ORDER BY entry_no"
    )
    assert [row["amount"] for row in rows] == [-100_00000, -1587_50000]
    marks = await database_rows("SELECT 1 AS one FROM customer_ledger_entry WHERE applies_to_id <> ''")
    assert marks == [] and await faults() == []


async def test_deleting_a_credit_memo_takes_its_marks_away(poster: Browser) -> None:
    await invoiced()
    saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert saved.key
    path = f"{MEMOS}/{saved.key.no}/applications"
    asked = await poster.get(path)
    (entry,) = re.findall(r'name="entry" value="(\d+)"', asked.text)
    await poster.post(path, {"row_version": form_of(asked, "apply-form")["row_version"], "entry": entry})
    other = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert other.key
    held = await poster.get(f"{MEMOS}/{other.key.no}/applications")
    assert f"Invoice I-1 is marked for credit memo {saved.key.no} already." in held.text
    accept(await drafts.delete_document(ANNA, saved.key))
    free = await poster.get(f"{MEMOS}/{other.key.no}/applications")
    assert "marked for credit memo" not in free.text


async def test_an_invoice_is_cancelled_after_a_look(poster: Browser) -> None:
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 2"])
    result = await post_document(ANNA, DocumentKey("order", "SO-1"), REQUESTS["ship_and_invoice"])
    assert result.closed
    before = await row_hashes()
    asked = await poster.get(f"{INVOICE}/cancellation")
    assert asked.status_code == 200 and await row_hashes() != {} and await row_hashes() == before
    refused = await poster.get(f"{INVOICE}/cancellation?posting_date=2025-01-01")
    assert "is before that of invoice I-1" in refused.text and 'id="cancel-form"' not in refused.text
    asked = await poster.get(f"{INVOICE}/cancellation?posting_date={TODAY.isoformat()}")
    assert "Credit memo C-1 is posted and applied to invoice I-1" in asked.text
    assert "Order SO-1 is opened again" in asked.text and "General ledger" in asked.text
    form = form_of(asked, "cancel-form")
    done = await poster.post(f"{INVOICE}/cancellation", form)
    assert done.status_code == 303, done.text
    told = await poster.get(done.headers["location"])
    assert "Credit memo" in told.text and "was closed and is open again" in told.text
    again = await poster.post(f"{INVOICE}/cancellation", form)
    assert again.headers["location"] == done.headers["location"]
    assert "Shipped with" in (await poster.get(INVOICE)).text
    shown = await poster.get(INVOICE)
    assert "Cancelled" in shown.text and 'href="/posted-service-credit-memos/C-1"' in shown.text
    assert 'href="/posted-service-credit-memos/C-1">Cancelled by credit memo C-1</a>' in shown.text
    assert not [name for name in ("correction", "cancellation", "credit-memo") if f"I-1/{name}" in shown.text]
    assert (await poster.get("/service-orders/SO-1")).status_code == 200
    listed = await poster.get("/posted-service-invoices?view=cancelled")
    assert "I-1" in listed.text and "Cancelled" in listed.text
    late = await poster.get(f"{INVOICE}/cancellation")
    assert "Invoice I-1 is already cancelled." in late.text
    anew = await post_document(ANNA, DocumentKey("order", "SO-1"), REQUESTS["invoice"])
    # The cancelled one is no part of what the order was invoiced for (O-9).
    assert anew.closed and [found.code for found in anew.notices] == []
    assert await faults() == []


async def test_correcting_leads_to_the_draft(poster: Browser) -> None:
    await invoiced()
    asked = await poster.get(f"{INVOICE}/correction?posting_date={TODAY.isoformat()}")
    assert "An invoice draft with the same lines is opened" in asked.text
    done = await poster.post(f"{INVOICE}/correction", form_of(asked, "cancel-form"))
    told = await poster.get(done.headers["location"])
    (draft,) = re.findall(r'href="(/service-invoices/[^"]+)">SI-\d', told.text)
    page = await poster.get(draft)
    assert page.status_code == 200 and "PUMP" in page.text
    result = await posted(poster, draft)
    assert "Invoice I-2" in result.text and await faults() == []


async def test_who_may_do_it(browser: Browser) -> None:
    await enter_company(pack())
    await invoiced()
    await browser.sign_in("VERA")
    page = await browser.get(INVOICE)
    assert "/cancellation" not in page.text and "/credit-memo" not in page.text
    for path in (f"{INVOICE}/cancellation", f"{INVOICE}/correction", f"{INVOICE}/credit-memo", f"{MEMOS}/new"):
        assert (await browser.get(path)).status_code == 403
    await browser.sign_in("CLARA")
    assert (await browser.get(f"{INVOICE}/credit-memo")).status_code == 200
    assert (await browser.get(f"{INVOICE}/cancellation")).status_code == 403


async def test_what_is_not_there(poster: Browser) -> None:
    for path in (
        "/posted-service-invoices/I-9/cancellation",
        "/posted-service-invoices/I-9/credit-memo",
        f"{INVOICE}/cancellation/a-token-that-nobody-ever-used",
        f"{MEMOS}/SC-9/applications",
        "/posted-service-credit-memos/C-9",
    ):
        assert (await poster.get(path)).status_code == 404


async def test_an_invoice_discount_is_typed(poster: Browser) -> None:
    saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert saved.key
    path = f"{MEMOS}/{saved.key.no}/invoice-discount/amount"
    assert "No line allows an invoice discount." in (await poster.post(path, {"inv_discount_amount": "5"})).text
    accept(await drafts.add_line(ANNA, saved.key, {"type": "item", "no": "PUMP", "quantity": Decimal(3)}))
    assert (await poster.get(path)).status_code == 200
    refused = await poster.post(path, {"inv_discount_amount": "1500.01"})
    assert refused.status_code == 422 and "1500.01" in refused.text
    assert "Invoice discount must be between 0.00 and 1,500.00." in refused.text
    assert (await poster.post(path, {"inv_discount_amount": "-1"})).status_code == 422
    assert (await poster.post(path, {"inv_discount_amount": "100"})).status_code == 303
    document = await drafts.load_document(saved.key)
    assert document is not None and document.lines[0].inv_discount_amount == 100


async def test_a_discount_that_follows_terms_is_not_typed(poster: Browser) -> None:
    await enter_company(pack(receivables_setup={"calc_inv_discount": True}), [])
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-DISC"}))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "item", "no": "PUMP", "quantity": Decimal(3)}))
    refused = await drafts.set_invoice_discount(ANNA, saved.key, Decimal(5))
    assert [found.code for found in refused.findings] == ["invoice_discount_automatic"]


async def test_each_refusal_has_its_code(poster: Browser) -> None:
    no = await invoiced()
    key = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"})).key
    other = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"})).key
    assert key and other
    looked = await look_at_entries(key)
    assert looked is not None
    entry = looked.entries[0].entry.entry_no
    codes = [
        (await mark_entries(ANNA, key, {entry: Decimal(99999)})).findings,
        (await mark_entries(ANNA, key, {entry: Decimal(-1)})).findings,
        (await mark_entries(ANNA, key, {entry + 900: Decimal(0)})).findings,
        (await mark_entries(ANNA, key, {entry: Decimal(0)})).findings,
        (await mark_entries(ANNA, other, {entry: Decimal(0)})).findings,
    ]
    assert [[found.code for found in one] for one in codes] == [
        ["amount_to_apply_too_large"],
        ["number_negative"],
        ["applies_to_closed"],
        [],
        ["applies_to_marked_elsewhere"],
    ]
    whole = await create_credit_memo(ANNA, no, {10000: Decimal(2), 20000: Decimal(3)})
    assert whole is not None and whole.ok
    late = await create_credit_memo(ANNA, no, {10000: Decimal(1)})
    assert late is not None and [found.code for found in late.findings] == ["invoice_held_by_credit_memo"]
    assert [found.code for found in (await mark_entries(ANNA, key, {}, row_version=1)).findings] == ["document_changed"]


async def test_who_holds_an_invoice_is_named_and_linked(poster: Browser) -> None:
    await invoiced()
    accept_made = await create_credit_memo(ANNA, "I-1", {10000: Decimal(2), 20000: Decimal(3)})
    assert accept_made is not None and accept_made.ok
    asked = await poster.get(f"{INVOICE}/credit-memo")
    assert "What is left of invoice I-1 is on open credit memo SC-1." in asked.text
    assert asked.text.count(f'href="{MEMOS}/SC-1"') == 3  # in the message and beside each line
    assert "2 on credit memo SC-1" in asked.text and "3 on credit memo SC-1" in asked.text


async def test_the_item_entry_that_goods_come_back_to_is_typed(poster: Browser) -> None:
    saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "item", "no": "PUMP", "quantity": Decimal(1)}))
    path = f"{MEMOS}/{saved.key.no}/lines/10000"
    shown = await poster.get(path)
    assert shown.status_code == 200 and "Applies from item entry" in shown.text
    refused = await poster.post(f"{path}/form", {"appl_from_item_entry": "many"})
    assert refused.status_code == 422 and "many" in refused.text
    await poster.post(f"{path}/form", {"appl_from_item_entry": "999999"})
    panel = await poster.get(f"{MEMOS}/{saved.key.no}/panel")
    assert "Item entry 999999 is not one with which item PUMP went out." in panel.text
    assert (await poster.post(f"{path}/form", {"appl_from_item_entry": ""})).status_code == 303
    assert "Item entry" not in (await poster.get(f"{MEMOS}/{saved.key.no}/panel")).text
