"""Mail with a posted document attached, from the outbox to the mail server, one after another (D-102)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formataddr
from typing import Final

import structlog

from db.engine import DatabaseError, fetch
from webapp.paper import pdf
from webapp.paper.document import Paper
from webapp.paper.rendering import statement_pdf
from webapp.paper.statement import StatementPaper
from webapp.posting.sending import is_address
from webapp.store.acting import Acting, system
from webapp.store.delivery import deliver
from webapp.store.e_invoices import e_invoice_file, factur_x_file
from webapp.store.issues import Unkept
from webapp.store.outbox import Answer, Item, answered, take_next
from webapp.store.paper import words_for
from webapp.store.posted import PostedDocument, load_posted
from webapp.store.posted_files import file_of
from webapp.store.report_selection import (
    MOST_ATTACHED,
    ReportSelection,
    TooMuch,
    files_to_mail,
    selection_of,
    shipments_of,
)
from webapp.store.statements import statement_paper

__all__ = ["Mailer", "mailing"]

LOOKS: Final = 2.0
SENDER: Final = "OUTBOX"
log = structlog.get_logger()


class NothingToSend(Exception):
    """Why no mail can be made of the document; said to whoever looks into the outbox."""


@dataclass
class Mailer:
    """Sends what waits in the outbox through one mail server."""

    smtp_url: str
    mail_from: str = ""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _unanswered: tuple[Item, Answer, Unkept] | None = None

    async def work(self) -> None:
        while not self.stopping.is_set():
            try:
                if await self.send_next():
                    continue
            except DatabaseError as gone:
                log.warning("the outbox waits for the database", reason=str(gone))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS):
                    await self.stopping.wait()

    async def send_next(self) -> bool:
        """Sends one item; False when nothing is due. What became of it is kept until the database has taken it."""
        if self._unanswered is None:
            item = await take_next(datetime.now(UTC))
            if item is None:
                return False
            unkept = Unkept(_acting())
            self._unanswered = item, await self._tried(item, unkept), unkept
        item, answer, unkept = self._unanswered
        await answered(item, answer, unkept)
        self._unanswered = None
        log.info("mail", document=item.document_no, became=answer.state, attempt=item.attempts)
        return True

    async def _tried(self, item: Item, unkept: Unkept) -> Answer:
        try:
            sender, message = await self.message_of(item, unkept)
        except NothingToSend as nothing:
            return Answer("failed", str(nothing))
        except DatabaseError as gone:
            return Answer("later", f"The database was away: {gone}")
        except Exception as fault:  # a mail that cannot be made must not stop the others
            log.exception("a mail could not be made", document=item.document_no)
            return Answer("failed", f"The mail could not be made: {fault}")
        return await asyncio.to_thread(deliver, self.smtp_url, sender, item.recipient, message)

    async def message_of(self, item: Item, unkept: Unkept) -> tuple[str, EmailMessage]:
        """The sender's address, and a few words in the language of the document with its files; what has to be made of
        them is kept when the mail has left."""
        if item.document_kind == "statement":
            return await self._statement(item)
        document = await load_posted(item.document_kind, item.document_no, with_entries=False)
        if document is None:
            raise NothingToSend("There is no such document.")
        paper = Paper(document, await words_for([document]))
        sender, message = self._begun(item, paper)
        selection = await selection_of(document)
        message.set_content(_words(paper, selection.mail_text), cte="quoted-printable")
        await _attach(message, item, document, unkept)
        await _attach_more(message, document, selection, unkept)
        return sender, message

    async def _statement(self, item: Item) -> tuple[str, EmailMessage]:
        """The same with a statement of account, as its customer's account stands now."""
        if not pdf.available():
            raise NothingToSend("There is nothing to attach: PDF is not installed here.")
        paper = await statement_paper(item.document_no, item.statement_no)
        if paper is None:
            raise NothingToSend("There is no such statement, or it is too long.")
        sender, message = self._begun(item, paper)
        period = dict(paper.facts)[paper.t("period")]
        body = paper.t("mail_statement", period=period)
        message.set_content(_letter(paper, body), cte="quoted-printable")
        content = await asyncio.to_thread(statement_pdf, paper)
        name = f"Statement-{paper.no}-{item.document_no}.pdf"
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        return sender, message

    def _begun(self, item: Item, paper: Paper | StatementPaper) -> tuple[str, EmailMessage]:
        """A mail without its words, and the address that it comes from."""
        company = paper.words.company
        sender = self.mail_from or str(company["e_mail"])
        if not is_address(sender):
            raise NothingToSend("There is no sender: FINALIZE_MAIL_FROM, or the e-mail of the company, is an address.")
        message = EmailMessage()
        message["From"] = formataddr((str(company["name"]), sender))
        message["To"] = item.recipient
        message["Subject"] = paper.t("mail_subject", document=paper.title, company=company["name"])
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{item.message_id}@{sender.rpartition('@')[2]}>"
        return sender, message


async def _attach(message: EmailMessage, item: Item, document: PostedDocument, unkept: Unkept) -> None:
    """The stored PDF, and the e-invoice for a customer who wants it, beside it or inside; never less than that without
    a word."""
    acting, attached = unkept.acting, False
    wanted = await _e_invoice_format(document.header["bill_to_customer_no"])
    inside = wanted == "factur_x"
    if inside and not pdf.available():
        raise NothingToSend("The customer wants the e-invoice inside the PDF, and PDF is not installed here.")
    if wanted:
        make = factur_x_file if inside else e_invoice_file
        made = await make(acting, item.document_kind, item.document_no, unkept)
        assert made is not None
        if made.findings:
            raise NothingToSend(f"The customer wants an e-invoice. {made.findings[0].message}")
        subtype = "pdf" if inside else "xml"
        message.add_attachment(made.content, maintype="application", subtype=subtype, filename=made.name)
        attached = True
    if pdf.available() and not inside:
        file = await file_of(acting, item.document_kind, item.document_no, unkept)
        assert file is not None
        message.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.name)
        attached = True
    if not attached:
        raise NothingToSend("There is nothing to attach: PDF is not installed here, and no e-invoice is wanted.")


async def _attach_more(
    message: EmailMessage, document: PostedDocument, selection: ReportSelection, unkept: Unkept
) -> None:
    """What the set-up sends along: the shipments that are billed, and the files attached to the document (D-126)."""
    for no in shipments_of(document) if selection.mail_shipments and pdf.available() else ():
        file = await file_of(unkept.acting, "shipment", no, unkept)
        if file is not None:
            message.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.name)
    if not selection.mail_attachments:
        return
    try:
        files = await files_to_mail(document)
    except TooMuch:
        raise NothingToSend(f"The attached files are more than the {MOST_ATTACHED // 10**6} MB of a mail.") from None
    for name, media_type, content in files:
        maintype, _, subtype = media_type.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)


async def _e_invoice_format(customer_no: str) -> str:
    """In which form a customer wants e-invoices; blank for one who does not want them."""
    rows = await fetch("SELECT e_invoice_format FROM customer WHERE no = ? AND e_invoice <> 'no'", customer_no)
    return str(rows[0][0]) if rows else ""


def _acting() -> Acting:
    return system(datetime.now(UTC).date(), SENDER)


def _words(paper: Paper, own: str) -> str:
    """The letter; `own` is the set-up's text for its body, in which {document}, {day} and {amount} stand for these."""
    amount = f"{paper.money(paper.head['amount_including_vat'])} {paper.currency}"
    values = {"document": paper.title, "day": paper.region.day(paper.head["document_date"]), "amount": amount}
    body = own or paper.t("mail_body", **values)
    for name, value in values.items():
        body = body.replace(f"{{{name}}}", value)
    return _letter(paper, body)


def _letter(paper: Paper | StatementPaper, body: str) -> str:
    name = paper.words.company["name"]
    return f"{paper.t('mail_greeting')}\n\n{body}\n\n{paper.t('mail_closing')}\n{name}\n"


@asynccontextmanager
async def mailing(smtp_url: str, mail_from: str) -> AsyncIterator[None]:
    """A mailer beside whatever else the process does, when there is a mail server; at the end it finishes its item."""
    if not smtp_url:
        yield
        return
    mailer = Mailer(smtp_url, mail_from)
    task = asyncio.create_task(mailer.work(), name="outbox")
    try:
        yield
    finally:
        mailer.stopping.set()
        try:
            async with asyncio.timeout(4):
                await task
        except TimeoutError:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
