"""Who is sent a posted document, and whether mail can go there (D-102, D-128)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from webapp.posting.snapshot import Customer

__all__ = ["ADDRESS_LENGTH", "SENT_KINDS", "is_address", "recipient_of", "to_be_sent"]

ADDRESS_LENGTH: Final = 100
SENT_KINDS: Final = ("invoice", "credit_memo")
_ADDRESS: Final = re.compile(r"[!-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NEVER: Final = frozenset(' @,;:<>()[]"\\')


def is_address(text: str) -> bool:
    """Whether mail can go there, as far as the look of it tells: one address, without a name and without anything
    that a mail server could take for a second one or for a line of the header."""
    own, _, host = text.rpartition("@")
    sound = len(text) <= ADDRESS_LENGTH and _ADDRESS.fullmatch(text) is not None
    return sound and not _NEVER & set(own) and len(host.rpartition(".")[2]) >= 2


def to_be_sent(payer: Customer | None, posted: Collection[str]) -> list[str]:
    """Which of the kinds of documents that a posting made go out by themselves: invoice and credit memo, when the
    payer has agreed to get them so. A shipment is paper that goes with the goods."""
    if payer is None or payer.document_sending == "no":
        return []
    return [kind for kind in SENT_KINDS if kind in posted]


def recipient_of(payer: Customer) -> str:
    """Where they go: where documents are to be sent, else the customer's own e-mail."""
    return payer.send_documents_to or payer.e_mail
