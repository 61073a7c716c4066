"""A message handed to a mail server, and what the answer means for sending it again.

What fails before the content was given over has certainly not left. Once it is given over, only the mail server's own
answer counts: a connection that breaks in between leaves it open whether the message was taken.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from webapp.store.outbox import Answer

__all__ = ["deliver"]

TIMEOUT: Final = 30
FAULTS: Final = (smtplib.SMTPException, OSError)


class _NoTls(smtplib.SMTPException):
    """A password is never sent in clear."""


def deliver(smtp_url: str, sender: str, recipient: str, message: EmailMessage) -> Answer:
    """Blocks until the mail server has answered."""
    content = message.as_bytes(policy=policy.SMTP)
    try:
        server = _connected(urlsplit(smtp_url))
    except FAULTS as fault:
        return _unreached(fault)
    try:
        return _handed_over(server, sender, recipient, content)
    finally:
        with suppress(*FAULTS):
            server.quit()
        server.close()


def _connected(parts: SplitResult) -> smtplib.SMTP:
    context = ssl.create_default_context()
    host, port = parts.hostname or "", parts.port or 0
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme == "smtp" and parts.username:
            raise _NoTls("it offers no encryption, so the password is not sent")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _handed_over(server: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> Answer:
    try:
        for code, text in _envelope(server, sender, recipient):
            if code not in (250, 251, 354):
                return _refused(code, text)
    except FAULTS as fault:
        return _unreached(fault)
    try:
        server.send(re.sub(rb"(?m)^\.", b"..", content).rstrip(b"\r\n") + b"\r\n.\r\n")
        code, text = server.getreply()
    except FAULTS as fault:
        return Answer("unsure", f"The connection broke off before the mail server answered: it may have left. {fault}")
    return Answer("sent") if code == 250 else _refused(code, text)


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> Iterator[tuple[int, bytes]]:
    yield server.mail(sender)
    yield server.rcpt(recipient)
    yield server.docmd("DATA")


def _unreached(fault: Exception) -> Answer:
    """Whatever it says to who has not asked for anything yet, it may say otherwise once somebody has mended it."""
    if isinstance(fault, smtplib.SMTPResponseException):
        return Answer("later", _said(fault.smtp_code, fault.smtp_error))
    return Answer("later", f"The mail server cannot be reached: {fault}")


def _refused(code: int, text: bytes) -> Answer:
    """A code of 4 is for now, one of 5 is for good."""
    return Answer("failed" if code >= 500 else "later", _said(code, text))


def _said(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"The mail server answered {code}: {' '.join(words.split())}"
