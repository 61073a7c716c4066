"""What is shown of a posting is what the posting writes, column by column, in every ledger and document (D-65, R-8)."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from db.engine import transaction
from tests.builders import TODAY, D, pack
from tests.looking import Looked, differences, look
from tests.posting.test_properties import DISCOUNTS, PRICES, QUANTITIES, SHARES
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.posting.findings import finding
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import drafts
from webapp.store.posting import PostingResult, post_document
from webapp.store.preview import planned_entries, previews

LINES = [
    "10000 item PUMP qty 4",
    "20000 resource LINA qty 3 disc 10",
    "30000 cost TRAVEL qty 1",
    "40000 item FILTER qty 2",
    "50000 text as agreed",
]


async def looked_and_posted(
    key: DocumentKey, request: PostingRequest, posting_date: Any = None
) -> tuple[Looked, PostingResult]:
    looked = await look(ANNA, key, request, posting_date)
    assert looked is not None
    return looked, await post_document(ANNA, key, request, posting_date=posting_date)


async def same(key: DocumentKey, request: PostingRequest, posting_date: Any = None) -> PostingResult:
    looked, result = await looked_and_posted(key, request, posting_date)
    assert await differences(looked, result) == []
    return result


# --- examples -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["ship", "ship_and_invoice"])
async def test_the_preview_is_the_posting(database: str, option: str):
    await enter_company(pack())
    await enter_order("C-GOOD", LINES, ["10000 MIXER"])
    assert (await same(ORDER, REQUESTS[option])).posted


async def test_the_preview_is_the_posting_in_parts_and_on_other_days(database: str):
    """Consumed, shipped on two days, invoiced of both with one line chosen before: dates of supply and all."""
    await enter_company(pack())
    await enter_order("C-EURO", LINES)
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_consume": D(1)})
    assert (await same(ORDER, REQUESTS["ship_and_consume"])).posted
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(1)})
    assert (await same(ORDER, REQUESTS["ship"], TODAY + timedelta(days=1))).posted
    chosen = changed(REQUESTS["ship_and_invoice"], lines=frozenset({20000}))
    assert (await same(ORDER, chosen)).posted
    result = await same(ORDER, REQUESTS["ship_and_invoice"], TODAY + timedelta(days=3))
    assert result.closed


async def test_a_refused_posting_previews_no_entries_and_no_documents(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    looked, result = await looked_and_posted(ORDER, REQUESTS["invoice"])
    assert [f.code for f in looked.plan.errors] == [f.code for f in result.findings] == ["nothing_to_post"]
    assert (looked.preview.documents, looked.preview.entries) == ((), ())
    assert planned_entries(looked.plan, ANNA.user) == []
    assert await differences(looked, result) == []


async def test_several_orders_are_previewed_each_for_itself(database: str):
    await enter_company(pack())
    keys = [await enter_order("C-GOOD", LINES, no=f"SO-{n}") for n in (1, 2)]
    gone = DocumentKey("order", "SO-9")
    found = await previews(ANNA, [*keys, gone], REQUESTS["ship_and_invoice"])
    assert found[gone] is None
    first, second = (found[key] for key in keys)
    assert first is not None and second is not None
    assert [one.header["no"] for one in first.documents] == [one.header["no"] for one in second.documents]
    assert [one.header["order_no"] for one in second.documents] == ["SO-2", "SO-2"]


# --- a preview that is not the posting is noticed -------------------------------------------------------------------

Fault = Callable[[Looked], Looked]


def of_entry(ledger: str, **values: Any) -> Fault:
    def fault(looked: Looked) -> Looked:
        ledgers = looked.plan.ledgers
        rows = list(getattr(ledgers, ledger))
        rows[0] = changed(rows[0], **values)
        plan = changed(looked.plan, ledgers=changed(ledgers, **{ledger: rows}))
        return changed(looked, preview=changed(looked.preview, plan=plan))

    return fault


def without_last(ledger: str) -> Fault:
    def fault(looked: Looked) -> Looked:
        ledgers = looked.plan.ledgers
        plan = changed(looked.plan, ledgers=changed(ledgers, **{ledger: getattr(ledgers, ledger)[:-1]}))
        return changed(looked, preview=changed(looked.preview, plan=plan))

    return fault


def of_document(kind: str, part: str, **values: Any) -> Fault:
    def fault(looked: Looked) -> Looked:
        documents = list(looked.preview.documents)
        at = next(n for n, one in enumerate(documents) if one.kind == kind)
        found = getattr(documents[at], part)
        other = {**found, **values} if isinstance(found, dict) else [{**found[0], **values}, *found[1:]]
        documents[at] = changed(documents[at], **{part: other})
        return changed(looked, preview=changed(looked.preview, documents=documents))

    return fault


def without_supplies(looked: Looked) -> Looked:
    documents = [changed(one, supplies=[]) for one in looked.preview.documents]
    return changed(looked, preview=changed(looked.preview, documents=documents))


def with_finding(who: str) -> Fault:
    more = finding("order_kept_open", document="SO-1", no="SO-1", name="X", item_line=1)
    return lambda looked: changed(looked, findings={**looked.findings, who: (*looked.findings[who], more)})


@pytest.mark.once
@pytest.mark.parametrize(
    "fault",
    [
        of_entry("gl", amount=D("0.01")),
        of_entry("gl", description="else"),
        of_entry("vat", base=D("0.01")),
        of_entry("vat", gl_entry_no=1),
        of_entry("customer", due_date=None),
        of_entry("detailed", customer_entry_no=7),
        of_entry("item", open=None),
        of_entry("value", dim_1="ELSE"),
        of_entry("resource", quantity=D(9)),
        of_entry("service", charged_qty=D(9)),
        *(without_last(ledger) for ledger in ("gl", "vat", "detailed", "value", "resource", "service", "application")),
        of_document("shipment", "header", ship_to_name="else"),
        of_document("shipment", "lines", quantity=D(9)),
        of_document("shipment", "item_lines", serial_no="else"),
        of_document("invoice", "header", amount=D(9)),
        of_document("invoice", "header", no="PIN-9999"),
        of_document("invoice", "lines", description="else"),
        of_document("invoice", "vat", base=D(9)),
        without_supplies,
        *(with_finding(who) for who in ("preview", "panel", "posting page", "test report")),
    ],
)
async def test_a_preview_that_is_not_the_posting_is_noticed(database: str, fault: Fault):
    await enter_company(pack())
    await enter_order("C-GOOD", LINES, ["10000 MIXER"])
    looked, result = await looked_and_posted(ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok and await differences(looked, result) == []
    assert await differences(fault(looked), result) != []


# --- random documents -----------------------------------------------------------------------------------------------

LINE = st.builds(
    lambda thing, quantity, price, discount: f"{thing} qty {quantity:f} price {price:f} disc {discount:f}",
    st.sampled_from(["item PUMP", "item FILTER", "item SEAL", "item BOOK", "resource LINA", "cost TRAVEL"]),
    QUANTITIES,
    PRICES,
    DISCOUNTS,
)
STEP = st.tuples(
    st.sampled_from(list(REQUESTS)),
    st.lists(st.tuples(st.sampled_from(["qty_to_ship", "qty_to_invoice", "qty_to_consume"]), SHARES), max_size=3),
    st.one_of(st.none(), st.sets(st.integers(1, 4).map(lambda n: n * 10000), min_size=1)),
    st.integers(-3, 3),
)
SETTINGS = st.fixed_dictionaries(
    {
        "discount_posting": st.sampled_from(["none", "line", "invoice", "all"]),
        "invoice_rounding": st.booleans(),
        "calc_inv_discount": st.booleans(),
    }
)
COSTS = st.fixed_dictionaries({"automatic_cost_posting": st.booleans(), "expected_cost_posting_to_gl": st.booleans()})


async def set_up(table: str, values: dict[str, Any]) -> None:
    async with transaction() as session:
        marks = ", ".join(f"{name} = ?" for name in values)
        await session.execute(f"UPDATE {table} SET {marks}", *values.values())


@given(
    customer=st.sampled_from(["C-GOOD", "C-DISC", "C-GROSS", "C-EURO", "C-EU", "C-CASH"]),
    lines=st.lists(LINE, min_size=1, max_size=4),
    steps=st.lists(STEP, min_size=1, max_size=4),
    receivables=SETTINGS,
    costs=COSTS,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_the_preview_of_any_order_is_its_posting(
    database: str, customer: str, lines: list[str], steps: Any, receivables: Any, costs: Any
):
    """Random orders, posted in random parts: shown, posted, compared, until nothing is left of them."""
    key = await another_order(customer, lines)
    await set_up("receivables_setup", receivables)
    await set_up("inventory_setup", costs)
    for option, typing, chosen, days in steps:
        document = await drafts.load_document(key)
        if document is None:
            return
        for line, (field, share) in zip(document.lines, typing, strict=False):
            quantity = (line.quantity * share).quantize(D("0.00001"))
            await drafts.change_line(ANNA, key, line.line_no, {field: quantity})
        numbers = frozenset(chosen or ()) & {line.line_no for line in document.lines}
        request = changed(REQUESTS[option], lines=numbers or None)
        result = await same(key, request, TODAY + timedelta(days=days) if days else None)
        event(f"{option}: {'posted' if result.ok else 'refused'}")


NUMBERS = itertools.count(1)


async def another_order(customer: str, lines: list[str]) -> DocumentKey:
    """One more order in the company, which the first of them founds."""
    if await drafts.load_document(DocumentKey("order", "SO-0")) is None:
        await enter_company(pack())
        await enter_order("C-GOOD", ["10000 item PUMP qty 1"], no="SO-0")
    numbered = [f"{n}0000 {text}" for n, text in enumerate(lines, 1)]
    return await enter_order(customer, numbered, no=f"SO-{next(NUMBERS)}")
