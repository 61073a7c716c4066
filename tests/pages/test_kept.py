"""Pieces that are drawn once: the same for the same values, never for somebody who should see something else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from markupsafe import Markup

from tests.builders import entered, header, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.kept import Kept
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, PostingRequest, Snapshot
from webapp.store import drafts, plans, users
from webapp.store.acting import system
from webapp.store.masters import MASTERS, save_master
from webapp.store.plans import Plans
from webapp.store.posting import plan_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases


def test_a_piece_is_drawn_again_only_when_its_values_change() -> None:
    kept, drawn = Kept(), []

    def draw() -> Markup:
        drawn.append(1)
        return Markup("<b>1</b>")

    assert [kept.get(("row", 1), draw), kept.get(("row", 1), draw)] == ["<b>1</b>", "<b>1</b>"]
    assert len(drawn) == 1
    kept.get(("row", 2), draw)
    assert len(drawn) == 2


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept = Kept(most=30)
    for n in range(3):
        kept.get(n, lambda: Markup("x" * 10))
    kept.get(0, lambda: Markup("drawn again"))
    kept.get(3, lambda: Markup("y" * 10))
    assert len(kept) == 3 and kept.characters == 30
    assert kept.get(0, lambda: Markup("drawn again")) == "x" * 10
    assert kept.get(1, lambda: Markup("again")) == "again"


async def test_a_list_shows_each_viewer_their_own_formats_and_every_change(browser: Browser, masters: None) -> None:
    await browser.sign_in("CLARA")
    assert "1,500.50" in (await browser.get("/customers")).text
    await users.set_locale("CLARA", "de_DE")
    assert "1.500,50" in (await browser.get("/customers")).text
    await put_again("C-BLOCKED", credit_limit=Decimal(1600))
    shown = (await browser.get("/customers")).text
    assert "1.600,00" in shown and "1.500,50" not in shown


async def put_again(no: str, **values: object) -> None:
    _, found = await save_master(system(date(2026, 3, 15)), MASTERS["customers"], (no,), values, None)
    assert not [one for one in found if one.is_error]


async def test_the_grid_of_a_viewer_can_not_be_typed_into_after_a_clerk_has_drawn_it(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"], no="SO-1")
    grid = {}
    for name in ("CLARA", "VERA", "POLLY", "CLARA"):
        await browser.sign_in(name)
        grid[name] = (await browser.get("/service-orders/SO-1")).text.partition('<tr id="line-10000"')[2]
    assert "disabled" in grid["VERA"].partition("</tr>")[0] and "disabled" not in grid["CLARA"].partition("</tr>")[0]
    assert 'aria-label="Choose line 10000' in grid["POLLY"] and 'aria-label="Choose line' not in grid["VERA"]


async def test_a_plan_made_before_is_taken_only_on_the_same_ground(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"], no="SO-1")
    planned: list[str] = []

    def counted(snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
        planned.append(snapshot.header.no)
        return plan_posting(snapshot, request)

    monkeypatch.setattr(plans, "plan_posting", counted)
    key, ship = DocumentKey("order", "SO-1"), REQUESTS["ship"]

    async def look() -> PostingPlan:
        plan = await plan_document(ANNA, key, ship)
        assert plan is not None
        return plan

    first, again = await look(), await look()
    assert again is first and len(planned) == 1
    await drafts.change_line(ANNA, key, 10000, {"quantity": Decimal(3)})
    after = await look()
    assert len(planned) == 2 and after.shipment_lines[0].quantity == 3
    await put_again("C-GOOD", blocked="all")
    blocked = await look()
    assert "customer_blocked" in {found.code for found in blocked.errors}


def test_plans_are_kept_up_to_a_number_of_rows() -> None:
    seen = Plans(most_rows=20)
    one = entered(header(), "10000 item PUMP qty 2")
    for n in range(20):
        seen.plan_of(changed(one, header=changed(one.header, no=f"SO-{n}")), REQUESTS["ship"])
        assert seen.rows <= 20
