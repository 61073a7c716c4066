"""Who changed an open document last, and when (O-42); whom to ask for set-up."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import TODAY, D, pack
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts, users
from webapp.store.acting import Acting
from webapp.store.document_log import last_change
from webapp.store.posting import post_document

CLARA, POLLY = (Acting(name, role, TODAY) for name, role in (("CLARA", "clerk"), ("POLLY", "poster")))


@pytest.fixture
async def company(database: str) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])


async def test_a_document_knows_who_made_changed_or_posted_it_last(company: None) -> None:
    await users.add_user("POLLY", "Polly Poster", "poster", "x")
    made = await last_change(ORDER)
    assert made is not None and made.user_name == ANNA.user
    accept(await drafts.change_line(CLARA, ORDER, 10000, {"quantity": D(6), "qty_to_ship": D(2)}))
    changed = await last_change(ORDER)
    assert changed is not None and (changed.user_name, changed.name) == ("CLARA", "CLARA")  # no full name is known
    assert made.at <= changed.at and abs(datetime.now(UTC) - changed.at) < timedelta(hours=1)
    assert (await post_document(POLLY, ORDER, REQUESTS["ship"])).ok
    posted = await last_change(ORDER)
    assert posted is not None and posted.name == "Polly Poster"
    assert await last_change(DocumentKey("order", "SO-9")) is None


async def test_accountants_are_named_while_they_are_active(company: None) -> None:
    await users.add_user("NORA", "Nora Noble", "accountant", "x")
    await users.add_user("ABE", "", "accountant", "x")
    await users.add_user("VIC", "Vic Viewer", "viewer", "x")
    assert await users.accountants() == ["ABE", "Nora Noble"]
