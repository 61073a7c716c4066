"""Standard service codes put on an order (D-31)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders import pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.store import drafts
from webapp.store.posting import post_document
from webapp.store.standard_codes import insert_standard_code, offered_codes

LINES = (
    ("CHECK", 10000, "item", "PUMP", "Pump seal", Decimal(2), Decimal(0)),
    ("CHECK", 20000, "resource", "LINA", "", Decimal("1.5"), Decimal(0)),
    ("CHECK", 30000, "gl_account", "6410", "Waste", Decimal(0), Decimal("12.5")),
    ("CHECK", 40000, "blank", "", "As agreed", Decimal(0), Decimal(0)),
    ("EURO", 10000, "resource", "LINA", "", Decimal(1), Decimal(0)),
    ("PUMPS", 10000, "resource", "LINA", "", Decimal(1), Decimal(0)),
    ("WRONG", 10000, "resource", "LINA", "", Decimal(1), Decimal(0)),
    ("WRONG", 20000, "blank", "", "Text", Decimal(1), Decimal(0)),
)
NAMES = ("standard_service_code", "line_no", "type", "no", "description", "quantity", "amount")


async def an_order(*texts: dict[str, object]) -> None:
    made = pack()
    made["extended_texts"] = list(texts)
    made["service_item_groups"] = [*made.get("service_item_groups", []), {"code": "PUMPGRP", "description": "Pumps"}]
    made["standard_service_codes"] = [
        {"code": "CHECK", "description": "Check"},
        {"code": "EURO", "currency_code": made["currencies"][0]["code"]},
        {"code": "NOTHING"},
        {"code": "PUMPS", "service_item_group": "PUMPGRP"},
        {"code": "WRONG"},
    ]
    made["standard_service_lines"] = [dict(zip(NAMES, row, strict=True)) for row in LINES]
    await enter_company(made)
    await enter_order("C-GOOD", ["10000 resource LINA qty 1"])
    accept(await drafts.add_item_line(ANNA, ORDER, {"description": "Pump in cellar"}))


async def test_the_lines_of_a_bundle_bring_their_automatic_texts(database: str) -> None:
    """D-30: each beneath its own line, as if the lines were typed; those that are only inserted on demand stay away."""
    pump: dict[str, object] = {"type": "item", "no": "PUMP", "text_no": 1, "automatic": True, "text": "Keep dry"}
    lina: dict[str, object] = {"type": "resource", "no": "LINA", "text_no": 1, "text": "By hand"}
    await an_order(pump, lina)
    accept(await insert_standard_code(ANNA, ORDER, "CHECK", 10000))
    document = await drafts.load_document(ORDER)
    assert document
    assert [(one.no or one.description, one.attached_to_line_no) for one in document.lines[1:]] == [
        ("PUMP", 0),
        ("Keep dry", 20000),
        ("LINA", 0),
        ("6410", 0),
        ("As agreed", 0),
    ]


async def test_a_bundle_comes_with_its_quantities_descriptions_and_amounts(database: str) -> None:
    await an_order()
    accept(await insert_standard_code(ANNA, ORDER, "CHECK", 10000))
    document = await drafts.load_document(ORDER)
    assert document
    assert [(one.line_no, one.type, one.no, one.quantity) for one in document.lines[1:]] == [
        (20000, "item", "PUMP", 2),
        (30000, "resource", "LINA", Decimal("1.5")),
        (40000, "gl_account", "6410", 1),
        (50000, "blank", "", 0),
    ]
    assert [one.description for one in document.lines[1:] if one.type != "resource"] == [
        "Pump seal",
        "Waste",
        "As agreed",
    ]
    assert document.line(40000).unit_price == Decimal("12.5")  # type: ignore[union-attr]
    assert {one.service_item_line_no for one in document.lines[1:]} == {10000}
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    assert await faults() == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("code", "place", "wrong"),
    [
        ("EURO", 0, "standard_code_currency"),
        ("NOTHING", 0, "standard_code_empty"),
        ("PUMPS", 10000, "standard_code_group"),
        ("CHECK", 90000, "service_item_line_unknown"),
        ("NOSUCH", 0, "reference_unknown"),
        ("WRONG", 0, "blank_line_has_quantity"),
    ],
)
async def test_what_does_not_fit_adds_no_line_at_all(database: str, code: str, place: int, wrong: str) -> None:
    await an_order()
    refused = await insert_standard_code(ANNA, ORDER, code, place)
    assert wrong in [found.code for found in refused.findings]
    document = await drafts.load_document(ORDER)
    assert document
    assert len(document.lines) == 1


@pytest.mark.once
async def test_only_what_fits_currency_and_group_is_offered(database: str) -> None:
    await an_order()
    document, setup = await drafts.load_with_setup(ORDER)
    assert document
    assert [one.code for one in await offered_codes(document, setup)] == ["CHECK", "WRONG"]
    of_group = changed(document, item_lines=(changed(document.item_lines[0], service_item_group="PUMPGRP"),))
    assert [one.code for one in await offered_codes(of_group, setup)] == ["CHECK", "PUMPS", "WRONG"]
