"""The outbox: what is to be sent is written with the posting and sent after it, once (D-102, D-128).

A row goes from waiting to sending, committed, before anything leaves, and to sent after the mail server has taken it.
What a sender took and never answered for, because it died in between, may have left: it becomes unsure, and only a
person says that it arrived or sends it again, under the same message ID, by which mail programs know it for the same.
So nothing goes twice by itself, and nothing is lost without somebody being told.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from db.engine import Busy, Duplicate, Unavailable, fetch, reading, transaction
from db.outbox import Outbox
from db.session import Batch, Session
from webapp.posting.findings import Finding, finding
from webapp.posting.sending import is_address, recipient_of, to_be_sent
from webapp.posting.snapshot import Customer
from webapp.store.acting import Acting
from webapp.store.issues import Unkept, unkept_of
from webapp.store.paper import HEADERS, LOG_KINDS, issue_words, log_row
from webapp.store.rows import RecordWriter, codec

__all__ = [
    "PAGE",
    "After",
    "Answer",
    "Candidate",
    "Item",
    "Many",
    "afterwards",
    "answered",
    "give_up",
    "items",
    "leave_unsent",
    "look_at_many",
    "mail_counts",
    "outbox_batch",
    "request_sending",
    "send_again",
    "send_many",
    "send_posted",
    "settle",
    "statements_gone",
    "statements_out",
    "suggested_recipient",
    "take_next",
    "unsent",
]

WAITS: Final = (1, 5, 15, 60, 240, 720)  # minutes after each attempt that the mail server put off
SILENCE: Final = timedelta(minutes=10)
PAGE: Final = 100
_ROW: Final = RecordWriter(
    Outbox,
    (),
    ("document_kind", "document_no", "channel", "recipient", "turn", "message_id", "state", "last_error",
     "next_attempt_at", "requested_by", "requested_at", "statement_no"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One document to one recipient, as the outbox has it."""

    id: int
    document_kind: str
    document_no: str
    recipient: str
    turn: int
    message_id: str
    state: str
    attempts: int
    next_attempt_at: datetime
    last_error: str
    requested_by: str
    requested_at: datetime
    taken_at: datetime | None
    sent_at: datetime | None
    statement_no: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt: sent; put off by the mail server; refused for good; or broken off where nobody can
    tell whether it was taken."""

    state: Literal["sent", "later", "failed", "unsure"]
    text: str = ""


_COLUMNS: Final = tuple(Item.__dataclass_fields__)


# --- written --------------------------------------------------------------------------------------------------------


def outbox_batch(payer: Customer | None, documents: dict[str, str], user: str, at: datetime) -> Batch:
    """What a posting puts into the outbox, in its own transaction. An address that cannot be one fails at once, so that
    it stands where somebody sees it."""
    kinds = to_be_sent(payer, documents)
    if payer is None or not kinds:
        return _ROW.sql, []
    return _ROW.sql, [_ROW.row(None, _row(kind, documents[kind], recipient_of(payer), user, at)) for kind in kinds]


def _row(
    kind: str,
    no: str,
    recipient: str,
    user: str,
    at: datetime,
    turn: int = 1,
    message_id: str = "",
    statement_no: int = 0,
) -> list[Any]:
    fault = "" if is_address(recipient) else finding("mail_address_wrong", typed=recipient).message
    state = "failed" if fault else "waiting"
    name = message_id or f"finalize.{secrets.token_hex(16)}"
    return [kind, no, "e_mail", recipient, turn, name, state, fault, at, user, at, statement_no]


# --- asked for by a person ------------------------------------------------------------------------------------------


async def suggested_recipient(kind: str, no: str) -> str:
    """Where a document would go: to where the payer's documents are sent."""
    sql = (
        "SELECT CASE WHEN c.send_documents_to <> '' THEN c.send_documents_to ELSE c.e_mail END"
        f" FROM {codec(HEADERS[kind]).name} h JOIN customer c ON c.no = h.bill_to_customer_no WHERE h.no = ?"
    )
    rows = await fetch(sql, no)
    return str(rows[0][0]) if rows else ""


async def request_sending(
    acting: Acting, kind: str, no: str, recipient: str, statement_no: int = 0
) -> Sequence[Finding]:
    """Puts a posted document, or a statement once more, into the outbox; refused when it waits there already, or the
    address cannot be one."""
    recipient = recipient.strip()
    if not is_address(recipient):
        return [finding("mail_address_wrong", document=no, field="recipient", typed=recipient[:100])]
    waits = finding("mail_waits_already", document=no, field="recipient", recipient=recipient)
    try:
        async with transaction() as session:
            made = await _request(session, acting, kind, no, recipient, statement_no)
            return [] if made else [waits]
    except Duplicate:  # somebody else asked at the same moment
        return [waits]


async def send_posted(acting: Acting, kind: str, no: str) -> tuple[str, Finding | None]:
    """What has just been posted goes into the outbox: to whom, or why not (D-41). Nothing goes twice: not when the
    payer gets it by itself, and not when the same form comes once more. The posting stands, whatever becomes of it."""
    try:
        there = await items(document=(kind, no))
        if there:
            failed = there[0].state == "failed" and not is_address(there[0].recipient)
            wrong = finding("mail_address_wrong", document=no, field="recipient", typed=there[0].recipient)
            return there[0].recipient, wrong if failed else None
        recipient = await suggested_recipient(kind, no)
        found = await request_sending(acting, kind, no, recipient)
        return recipient, next((one for one in found if one.code != "mail_waits_already"), None)
    except (Busy, Unavailable):
        return "", finding("sending_not_written", document=no)


async def _request(session: Session, acting: Acting, kind: str, no: str, recipient: str, statement_no: int) -> bool:
    at = datetime.now(UTC)
    rows = await session.fetch(
        "SELECT state, turn, message_id, statement_no FROM outbox WHERE document_kind = ? AND document_no = ?"
        " AND channel = 'e_mail' AND recipient = ? ORDER BY turn DESC",
        kind,
        no,
        recipient,
    )
    turn = int(rows[0][1]) if rows else 0
    state, name = next(((str(row[0]), str(row[2])) for row in rows if row[3] == statement_no), ("", ""))
    if state in ("waiting", "sending"):
        return False
    again = name if state == "unsure" else ""
    row = _row(kind, no, recipient, acting.user, at, turn + 1, again, statement_no)
    await session.execute(_ROW.sql, *_ROW.row(None, row))
    if kind in LOG_KINDS:
        await session.execute(*log_row(LOG_KINDS[kind], no, "To be sent", at, acting.user, recipient))
    return True


async def send_again(acting: Acting, item_id: int, recipient: str = "") -> Sequence[Finding] | None:
    """Another turn of an item that failed, is unsure, or was sent: to whom it went, or to another recipient; None when
    there is no such item. What did not arrive is sent again from its latest turn only, else two people send twice."""
    item = await _item(item_id)
    if item is None:
        return None
    after = (await afterwards([item]))[item.id]
    if after.repeated and item.state != "sent":
        return [finding("mail_sent_again_already", document=item.document_no)]
    to = recipient or item.recipient
    return await request_sending(acting, item.document_kind, item.document_no, to, item.statement_no)


async def give_up(acting: Acting, item_id: int) -> bool:
    """Takes back what waits; False when it does not wait any more."""
    return await _decide(acting, item_id, "waiting", "taken_back", "Taken back")


async def leave_unsent(acting: Acting, item_id: int) -> bool:
    """What failed is done with without a mail, say on paper; False when it is not failed."""
    return await _decide(acting, item_id, "failed", "given_up", "Given up")


async def settle(acting: Acting, item_id: int) -> bool:
    """An unsure item has arrived, says somebody who asked; False when it is not unsure any more."""
    return await _decide(acting, item_id, "unsure", "sent", "Marked as sent")


async def _decide(acting: Acting, item_id: int, state: str, then: str, event: str) -> bool:
    at, item = datetime.now(UTC), await _item(item_id)
    sent = item is not None and item.document_kind in LOG_KINDS and then == "sent"
    unkept = await unkept_of(acting, [(item.document_kind, item.document_no)]) if item and sent else None
    async with transaction() as session:
        changed = await session.execute(
            "UPDATE outbox SET state = ?, last_error = ?, sent_at = ? WHERE id = ? AND state = ?",
            then,
            f"{event} by {acting.user}",
            at if then == "sent" else None,
            item_id,
            state,
        )
        if not changed or item is None:
            return False
        if unkept is not None:
            await unkept.keep(session)
        await _noted(session, item, event, item.recipient, at, acting.user)
    return True


# --- many at once ---------------------------------------------------------------------------------------------------

_RECIPIENT: Final = (
    "(SELECT CASE WHEN c.send_documents_to <> '' THEN c.send_documents_to ELSE c.e_mail END"
    " FROM customer c WHERE c.no = h.bill_to_customer_no)"
)
_GONE: Final = frozenset({"waiting", "sending", "sent", "unsure"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chosen document and where it would go."""

    no: str
    name: str
    recipient: str
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Many:
    """What becomes of chosen documents: those that go, those whose payer has no address, and those of which something
    has left already, is about to, or may have; these go once more only one by one."""

    going: Sequence[Candidate] = ()
    without_address: Sequence[Candidate] = ()
    gone: Sequence[Candidate] = ()


async def look_at_many(kind: str, rest: str, args: Sequence[Any]) -> Many:
    """What would be sent of the documents `h` that the rest of a statement chooses (D-109)."""
    async with reading() as session:
        return await _many(session, kind, rest, args)


async def _many(session: Session, kind: str, rest: str, args: Sequence[Any]) -> Many:
    found, sent = await session.fetch_all(
        [
            (f"SELECT h.no, h.bill_to_name, {_RECIPIENT} {rest} ORDER BY h.no", tuple(args)),
            (
                "SELECT document_no, recipient, turn, state FROM outbox WHERE document_kind = ? AND channel = 'e_mail'"
                f" AND document_no IN (SELECT h.no {rest})",
                (kind, *args),
            ),
        ]
    )
    left = {str(no) for no, _, _, state in sent if state in _GONE}
    turns: dict[tuple[str, str], int] = {}
    for no, recipient, turn, _ in sent:
        turns[str(no), str(recipient)] = max(int(turn), turns.get((str(no), str(recipient)), 0))
    every = [
        Candidate(str(no), str(name), str(to or ""), turns.get((str(no), str(to or "")), 0) + 1)
        for no, name, to in found
    ]
    fresh = [one for one in every if one.no not in left]
    return Many(
        [one for one in fresh if is_address(one.recipient)],
        [one for one in fresh if not is_address(one.recipient)],
        [one for one in every if one.no in left],
    )


async def send_many(acting: Acting, kind: str, rest: str, args: Sequence[Any]) -> Many:
    """Puts them all into the outbox, in one transaction; looks again when somebody sent one of them meanwhile."""
    while True:
        at = datetime.now(UTC)
        try:
            async with transaction() as session:
                many = await _many(session, kind, rest, args)
                rows = [_row(kind, one.no, one.recipient, acting.user, at, one.turn) for one in many.going]
                logs = [
                    log_row(LOG_KINDS[kind], one.no, "To be sent", at, acting.user, one.recipient) for one in many.going
                ]
                if rows:
                    await session.execute_all(
                        [(_ROW.sql, [_ROW.row(None, row) for row in rows]), (logs[0][0], [log[1:] for log in logs])]
                    )
                return many
        except Duplicate:
            continue


# --- statements of account ------------------------------------------------------------------------------------------


async def statements_gone(session: Session, customers: Sequence[str], first: date, last: date) -> set[str]:
    """Of these customers those whose statement of this period has left already, is about to, or may have."""
    marks = ", ".join("?" * len(customers))
    rows = await session.fetch(
        "SELECT o.document_no FROM outbox o JOIN customer_statement s ON s.customer_no = o.document_no"
        " AND s.statement_no = o.statement_no WHERE o.document_kind = 'statement' AND s.starting_date = ?"
        " AND s.ending_date = ? AND o.state IN ('waiting', 'sending', 'sent', 'unsure')"
        f" AND o.document_no IN ({marks})",
        first,
        last,
        *customers,
    )
    return {str(no) for (no,) in rows}


async def statements_out(session: Session, acting: Acting, going: Sequence[Candidate], at: datetime) -> None:
    """Puts the statement that each of these customers was given last into the outbox, to its recipient."""
    marks = ", ".join("?" * len(going))
    nos = [one.no for one in going]
    numbers, turns = await session.fetch_all(
        [
            (
                "SELECT customer_no, MAX(statement_no) FROM customer_statement"
                f" WHERE customer_no IN ({marks}) GROUP BY customer_no",
                nos,
            ),
            (
                "SELECT document_no, recipient, MAX(turn) FROM outbox WHERE document_kind = 'statement'"
                f" AND document_no IN ({marks}) GROUP BY document_no, recipient",
                nos,
            ),
        ]
    )
    number = {str(no): int(value) for no, value in numbers}
    turn = {(str(no), str(to)): int(value) for no, to, value in turns}
    rows = [
        _row("statement", one.no, one.recipient, acting.user, at, turn.get((one.no, one.recipient), 0) + 1,
             statement_no=number[one.no])
        for one in going
    ]  # fmt: skip
    await session.execute_all([(_ROW.sql, [_ROW.row(None, row) for row in rows])])


# --- read -----------------------------------------------------------------------------------------------------------


async def _item(item_id: int) -> Item | None:
    found = await _items("WHERE id = ?", item_id)
    return found[0] if found else None


_NOT_REPEATED: Final = (
    "NOT EXISTS (SELECT 1 FROM outbox later WHERE later.document_kind = outbox.document_kind"
    " AND later.document_no = outbox.document_no AND later.statement_no = outbox.statement_no AND later.id > outbox.id)"
)


async def items(
    state: str = "", document: tuple[str, str] | None = None, search: str = "", before: int = 0
) -> list[Item]:
    """The latest of the outbox: of one state, of one document, with a document number or a recipient that contains
    what is searched, before another item. What failed or is unsure is listed by its state until it is sent once more.
    At most a page and one more."""
    where, values = ["1 = 1"], list[Any]()
    if state:
        where.append("state = ?" if state not in ("failed", "unsure") else f"state = ? AND {_NOT_REPEATED}")
        values.append(state)
    if document:
        where.append("document_kind = ? AND document_no = ?")
        values += document
    if search:
        part = search.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        where.append("(LOWER(document_no) LIKE ? ESCAPE '\\' OR LOWER(recipient) LIKE ? ESCAPE '\\')")
        values += [f"{part}%", f"%{part}%"]
    if before:
        where.append("id < ?")
        values.append(before)
    return await _items(f"WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT {PAGE + 1}", *values)


async def _items(where: str, *values: Any) -> list[Item]:
    async with reading() as session:
        rows = codec(Outbox)
        found = await session.fetch(rows.select(_COLUMNS, where), *values)
        return [Item(**rows.read(_COLUMNS, one)) for one in found]


@dataclass(frozen=True, slots=True)
class After:
    """What holds of an item by now: where its document goes today, and whether it was sent once more since."""

    recipient: str
    repeated: bool


_AFTER: Final = (
    "SELECT outbox.id, COALESCE(CASE WHEN c.send_documents_to <> '' THEN c.send_documents_to ELSE c.e_mail END, ''),"
    f" {_NOT_REPEATED} FROM outbox"
    " LEFT JOIN service_invoice_header i ON outbox.document_kind = 'invoice' AND i.no = outbox.document_no"
    " LEFT JOIN service_cr_memo_header m ON outbox.document_kind = 'credit_memo' AND m.no = outbox.document_no"
    " LEFT JOIN customer c ON c.no = COALESCE(i.bill_to_customer_no, m.bill_to_customer_no, outbox.document_no)"
)


async def afterwards(of: Sequence[Item]) -> dict[int, After]:
    """By item, what holds of it by now."""
    if not of:
        return {}
    rows = await fetch(f"{_AFTER} WHERE outbox.id IN ({', '.join('?' * len(of))})", *(one.id for one in of))
    return {int(no): After(str(recipient), not latest) for no, recipient, latest in rows}


async def unsent() -> dict[str, int]:
    """How many items are in each state that somebody should know of; what was sent once more counts there."""
    sql = (
        "SELECT state, COUNT(*) FROM outbox WHERE state = 'waiting'"
        f" OR (state IN ('failed', 'unsure') AND {_NOT_REPEATED}) GROUP BY state"
    )
    return {str(state): int(count) for state, count in await fetch(sql)}


async def mail_counts() -> dict[str, int]:
    """Mail that somebody must look after, for the home page; nothing while there is none."""
    counts = await unsent()
    return {f"mail_{state}": counts[state] for state in ("failed", "unsure") if counts.get(state)}


# --- sending --------------------------------------------------------------------------------------------------------

_DUE: Final = "SELECT id FROM outbox WHERE state = 'waiting' AND next_attempt_at <= ?"
_STALE: Final = "SELECT id FROM outbox WHERE state = 'sending' AND taken_at < ?"
_TAKE: Final = (
    "UPDATE outbox SET state = 'sending', taken_at = ?, attempts = attempts + 1 WHERE id = ? AND state = 'waiting'"
)


async def take_next(now: datetime) -> Item | None:
    """The next item that is due, taken by this sender alone. What another took and never answered becomes unsure.
    Looks first without a lock: mostly there is nothing to do."""
    async with reading() as session:
        due, stale = await session.fetch_all([(f"{_DUE} LIMIT 1", (now,)), (_STALE, (now - SILENCE,))])
    if stale:
        await _become_unsure([int(row[0]) for row in stale], now)
    if not due:
        return None
    async with transaction() as session:
        alone = " FOR UPDATE SKIP LOCKED" if session.dialect == "postgresql" else ""
        rows = await session.fetch(f"{_DUE} ORDER BY next_attempt_at, id LIMIT 1{alone}", now)
        if not rows:
            return None
        await session.execute(_TAKE, now, rows[0][0])
    return await _item(int(rows[0][0]))


async def _become_unsure(ids: Sequence[int], now: datetime) -> None:
    said = "The sender stopped while it was sending: it may have left."
    async with transaction() as session:
        for one in ids:
            changed = await session.execute(
                "UPDATE outbox SET state = 'unsure', last_error = ? WHERE id = ? AND state = 'sending'"
                " AND taken_at < ?",
                said,
                one,
                now - SILENCE,
            )
            if changed:
                rows = await session.fetch(codec(Outbox).select(_COLUMNS, "WHERE id = ?"), one)
                await _noted(session, Item(**codec(Outbox).read(_COLUMNS, rows[0])), "May have been sent", said, now)


async def answered(item: Item, answer: Answer, unkept: Unkept | None = None) -> None:
    """Writes down what became of an attempt, and keeps what was made for mail that has left or may have left, so that
    nothing else is ever issued (D-120). One whose sender was taken for dead meanwhile is not put off again: a
    person may have sent it since."""
    now = datetime.now(UTC)
    async with transaction() as session:
        lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
        rows = await session.fetch(
            f"SELECT state FROM outbox WHERE id = ? AND attempts = ? AND state IN ('sending', 'unsure'){lock}",
            item.id,
            item.attempts,
        )
        if not rows:
            return
        put_off = answer.state == "later" and rows[0][0] == "sending" and item.attempts <= len(WAITS)
        state = "waiting" if put_off else "failed" if answer.state == "later" else answer.state
        wait = timedelta(minutes=WAITS[item.attempts - 1]) if put_off else timedelta()
        await session.execute(
            "UPDATE outbox SET state = ?, last_error = ?, next_attempt_at = ?, sent_at = ? WHERE id = ?",
            state,
            answer.text[:250],
            now + wait,
            now if state == "sent" else None,
            item.id,
        )
        if unkept is not None and state in ("sent", "unsure"):
            await unkept.keep(session)
        if not put_off:
            event = {"sent": "Sent", "unsure": "May have been sent"}.get(state, "Not sent")
            await _noted(session, item, event, answer.text or item.recipient, now)


async def _noted(session: Session, item: Item, event: str, text: str, at: datetime, user: str = "") -> None:
    """A line in the log of the document; what was sent counts as issued once more (D-95). A statement has no log, and
    was counted when it went into the outbox."""
    if item.document_kind not in LOG_KINDS:
        return
    if event in ("Sent", "Marked as sent"):
        table = codec(HEADERS[item.document_kind]).name
        await session.execute(f"UPDATE {table} SET printed = printed + 1 WHERE no = ?", item.document_no)
        rows = await session.fetch(f"SELECT printed FROM {table} WHERE no = ?", item.document_no)
        text = issue_words(int(rows[0][0]), text) if rows else text
    kind = LOG_KINDS[item.document_kind]
    await session.execute(*log_row(kind, item.document_no, event, at, user or item.requested_by, text[:250]))
