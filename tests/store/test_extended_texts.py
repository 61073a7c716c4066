"""Extended texts beneath the lines of open documents, and on what is posted from them (D-30)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import TODAY, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.copying import copy_document
from webapp.store.posted import load_posted
from webapp.store.posting import post_document

LONG = "Keep dry. " * 15


async def company(**values: object) -> None:
    made = pack()
    made["languages"] = [{"code": "DE", "description": "German"}]
    made["extended_texts"] = [
        {"type": "item", "no": "PUMP", "text_no": 1, "automatic": True, "text": f"First\n{LONG}"},
        {"type": "item", "no": "PUMP", "text_no": 2, "automatic": True, "text": "Trocken", "language_code": "DE"},
        {"type": "resource", "no": "LINA", "text_no": 1, "text": "By hand", **values},
    ]
    await enter_company(made)
    await enter_order("C-GOOD", ["10000 resource LINA qty 3"])
    accept(await drafts.add_line(ANNA, ORDER, {"type": "item", "no": "PUMP", "quantity": 2}))


async def texts(document_no: str = "SO-1") -> list[tuple[int, str]]:
    document = await drafts.load_document(ORDER)
    assert document
    return [(one.attached_to_line_no, one.description[:9]) for one in document.lines if one.is_text]


async def test_texts_stand_beneath_their_line_and_follow_it(database: str) -> None:
    await company()
    assert await texts() == [(20000, "First"), (20000, "Keep dry."), (20000, LONG[100:109])]
    accept(await drafts.insert_texts(ANNA, ORDER, 10000))
    assert (await texts())[0] == (10000, "By hand")
    other = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"})).key
    assert other
    accept(await copy_document(ANNA, other, "order", "SO-1"))
    copied = await drafts.load_document(other)
    assert copied
    assert sum(bool(one.attached_to_line_no) for one in copied.lines) == 4
    accept(await drafts.delete_line(ANNA, ORDER, 10000))
    assert [place for place, _ in await texts()] == [20000] * 3
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    for one in result.posted:
        posted = await load_posted(one.kind, one.no, with_entries=False)
        assert posted
        assert [line["attached_to_line_no"] for line in posted.lines] == [0, 20000, 20000, 20000]
    assert await faults() == []


@pytest.mark.once
@pytest.mark.parametrize(
    "values", [{"ending_date": TODAY - timedelta(1)}, {"on_orders": False}, {"language_code": "DE"}]
)
async def test_a_text_for_other_days_kinds_or_languages_is_not_there(database: str, values: dict[str, object]) -> None:
    await company(**values)
    refused = await drafts.insert_texts(ANNA, ORDER, 10000)
    assert [found.code for found in refused.findings] == ["extended_text_missing"]


@pytest.mark.once
async def test_the_language_of_the_document_comes_first_and_another_number_brings_other_texts(database: str) -> None:
    await company()
    accept(await drafts.change_header(ANNA, ORDER, {"language_code": "DE"}))
    accept(await drafts.insert_texts(ANNA, ORDER, 20000))
    assert await texts() == [(20000, "Trocken")]
    accept(await drafts.change_line(ANNA, ORDER, 20000, {"no": "FILTER"}))
    assert await texts() == []
