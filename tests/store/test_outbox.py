"""The outbox: written with the posting, sent after it, once (D-102)."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import facturx
import pytest
from pypdf import PdfReader

from db.engine import Unavailable, transaction
from tests.builders import TODAY, pack
from tests.einvoice.sound import SELLER
from tests.mail_sink import Sink, mail_sink
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from webapp.paper import pdf
from webapp.posting.plan import REQUESTS
from webapp.store import mailing
from webapp.store.acting import Acting
from webapp.store.batches import Selection
from webapp.store.cancel import cancel_invoice
from webapp.store.issues import issue, stored_sheets
from webapp.store.mailing import Mailer
from webapp.store.masters import MASTERS, save_master
from webapp.store.outbox import (
    Answer,
    answered,
    give_up,
    items,
    leave_unsent,
    look_at_many,
    request_sending,
    send_again,
    send_many,
    settle,
    take_next,
    unsent,
)
from webapp.store.posted_files import file_of
from webapp.store.posting import post_document
from webapp.store.print_runs import Chosen, rest_of
from webapp.store.statements import load_many_statements, send_statements

CLARA = Acting("CLARA", "clerk", TODAY)
LINES = ["10000 item PUMP qty 4"]
MAIL = "pay@good.example"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as made:
        yield made


async def posted(**customer: str) -> str:
    """The number of an invoice of a customer who gets it by mail, unless it is said otherwise."""
    buyer = {"e_mail": MAIL, "document_sending": "e_mail", "country_code": "AT", "language_code": "DE", **customer}
    changed = pack(customers={"C-GOOD": buyer}, ledger_setup={"lcy_code": "SEK"})
    await enter_company({**changed, "company": [SELLER], "countries": [{"code": "AT"}], "languages": [{"code": "DE"}]})
    return await post_another("SO-1")


async def post_another(no: str) -> str:
    key = await enter_order("C-GOOD", LINES, no=no)
    made = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    return next(one.no for one in made.posted if one.kind == "invoice")


async def states() -> Sequence[tuple[str, str, int]]:
    return [(one.document_no, one.state, one.attempts) for one in await items()]


async def log() -> list[tuple[str, str, str]]:
    """What the document log says about sending."""
    wanted = "('To be sent', 'Sent', 'Not sent', 'May have been sent', 'Marked as sent', 'Taken back')"
    rows = await database_rows(
        f"SELECT event, user_name, after FROM service_document_log WHERE event IN {wanted} ORDER BY entry_no"
    )
    return [(row["event"], row["user_name"], row["after"]) for row in rows]


async def printed(no: str) -> Any:
    return (await database_rows(f"SELECT printed FROM service_invoice_header WHERE no = '{no}'"))[0]["printed"]


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body()
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def attached(mail: EmailMessage) -> dict[str | None, bytes]:
    return {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}  # type: ignore[misc]


# --- with the posting -----------------------------------------------------------------------------------------------


async def test_a_posting_puts_its_invoice_into_the_outbox_and_it_leaves_once(database: str, sink: Sink) -> None:
    no = await posted()
    assert await states() == [(no, "waiting", 0)]
    mailer = Mailer(sink.url, "invoices@seller.example")
    assert await mailer.send_next()
    assert not await mailer.send_next()
    assert await states() == [(no, "sent", 1)]
    (mail,) = sink.taken
    assert sink.recipients == [MAIL]
    assert (mail["To"], mail["Subject"]) == (MAIL, f"Rechnung {no} von Seller Ltd")
    assert mail["Message-ID"].endswith("@seller.example>")
    body = mail.get_body()
    assert body is not None and "Mit freundlichen Grüßen" in body.get_content()
    file = await file_of(ANNA, "invoice", no)  # the mail carries the stored file, byte by byte
    assert file is not None
    assert attached(mail) == {f"Invoice-{no}.pdf": file.content}
    assert await log() == [("Sent", "ANNA", f"print 1, {MAIL}")]
    assert await printed(no) == 1


@pytest.mark.once
async def test_a_customer_who_wants_e_invoices_gets_both_files_or_neither(database: str, sink: Sink) -> None:
    address = {"e_invoice_address": "0088:9482348239846", "send_documents_to": "books@good.example"}
    no = await posted(e_invoice="peppol", **address)
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    (mail,) = sink.taken
    assert mail["To"] == "books@good.example"
    assert list(attached(mail)) == [f"invoice-{no}.xml", f"Invoice-{no}.pdf"]
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_invoice_format = 'factur_x'")
    no = await post_another("SO-3")
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    whole = attached(sink.taken.pop())
    assert list(whole) == [f"Invoice-{no}-factur-x.pdf"]
    assert facturx.get_xml_from_pdf(whole[f"Invoice-{no}-factur-x.pdf"])[0] == "factur-x.xml"
    other = await post_another("SO-2")
    async with transaction() as session:
        await session.execute("UPDATE company SET name = ''")
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    latest = (await items())[0]
    assert (latest.document_no, latest.state) == (other, "failed")
    assert latest.last_error.startswith("The customer wants an e-invoice. Name of the company is missing")
    assert len(sink.taken) == 1


@pytest.mark.once
async def test_who_does_not_want_it_and_what_only_ships_is_not_sent(database: str) -> None:
    await posted(document_sending="no")
    key = await enter_order("C-GOOD", LINES, no="SO-2")
    await post_document(ANNA, key, REQUESTS["ship"])
    assert await items() == []


@pytest.mark.once
async def test_a_refused_posting_leaves_nothing_in_the_outbox(database: str) -> None:
    await posted()
    key = await enter_order("C-GOOD", LINES, no="SO-2")
    async with transaction() as session:
        await session.execute("UPDATE customer SET blocked = 'all'")
    assert not (await post_document(ANNA, key, REQUESTS["ship_and_invoice"])).ok
    assert len(await items()) == 1


@pytest.mark.once
async def test_a_credit_memo_of_a_cancelled_invoice_is_sent_too(database: str) -> None:
    no = await posted()
    made = await cancel_invoice(ANNA, no, TODAY, correct=False)
    assert made is not None and made.ok
    kinds = [(one.document_kind, one.state) for one in await items()]
    assert kinds == [("credit_memo", "waiting"), ("invoice", "waiting")]


async def test_statements_leave_once_for_a_period(database: str, sink: Sink) -> None:
    """D-135: each with its number and file, in the customer's language; again only by hand, as the same statement."""
    await posted(document_sending="no")
    period = date(2025, 1, 1), date(2025, 12, 31)
    statements = await load_many_statements(["C-GOOD"], *period)
    both = await asyncio.gather(*(send_statements(ANNA, statements) for _ in range(2)))  # a double click
    assert sorted((len(one.going), len(one.gone)) for one in both) == [(0, 1), (1, 0)]
    mailer = Mailer(sink.url, "invoices@seller.example")
    assert await mailer.send_next() and not await mailer.send_next()
    (mail,) = sink.taken
    assert mail["Subject"] == "Kontoauszug von Seller Ltd" and "Kontoauszug für 01.01.2025" in words_of(mail)
    (file,) = attached(mail).items()
    assert file[0] == "Statement-1-C-GOOD.pdf"
    text = " ".join(PdfReader(io.BytesIO(file[1])).pages[0].extract_text().split())
    assert all(words in text for words in ("Auszugsnr.", "Rechnung I-1", "Endsaldo", "Seite 1 von 1"))
    (item,) = await items()
    assert (item.state, item.statement_no) == ("sent", 1)
    assert await send_again(ANNA, item.id) == []
    assert await mailer.send_next() and len(sink.taken) == 2
    other = await load_many_statements(["C-GOOD"], period[0], date(2026, 1, 31))
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_mail = ''")
    none = await send_statements(ANNA, [replace(other[0], customer={**other[0].customer, "e_mail": ""})])
    assert ([one.no for one in none.without_address], none.going) == (["C-GOOD"], [])
    assert len(await database_rows("SELECT * FROM customer_statement")) == 1


@pytest.mark.once
async def test_an_address_that_cannot_be_one_fails_where_somebody_sees_it(database: str, sink: Sink) -> None:
    no = await posted()
    async with transaction() as session:  # as a customer may be from before there was a check
        await session.execute("UPDATE customer SET e_mail = 'accounts, Leeds'")
    other = await post_another("SO-2")
    assert await states() == [(other, "failed", 0), (no, "waiting", 0)]
    assert (await items())[0].last_error == "“accounts, Leeds” is not an e-mail address."
    assert await unsent() == {"failed": 1, "waiting": 1}
    master = MASTERS["customers"]
    for values, said in (
        ({"name": "Good"}, "mail_address_wrong"),
        ({"e_mail": ""}, "field_required"),
        ({"e_mail": "", "send_documents_to": "nobody"}, "mail_address_wrong"),
        ({"e_mail": "", "send_documents_to": "a@b.example"}, ""),
    ):
        _, found = await save_master(ANNA, master, ("C-GOOD",), values, None)
        assert "".join(one.code for one in found) == said, values


# --- what the mail server says --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "answer", "state", "said"),
    [
        ("RCPT", "550 no such user", "failed", "The mail server answered 550: no such user"),
        ("RCPT", "450 mailbox busy", "waiting", "The mail server answered 450: mailbox busy"),
        ("DATA", "552 too large", "failed", "The mail server answered 552: too large"),
        ("BODY", "554 no spam", "failed", "The mail server answered 554: no spam"),
        ("BODY", "451 later", "waiting", "The mail server answered 451: later"),
        ("MAIL", "421 closing", "waiting", "The mail server answered 421: closing"),
        ("MAIL", "", "waiting", "The mail server cannot be reached"),
        ("BODY", "", "unsure", "The connection broke off before the mail server answered"),
        ("QUIT", "", "sent", ""),
        ("QUIT", "500 never", "sent", ""),
    ],
)
@pytest.mark.once
async def test_what_the_mail_server_says_decides(
    database: str, sink: Sink, monkeypatch: pytest.MonkeyPatch, word: str, answer: str, state: str, said: str
) -> None:
    monkeypatch.setattr(mailing, "_attach", _nothing)
    await posted()
    sink.says[word] = answer
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    (item,) = await items()
    assert (item.state, item.last_error[: len(said)]) == (state, said)
    assert (item.sent_at is not None) == (state == "sent")
    assert not await Mailer(sink.url, "invoices@seller.example").send_next()  # not before its time, or never


@pytest.mark.parametrize(
    ("word", "answer", "kept"),
    [("RCPT", "550 no such user", False), ("BODY", "554 no spam", False), ("BODY", "451 later", False),
     ("BODY", "", True), ("QUIT", "", True)],
)  # fmt: skip
async def test_mail_that_never_left_binds_nothing(
    database: str, sink: Sink, word: str, answer: str, kept: bool
) -> None:
    """D-95, D-120: the sheet, the PDF and the e-invoice are kept when they left or may have, and are made anew else."""
    no = await posted(e_invoice="peppol", e_invoice_address="0088:9482348239846")
    sink.says[word] = answer
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    (item,) = await items()
    stored = [row["media_type"] for row in await database_rows("SELECT media_type FROM posted_file ORDER BY id")]
    assert stored == (["text/html", "application/xml", "application/pdf"] if kept else [])
    assert await made_of(no) == (["First issued", "E-invoice made", "File made"] if kept else [])
    if not kept:
        decide = leave_unsent if item.state == "failed" else give_up
        assert await decide(CLARA, item.id)
    async with transaction() as session:
        await session.execute("UPDATE company SET address = 'Moved 2'")
    assert await printed(no) == (1 if item.state == "sent" else 0)
    await issue(CLARA, [("invoice", no)])
    sheet = (await stored_sheets([("invoice", no)]))["invoice", no]
    assert ("Moved 2" in sheet.article) == (not kept)
    assert (await made_of(no)).count("First issued") == 1
    if kept:
        file = await file_of(ANNA, "invoice", no)
        assert file is not None and attached(sink.taken[0])[f"Invoice-{no}.pdf"] == file.content
    assert await faults() == []


async def made_of(no: str) -> list[str]:
    """What the log of an invoice says was made of it."""
    wanted = "('First issued', 'Issued anew', 'E-invoice made', 'File made')"
    rows = await database_rows(
        "SELECT event FROM service_document_log WHERE document_kind = 'posted_invoice'"
        f" AND document_no = '{no}' AND event IN {wanted} ORDER BY entry_no"
    )
    return [str(row["event"]) for row in rows]


@pytest.mark.once
async def test_who_prints_while_mail_is_under_way_binds_the_sheet(database: str, sink: Sink) -> None:
    """Whoever is first is who issued it: the file of the mail that was slower is made from that sheet."""
    no = await posted()
    sink.may_answer.clear()
    sending = asyncio.create_task(Mailer(sink.url, "invoices@seller.example").send_next())
    await asyncio.to_thread(sink.full.wait, 30)
    await issue(CLARA, [("invoice", no)])
    sink.may_answer.set()
    assert await sending
    assert await made_of(no) == ["First issued"]
    assert await printed(no) == 2
    assert await file_of(ANNA, "invoice", no) is not None
    assert await made_of(no) == ["First issued", "File made"]


async def _nothing(*_: object) -> None:
    """Laying out a PDF takes its time and says nothing about mail servers."""


@pytest.mark.once
async def test_a_mail_server_that_is_away_is_asked_again_until_it_is_given_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "_attach", _nothing)
    no = await posted()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"smtp://127.0.0.1:{gone.getsockname()[1]}"
    now = datetime.now(UTC)
    await Mailer(address, "invoices@seller.example").send_next()
    (item,) = await items()
    assert item.state == "waiting" and "cannot be reached" in item.last_error
    assert timedelta(0) < item.next_attempt_at - now < timedelta(minutes=2)
    names = {item.message_id}
    for _ in range(6):
        taken = await take_next(datetime.now(UTC) + timedelta(days=1))
        assert taken is not None
        names.add(taken.message_id)
        await answered(taken, Answer("later", "away"))
    assert await states() == [(no, "failed", 7)]
    assert len(names) == 1  # every attempt is the same message
    assert await log() == [("Not sent", "ANNA", "away")]
    assert await printed(no) == 0


@pytest.mark.once
async def test_a_password_is_never_sent_in_clear(database: str, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "_attach", _nothing)
    await posted()
    await Mailer(sink.url.replace("//", "//me:secret@"), "invoices@seller.example").send_next()
    (item,) = await items()
    assert "offers no encryption" in item.last_error and "secret" not in item.last_error
    assert sink.taken == []


@pytest.mark.once
async def test_without_a_sender_or_without_a_file_nothing_leaves(
    database: str, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await posted()
    async with transaction() as session:
        await session.execute("UPDATE company SET e_mail = ''")
    assert await Mailer(sink.url).send_next()
    assert "There is no sender" in (await items())[0].last_error
    monkeypatch.setattr(pdf, "available", lambda: False)
    await post_another("SO-2")
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    assert "There is nothing to attach" in (await items())[0].last_error
    assert sink.taken == []


# --- never twice ----------------------------------------------------------------------------------------------------


async def test_what_a_dead_sender_took_is_unsure_and_goes_again_only_by_hand(database: str, sink: Sink) -> None:
    no = await posted()
    now = datetime.now(UTC)
    taken = await take_next(now)  # and here the process is killed
    assert taken is not None
    assert await take_next(now + timedelta(minutes=1)) is None
    assert await take_next(now + timedelta(minutes=11)) is None
    (item,) = await items()
    assert (item.state, "may have left" in item.last_error) == ("unsure", True)
    assert not await Mailer(sink.url, "invoices@seller.example").send_next()
    assert await send_again(CLARA, item.id) == []
    await answered(taken, Answer("later", "the sender was only slow"))  # comes too late to go once more by itself
    assert [(one.turn, one.state) for one in await items()] == [(2, "waiting"), (1, "failed")]
    assert await Mailer(sink.url, "invoices@seller.example").send_next()
    (mail,) = sink.taken
    assert item.message_id in mail["Message-ID"]  # a mail program that has it already knows it for the same
    (refused,) = await send_again(CLARA, item.id) or ()  # from its latest turn only, else two people send it twice
    assert refused.code == "mail_sent_again_already"
    assert await send_again(CLARA, (await items())[0].id) == []
    assert (await items())[0].message_id != item.message_id  # sent on purpose once more it is another
    assert await printed(no) == 1


@pytest.mark.once
async def test_a_person_who_asked_says_that_it_arrived(database: str) -> None:
    no = await posted()
    now = datetime.now(UTC)
    assert await take_next(now) is not None
    assert await take_next(now + timedelta(minutes=11)) is None
    (item,) = await items()
    assert await settle(CLARA, item.id)
    assert not await settle(CLARA, item.id)
    assert [event for event, _, _ in await log()] == ["May have been sent", "Marked as sent"]
    assert (await states(), await printed(no)) == ([(no, "sent", 1)], 1)
    assert await made_of(no) == ["First issued"]  # what counts as issued is kept


@pytest.mark.once
async def test_what_was_sent_is_remembered_until_the_database_is_back(
    database: str, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = await posted()
    mailer = Mailer(sink.url, "invoices@seller.example")

    async def away(*_: object) -> None:
        raise Unavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(mailing, "answered", away)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await mailer.send_next()
    assert await states() == [(no, "sending", 1)]
    assert await mailer.send_next()
    assert (await states(), len(sink.taken)) == ([(no, "sent", 1)], 1)


async def test_two_senders_never_take_the_same(database: str) -> None:
    await posted()
    for number in range(2, 5):
        await post_another(f"SO-{number}")
    now = datetime.now(UTC) + timedelta(seconds=5)
    found = await asyncio.gather(*(take_next(now) for _ in range(6)))
    taken = [one.id for one in found if one is not None]
    assert len(taken) == len(set(taken))
    while (one := await take_next(now)) is not None:
        taken.append(one.id)
    assert sorted(taken) == sorted(one.id for one in await items())


async def test_two_people_who_send_at_the_same_moment_send_once(database: str) -> None:
    no = await posted(document_sending="no")
    found = await asyncio.gather(*(request_sending(CLARA, "invoice", no, MAIL) for _ in range(3)))
    assert sorted(one.code for some in found for one in some) == ["mail_waits_already"] * 2
    assert await states() == [(no, "waiting", 0)]


# --- by hand --------------------------------------------------------------------------------------------------------

WRONG = ("", "nobody", "a@b", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example", "ä@b.example")


@pytest.mark.once
async def test_a_person_sends_and_takes_back(database: str) -> None:
    no = await posted(document_sending="no")

    async def sent(recipient: str) -> list[str]:
        return [one.code for one in await request_sending(CLARA, "invoice", no, recipient)]

    for wrong in (*WRONG, "x" * 96 + "@b.io", "Good <a@b.example>"):
        assert await sent(wrong) == ["mail_address_wrong"], wrong
    assert await sent(" " + MAIL) == []
    assert await sent(MAIL) == ["mail_waits_already"]
    (item,) = await items()
    assert (item.recipient, item.requested_by) == (MAIL, "CLARA")
    assert await give_up(CLARA, item.id)
    assert not await give_up(CLARA, item.id)
    assert await sent(MAIL) == []
    assert [(one.turn, one.state) for one in await items()] == [(2, "waiting"), (1, "taken_back")]
    assert [event for event, _, _ in await log()] == ["To be sent", "Taken back", "To be sent"]


@pytest.mark.once
async def test_the_outbox_is_searched_and_read_in_pages(database: str) -> None:
    no = await posted()
    other = await post_another("SO-2")
    assert await request_sending(CLARA, "invoice", no, "second_%@other.example") == []

    async def found(**asked: Any) -> list[tuple[str, str]]:
        return [(one.document_no, one.recipient) for one in await items(**asked)]

    assert await found(search="SECOND_%") == [(no, "second_%@other.example")]
    assert await found(search=other.lower()) == [(other, MAIL)]
    assert await found(search="nothing") == []
    assert await found(document=("invoice", other)) == [(other, MAIL)]
    newest = (await items())[0]
    assert len(await items(before=newest.id)) == 2
    assert await found(state="sent") == []


# --- many at once ---------------------------------------------------------------------------------------------------


async def test_many_are_sent_once_each(database: str) -> None:
    """D-109: what has left already is not sent once more, and who has no address is named."""
    first = await posted(document_sending="no")
    second, third = await post_another("SO-2"), await post_another("SO-3")
    assert await request_sending(CLARA, "invoice", first, "elsewhere@other.example") == []
    assert await request_sending(CLARA, "invoice", third, MAIL) == []
    assert await give_up(CLARA, (await items())[0].id)
    rest = rest_of(Chosen("invoice", Selection()))
    found = await asyncio.gather(*(send_many(CLARA, "invoice", *rest) for _ in range(2)))
    assert sorted(len(many.going) for many in found) == [0, 2]
    assert [one.no for many in found for one in many.gone if one.no == first] == [first, first]
    assert sorted((one.document_no, one.state, one.turn) for one in await items()) == [
        (first, "waiting", 1),
        (second, "waiting", 1),
        (third, "taken_back", 1),
        (third, "waiting", 2),
    ]
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_mail = 'nobody'")
    other = await post_another("SO-4")
    many = await look_at_many("invoice", *rest)
    assert ([one.no for one in many.without_address], many.going) == ([other], [])
