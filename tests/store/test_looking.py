"""Looking writes nothing: preview, posting page and test report leave every table as it was (D-82, O-28)."""

from datetime import timedelta

import pytest

from db import engine
from db.engine import reading
from tests.builders import D, pack
from tests.looking import look
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import PostingRequest
from webapp.store import document_log, drafts
from webapp.store.posting import post_document
from webapp.store.test_reports import record_test

LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 cost TRAVEL qty 1", "40000 item FILTER qty 2"]
ASKED = [
    *REQUESTS.values(),
    changed(REQUESTS["ship_and_invoice"], lines=frozenset({20000, 40000})),
    changed(REQUESTS["ship"], lines=frozenset({90000})),
    PostingRequest(),
]


async def everything() -> dict[str, object]:
    """Every table by its rows; on PostgreSQL also how far each sequence has counted."""
    found: dict[str, object] = dict(await row_hashes())
    async with reading() as session:
        if session.dialect == "postgresql":
            rows = await session.fetch("SELECT sequencename, last_value FROM pg_sequences")
            found |= {f"sequence {name}": value for name, value in rows}
    return found


async def partly_posted() -> None:
    """An order of which every kind of posting has something to do: shipped, consumed and invoiced in part."""
    await enter_company(pack(receivables_setup={"calc_inv_discount": True}))
    await enter_order("C-DISC", LINES)
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(2)})
    assert (await post_document(ANNA, ORDER, REQUESTS["ship"])).ok
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_consume": D(1)})


async def test_looking_changes_no_row(database: str):
    await partly_posted()
    before = await everything()
    for request in ASKED:
        looked = await look(ANNA, ORDER, request)
        assert looked is not None
    assert await everything() == before


async def test_what_one_has_just_posted_is_told_to_them_alone(database: str, monkeypatch: pytest.MonkeyPatch):
    """O-42: and for a while only."""
    await partly_posted()
    told = await document_log.just_posted(ORDER, ANNA.user)
    assert told is not None and [(one.kind, one.no) for one in told.documents] == [("shipment", "S-1")]
    assert await document_log.just_posted(ORDER, "CLARA") is None
    assert await document_log.just_posted(changed(ORDER, no="SO-2"), ANNA.user) is None
    monkeypatch.setattr(document_log, "JUST", timedelta())
    assert await document_log.just_posted(ORDER, ANNA.user) is None


@pytest.mark.only("sqlite")
async def test_looking_opens_no_write_transaction(database: str, monkeypatch: pytest.MonkeyPatch):
    """Nobody who posts waits for somebody who looks."""
    await partly_posted()
    said: list[str] = []
    monkeypatch.setattr(engine, "statement_hook", said.append)
    for request in ASKED:
        assert await look(ANNA, ORDER, request) is not None
    words = {statement.split()[0] for statement in said}
    assert [one for one in said if one.startswith("BEGIN") and one != "BEGIN DEFERRED"] == []
    assert words <= {"BEGIN", "SELECT", "COMMIT", "ROLLBACK"}, words
    await record_test(ANNA, [ORDER], REQUESTS["ship"])
    assert "BEGIN IMMEDIATE" in said  # a test that is written down is told apart


async def test_a_test_leaves_its_one_row(database: str):
    await partly_posted()
    before = await everything()
    await record_test(ANNA, [ORDER], REQUESTS["ship_and_invoice"])
    after = await everything()
    changed = {name for name in after if after[name] != before[name]}
    assert {name for name in changed if not name.startswith("sequence")} == {"test_report"}
    assert all("test_report" in name for name in changed)
