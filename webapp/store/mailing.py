"""Mail with a posted document attached, from the outbox to the mail server, one after another."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formataddr
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from db.engine import DatabaseError
from webapp.paper import pdf
from webapp.paper.document import Paper
from webapp.store.acting import Acting, system
from webapp.store.e_invoices import e_invoice_file
from webapp.store.outbox import Item, answered, take_next
from webapp.store.paper import words_for
from webapp.store.posted import PostedDocument, load_posted
from webapp.store.posted_files import file_of

__all__ = ["Mailer", "mailing"]

LOOKS: Final = 2.0
TIMEOUT: Final = 30
SENDER: Final = "OUTBOX"
log = structlog.get_logger()


class NothingToSend(Exception):
    """There is no file of the document that could be attached."""


@dataclass
class Mailer:
    """Sends what waits in the outbox through one mail server."""

    smtp_url: str
    mail_from: str = ""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

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
        """Sends one item; False when nothing is due."""
        item = await take_next(datetime.now(UTC))
        if item is None:
            return False
        error, later = "", False
        try:
            message = await self.message_of(item)
            await asyncio.to_thread(self.deliver, message)
        except NothingToSend as nothing:
            error = str(nothing)
        except (smtplib.SMTPException, OSError) as refused:
            error, later = _told(refused)
        except Exception as fault:  # a mail that cannot be made must not stop the others
            log.exception("a mail could not be made", document=item.document_no)
            error = f"The mail could not be made: {fault}"
        await answered(item, error, later)
        return True

    async def message_of(self, item: Item) -> EmailMessage:
        """A few words in the language of the document, its PDF, and its e-invoice when one can be made."""
        document = await load_posted(item.document_kind, item.document_no, with_entries=False)
        if document is None:
            raise NothingToSend("There is no such document.")
        paper = Paper(document, await words_for([document]))
        company = paper.words.company
        message = EmailMessage()
        sender = self.mail_from or str(company["e_mail"])
        message["From"] = formataddr((str(company["name"]), sender))
        message["To"] = item.recipient
        message["Subject"] = paper.t("mail_subject", document=paper.title, company=company["name"])
        message["Date"] = datetime.now(UTC)
        host = sender.rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{item.document_kind}.{item.document_no}.{item.id}@{host}>"
        message.set_content(_words(paper))
        await self._attach(message, item, document)
        return message

    async def _attach(self, message: EmailMessage, item: Item, document: PostedDocument) -> None:
        acting, attached = _acting(), False
        if pdf.available():
            file = await file_of(acting, item.document_kind, item.document_no)
            assert file is not None
            message.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.name)
            attached = True
        made = await e_invoice_file(acting, item.document_kind, item.document_no)
        if made is not None and not made.findings:
            message.add_attachment(made.content, maintype="application", subtype="xml", filename=made.name)
            attached = True
        if not attached:
            raise NothingToSend("There is nothing to attach: PDF is not installed here, and no e-invoice can be made.")

    def deliver(self, message: EmailMessage) -> None:
        parts = urlsplit(self.smtp_url)
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with kind(parts.hostname or "", parts.port or 0, timeout=TIMEOUT) as server:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


def _acting() -> Acting:
    return system(datetime.now(UTC).date(), SENDER)


def _words(paper: Paper) -> str:
    amount = f"{paper.money(paper.head['amount_including_vat'])} {paper.currency}"
    day = paper.region.day(paper.head["document_date"])
    body = paper.t("mail_body", document=paper.title, day=day, amount=amount)
    company = paper.words.company
    return f"{paper.t('mail_greeting')}\n\n{body}\n\n{paper.t('mail_closing')}\n{company['name']}\n"


def _told(refused: Exception) -> tuple[str, bool]:
    """What the mail server said, and whether it may say otherwise later: a code of 5 is final."""
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        ((code, text),) = list(refused.recipients.values())[:1] or [(550, b"")]
        return _said(code, text), code < 500
    if isinstance(refused, smtplib.SMTPResponseException):
        return _said(refused.smtp_code, refused.smtp_error), refused.smtp_code < 500
    return f"The mail server cannot be reached: {refused}", True


def _said(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"The mail server answered {code}: {' '.join(words.split())}"


@asynccontextmanager
async def mailing(smtp_url: str, mail_from: str) -> AsyncIterator[None]:
    """A mailer beside whatever else the process does; at the end it finishes its item."""
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
