"""The outbox: what is to be sent is written with the posting and sent after it, once (D-102, D-128).

A row goes from waiting to sending before anything leaves, and to sent after the mail server has taken it. What a sender
took and never answered for, because it died in between, may have left: it becomes unsure, and only a person sends it
again. So nothing goes twice by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from db.engine import reading, transaction
from db.outbox import Outbox
from db.session import Batch, Session
from webapp.posting.findings import Finding, finding
from webapp.store.acting import Acting
from webapp.store.paper import HEADERS, LOG_KINDS, log_row
from webapp.store.rows import RecordWriter, codec

__all__ = [
    "Item",
    "answered",
    "give_up",
    "items",
    "outbox_batch",
    "request_sending",
    "send_again",
    "suggested_recipient",
    "take_next",
    "unsent",
]

ADDRESS: Final = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}")
WAITS: Final = (1, 5, 15, 60, 240, 720)  # minutes after each attempt that the mail server put off
SILENCE: Final = timedelta(minutes=10)
SENT_KINDS: Final = ("invoice", "credit_memo")
_ROW: Final = RecordWriter(
    Outbox,
    (),
    ("document_kind", "document_no", "channel", "recipient", "turn", "state", "next_attempt_at",
     "requested_by", "requested_at"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One document to one recipient, as the outbox has it."""

    id: int
    document_kind: str
    document_no: str
    recipient: str
    turn: int
    state: str
    attempts: int
    next_attempt_at: datetime
    last_error: str
    requested_by: str
    requested_at: datetime
    sent_at: datetime | None


_COLUMNS: Final = tuple(Item.__dataclass_fields__)


def is_address(text: str) -> bool:
    """Whether mail can go there, as far as the look of it tells; one address, and nothing that begins a header."""
    return len(text) <= 100 and text.isprintable() and ADDRESS.fullmatch(text) is not None


def outbox_batch(payer: Any, documents: dict[str, str], user: str, at: datetime) -> Batch:
    """What a posting puts into the outbox: its invoice or credit memo, when the payer is set so."""
    if payer is None or payer.document_sending != "e_mail" or not payer.e_mail:
        return _ROW.sql, []
    rows = [_row(kind, documents[kind], payer.e_mail, 1, user, at) for kind in SENT_KINDS if kind in documents]
    return _ROW.sql, [_ROW.row(None, row) for row in rows]


def _row(kind: str, no: str, recipient: str, turn: int, user: str, at: datetime) -> list[Any]:
    return [kind, no, "e_mail", recipient, turn, "waiting", at, user, at]


# --- asked for by a person ------------------------------------------------------------------------------------------


async def suggested_recipient(kind: str, no: str) -> str:
    """Where a document would go: the payer's e-mail."""
    sql = f"SELECT c.e_mail FROM {codec(HEADERS[kind]).name} h JOIN customer c ON c.no = h.bill_to_customer_no"
    async with reading() as session:
        rows = await session.fetch(f"{sql} WHERE h.no = ?", no)
    return str(rows[0][0]) if rows else ""


async def request_sending(acting: Acting, kind: str, no: str, recipient: str) -> Sequence[Finding]:
    """Puts a posted document into the outbox; refused when it waits there already, or the address cannot be one."""
    recipient = recipient.strip()
    if not is_address(recipient):
        return [finding("mail_address_wrong", document=no, field="recipient", typed=recipient[:100])]
    at = datetime.now(UTC)
    async with transaction() as session:
        rows = await session.fetch(
            "SELECT state, turn FROM outbox WHERE document_kind = ? AND document_no = ? AND recipient = ?"
            " ORDER BY turn DESC",
            kind,
            no,
            recipient,
        )
        if rows and rows[0][0] in ("waiting", "sending"):
            return [finding("mail_waits_already", document=no, field="recipient", recipient=recipient)]
        turn = int(rows[0][1]) + 1 if rows else 1
        await session.execute(_ROW.sql, *_ROW.row(None, _row(kind, no, recipient, turn, acting.user, at)))
        await session.execute(*log_row(LOG_KINDS[kind], no, "To be sent", at, acting.user, recipient))
    return []


async def send_again(acting: Acting, item_id: int) -> Sequence[Finding]:
    """Another turn of an item that failed, is unsure, or was sent."""
    item = await _item(item_id)
    return await request_sending(acting, item.document_kind, item.document_no, item.recipient) if item else []


async def give_up(acting: Acting, item_id: int) -> bool:
    """Takes back what waits; False when it does not wait any more."""
    async with transaction() as session:
        return bool(
            await session.execute(
                "UPDATE outbox SET state = 'given_up', last_error = ? WHERE id = ? AND state = 'waiting'",
                f"Taken back by {acting.user}",
                item_id,
            )
        )


async def _item(item_id: int) -> Item | None:
    found = await _items("WHERE id = ?", item_id)
    return found[0] if found else None


async def items(state: str = "", document: tuple[str, str] | None = None, most: int = 200) -> list[Item]:
    """The latest of the outbox, of one state or one document."""
    where, values = [], list[Any]()
    if state:
        where.append("state = ?")
        values.append(state)
    if document:
        where.append("document_kind = ? AND document_no = ?")
        values += document
    return await _items(f"{'WHERE ' if where else ''}{' AND '.join(where)} ORDER BY id DESC LIMIT {most}", *values)


async def _items(where: str, *values: Any) -> list[Item]:
    async with reading() as session:
        rows = codec(Outbox)
        found = await session.fetch(rows.select(_COLUMNS, where), *values)
        return [Item(**rows.read(_COLUMNS, one)) for one in found]


async def unsent() -> dict[str, int]:
    """How many items are in each state that somebody should know of."""
    sql = "SELECT state, COUNT(*) FROM outbox WHERE state IN ('waiting', 'failed', 'unsure') GROUP BY state"
    async with reading() as session:
        return {str(state): int(count) for state, count in await session.fetch(sql)}


# --- sending --------------------------------------------------------------------------------------------------------


async def take_next(now: datetime) -> Item | None:
    """The next item that is due, taken by this sender alone; what another took and never answered becomes unsure."""
    async with transaction() as session:
        await session.execute(
            "UPDATE outbox SET state = 'unsure', last_error = ? WHERE state = 'sending' AND taken_at < ?",
            "The sender stopped while it was sending: it may have left.",
            now - SILENCE,
        )
        rows = await session.fetch(
            "SELECT id FROM outbox WHERE state = 'waiting' AND next_attempt_at <= ?"
            " ORDER BY next_attempt_at, id LIMIT 1",
            now,
        )
        if not rows:
            return None
        taken = await session.execute(
            "UPDATE outbox SET state = 'sending', taken_at = ?, attempts = attempts + 1 WHERE id = ?"
            " AND state = 'waiting'",
            now,
            rows[0][0],
        )
    return await _item(int(rows[0][0])) if taken else None


async def answered(item: Item, error: str = "", later: bool = False) -> None:
    """What became of an item that was taken: sent, put off by the mail server, or refused."""
    now = datetime.now(UTC)
    put_off = bool(error) and later and item.attempts <= len(WAITS)
    state = "waiting" if put_off else "failed" if error else "sent"
    again = now + timedelta(minutes=WAITS[item.attempts - 1]) if put_off else now
    async with transaction() as session:
        await session.execute(
            "UPDATE outbox SET state = ?, last_error = ?, next_attempt_at = ?, sent_at = ? WHERE id = ?"
            " AND state = 'sending'",
            state,
            error[:250],
            again,
            None if error else now,
            item.id,
        )
        if not put_off:
            await _log(session, item, "Not sent" if error else "Sent", error or item.recipient, now)


async def _log(session: Session, item: Item, event: str, text: str, at: datetime) -> None:
    kind = LOG_KINDS[item.document_kind]
    await session.execute(*log_row(kind, item.document_no, event, at, item.requested_by, text[:250]))
