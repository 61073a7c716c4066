"""What is to be sent of posted documents, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from piccolo.columns import Serial
from piccolo.table import Table

from db.columns import Choice, Code, Moment, Text, Whole

OUTBOX_STATES = ("waiting", "sending", "sent", "failed", "unsure", "given_up", "taken_back")


class Outbox(Table, tablename="outbox"):
    """One document to one recipient. A row is taken by one sender; what was taken and never answered is `unsure`, and
    only a person says what became of it, or sends it again as another turn."""

    key: ClassVar[tuple[str, ...]] = ("document_kind", "document_no", "channel", "recipient", "turn")
    id = Serial(primary_key=True)
    document_kind = Choice("invoice", "credit_memo", "statement")
    document_no = Code()
    """Of a statement the customer, and `statement_no` says which."""
    channel = Choice("e_mail")
    recipient = Text(100)
    turn = Whole(default=1)
    message_id = Text(100)
    state = Choice(*OUTBOX_STATES)
    attempts = Whole()
    next_attempt_at = Moment(null=False)
    last_error = Text(250)
    requested_by = Code(50)
    requested_at = Moment(null=False)
    taken_at = Moment()
    sent_at = Moment()
    statement_no = Whole()
