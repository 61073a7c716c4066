"""The invoice discount of a document that is changed after it was given: it follows, or is told (P-135, D-20, D-22)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import D, catalog, entered, header, pack, retyped
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from webapp.posting.changes import Draft, change_header_field
from webapp.posting.discounts import with_invoice_discount, with_typed_discount
from webapp.posting.findings import Finding
from webapp.posting.plan import REQUESTS, plan_posting
from webapp.posting.records import changed
from webapp.posting.snapshot import Line, Snapshot
from webapp.store import drafts
from webapp.store.posting import post_document

PUMPS = "10000 item PUMP qty 5\n20000 resource LINA qty 1.5\n30000 item BOOK qty 3"
CHARGED = {"customer_invoice_discounts": {"FIVE": {"service_charge": D("18.50")}}}


def document(lines: str = PUMPS, *, of: Any = None, kind: str = "invoice") -> Snapshot:
    company = of or pack()
    return entered(header(company, "C-DISC", document_type=kind), lines, of=company)


def calculated(before: Snapshot) -> Snapshot:
    return changed(before, lines=tuple(with_invoice_discount(before.setup, before.header, before.lines)))


def with_typed(before: Snapshot, total: str) -> Snapshot:
    lines, found = with_typed_discount(before.setup, before.header, before.lines, D(total))
    assert not found
    return changed(before, lines=tuple(lines))


def with_header(before: Snapshot, name: str, value: Any, answer: str = "yes") -> Snapshot:
    draft = Draft(before.setup, before.header, before.item_lines, before.lines, catalog())
    found = change_header_field(draft, name, value, answer=answer)
    assert not found.findings
    return changed(before, header=found.draft.header, lines=found.draft.lines)


def shares(of: Snapshot | Sequence[Line]) -> list[Decimal]:
    return [line.inv_discount_amount for line in (of.lines if isinstance(of, Snapshot) else of)]


def told(of: Snapshot) -> list[Finding]:
    plan = plan_posting(of, REQUESTS["ship_and_invoice"])
    return [one for one in plan.findings if one.code == "invoice_discount_left_behind"]


# --- a line ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "share"),
    [
        ({"quantity": D(3)}, "30.00"),
        ({"unit_price": D(250)}, "25.00"),
        ({"line_discount_pct": D(10)}, "45.00"),
        ({"quantity": D(0)}, "0"),
        ({"description": "Pump"}, "50.00"),
    ],
)
def test_the_share_of_a_line_keeps_its_proportion(typed: dict[str, Any], share: str):
    before = with_typed(document("10000 item PUMP qty 5"), "50")
    assert shares(retyped(before, 10000, **typed)) == [D(share)]


def test_the_shares_of_the_other_lines_stay():
    before = with_typed(document(), "100")
    after = retyped(before, 10000, quantity=D(3))
    assert shares(after)[1:] == shares(before)[1:] and shares(after)[0] == D("56.29") == round(
        shares(before)[0] * 3 / 5, 2
    )


# --- the header -----------------------------------------------------------------------------------------------------


def test_prices_with_vat_convert_the_discount_that_the_terms_gave():
    before = calculated(document())
    assert shares(before) == [D("125.00"), D("6.75"), D("1.50")]
    after = with_header(before, "prices_including_vat", True)
    assert shares(after) == [D("156.25"), D("8.44"), D("1.68")]
    assert shares(with_header(after, "prices_including_vat", False)) == shares(before)
    assert told(after) == []


def test_prices_with_vat_convert_a_typed_discount():
    before = with_typed(document(), "50")
    after = with_header(before, "prices_including_vat", True)
    assert sum(shares(before)) == 50
    assert [one / two for one, two in zip(shares(after), shares(before), strict=True)] == pytest.approx(
        [D("1.25"), D("1.25"), D("1.12")], abs=D("0.01")
    )


def test_figures_that_are_kept_keep_their_discount():
    before = with_typed(document(), "50")
    assert shares(with_header(before, "prices_including_vat", True, answer="keep")) == shares(before)


def test_another_currency_converts_discount_and_charge():
    company = pack(**CHARGED)
    before = calculated(document(of=company))
    after = with_header(before, "currency_code", "EUR")
    amounts = [line.line_amount for line in after.lines]
    assert amounts[0] == D("335.11")
    assert shares(after) == [D("16.75"), D("0.91"), D("0.20"), 0]
    assert after.lines[3].unit_price == D("2.48")
    typed = with_header(with_typed(before, "50"), "currency_code", "EUR")
    assert sum(shares(typed)) == D("6.70") and typed.lines[3].unit_price == D("2.47979")


# --- what no longer fits --------------------------------------------------------------------------------------------


def test_a_discount_that_no_longer_fits_is_told():
    before = calculated(document("10000 item PUMP qty 1"))
    assert told(before) == [] == told(retyped(before, 10000, quantity=D("3.7")))
    more = document("10000 item PUMP qty 1\n20000 resource LINA qty 1")
    lines = (before.lines[0], more.lines[1])
    (found,) = told(changed(before, lines=lines))
    assert found.severity == "warning"
    assert found.message == "The lines have an invoice discount of 25.00; the terms FIVE give 29.50."
    assert "Calculate invoice discount" in found.remedy
    assert told(calculated(changed(before, lines=lines))) == []


def test_it_is_not_told_where_it_is_calculated_by_itself_or_taken_back():
    by_itself = with_typed(document(), "50")
    assert told(by_itself) and not told(changed(by_itself, header=changed(by_itself.header, invoice_disc_code="")))
    automatic = document(of=pack(receivables_setup={"calc_inv_discount": True}))
    lines = (changed(automatic.lines[0], inv_discount_amount=D(1)), *automatic.lines[1:])
    assert told(changed(automatic, lines=lines)) == []
    memo = document(kind="credit_memo")
    lines = (changed(memo.lines[0], inv_discount_amount=D(1)), *memo.lines[1:])
    plan = plan_posting(changed(memo, lines=lines), REQUESTS["ship_and_invoice"])
    assert "invoice_discount_left_behind" not in [one.code for one in plan.findings]


def test_a_charge_that_the_terms_no_longer_ask_for_is_told():
    company = pack(customer_invoice_discounts={"FIVE": {"discount_pct": D(0), "service_charge": D("18.50")}})
    company["customer_invoice_discounts"].append({"code": "FIVE", "minimum_amount": D(100)})
    before = calculated(document("10000 resource LINA qty 1", of=company))
    assert [line.line_amount for line in before.lines] == [90, D("18.50")]
    assert charges_told(before) == []
    more = retyped(before, 10000, quantity=D(2))
    assert charges_told(more) == ["The lines have a service charge of 18.50; the terms FIVE ask for 0.00."]
    assert charges_told(calculated(more)) == []


def charges_told(of: Snapshot) -> list[str]:
    plan = plan_posting(of, REQUESTS["ship_and_invoice"])
    return [one.message for one in plan.findings if one.code == "service_charge_left_behind"]


# --- through the services -------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_what_is_posted_has_the_discount_that_follows(database: str):
    await enter_company(pack())
    key = await enter_order("C-DISC", ["10000 item PUMP qty 5", "20000 resource LINA qty 1.5"])
    accept(await drafts.calculate_invoice_discount(ANNA, key))
    accept(await drafts.change_line(ANNA, key, 10000, {"quantity": D(3)}))
    accept(await drafts.change_header(ANNA, key, {"prices_including_vat": True}, answer="yes"))
    result = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert result.ok and "invoice_discount_left_behind" not in [one.code for one in result.notices]
    rows = await database_rows("SELECT inv_discount_amount FROM service_invoice_line ORDER BY line_no")
    assert [row["inv_discount_amount"] for row in rows] == [93_75000, 8_44000]
    assert await faults() == []
