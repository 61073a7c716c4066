"""What a line can take of the posted line that it was made from, while somebody types (P-152)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders import TODAY, pack
from tests.posting.worlds import accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.cancel import cancel_invoice
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
MEMO = DocumentKey("credit_memo", "SC-1")


@pytest.fixture
async def memo(database: str) -> None:
    """I-1 of 4 pumps, and a credit memo of one of them that is not posted yet."""
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    assert (await post_document(POLLY, key, REQUESTS["ship_and_invoice"])).ok
    saved = await create_credit_memo(POLLY, "I-1", {10000: Decimal(1)})
    assert saved is not None and saved.key == MEMO, saved


async def typed(quantity: str) -> list[str]:
    saved = await drafts.change_line(POLLY, MEMO, 10000, {"quantity": Decimal(quantity)})
    return [found.message for found in saved.findings]


def left(quantity: str) -> list[str]:
    return [f"Line 10000: Only {quantity} of line 10000 of invoice I-1 is left to credit."]


async def test_no_more_than_was_invoiced(memo: None):
    assert await typed("4.5") == left("4")
    assert await typed("4") == []


async def test_what_is_credited_already_is_gone(memo: None):
    assert (await post_document(POLLY, MEMO, REQUESTS["invoice"])).ok
    again = await create_credit_memo(POLLY, "I-1", {10000: Decimal(1)})
    assert again is not None and again.key is not None
    saved = await drafts.change_line(POLLY, again.key, 10000, {"quantity": Decimal("3.5")})
    assert [found.message for found in saved.findings] == left("3")
    accept(await drafts.change_line(POLLY, again.key, 10000, {"quantity": Decimal(3)}))


async def test_of_a_cancelled_invoice_nothing_is_left(memo: None):
    cancelled = await cancel_invoice(POLLY, "I-1", TODAY)
    assert cancelled.ok, cancelled.findings
    assert await typed("2") == left("0")
