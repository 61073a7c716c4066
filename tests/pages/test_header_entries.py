"""What the header of an open document does not take is told beside the field (P-12, P-84, D-14, D-102)."""

from __future__ import annotations

import re

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order

pytestmark = pytest.mark.once
LINES = ["10000 item PUMP qty 4"]
HEADER = "/service-orders/SO-1/header"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("e_mail", "not an address", "“not an address” is not an e-mail address."),
        ("invoice_disc_code", "NOSUCH", "NOSUCH does not exist in Customer invoice discount."),
        ("dim_1", "NOSUCH", "Dimension DEPT has no value NOSUCH."),
        ("pmt_discount_pct", "31/02/2026", "“31/02/2026” looks like a date, not like a number."),
        ("exchange_amount", "2", "The document is in the own currency, which has no exchange rate."),
    ],
)
async def test_a_wrong_entry_is_refused_beside_its_field(browser: Browser, field: str, typed: str, said: str) -> None:
    of_dept = {"dimensions": {"DEPT": {}}, "dimension_values": {("DEPT", "FIELD"): {}}}
    await enter_company(pack(ledger_setup={"global_dimension_1_code": "DEPT"}, **of_dept))
    await enter_order("C-GOOD", LINES)
    await browser.sign_in("CLARA")
    answer = await browser.post(HEADER, {field: typed})
    beside = answer.text.partition(f'id="f-{field}-fault"')[2].partition("</div>")[0]
    assert answer.status_code == 422 and said in beside, beside


@pytest.mark.parametrize(("customer", "readonly"), [("C-GOOD", True), ("C-EURO", False)])
async def test_the_rate_can_be_typed_only_in_a_foreign_currency(
    browser: Browser, customer: str, readonly: bool
) -> None:
    await enter_company(pack())
    await enter_order(customer, LINES)
    await browser.sign_in("CLARA")
    page = (await browser.get("/service-orders/SO-1")).text
    for name in ("exchange_amount", "relational_amount"):
        field = re.search(rf'<input [^>]*id="f-{name}"[^>]*>', page)
        assert field and (" readonly" in field[0]) is readonly, field
