"""Payments, what they are applied to, and taking that back: as a ledger shows it (D-129 … D-132, P-156, P-157)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import TODAY, D, Pack, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from webapp.posting.payments import Choice, Payment
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.applications import mark_entries
from webapp.store.cancel import cancel_invoice
from webapp.store.payments import PaymentResult, apply_entry, look_at_application, look_at_payment, post_payment
from webapp.store.posting import post_document
from webapp.store.unapplying import look_at_unapply, unapply

BOTH = REQUESTS["ship_and_invoice"]
LATER = TODAY + timedelta(days=20)
BANK = {"bank_accounts": {"BANK": {"name": "Bank", "gl_account_no": "2910"}}}


async def invoices(
    *quantities: int, customer: str = "C-GOOD", company: Pack | None = None, line: str = ""
) -> list[int]:
    """The customer entries of posted invoices of 112.50 per hour, VAT included."""
    if company is not None:
        await enter_company(company)
    for quantity in quantities:
        count = len(await database_rows("SELECT no FROM service_invoice_header"))
        no = f"SO-{count + 1}"
        await enter_order(customer, [line or f"10000 resource LINA qty {quantity}"], no=no)
        result = await post_document(ANNA, DocumentKey("order", no), BOTH)
        assert result.ok, result.findings
    rows = await database_rows("SELECT entry_no FROM customer_ledger_entry WHERE document_type = 'invoice'")
    return [int(row["entry_no"]) for row in rows]


def paid(amount: str, *choices: Choice, day: date = LATER, customer: str = "C-GOOD", **values: Any) -> Payment:
    return Payment(customer, day, D(amount), payment_method_code="CASH", choices=choices, **values)


def told(result: PaymentResult | None) -> list[str]:
    assert result is not None
    return [found.code for found in result.findings]


async def ledger() -> list[str]:
    """Every customer entry: document, amount, what is left, open or closed."""
    rows = await database_rows(
        "SELECT e.document_no, e.open, SUM(CASE WHEN d.entry_type = 'initial' THEN d.amount ELSE 0 END) AS amount,"
        " SUM(d.amount) AS remaining FROM customer_ledger_entry e JOIN detailed_customer_entry d"
        " ON d.customer_entry_no = e.entry_no GROUP BY e.entry_no, e.document_no, e.open ORDER BY e.entry_no"
    )
    return [
        f"{row['document_no']} {D(row['amount']) / 100000:.2f} left {D(row['remaining']) / 100000:.2f}"
        f" {'open' if row['open'] else 'closed'}"
        for row in rows
    ]


async def postings(run: int) -> list[str]:
    rows = await database_rows(f"SELECT * FROM gl_entry WHERE posting_run_no = {run} ORDER BY entry_no")
    return [f"{row['gl_account_no']} {D(row['amount']) / 100000:.2f}" for row in rows]


@pytest.fixture
async def two(database: str) -> list[int]:
    """Invoices I-1 of 112.50 and I-2 of 225.00, with 2 % for who pays within 8 days."""
    return await invoices(1, 2, company=pack(**BANK))


async def test_one_payment_closes_one_invoice_and_part_of_another(two: list[int]):
    result = await post_payment(ANNA, paid("200", Choice(two[0]), Choice(two[1])))
    assert result.ok and result.document_no == "P-1"
    assert await ledger() == [
        "I-1 112.50 left 0.00 closed",
        "I-2 225.00 left 137.50 open",
        "P-1 -200.00 left 0.00 closed",
    ]
    assert await postings(result.run) == ["2310 -200.00", "2910 200.00"]
    assert await faults() == []


async def test_what_is_paid_too_much_stays_open_and_is_applied_later(two: list[int]):
    first = await post_payment(ANNA, paid("150", Choice(two[0])))
    assert first.left == "37.50"
    assert (await ledger())[2] == "P-1 -150.00 left -37.50 open"
    second = await apply_entry(ANNA, first.entry_no, LATER, (Choice(two[1]),))
    assert second is not None and second.ok
    assert (await ledger())[1:] == ["I-2 225.00 left 187.50 open", "P-1 -150.00 left 0.00 closed"]
    assert await postings(second.run) == []
    assert await faults() == []


async def test_a_payment_on_account_and_amounts_typed_for_each_entry(two: list[int]):
    assert (await post_payment(ANNA, paid("10", bank_account_no="BANK"))).ok
    assert (await post_payment(ANNA, paid("100", Choice(two[1], D("60")), Choice(two[0], D("40"))))).ok
    assert [line.rpartition("left ")[2] for line in await ledger()] == [
        "72.50 open",
        "165.00 open",
        "-10.00 open",
        "0.00 closed",
    ]
    assert await faults() == []


async def test_within_the_discount_date_the_discount_closes_the_rest(two: list[int]):
    in_time = TODAY + timedelta(days=8)
    result = await post_payment(ANNA, paid("110.25", Choice(two[0]), day=in_time))
    assert result.ok and (await ledger())[0] == "I-1 112.50 left 0.00 closed"
    assert await postings(result.run) == ["2310 -110.25", "2910 110.25", "2310 -2.25", "7310 2.25"]
    assert await faults() == []
    back = await unapply(ANNA, result.run, in_time, "paid for another")
    assert back is not None and back.ok
    assert await postings(back.run) == ["2310 2.25", "7310 -2.25"]
    (entry,) = await database_rows(f"SELECT * FROM customer_ledger_entry WHERE entry_no = {two[0]}")
    assert entry["open"] and entry["remaining_pmt_disc_possible"] == entry["original_pmt_disc_possible"]
    assert await faults() == []


@pytest.mark.parametrize(
    ("amount", "day", "discount"),
    [("110.24", 8, True), ("110.25", 9, True), ("110.25", 8, False)],
    ids=["a cent too little", "a day too late", "not granted"],
)
async def test_no_discount(two: list[int], amount: str, day: int, discount: bool):
    result = await post_payment(ANNA, paid(amount, Choice(two[0], discount=discount), day=TODAY + timedelta(days=day)))
    assert result.ok and (await ledger())[0] == f"I-1 112.50 left {D('112.50') - D(amount)} open"
    assert await faults() == []


RATES = [
    {"currency_code": "EUR", "starting_date": day, "exchange_amount": D(100), "relational_amount": D(rate)}
    for day, rate in ((date(2025, 1, 1), "746.03"), (LATER, "750"))
]


def euro(**changes: Any) -> Pack:
    company = pack(**BANK, **changes)
    return {**company, "currency_rates": RATES}


async def test_another_rate_leaves_a_gain(database: str):
    (entry,) = await invoices(1, customer="C-EURO", company=euro(), line="10000 resource LINA qty 1 price 80")
    result = await post_payment(ANNA, paid("60", Choice(entry), customer="C-EURO", currency_code="EUR"))
    assert result.ok
    assert await postings(result.run) == ["2310 -450.00", "2910 450.00", "2310 2.38", "9330 -2.38"]
    rest = await post_payment(ANNA, paid("40", Choice(entry), customer="C-EURO", currency_code="EUR"))
    assert rest.ok and (await ledger())[0] == "I-1 100.00 left 0.00 closed"
    assert await faults() == []
    back = await unapply(ANNA, rest.run, LATER, "wrong customer")
    assert back is not None and back.ok
    assert await postings(back.run) == ["2310 -1.59", "9330 1.59"]
    assert (await ledger())[0] == "I-1 100.00 left 40.00 open"
    assert await faults() == []


async def test_own_currency_pays_for_a_foreign_invoice_where_the_set_up_allows_it(database: str):
    company = euro(receivables_setup={"appln_between_currencies": "all"})
    (entry,) = await invoices(1, customer="C-EURO", company=company, line="10000 resource LINA qty 1 price 80")
    result = await post_payment(ANNA, paid("750", Choice(entry), customer="C-EURO"))
    assert result.ok and (await ledger())[0] == "I-1 100.00 left 0.00 closed"
    assert await postings(result.run) == ["2310 -750.00", "2910 750.00", "2310 3.97", "9330 -3.97"]
    assert await faults() == []


async def test_other_posting_groups_keep_their_receivables_apart(two: list[int]):
    await database_rows("SELECT 1")
    await enter_company(pack(customers={"C-GOOD": {"customer_posting_group": "EU"}}, **BANK))
    result = await post_payment(ANNA, paid("112.50", Choice(two[0])))
    assert await postings(result.run) == ["2320 -112.50", "2910 112.50", "2310 -112.50", "2320 112.50"]
    back = await unapply(ANNA, result.run, LATER, "wrong")
    assert back is not None and await postings(back.run) == ["2310 112.50", "2320 -112.50"]
    assert await faults() == []


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.once
async def test_the_code_of_the_own_currency_is_the_own_currency(two: list[int]):
    assert (await post_payment(ANNA, paid("112.50", Choice(two[0]), currency_code="LCY"))).ok
    assert (await ledger())[:1] == ["I-1 112.50 left 0.00 closed"]


async def test_everything_that_is_wrong_is_told_at_once(two: list[int]):
    wrong = Payment("C-GOOD", date(2025, 3, 9), D("-1.005"), choices=(Choice(two[0]), Choice(99)))
    assert told(await post_payment(ANNA, wrong)) == [
        "payment_amount_not_positive",
        "payment_account_missing",
        "payment_entry_later",
        "payment_entry_closed",
    ]
    assert await ledger() == ["I-1 112.50 left 112.50 open", "I-2 225.00 left 225.00 open"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("payment", "code"),
    [
        (paid("10", customer="NOBODY"), "payment_customer_unknown"),
        (paid("1.001"), "payment_amount_too_fine"),
        (paid("200", Choice(1, D("113"))), "payment_applies_too_much"),
        (paid("200", Choice(1, D("-1"))), "payment_amount_negative"),
        (paid("50", Choice(1, D("50")), Choice(2, D("50"))), "payment_applies_more_than_paid"),
        (paid("112.50", Choice(1), Choice(2)), "payment_used_up"),
        (paid("10", Choice(1, seen=D("112.51"))), "payment_entry_changed"),
        (paid("10", Choice(1), customer="C-EU"), "payment_entry_of_other"),
        (paid("10", Choice(1), currency_code="EUR"), "payment_entry_other_currency"),
        (paid("10", currency_code="EUR", day=date(1999, 1, 1)), "exchange_rate_missing"),
        (paid("10", currency_code="XYZ"), "reference_unknown"),
        (paid("10", bank_account_no="NOBANK"), "reference_unknown"),
        (changed(paid("10"), payment_method_code="BARTER"), "reference_unknown"),
    ],
)
async def test_a_payment_is_refused(two: list[int], payment: Payment, code: str):
    assert code in told(await post_payment(ANNA, payment))
    assert len(await ledger()) == 2
    rows = await database_rows("SELECT last_no_used FROM number_series_line WHERE series_code = 'PAYMENTS'")
    assert [row["last_no_used"] for row in rows] == [""]


@pytest.mark.once
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"receivables_setup": {"payment_nos": ""}}, "series_missing"),
        ({"ledger_setup": {"allow_posting_to": TODAY}}, "posting_date_outside_window"),
        ({"customers": {"C-GOOD": {"privacy_blocked": True}}}, "customer_privacy_blocked"),
        ({"customers": {"C-GOOD": {"bill_to_customer_no": "C-DISC"}}}, "payment_pays_for_other"),
        ({"gl_accounts": {"2910": {"blocked": True}}}, "account_blocked"),
        ({"gl_accounts": {"2310": {"blocked": True}}}, "account_blocked"),
    ],
)
async def test_the_set_up_forbids_it(two: list[int], changes: dict[str, Any], code: str):
    await enter_company(pack(**{**BANK, **changes}))
    assert code in told(await post_payment(ANNA, paid("112.50", Choice(two[0]))))
    assert len(await ledger()) == 2


async def test_an_entry_that_is_paid_already_is_refused(two: list[int]):
    assert (await post_payment(ANNA, paid("112.50", Choice(two[0])))).ok
    assert told(await post_payment(ANNA, paid("112.50", Choice(two[0])))) == ["payment_entry_closed"]
    payment = await post_payment(ANNA, paid("5"))
    assert told(await apply_entry(ANNA, payment.entry_no, LATER, ())) == ["application_nothing_chosen"]
    same_side = await apply_entry(ANNA, payment.entry_no, LATER, (Choice(payment.entry_no),))
    assert told(same_side) == ["payment_entry_closed"]
    assert told(await apply_entry(ANNA, two[1], LATER, (Choice(two[1]),))) == [
        "payment_entry_same_side",
        "payment_entry_closed",
    ]
    assert await apply_entry(ANNA, 99, LATER, ()) is None


async def test_the_same_reference_twice_is_warned_of(two: list[int]):
    assert (await post_payment(ANNA, paid("5", external_document_no="BANK-7"))).ok
    result = await post_payment(ANNA, paid("5", external_document_no="BANK-7"))
    assert result.ok and told(result) == ["payment_entered_before"]


async def test_what_is_marked_for_a_credit_memo_is_warned_of(two: list[int]):
    saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
    assert saved.key
    assert (await mark_entries(ANNA, saved.key, {two[0]: D(0)})).ok
    result = await post_payment(ANNA, paid("112.50", Choice(two[0])))
    assert result.ok and told(result) == ["payment_entry_marked"]


# --- taking back ----------------------------------------------------------------------------------------------------


async def test_taking_back_the_latest_first(two: list[int]):
    first = await post_payment(ANNA, paid("50", Choice(two[0])))
    second = await post_payment(ANNA, paid("62.50", Choice(two[0])))
    refused = await unapply(ANNA, first.run, LATER, "wrong")
    assert refused is not None and [one.code for one in refused.findings] == ["unapply_later_exists"]
    back = await unapply(ANNA, second.run, LATER, "wrong")
    assert back is not None and back.ok and back.names == ("Invoice I-1", "Payment P-2")
    assert await ledger() == [
        "I-1 112.50 left 62.50 open",
        "I-2 225.00 left 225.00 open",
        "P-1 -50.00 left 0.00 closed",
        "P-2 -62.50 left -62.50 open",
    ]
    assert (await unapply(ANNA, first.run, LATER, "wrong")) is not None
    again = await unapply(ANNA, first.run, LATER, "wrong")
    assert again is not None and [one.code for one in again.findings] == ["unapplied_already"]
    assert await faults() == []
    assert (await apply_entry(ANNA, second.entry_no, LATER, (Choice(two[0]),))) is not None
    assert await faults() == []


async def test_why_it_cannot_be_taken_back(two: list[int]):
    result = await post_payment(ANNA, paid("50", Choice(two[0])))
    for day, reason, code in (
        (TODAY, "wrong", "unapply_date_early"),
        (LATER, "", "unapply_reason_missing"),
    ):
        refused = await unapply(ANNA, result.run, day, reason)
        assert refused is not None and [one.code for one in refused.findings] == [code]
    assert await unapply(ANNA, 1, LATER, "wrong") is None
    looked = await look_at_unapply(ANNA, result.run, LATER)
    assert looked is not None and looked.plan.may_unapply


async def test_a_paid_invoice_is_cancelled_once_its_payment_is_taken_back(two: list[int]):
    payment = await post_payment(ANNA, paid("112.50", Choice(two[0])))
    refused = await cancel_invoice(ANNA, "I-1", LATER)
    assert refused is not None and [one.code for one in refused.findings] == ["cancel_applied"]
    assert (await unapply(ANNA, payment.run, LATER, "will be cancelled")) is not None
    done = await cancel_invoice(ANNA, "I-1", LATER)
    assert done is not None and done.ok
    stays = await unapply(ANNA, done.run, LATER, "no")
    assert stays is not None and [one.code for one in stays.findings] == ["unapply_cancellation"]
    assert await faults() == []


async def test_a_cash_payment_is_taken_back_with_its_discount(database: str):
    company = pack(customers={"C-CASH": {"payment_terms_code": "1M8D"}})
    (entry,) = await invoices(1, customer="C-CASH", company=company)
    (row,) = await database_rows("SELECT posting_run_no FROM customer_ledger_entry WHERE document_type = 'payment'")
    back = await unapply(ANNA, row["posting_run_no"], TODAY, "cheque bounced")
    assert back is not None and back.ok
    assert await ledger() == ["I-1 112.50 left 112.50 open", "I-1 -110.25 left -110.25 open"]
    assert await faults() == []
    assert entry == 1


# --- looking, and once only -----------------------------------------------------------------------------------------


async def test_looking_writes_nothing_and_names_the_number(two: list[int]):
    looked = await look_at_payment(ANNA, "C-GOOD", paid("200", Choice(two[0])))
    assert list(looked.open_entries) == two and looked.plan is not None
    assert looked.plan.number.no == "P-1" and looked.plan.left == D("87.5")
    assert [one.ledger.slug for one in looked.entries] == [
        "general-ledger",
        "customer-ledger",
        "detailed-customer-ledger",
    ]
    assert len(await ledger()) == 2
    payment = await post_payment(ANNA, paid("5"))
    shown = await look_at_application(ANNA, payment.entry_no, LATER, (Choice(two[0]),))
    assert shown is not None and shown[1].plan is not None and shown[1].plan.may_post


async def test_the_same_form_twice_pays_once(two: list[int]):
    form = "a-form-0123456789abcdef"
    first = await post_payment(ANNA, paid("50", Choice(two[0])), form)
    second = await post_payment(ANNA, paid("50", Choice(two[0])), form)
    assert second.repeated and (first.document_no, first.entry_no) == (second.document_no, second.entry_no)
    assert told(await post_payment(ANNA, paid("51", Choice(two[0])), form)) == ["form_used_otherwise"]
    assert len(await ledger()) == 3
