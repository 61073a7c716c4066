"""The outbox: written with the posting, sent after it, once."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.builders import TODAY, pack
from tests.einvoice.sound import SELLER
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.mailing import Mailer
from webapp.store.outbox import Item, answered, give_up, items, request_sending, send_again, take_next
from webapp.store.posting import post_document

CLARA = Acting("CLARA", "clerk", TODAY)
LINES = ["10000 item PUMP qty 4"]
MAIL = "pay@good.example"


@dataclass
class Sink:
    """A mail server of a few lines: says what it is told to say, and keeps what it takes."""

    says: dict[str, str] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream) -> None:
        def say(text: str) -> None:
            stream.write(f"{text}\r\n".encode())
            stream.flush()

        say("220 sink")
        while line := stream.readline():
            word = line.split()[0].upper().decode() if line.split() else ""
            if word == "DATA":
                say("354 go on")
                body = b""
                while (part := stream.readline()) != b".\r\n":
                    body += part
                if "DATA" not in self.says:
                    found = message_from_bytes(body, policy=policy.default)
                    assert isinstance(found, EmailMessage)
                    self.taken.append(found)
            say(self.says.get(word, "221 bye" if word == "QUIT" else "250 ok"))
            if word == "QUIT":
                return


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    yield made
    made.listener.shutdown(socket.SHUT_RDWR)
    made.listener.close()
    thread.join(5)


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


async def test_a_posting_puts_its_invoice_into_the_outbox_and_it_leaves_once(database: str, sink: Sink) -> None:
    no = await posted()
    assert await states() == [(no, "waiting", 0)]
    mailer = Mailer(sink.url, "invoices@seller.example")
    assert await mailer.send_next()
    assert not await mailer.send_next()
    assert await states() == [(no, "sent", 1)]
    (mail,) = sink.taken
    assert (mail["To"], mail["Subject"]) == (MAIL, f"Rechnung {no} von Seller Ltd")
    assert mail["Message-ID"].endswith("@seller.example>")
    body = mail.get_body()
    assert body is not None and "Mit freundlichen Grüßen" in body.get_content()
    assert f"Invoice-{no}.pdf" in [part.get_filename() for part in mail.iter_attachments()]
    log = await database_rows("SELECT event, after FROM service_document_log WHERE event = 'Sent'")
    assert [(row["event"], row["after"]) for row in log] == [("Sent", MAIL)]


@pytest.mark.once
async def test_who_does_not_want_it_and_what_only_ships_is_not_sent(database: str) -> None:
    await posted(document_sending="no")
    assert await items() == []
    key = await enter_order("C-GOOD", LINES, no="SO-2")
    await post_document(ANNA, key, REQUESTS["ship"])
    assert await items() == []


@pytest.mark.parametrize(
    ("word", "answer", "state", "said"),
    [
        ("RCPT", "550 no such user", "failed", "The mail server answered 550: no such user"),
        ("RCPT", "450 mailbox busy", "waiting", "The mail server answered 450: mailbox busy"),
        ("DATA", "552 too large", "failed", "The mail server answered 552: too large"),
        ("MAIL", "421 closing", "waiting", "The mail server answered 421: closing"),
    ],
)
@pytest.mark.once
async def test_what_the_mail_server_says_decides(
    database: str, sink: Sink, word: str, answer: str, state: str, said: str
) -> None:
    await posted()
    sink.says[word] = answer
    assert await Mailer(sink.url).send_next()
    (item,) = await items()
    assert (item.state, item.last_error) == (state, said)
    assert item.sent_at is None
    assert sink.taken == []
    assert not await Mailer(sink.url).send_next()  # not before its time


@pytest.mark.once
async def test_a_mail_server_that_is_away_is_asked_again_until_it_is_given_up(database: str) -> None:
    await posted()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"smtp://127.0.0.1:{gone.getsockname()[1]}"
    mailer, now = Mailer(address), datetime.now(UTC)
    await mailer.send_next()
    (item,) = await items()
    assert item.state == "waiting" and "cannot be reached" in item.last_error
    assert timedelta(0) < item.next_attempt_at - now < timedelta(minutes=2)
    for _ in range(6):
        taken = await take_next(datetime.now(UTC) + timedelta(days=1))
        assert taken is not None
        await answered(taken, "away", later=True)
    assert [one.state for one in await items()] == ["failed"]


async def test_what_a_dead_sender_took_is_unsure_and_goes_again_only_by_hand(database: str, sink: Sink) -> None:
    no = await posted()
    now = datetime.now(UTC)
    assert await take_next(now) is not None  # and here the process is killed
    assert await take_next(now + timedelta(minutes=1)) is None
    assert await take_next(now + timedelta(minutes=11)) is None
    (item,) = await items()
    assert (item.state, "may have left" in item.last_error) == ("unsure", True)
    assert await send_again(CLARA, item.id) == []
    assert await Mailer(sink.url).send_next()
    assert [(one.turn, one.state) for one in await items()] == [(2, "sent"), (1, "unsure")]
    assert [mail["To"] for mail in sink.taken] == [MAIL]
    assert no in str(sink.taken[0]["Subject"])


async def test_two_senders_never_take_the_same(database: str) -> None:
    await posted()
    for number in range(2, 6):
        await post_another(f"SO-{number}")
    now = datetime.now(UTC) + timedelta(seconds=5)
    found = await asyncio.gather(*(take_next(now) for _ in range(8)))
    taken = [one.id for one in found if one is not None]
    assert len(taken) == len(set(taken))
    while (one := await take_next(now)) is not None:
        taken.append(one.id)
    assert sorted(taken) == sorted(one.id for one in await items())


@pytest.mark.once
async def test_a_person_sends_and_takes_back(database: str) -> None:
    """mail_address_wrong, mail_waits_already."""
    no = await posted(document_sending="no")

    async def sent(recipient: str) -> list[str]:
        return [one.code for one in await request_sending(CLARA, "invoice", no, recipient)]

    for wrong in ("", "nobody", "a@b", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example", "x" * 95 + "@b.io"):
        assert await sent(wrong) == ["mail_address_wrong"], wrong
    assert await sent(" " + MAIL) == []
    assert await sent(MAIL) == ["mail_waits_already"]
    (item,) = await items()
    assert (item.recipient, item.requested_by) == (MAIL, "CLARA")
    assert await give_up(CLARA, item.id)
    assert not await give_up(CLARA, item.id)
    assert await sent(MAIL) == []
    assert [(one.turn, one.state) for one in await items()] == [(2, "waiting"), (1, "given_up")]


@pytest.mark.once
async def test_a_credit_memo_of_a_cancelled_invoice_is_sent_too(database: str) -> None:
    from webapp.store.cancel import cancel_invoice

    no = await posted()
    made = await cancel_invoice(ANNA, no, TODAY, correct=False)
    assert made.ok, made
    kinds = [(one.document_kind, one.state) for one in await items()]
    assert kinds == [("credit_memo", "waiting"), ("invoice", "waiting")]
    assert DocumentKey("invoice", no)


def test_an_item_is_what_the_table_holds() -> None:
    assert {"document_kind", "recipient", "turn", "state"} <= set(Item.__dataclass_fields__)
