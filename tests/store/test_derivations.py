"""Why an amount is what it is, from the rows of the database: lines, totals, entries and contract clauses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.posting.worlds import ANNA, enter_company, enter_order
from tests.store.contract_company import agreed, day, enter, invoice, post, sign
from tests.store.derived import underived
from webapp.billing.periods import Span
from webapp.posting.plan import REQUESTS
from webapp.store.cancel import cancel_invoice
from webapp.store.derivations import Behind, behind
from webapp.store.posted import load_posted
from webapp.store.posting import post_document


async def looked(kind: str, no: str) -> Behind:
    """What is behind a document, after every amount in the database was derived."""
    assert await underived() == []
    document = await load_posted(kind, no, with_entries=False)
    assert document is not None
    found = await behind(document)
    for row in found.rows.rows:
        proof, entries = found.of_line(row.line.line_no)
        assert proof.entries and {one.ledger.name for one in entries} >= {"gl_entry", "vat_entry"}
    return found


async def test_an_invoice_in_a_foreign_currency_and_its_cancelling_are_proven(database: str) -> None:
    await enter_company(pack(receivables_setup={"invoice_rounding": True, "calc_inv_discount": True}))
    lines = [
        "10000 item PUMP qty 3 price 33.33 disc 10",
        "20000 resource LINA qty 1.5",
        "30000 item BOOK qty 7 price 0.11",
    ]
    key = await enter_order("C-EURO", lines)
    made = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert made.ok, made.findings
    found = await looked("invoice", next(one.no for one in made.posted if one.kind == "invoice"))
    _, entries = found.of_line(10000)
    by_ledger = {one.ledger.name: [row["entry_no"] for row in one.rows] for one in entries}
    assert len(by_ledger["service_ledger_entry"]) == 1  # the sale of this line and of no other
    assert "customer_ledger_entry" not in by_ledger
    before = await load_posted("invoice", "I-1", with_entries=False)  # as if it was posted before this was kept
    assert before is not None and found.rows.roundings.kept and found.rows.roundings.inv_rounding_account
    before.header["amount_rounding_precision"] = Decimal(0)
    assert replace((await behind(before)).rows.roundings, kept=True) == found.rows.roundings
    async with transaction() as session:  # the set-up rounds otherwise today, and the discount terms are gone
        await session.execute("UPDATE currency SET amount_rounding_precision = 100000, vat_rounding_type = 'up'")
        await session.execute("UPDATE ledger_setup SET amount_rounding_precision = 100000, vat_rounding_type = 'up'")
        await session.execute(
            "UPDATE receivables_setup SET invoice_rounding = ?, calc_inv_disc_per_vat_id = ?", False, True
        )
        await session.execute("DELETE FROM customer_invoice_discount")
    await looked("invoice", "I-1")
    cancelled = await cancel_invoice(ANNA, "I-1", TODAY)
    assert cancelled is not None and cancelled.ok
    await looked("credit_memo", cancelled.credit_memo_no)


async def test_the_line_of_a_contract_names_its_clause_and_its_days(database: str) -> None:
    await enter()
    no = await agreed("1200 cost 600 disc 10", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    found = await looked("invoice", "I-1")
    clauses = list(found.clauses.values())
    assert [(one.days, one.words, one.discount_words) for one in clauses] == [
        (Span(day(f"2025-{month}-01"), day(f"2025-{month}-{last}")), "1 month × 100.00", "1 month × 10.00")  # type: ignore[arg-type]
        for month, last in (("01", "31"), ("02", "28"), ("03", "31"))
    ]
    assert all(one.proven and one.amount == Decimal(90) for one in clauses)
    async with transaction() as session:  # the contract is another one today
        names = ("line_value", "line_discount_amount", "line_amount", "line_cost", "profit")
        doubled = ", ".join(f"{name} = {name} * 2" for name in names)
        await session.execute(f"UPDATE service_contract_line SET {doubled}")
    document = await load_posted("invoice", "I-1", with_entries=False)
    assert document is not None
    clause = next(iter((await behind(document)).clauses.values()))
    assert not clause.proven and "2,400.00 a year today" in clause.note
    assert (clause.price, clause.discount) == (Decimal(100), Decimal(10))
