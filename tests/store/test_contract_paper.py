"""What invoices and credit memos of contracts say on paper and as e-invoices: the days, the words, the machines."""

from __future__ import annotations

from datetime import date

import pytest

from tests.einvoice.sound import broken_in_factur_x, completed, faults_of, posted_e_invoices
from tests.store.contract_company import agreed, contract_pack, enter, invoice, on, post, sign
from webapp.billing.lifecycle import QUESTIONS
from webapp.einvoice.cii import cii
from webapp.einvoice.ubl import EInvoice, ubl
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_steps
from webapp.store.posting import post_document

pytestmark = pytest.mark.once


async def posted_papers(language: str = "") -> tuple[EInvoice, EInvoice]:
    """The first quarter of two machines, paid in advance, invoiced; and what is taken back of it from March on."""
    await enter(contract_pack(languages={"DE": {}}, customers={"C-GOOD": {"language_code": language}}))
    no = await agreed("1200", "2400", period="quarter", prepaid=True, contract_lines_on_invoice=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    done = await contract_steps.cancel_contract(
        on("2025-03-20"), "contract", no, confirmed=QUESTIONS, expire_on=date(2025, 3, 1)
    )
    assert done.ok, done.findings
    (memo,) = done.credit_memos
    assert (await post_document(on("2025-03-20"), DocumentKey("credit_memo", memo), PostingRequest(invoice=True))).ok
    made, taken_back = await posted_e_invoices()
    return completed(made), completed(taken_back)


async def test_the_date_of_supply_is_the_period_of_the_contract(database: str) -> None:
    """D-127 point 7; BG-14 and BG-26 of the e-invoice say the same."""
    for one, first in zip(await posted_papers(), ("2025-01-01", "2025-03-01"), strict=True):
        start = date.fromisoformat(first)
        said = dict(one.paper.facts)
        assert said["Period of supply"] == f"{start:%d/%m/%Y} – 31/03/2025"
        assert "Date of supply" not in said and one.paper.supplied == {}
        text, other = ubl(one).decode(), cii(one)
        assert text.count("<cac:InvoicePeriod>") == 1 + len(one.lines)
        assert f"<cbc:StartDate>{first}</cbc:StartDate>" in text and "ActualDeliveryDate" not in text
        assert other.decode().count("<ram:BillingSpecifiedPeriod>") == 1 + len(one.lines)
        assert faults_of(one) == [] and broken_in_factur_x(other) == []
