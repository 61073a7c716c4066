"""Receivables on the pages: the ledger, payments and their taking back, what is old, the statement (D-129 … D-135)."""

from __future__ import annotations

import html
import io
import re
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from db.engine import transaction
from tests.builders import TODAY
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows, enter_order
from tests.scenarios.world import row_hashes
from tests.store.test_payments import BANK, Choice, invoices, pack, paid
from webapp.formats import said
from webapp.posting.findings import finding
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import document_lists, statements
from webapp.store.payments import post_payment
from webapp.store.posting import post_document

LEDGER = "/customer-ledger"
TYPED = {"customer_no": "C-GOOD", "posting_date": "2025-03-20", "bank_account_no": "BANK", "do": "post"}


@pytest.fixture
async def accountant(browser: Browser) -> Browser:
    await invoices(1, 2, company=pack(**BANK, users={"ANNA": {"role": "accountant"}}))
    await browser.sign_in("ANNA")
    return browser


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def token_of(answer: httpx.Response) -> str:
    return re.findall(r'name="token" value="([^"]+)"', answer.text)[-1]


async def enter(browser: Browser, **values: Any) -> httpx.Response:
    asked = await browser.get("/payments/new?customer_no=C-GOOD")
    assert asked.status_code == 200
    return await browser.post("/payments/new", {**TYPED, "token": token_of(asked), **values})


async def test_a_payment_is_entered_and_the_invoice_is_paid(accountant: Browser) -> None:
    asked = await accountant.get("/payments/new?customer_no=c-good&entry=1")
    assert 'value="BANK"' in asked.text and 'value="112.50"' in asked.text
    before = await row_hashes()
    values = {
        **TYPED,
        "amount": "150",
        "entry": ["1", "2"],
        "seen-1": "112.5",
        "seen-2": "225",
        "token": token_of(asked),
    }
    looked = await accountant.post("/payments/new", {**values, "do": "show"})
    assert looked.status_code == 200 and "Payment P-1 , applied to Invoice I-1, Invoice I-2" in text_of(looked).replace(
        "P-1,", "P-1 ,"
    )
    assert ">P-1<" in looked.text and "/payments/P-1" not in looked.text  # it is not posted yet
    assert await row_hashes() == before
    posted = await accountant.post("/payments/new", {**values, "token": token_of(looked)})
    assert (posted.status_code, posted.headers["location"]) == (303, f"{LEDGER}/3")
    entry = await accountant.get(f"{LEDGER}/3")
    assert "Payment P-1 is posted and applied to Invoice I-1, Invoice I-2." in text_of(entry)
    again = await accountant.post("/payments/new", {**values, "token": token_of(looked)})
    assert again.headers["location"] == f"{LEDGER}/3"
    paid_invoice = text_of(await accountant.get("/posted-service-invoices/I-1"))
    assert "Paid" in paid_invoice and "Payment P-1 20/03/2025 −112.50 LCY" in paid_invoice
    invoice = text_of(await accountant.get(f"{LEDGER}/2"))
    assert "Payment P-1" in invoice and "187.50" in invoice
    assert (await accountant.get("/payments/P-1")).headers["location"] == f"{LEDGER}/3"
    assert (await accountant.get("/payments/P-9")).status_code == 404
    assert await faults() == []


async def test_what_is_wrong_stands_beside_what_was_typed(accountant: Browser) -> None:
    answer = await enter(accountant, amount="100", entry=["1", "2"], **{"amount-1": "113", "amount-2": "zwei"})
    shown = text_of(answer)
    assert answer.status_code == 422 and "is not a number" in shown and 'value="zwei"' in answer.text
    answer = await enter(accountant, amount="100", entry="1", description="Ours & theirs", **{"amount-1": "113"})
    assert answer.status_code == 422 and 'value="113"' in answer.text and "Ours &amp; theirs" in answer.text
    assert "113.00 to apply to Invoice I-1 is more than the 112.50 that is open." in text_of(answer)
    assert "The amounts to apply come to 113.00" in text_of(answer)
    unknown = text_of(await enter(accountant, amount="10", bank_account_no="NOBANK", currency_code="XYZ"))
    assert "NOBANK does not exist in Bank account." in unknown and "XYZ does not exist in Currency." in unknown
    assert "exchange rate" not in unknown and "where the money went" not in unknown
    stale = await enter(accountant, amount="10", entry="1", **{"seen-1": "112.51"})
    assert "it was 112.51 when you looked" in text_of(stale)
    for customer in ("NOBODY", ""):
        nobody = await accountant.get(f"/payments/new?customer_no={customer}")
        assert nobody.status_code == (422 if customer else 200) and "Who paid?" in nobody.text
    assert (await accountant.post("/payments/new", {"customer_no": "NOBODY"})).status_code == 303


async def test_fill_in_sums_up_or_chooses_the_oldest(accountant: Browser) -> None:
    summed = await enter(accountant, do="fill", amount="", entry=["1", "2"])
    assert 'value="337.50"' in summed.text
    oldest = await enter(accountant, do="fill", amount="50")
    assert re.findall(r'name="entry" value="(\d)"[^>]*checked', oldest.text) == ["1"]


async def test_an_overpayment_is_applied_later_and_taken_back(accountant: Browser) -> None:
    payment = await post_payment(ANNA, paid("150", Choice(1)))
    page = f"{LEDGER}/{payment.entry_no}"
    asked = await accountant.get(f"{page}/application")
    assert "37.50" in text_of(asked)
    values = {"posting_date": "2025-03-30", "token": token_of(asked), "entry": "2", "do": "show"}
    looked = await accountant.post(f"{page}/application", values)
    assert "Detailed customer ledger" in text_of(looked)
    nothing = await accountant.post(f"{page}/application", {**values, "entry": "", "do": "post"})
    assert nothing.status_code == 422 and "Nothing is chosen to apply to." in text_of(nothing)
    assert (await accountant.post(f"{page}/application", {**values, "posting_date": "x"})).status_code == 422
    done = await accountant.post(f"{page}/application", {**values, "do": "post"})
    assert done.status_code == 303, text_of(done)
    shown = await accountant.get(page)
    (path,) = set(re.findall(rf"{page}/unapply/(\d+)", shown.text)) - {str(payment.run)}
    undo = f"{page}/unapply/{path}"
    assert "Payment P-1 37.50" in text_of(await accountant.get(undo)).replace("0.00 −", "").replace("−", "")
    refused = await accountant.post(undo, {"posting_date": "2025-03-30", "reason": ""})
    assert refused.status_code == 422
    early = await accountant.post(undo, {"posting_date": "2025-03-29", "reason": "wrong"})
    assert early.status_code == 422 and "before the application of 30/03/2025" in text_of(early)
    back = await accountant.post(undo, {"posting_date": "2025-03-30", "reason": "wrong customer"})
    assert back.status_code == 303
    assert "Taken back" in text_of(await accountant.get(page))
    gone = await accountant.post(undo, {"posting_date": "2025-03-30", "reason": "again"})
    assert gone.status_code == 422 and "is taken back already" in text_of(gone)
    for wrong in (f"{LEDGER}/99", f"{LEDGER}/1/unapply/1", f"{LEDGER}/99/application", f"{LEDGER}/{2**70}"):
        assert (await accountant.get(wrong)).status_code == 404
    assert await faults() == []


DISCOUNT = "remaining_pmt_disc_possible"
SHELLS = {"name": "SHELLS", "table": "payment_method"}


def edited(page: httpx.Response, **values: str) -> dict[str, str]:
    form = page.text.partition('id="edit"')[2].partition("</form>")[0]
    seen: dict[str, str] = dict(re.findall(r'name="(seen-[a-z_]+)" value="([^"]*)"', form))
    return {**seen, **{name.removeprefix("seen-"): value for name, value in seen.items()}, **values}


async def test_what_can_be_edited_while_an_entry_is_open(accountant: Browser) -> None:
    page = await accountant.get(f"{LEDGER}/1")
    assert "Payment data" in text_of(page)
    good = edited(
        page, due_date="2025-04-30", on_hold="ac", dispute="true", payment_reference="RF18", promised_date="1-5-25"
    )
    assert (await accountant.post(f"{LEDGER}/1", good)).status_code == 303
    shown = await accountant.get(f"{LEDGER}/1")
    assert "Disputed" in shown.text and 'value="30/04/2025"' in shown.text and 'value="AC"' in shown.text
    log = await database_rows("SELECT after FROM service_document_log WHERE event = 'Payment data edited'")
    assert "due date 2025-04-10" in str(log[0]["after"]) and "due date 2025-04-30" in str(log[0]["after"])
    stale = await accountant.post(f"{LEDGER}/1", edited(page, due_date="2025-05-30"))
    meanwhile = finding("entry_edited_meanwhile", name="Invoice I-1")
    assert stale.status_code == 422 and meanwhile.message in text_of(stale)
    for values, told in (
        ({"due_date": "2025-01-01"}, finding("due_before_document", date="2025-01-01", day=TODAY)),
        ({"due_date": ""}, finding("field_required", label="Due date")),
        ({"remaining_pmt_disc_possible": "50"}, finding("discount_above_original", field=DISCOUNT, most="2.25")),
        ({"payment_method_code": "SHELLS"}, finding("reference_unknown", field="payment_method_code", **SHELLS)),
    ):
        refused = await accountant.post(f"{LEDGER}/1", edited(shown, **values))
        assert refused.status_code == 422 and said(told.message) in text_of(refused), told.message
    await post_payment(ANNA, paid("225", Choice(2)))
    closed = await accountant.post(f"{LEDGER}/2", edited(shown))
    assert finding("entry_not_editable", name="Invoice I-2").message in text_of(closed)
    assert (
        "entry_edited_meanwhile" not in text_of(closed)
        and (await accountant.post(f"{LEDGER}/99", {})).status_code == 404
    )
    assert await faults() == []


async def test_a_date_typed_into_the_discount_period_takes_the_discount(accountant: Browser) -> None:
    """D-131: the form opened after the period and offered none; where one was offered and unticked, none is taken."""
    early = {"posting_date": str(TODAY + timedelta(days=1)), "amount": "110.25", "entry": "1", "seen-1": "112.5"}
    looked = await enter(accountant, **early, do="show")
    assert "Take the payment discount of Invoice I-1" in looked.text and "Nothing of it stays open" in looked.text
    assert "Invoice I-1 keeps" not in text_of(looked)
    unticked = text_of(await enter(accountant, **early, offered="1", do="show"))
    assert "Invoice I-1 keeps 2.25 open" in unticked
    assert (await enter(accountant, **early)).status_code == 303
    (invoice,) = await database_rows("SELECT open FROM customer_ledger_entry WHERE entry_no = 1")
    assert not invoice["open"]


async def test_the_ledger_is_filtered_and_exported(accountant: Browser) -> None:
    await post_payment(ANNA, paid("112.50", Choice(1), external_document_no="=1+1"))
    names = {"open": {"I-2"}, "overdue": {"I-2"}, "closed": {"I-1", "P-1"}, "": {"I-1", "I-2", "P-1"}}
    for view, documents in names.items():
        shown = text_of(await accountant.get(f"{LEDGER}?view={view}&customer_no=c-good"))
        assert {no for no in ("I-1", "I-2", "P-1") if no in shown} == documents, view
    assert "Nothing fits" in text_of(await accountant.get(f"{LEDGER}?document_type=credit_memo"))
    assert "is not a date" in text_of(await accountant.get(f"{LEDGER}?from=soon"))
    assert "P-1" in text_of(await accountant.get(f"{LEDGER}?document_type=payment&from=2025-03-30&to=2025-03-30"))
    file = (await accountant.get(f"{LEDGER}.csv?document_type=payment")).text.splitlines()
    assert file[0].lstrip("\ufeff").startswith("Document no.,") and "'=1+1" in file[1] and "-112.50000" in file[1]
    fragment = await accountant.get(f"{LEDGER}?view=open", **{"hx-request": "true"})
    assert fragment.text.lstrip().startswith(("<div", "<table"))


async def test_what_a_customer_paid_ahead_is_not_overdue(accountant: Browser) -> None:
    await post_payment(ANNA, paid("500"))
    assert "P-1" not in text_of(await accountant.get(f"{LEDGER}?view=overdue"))
    shown = text_of(await accountant.get("/customers/C-GOOD/statement?from=2025-03-01&to=2025-06-30"))
    assert "Invoice I-1" in shown.partition("Overdue on")[2] and "Payment P-1" not in shown.partition("Overdue on")[2]


async def test_what_was_open_on_a_day(accountant: Browser) -> None:
    """Due on 2025-04-10; what is paid on 2025-03-30 was still open the day before."""
    await post_payment(ANNA, paid("100", Choice(1)))
    shown = text_of(await accountant.get("/aged-receivables?as_of=2025-03-29&details=true"))
    assert "C-GOOD C-GOOD LCY 337.50 337.50" in shown and "Invoice I-1" in shown
    shown = text_of(await accountant.get("/aged-receivables?as_of=2025-04-30&heading=dates"))
    assert "LCY 237.50 237.50" in shown and "01/04/2025 – 30/04/2025" in shown
    shown = text_of(await accountant.get("/aged-receivables?as_of=2025-09-30&by=posting_date&length=30D"))
    assert "Over 119 days" in shown and "237.50 237.50 Total" in shown
    for asked, shown in (("C-GOOD|C-EURO", True), ("C-G*", True), ("C-A..C-Z", True), ("<>C-GOOD", False)):
        query = urlencode({"as_of": "2025-04-30", "customer_no": asked})
        assert ("237.50" in text_of(await accountant.get(f"/aged-receivables?{query}"))) is shown, asked
        query = urlencode({"from": "2025-03-01", "to": "2025-05-01", "customer_no": asked})
        assert ("C-GOOD" in text_of(await accountant.get(f"/statements?{query}")).partition("Page")[0]) is shown, asked
    for day, column in (("2025-04-09", "Not due"), ("2025-04-10", "Due that day – 29 days")):  # due on the 10th
        heads, cells = (await accountant.get(f"/aged-receivables.csv?as_of={day}&length=30D")).text.splitlines()[:2]
        assert cells.split(",")[heads.lstrip("\ufeff").split(",").index(column)] == "237.50000", day
    file = (await accountant.get("/aged-receivables.csv?as_of=2025-04-30&details=true")).text
    assert "C-GOOD,C-GOOD,I-1,2025-04-10,LCY,12.50000" in file
    book = await accountant.get("/aged-receivables.xlsx?as_of=2025-04-30&details=true")
    assert 'filename="aged-receivables-2025-04-30.xlsx"' in book.headers["content-disposition"]
    sheet = zipfile.ZipFile(io.BytesIO(book.content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<v>12.50000</v>" in sheet, sheet
    paper = text_of(await accountant.get("/aged-receivables/print?as_of=2025-04-30"))
    assert "Aged receivables as of 30/04/2025" in paper and "237.50" in paper
    for wrong in ("as_of=1805-01-01", "length=9999Y", "as_of=x", "by=weather"):
        for path in ("", "/print", ".csv", ".xlsx"):
            assert (await accountant.get(f"/aged-receivables{path}?{wrong}")).status_code == 422, (path, wrong)


async def test_the_statement_of_a_customer(accountant: Browser) -> None:
    await post_payment(ANNA, paid("110.25", Choice(1), day=TODAY + timedelta(days=1)))
    path = "/customers/C-GOOD/statement"
    period = "from=2025-03-11&to=2025-05-01"
    shown = text_of(await accountant.get(f"{path}?{period}"))
    assert "Opening balance 337.50" in shown and "Closing balance 225.00" in shown
    assert "Payment P-1 Payment of C-GOOD −110.25 227.25" in shown
    assert "Payment P-1 Payment discount −2.25 225.00" in shown
    assert "Overdue on 01/05/2025" in shown and "No statement printed so far." in shown
    before = await row_hashes()
    preview = await accountant.get(f"{path}/print?{period}")
    assert "Statement no. 1" in text_of(preview) and await row_hashes() == before
    for number in (1, 2):
        answer = await accountant.post(f"{path}/printing", {"from": "2025-03-11", "to": "2025-05-01"})
        assert f"Statement no. {number}" in text_of(await accountant.get(answer.headers["location"]))
    for wrong in ("from=2025-05-01&to=2025-03-11", "from=1800-01-01&to=2025-01-01", "from=x&to=y"):
        assert (await accountant.get(f"{path}?{wrong}")).status_code == 422
    assert (await accountant.get(f"{path}?from=1950-01-01&to=2100-01-01")).status_code == 200
    assert (await accountant.get("/customers/NOBODY/statement")).status_code == 404


async def test_a_statement_leaves_out_what_was_taken_back_and_is_aged_as_asked(accountant: Browser) -> None:
    """D-135: the switches, on the page, on paper, and kept with the statement that is counted."""
    payment = await post_payment(ANNA, paid("110.25", Choice(1), day=TODAY + timedelta(days=1)))
    unapply = f"{LEDGER}/{payment.entry_no}/unapply/{payment.run}"
    back = await accountant.post(unapply, {"posting_date": "2025-03-12", "reason": "wrong invoice"})
    assert back.status_code == 303
    path, period = "/customers/C-GOOD/statement", "from=2025-03-01&to=2025-05-01"
    plain = await accountant.get(f"{path}?{period}")
    discount = "Payment discount −2.25"
    assert discount not in text_of(plain) and "Closing balance 227.25" in text_of(plain)
    assert "Not due" in text_of(plain) and "/posted-service-invoices/I-1/file.pdf" in plain.text
    everything = text_of(await accountant.get(f"{path}?{period}&taken_back=true&aging=posting_date"))
    assert discount in everything and "Payment discount 2.25" in everything and "Closing balance 227.25" in everything
    assert "Not due" not in everything and "0 – 29 days" in everything
    early = text_of(await accountant.get(f"{path}?from=2025-03-01&to=2025-03-11"))
    assert discount in early, "what took it back stands outside the period"
    asked = {"from": "2025-03-01", "to": "2025-05-01", "aging": "none", "taken_back": "true"}
    printed = await accountant.post(f"{path}/printing", asked)
    paper = text_of(await accountant.get(printed.headers["location"]))
    assert "Payment discount −2.25" in paper and "Not due" not in paper
    (kept,) = await database_rows("SELECT aging, taken_back FROM customer_statement")
    assert (kept["aging"], bool(kept["taken_back"])) == ("none", True)
    many = text_of(await accountant.get(f"/statements?{period}&aging=none"))
    assert "Print 1 statement" in many
    sheet = text_of(await accountant.get(f"/statements/print?{period}&aging=posting_date"))
    assert "0 – 29" in sheet and discount not in sheet
    assert (await accountant.get(f"{path}?{period}&aging=weather")).status_code == 422


async def test_statements_of_many_customers_in_one_print(accountant: Browser) -> None:
    """Each in its customer's language and with its own number; looking counts nothing."""
    await enter_order("C-EU", ["10000 item PUMP qty 1"], no="SO-9")
    assert (await post_document(ANNA, DocumentKey("order", "SO-9"), REQUESTS["ship_and_invoice"])).ok
    async with transaction() as session:
        await session.execute("INSERT INTO language (code, description) VALUES ('DE', 'German')")
        await session.execute("UPDATE customer SET language_code = 'DE' WHERE no = 'C-EU'")
    assert 'href="/statements"' in (await accountant.get("/customer-ledger")).text
    period = {"from": "2025-01-01", "to": "2025-05-01"}
    shown = text_of(await accountant.get(f"/statements?{urlencode(period)}"))
    assert "Print 2 statements" in shown and "C-EU" in shown and "C-GOOD" in shown
    before = await row_hashes()
    preview = text_of(await accountant.get(f"/statements/print?{urlencode(period)}"))
    for words in ("Statement no. 1", "Auszugsnr. 1", "Kontoauszug", "Endsaldo", "Closing balance", "Überfällig am"):
        assert words in preview
    style = (await accountant.get(f"/statements/paper.css?{urlencode(period)}")).text
    assert ".sheet-2 { page: sheet-2; }" in style
    assert await row_hashes() == before
    for number in (1, 2):
        answer = await accountant.post("/statements/printing", period)
        printed = text_of(await accountant.get(answer.headers["location"]))
        assert f"Statement no. {number}" in printed and f"Auszugsnr. {number}" in printed
        assert "2 statements are counted." in printed
    counted = await database_rows("SELECT customer_no, statement_no FROM customer_statement ORDER BY 1, 2")
    assert [tuple(row.values()) for row in map(dict, counted)] == [
        ("C-EU", 1), ("C-EU", 2), ("C-GOOD", 1), ("C-GOOD", 2)]  # fmt: skip
    one = text_of(await accountant.get(f"/statements?{urlencode({**period, 'customer_no': 'C-EU', 'which': 'moved'})}"))
    assert "Print 1 statement" in one and "C-GOOD" not in one.partition("Print 1 statement")[2].partition("Keys")[0]
    none = await accountant.get("/statements?from=1950-01-01&to=1950-02-01&which=moved")
    assert "No account fits" in none.text


@pytest.mark.once
async def test_statements_are_sent_by_mail(accountant: Browser) -> None:
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_mail = 'pay@good.example' WHERE no = 'C-GOOD'")
    period = {"from": "2025-01-01", "to": "2025-05-01"}
    asked = await accountant.get(f"/statements?{urlencode(period)}")
    assert 'action="/statements/sending"' in asked.text and "pay@good.example" in asked.text
    for words in ("1 statement went into the outbox.", "send again from the outbox: C-GOOD."):
        sent = await accountant.post("/statements/sending", period)
        assert (sent.status_code, sent.headers["location"]) == (303, "/outbox")
        shown = text_of(await accountant.get("/outbox"))
        assert words in shown and "Statement 1 of C-GOOD pay@good.example Waiting" in shown
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_mail = ''")
    await accountant.post("/statements/sending", {**period, "to": "2025-06-01"})
    assert "Without an e-mail address: C-GOOD." in text_of(await accountant.get("/outbox"))
    assert len(await database_rows("SELECT * FROM outbox")) == 1
    assert (await accountant.post("/statements/sending", {"from": "x"})).status_code == 303
    await accountant.sign_in("VERA")
    assert "Send by e-mail" not in (await accountant.get("/statements")).text
    assert (await accountant.post("/statements/sending", period)).status_code == 403


@pytest.mark.once
async def test_statements_that_are_too_many_or_too_long_or_of_no_period(
    accountant: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ("from=x", "from=1800-01-01", "from=2025-05-01&to=2025-01-01", "which=all"):
        assert (await accountant.get(f"/statements?{wrong}")).status_code == 422, wrong
        answer = await accountant.get(f"/statements/print?{wrong}")
        assert answer.status_code == 303 and answer.headers["location"].startswith("/statements?"), wrong
        assert sorted(parse_qsl(urlsplit(answer.headers["location"]).query)) == sorted(parse_qsl(wrong))
    assert (await accountant.get("/statements?from=1950-01-01&to=2100-01-01")).status_code == 200  # a century
    monkeypatch.setattr("webapp.pages.statement_runs.MOST_ROWS", 1)
    monkeypatch.setattr("webapp.store.statements.MOST_ROWS", 1)
    period = urlencode({"from": "2025-01-01", "to": "2025-05-01"})
    long = await accountant.get(f"/statements?{period}")
    assert long.status_code == 422
    assert finding("statement_of_too_long", no="C-GOOD", most=1).message in text_of(long)
    monkeypatch.setattr("webapp.pages.statement_runs.MOST", 0)
    many = await accountant.get(f"/statements?{period}")
    assert many.status_code == 422 and finding("statements_too_many", most=0).message in text_of(many)
    assert (await accountant.post("/statements/printing", {"from": "2025-01-01"})).status_code == 303
    assert await database_rows("SELECT * FROM customer_statement") == []


async def test_the_customer_page_says_what_is_owed(accountant: Browser) -> None:
    await post_payment(ANNA, paid("100", Choice(1)))
    shown = text_of(await accountant.get("/customers/C-GOOD"))
    assert "Balance 237.50" in shown and "Overdue 237.50" in shown and "Last payment 100.00" in shown
    assert "2 open" in text_of(await accountant.get("/"))


@pytest.mark.once
async def test_the_home_page_counts_only_so_far(accountant: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_lists, "MOST_COUNTED", 1)
    shown = text_of(await accountant.get("/"))
    assert "over 1 open" in shown and "over 1 overdue" in shown and "over 1 invoices not printed" in shown


@pytest.mark.once
async def test_a_report_says_what_it_cannot_show(accountant: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    far = finding("report_date_far", label="As of", low="1950-01-01", high="2500-12-31")
    assert said(far.message) in text_of(await accountant.get("/aged-receivables?as_of=1940-01-01"))
    unclear = finding("period_length_not_understood", label="Period length", typed="1X")
    assert unclear.message in text_of(await accountant.get("/aged-receivables?length=1x"))
    monkeypatch.setattr(statements, "MOST_ROWS", 1)
    period, path = {"from": "2025-01-01", "to": "2025-12-31"}, "/customers/C-GOOD/statement"
    long = await accountant.get(f"{path}/print?{urlencode(period)}")
    assert long.status_code == 422 and finding("statement_too_long", most=5000).message in text_of(long)
    assert "printed=" not in (await accountant.post(f"{path}/printing", period)).headers["location"]
    assert await database_rows("SELECT * FROM customer_statement") == []


async def test_a_long_statement_is_read_page_by_page(accountant: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await post_payment(ANNA, paid("100", Choice(1)))
    await post_payment(ANNA, paid("50"))
    monkeypatch.setattr(statements, "MOST_SHOWN", 3)
    path = "/customers/C-GOOD/statement?from=2025-01-01&to=2025-04-30"
    first = await accountant.get(path)
    shown = text_of(first)
    assert "Opening balance 0.00" in shown and "−100.00 237.50" in shown and "187.50" not in shown
    assert "Carried forward 237.50" in shown and "Overdue on 30/04/2025" in shown
    onwards = html.unescape(re.findall(r'href="([^"]+)" rel="next"', first.text)[0])
    second = text_of(await accountant.get(onwards))
    assert "Brought forward 237.50" in second and "−50.00 187.50" in second and "Closing balance 187.50" in second
    assert "First page" in second and "Next page" not in second
    monkeypatch.setattr(statements, "MOST_SHOWN", 1)
    assert "Only what is due longest is shown." in text_of(await accountant.get(path))
    for wrong in ("x", "2025-01-40_1", "2025-03-10_", f"2025-03-10_{2**80}", "1900-01-01_1"):
        assert "Opening balance 0.00" in text_of(await accountant.get(f"{path}&after={wrong}"))


@pytest.mark.once
async def test_who_may_not_enter_payments_is_not_offered_them(accountant: Browser) -> None:
    payment = await post_payment(ANNA, paid("150", Choice(1)))
    await accountant.sign_in("POLLY")
    for path in (
        LEDGER,
        f"{LEDGER}/1",
        f"{LEDGER}/{payment.entry_no}",
        "/customers/C-GOOD",
        "/posted-service-invoices/I-2",
    ):
        answer = await accountant.get(path)
        assert answer.status_code == 200
        assert "Enter payment" not in answer.text and "Unapply" not in answer.text and "/application" not in answer.text
    assert (await accountant.get("/payments/new")).status_code == 403
    assert (await accountant.post(f"{LEDGER}/1/unapply/1", {})).status_code == 403
