"""What is printed and mailed with a posted document, by payer and language (D-126)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.builders import TODAY
from tests.mail_sink import Sink, mail_sink
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, database_rows, enter_order
from tests.store.test_outbox import attached, items, posted, words_of
from webapp.posting.plan import REQUESTS
from webapp.store import report_selection
from webapp.store.acting import Acting
from webapp.store.attachments import Upload, add_attachments
from webapp.store.mailing import Mailer
from webapp.store.masters import MASTERS, save_master
from webapp.store.posting import post_document

CARL = Acting("CARL", "accountant", TODAY)
MAILED = "invoices@seller.example"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as made:
        yield made


async def select(**values: object) -> None:
    row = {"document_kind": "invoice", **values}
    _, found = await save_master(CARL, MASTERS["report-selections"], None, row, None)
    assert [one.message for one in found if one.is_error] == []


async def test_an_invoice_prints_with_its_shipments_for_who_wants_it(browser: Browser) -> None:
    no = await posted(document_sending="no")
    await browser.sign_in("VERA")
    path = f"/posted-service-invoices/{no}"
    alone = (await browser.get(f"{path}/print")).text
    assert alone.count("<article") == 1
    await select(language_code="DE", print_shipments=True)
    assert (await browser.get(f"{path}/print")).text.count("<article") == 2
    assert ".sheet-2" in (await browser.get(f"{path}/paper.css")).text
    counted = await browser.post(f"{path}/printing")
    assert re.search("Lieferschein|Shipment", (await browser.get(counted.headers["location"])).text)
    for table in ("service_invoice_header", "service_shipment_header"):
        assert [row["printed"] for row in await database_rows(f"SELECT printed FROM {table}")] == [1], table
    await select(customer_no="C-GOOD")
    assert (await browser.get(f"{path}/print")).text.count("<article") == 1, "the payer's own row counts"


@pytest.mark.once
async def test_a_mail_has_the_words_and_the_files_that_are_set_up(
    browser: Browser, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await posted(document_sending="no")
    text = "Anbei {document} über {amount}. {unknown} 100 %"
    await select(customer_no="C-GOOD", mail_shipments=True, mail_attachments=True, mail_text=text)
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"], no="SO-2")
    assert await add_attachments(ANNA, ("order", "SO-2"), [Upload("notes.txt", b"Seen and tested.")]) == []
    made = {one.kind: one.no for one in (await post_document(ANNA, key, REQUESTS["ship_and_invoice"])).posted}
    await browser.sign_in("CLARA")
    sent = await browser.post(f"/posted-service-invoices/{made['invoice']}/sending", {"recipient": "a@b.example"})
    assert sent.status_code == 303
    assert await Mailer(sink.url, MAILED).send_next()
    (mail,) = sink.taken
    assert f"Anbei Rechnung {made['invoice']} über 2.500,00 SEK. {{unknown}} 100 %" in words_of(mail)
    files = attached(mail)
    assert list(files) == [f"Invoice-{made['invoice']}.pdf", f"Shipment-{made['shipment']}.pdf", "notes.txt"]
    assert files["notes.txt"] == b"Seen and tested."
    monkeypatch.setattr(report_selection, "MOST_ATTACHED", 3)
    again = await browser.post(f"/posted-service-invoices/{made['invoice']}/sending", {"recipient": "b@b.example"})
    assert again.status_code == 303
    assert await Mailer(sink.url, MAILED).send_next()
    assert (await items())[0].last_error.startswith("The attached files are more than")
