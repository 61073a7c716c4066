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


async def test_a_contract_speaks_the_language_of_its_customer(database: str) -> None:
    """C-94, C-145: where the set-up has no standard texts."""
    made, taken_back = await posted_papers("DE")
    texts = [str(line["description"]) for line in made.paper.document.lines]
    assert texts[:3] == ["Diese Rechnung umfasst:", "Servicevertrag SC-1", "M1 Machine 1"]
    assert [str(line["description"]) for line in taken_back.lines] == [
        "Gerät M1 aus dem Vertrag genommen", "Gerät M2 aus dem Vertrag genommen",
    ]  # fmt: skip


async def test_a_machine_is_named_once_above_all_that_belongs_to_it(database: str) -> None:
    """D-122: its name as a text of the contract is not printed as well, and the days stand below it."""

    def printed(one: EInvoice) -> list[str]:
        return [f"{machine}: {line['description']}" for machine, line in one.paper.groups]

    made, taken_back = await posted_papers()
    months = ["2025-01-01 - 2025-01-31", "2025-02-01 - 2025-02-28", "2025-03-01 - 2025-03-31"]
    assert printed(made) == [
        ": This invoice covers:", ": Service contract SC-1",
        *(f"{machine if month is months[0] else ''}: {month}" for machine in ("M1", "M2") for month in months),
    ]  # fmt: skip
    assert printed(taken_back) == [
        text
        for machine in ("M1", "M2")
        for text in (f"{machine}: {months[2]}", f": Service item {machine} taken out of the contract")
    ]
