"""Comments of open documents, and what becomes of them at posting (D-32)."""

from __future__ import annotations

import pytest

from db.engine import transaction
from tests.builders import pack
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.paper.document import Paper
from webapp.posting.comments import OF_ITEM_LINES, TYPES, comment_findings
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.comments import add_comment, delete_comment, load_comments, mark_comment
from webapp.store.paper import words_for
from webapp.store.posted import load_posted
from webapp.store.posting import post_document

LONG = "The pump was noisy. " * 40


async def an_order(*, to_invoice: bool = True, to_shipment: bool = True) -> None:
    await enter_company(
        pack(service_setup={"copy_comments_to_invoice": to_invoice, "copy_comments_to_shipment": to_shipment})
    )
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    accept(await drafts.add_item_line(ANNA, ORDER, {"description": "Pump in cellar"}))
    for kind, line_no, text, printed in (
        ("general", 0, LONG, True),
        ("fault", 10000, "Bearing worn", True),
        ("resolution", 10000, "Bearing replaced", False),
        ("internal", 10000, "Customer was rude", False),
    ):
        accept(await add_comment(ANNA, ORDER, kind, text, line_no, printed))


async def printed(kind: str, no: str) -> list[str]:
    document = await load_posted(kind, no, with_entries=False)
    assert document
    return [text for _, text in Paper(document, await words_for([document])).comments]


@pytest.mark.once
@pytest.mark.parametrize("kind", TYPES)
def test_all_types_but_general_need_a_service_item_line(kind: str) -> None:
    codes = [found.code for found in comment_findings(kind, "x", 0, False, [])]
    assert codes == (["comment_needs_item_line"] if kind in OF_ITEM_LINES else [])
    assert comment_findings(kind, "x", 10000, False, [10000]) == []


@pytest.mark.once
def test_everything_wrong_with_a_comment_is_told_at_once() -> None:
    found = comment_findings("internal", " ", 20000, True, [10000])
    codes = ["field_required", "service_item_line_unknown", "comment_internal_printed"]
    assert [one.code for one in found] == codes


async def test_comments_go_along_to_shipment_and_invoice_but_internal_ones_are_for_the_house(database: str) -> None:
    await an_order()
    assert [one.user_name for one in await load_comments("order", "SO-1")] == ["ANNA"] * 4
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    for kind, place in (("shipment", "shipment"), ("invoice", "posted_invoice")):
        no = next(one.no for one in result.posted if one.kind == kind)
        assert [one.type for one in await load_comments(place, no)] == ["general", "fault", "resolution"]
        assert await printed(kind, no) == [LONG.strip(), "Bearing worn"]


async def test_an_order_keeps_its_comments_to_itself_when_the_set_up_says_so(database: str) -> None:
    await an_order(to_invoice=False, to_shipment=False)
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    for kind, place in (("shipment", "shipment"), ("invoice", "posted_invoice")):
        assert await load_comments(place, next(one.no for one in result.posted if one.kind == kind)) == ()


async def test_comments_are_marked_and_deleted_but_only_with_their_document(database: str) -> None:
    await an_order()
    general, *_, internal = await load_comments("order", "SO-1")
    accept(await mark_comment(ORDER, general.id, False))
    refused = await mark_comment(ORDER, internal.id, True)
    assert [found.code for found in refused.findings] == ["comment_internal_printed"]
    assert not any(one.print_on_document for one in await load_comments("order", "SO-1") if one.type == "general")
    accept(await delete_comment(ORDER, internal.id))
    assert [found.code for found in (await delete_comment(ORDER, internal.id)).findings] == ["comment_gone"]
    accept(await drafts.delete_document(ANNA, ORDER))
    async with transaction() as session:
        assert await session.fetch("SELECT 1 FROM service_comment") == []
