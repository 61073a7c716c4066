"""The outbox and the sending of a posted document, from the browser (D-102)."""

from __future__ import annotations

import html
import re

import pytest

from db.engine import Unavailable, transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store.acting import Acting
from webapp.store.outbox import Answer, answered, items, take_next
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
MAIL = "pay@good.example"


@pytest.fixture
async def clerk(browser: Browser) -> Browser:
    """I-1 and S-1 of a customer with an e-mail address."""
    await enter_company(pack(customers={"C-GOOD": {"e_mail": MAIL}}))
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    assert (await post_document(POLLY, key, REQUESTS["ship_and_invoice"])).ok
    await browser.sign_in("CLARA")
    return browser


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def test_an_invoice_is_sent_and_its_page_says_what_became_of_it(clerk: Browser) -> None:
    own = "/posted-service-invoices/I-1"
    assert f'href="{own}/sending"' in (await clerk.get(own)).text
    asked = await clerk.get(f"{own}/sending")
    assert f'value="{MAIL}"' in asked.text
    assert "No mail server is set up here" in asked.text
    refused = await clerk.post(f"{own}/sending", {"recipient": "nobody"})
    assert refused.status_code == 422
    assert 'value="nobody"' in refused.text and "“nobody” is not an e-mail address" in words(refused.text)
    sent = await clerk.post(f"{own}/sending", {"recipient": MAIL})
    assert (sent.status_code, sent.headers["location"]) == (303, own)
    shown = words((await clerk.get(own)).text)
    assert f"Invoice I-1 is in the outbox for {MAIL}." in shown
    assert f"Sending Waiting to {MAIL}" in shown
    assert "To be sent" in shown
    again = await clerk.post(f"{own}/sending", {"recipient": MAIL})  # a second click
    assert "waits already to be sent" in words(again.text)
    one = (await items())[0]
    taken = await take_next(one.next_attempt_at)
    assert taken is not None
    await answered(taken, Answer("sent"))
    shown = words((await clerk.get(own)).text)
    assert re.search(rf"Sending Sent \S+ \S+ to {MAIL}", shown), shown
    assert "Printed 1 time" in shown


@pytest.mark.once
async def test_the_outbox_lists_filters_and_acts(clerk: Browser) -> None:
    assert "goes out with Send on its page" in words((await clerk.get("/outbox")).text)
    await clerk.post("/posted-service-invoices/I-1/sending", {"recipient": MAIL})
    async with transaction() as session:
        await session.execute("UPDATE outbox SET state = 'unsure', last_error = '=HYPERLINK'")
    (item,) = await items()
    listed = await clerk.get("/outbox?state=unsure&q=i-1")
    assert "Invoice I-1 pay@good.example May have left" in words(listed.text)
    assert "Ask the recipient, then choose" in listed.text
    for nothing in ("?state=failed", "?q=other", "?before=1", "?q=%25"):
        assert "Nothing here fits." in (await clerk.get(f"/outbox{nothing}")).text, nothing
    for strange in ("?before=x", "?state=nonsense", f"?before={'9' * 30}"):
        assert "May have left" in (await clerk.get(f"/outbox{strange}")).text, strange
    assert (await clerk.post(f"/outbox/{item.id}/again")).status_code == 303
    assert [one.state for one in await items()] == ["waiting", "unsure"]
    assert (await clerk.post(f"/outbox/{item.id}/arrived")).status_code == 303
    assert (await clerk.post(f"/outbox/{item.id + 1}/back")).status_code == 303
    assert [one.state for one in await items()] == ["taken_back", "sent"]
    assert "Invoice I-1 pay@good.example Taken back" in words((await clerk.get("/outbox")).text)
    await clerk.post(f"/outbox/{item.id + 1}/back")
    assert "It does not wait any more." in (await clerk.get("/outbox")).text
    for path in ("/outbox/999/again", f"/outbox/{10**30}/again", f"/outbox/{item.id}/burn"):
        assert (await clerk.post(path)).status_code == 404, path


async def test_mail_that_failed_stands_on_home_and_on_its_document_until_it_is_looked_after(clerk: Browser) -> None:
    own = "/posted-service-invoices/I-1"
    assert "Mail that did not arrive" not in (await clerk.get("/")).text
    await clerk.post(f"{own}/sending", {"recipient": MAIL})
    (item,) = await items()
    taken = await take_next(item.next_attempt_at)
    assert taken is not None
    await answered(taken, Answer("failed", "550 no such mailbox"))
    home = await clerk.get("/")
    assert "Mail that did not arrive" in home.text and '<a href="/outbox?state=failed"><b>1</b> failed</a>' in home.text
    shown = await clerk.get(own)
    assert f"The e-mail to {MAIL} failed. 550 no such mailbox Send it again Outbox" in words(shown.text)
    assert f'href="{own}/sending">Send it again' in shown.text
    await clerk.post(f"{own}/sending", {"recipient": "new@good.example"})
    assert "Mail that did not arrive" not in (await clerk.get("/")).text
    assert "Nothing here fits." in (await clerk.get("/outbox?state=failed")).text
    again = await take_next(item.next_attempt_at.replace(year=2099))
    assert again is not None
    await answered(again, Answer("failed", "550 no such mailbox"))
    assert (await clerk.post(f"/outbox/{again.id}/giving-up")).status_code == 303
    assert "It is given up." in (await clerk.get("/outbox")).text
    assert "Mail that did not arrive" not in (await clerk.get("/")).text
    await clerk.post(f"/outbox/{again.id}/giving-up")
    assert "It is not failed any more." in (await clerk.get("/outbox")).text
    assert [one.state for one in await items()] == ["given_up", "failed"]
    shown = words((await clerk.get("/outbox")).text)
    assert "Invoice I-1 new@good.example Given up" in shown


async def test_mail_that_failed_goes_again_to_the_address_that_the_customer_has_now(clerk: Browser) -> None:
    """D-102: each button says to whom; the failed row has none any more once it went again."""
    await clerk.post("/posted-service-invoices/I-1/sending", {"recipient": MAIL})
    (item,) = await items()
    taken = await take_next(item.next_attempt_at)
    assert taken is not None
    await answered(taken, Answer("failed", "550 no such mailbox"))
    shown = (await clerk.get("/outbox")).text
    assert "Send again Give up" in words(shown)
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_mail = 'new@good.example'")
    shown = (await clerk.get("/outbox")).text
    assert f"Send again to new@good.example Send again to {MAIL} Give up" in words(shown)
    assert 'name="recipient" value="new@good.example"' in shown
    assert (await clerk.post(f"/outbox/{item.id}/again", {"recipient": "new@good.example"})).status_code == 303
    shown = words((await clerk.get("/outbox")).text)
    assert "It is in the outbox once more, for new@good.example." in shown
    assert "Take back" in shown and "Sent once more since" in shown and "Give up" not in shown
    assert [(one.recipient, one.state) for one in await items()] == [("new@good.example", "waiting"), (MAIL, "failed")]
    await clerk.post(f"/outbox/{item.id}/again", {"recipient": MAIL})  # from a page that is no longer true
    assert "The document went into the outbox once more already." in words((await clerk.get("/outbox")).text)
    assert len(await items()) == 2
    assert (await clerk.post(f"/outbox/{item.id + 1}/again", {"recipient": "nobody"})).status_code == 303
    assert "“nobody” is not an e-mail address." in words((await clerk.get("/outbox")).text)


async def post_and_send(browser: Browser, order: str, option: str = "ship_and_invoice") -> str:
    """Posts the order with `Post and send`, the same form twice, as a second click does; what the result page says."""
    path = f"/service-orders/{order}/posting"
    form = dict(
        re.findall(r'name="(row_version|token|posting_date)" [^>]*?value="([^"]*)"', (await browser.get(path)).text)
    )
    for _ in range(2):
        answer = await browser.post(path, {**form, "option": option, "then": "send"})
        assert answer.status_code == 303, answer.text
    return words((await browser.get(answer.headers["location"])).text)


@pytest.mark.once
async def test_post_and_send_posts_and_sends_once(clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """D-41: what becomes of the mail neither undoes nor hides the posting."""
    for no in ("SO-2", "SO-3", "SO-4", "SO-5"):
        await enter_order("C-GOOD", ["10000 item PUMP qty 1"], no=no)
    await clerk.sign_in("POLLY")
    shown = await post_and_send(clerk, "SO-2")
    assert f"Invoice I-2 is in the outbox for {MAIL}." in shown and "Send invoice I-2" in shown
    assert [(one.document_no, one.recipient, one.requested_by) for one in await items()] == [("I-2", MAIL, "POLLY")]
    listed = words((await clerk.get("/posted-service-invoices?q=I-2")).text)
    assert "Sending I-2 C-GOOD" in listed and "Waiting 1 row" in listed
    assert "Nothing was sent: a shipment goes with the goods." in await post_and_send(clerk, "SO-3", "ship")
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_mail = 'nobody'")
    shown = await post_and_send(clerk, "SO-4")
    assert "Invoice I-3 was not sent. “nobody” is not an e-mail address." in shown and "Incl. VAT" in shown
    monkeypatch.setattr("webapp.store.outbox.request_sending", unavailable)
    shown = await post_and_send(clerk, "SO-5")
    assert "Invoice I-4 was not sent. It could not be put into the outbox" in shown  # sending_not_written
    assert len(await items()) == 1


async def unavailable(*_: object) -> None:
    raise Unavailable("the database is away")


@pytest.mark.once
async def test_what_a_customer_gets_by_itself_goes_once(clerk: Browser) -> None:
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"], no="SO-2")
    async with transaction() as session:
        await session.execute("UPDATE customer SET document_sending = 'e_mail'")
    await clerk.sign_in("POLLY")
    assert f"Invoice I-2 is in the outbox for {MAIL}." in await post_and_send(clerk, "SO-2")
    assert [one.document_no for one in await items()] == ["I-2"]


@pytest.mark.once
async def test_who_may_not_send_sees_no_button_and_a_shipment_has_none(clerk: Browser) -> None:
    assert (await clerk.get("/posted-service-shipments/S-1/sending")).status_code == 404
    assert (await clerk.get("/posted-service-invoices/NONE/sending")).status_code == 404
    assert "/sending" not in (await clerk.get("/posted-service-shipments/S-1")).text
    await clerk.post("/posted-service-invoices/I-1/sending", {"recipient": MAIL})
    await clerk.sign_in("VERA")
    assert "/sending" not in (await clerk.get("/posted-service-invoices/I-1")).text
    assert "Take back" not in (await clerk.get("/outbox")).text
    assert (await clerk.post("/posted-service-invoices/I-1/sending", {"recipient": MAIL})).status_code == 403


@pytest.mark.once
async def test_a_customer_is_asked_for_an_address_that_mail_can_go_to(clerk: Browser) -> None:
    shown = await clerk.get("/customers/C-GOOD")
    assert "Document sending" in shown.text and "Send documents to" in shown.text
    version = re.search(r'name="row_version" value="(\d+)"', shown.text)
    assert version is not None
    values = {"row_version": version[1], "document_sending": "e_mail", "send_documents_to": "books"}
    refused = await clerk.post("/customers/C-GOOD", values)
    assert refused.status_code == 422
    assert "“books” is not an e-mail address." in words(refused.text)


@pytest.mark.once
async def test_marked_invoices_are_sent_together(clerk: Browser) -> None:
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 1"], no="SO-2")
    assert (await post_document(POLLY, key, REQUESTS["ship_and_invoice"])).ok
    listed = (await clerk.get("/posted-service-invoices?view=unsent")).text
    assert 'formaction="/outbox/new"' in listed and "I-2" in listed
    marked = await clerk.post("/outbox/new", {"kind": "invoice", "select": ["I-1"]})
    assert marked.status_code == 303
    asked = await clerk.get(marked.headers["location"])
    assert "Send 1 document" in asked.text and MAIL in asked.text
    sent = await clerk.post("/outbox", {"kind": "invoice", "select": ["I-1"]})
    assert (sent.status_code, sent.headers["location"]) == (303, "/outbox")
    assert "1 document went into the outbox." in words((await clerk.get("/outbox")).text)
    both = words((await clerk.get("/outbox/new?kind=invoice")).text)
    assert "Invoices: All " in both
    assert "To be sent (1)" in both and "Left already (1)" in both
    left = (await clerk.get("/posted-service-invoices?view=unsent")).text
    assert ">I-2<" in left and ">I-1<" not in left
    assert (await clerk.get("/outbox/new?kind=shipment")).status_code == 404
    assert "None of them is to be sent." in (await clerk.get("/outbox/new?kind=invoice&q=nothing")).text
    assert (await clerk.post("/outbox", {"kind": "invoice", "from": "31-02"})).status_code == 422


@pytest.mark.once
async def test_more_than_one_step_takes_are_refused(clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.pages.sending.MOST", 0)
    refused = await clerk.post("/outbox", {"kind": "invoice"})
    assert refused.status_code == 422
    assert "These are more than 0 documents" in refused.text  # too_many_to_send
    assert await items() == []
