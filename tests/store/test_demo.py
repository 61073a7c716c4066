"""The demo company: the same for the same date, complete, postable but for the orders that are in trouble."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from db import demo, demo_contracts
from db.engine import reading
from tests.einvoice.sound import broken_in_factur_x, faults_of, posted_e_invoices
from tests.posting.verified import faults
from webapp.billing.prices import PriceUpdate
from webapp.einvoice.cii import cii
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting, system
from webapp.store.contract_runs import ContractFilter, RunDates, look_at_run
from webapp.store.demo import is_empty, load_demo
from webapp.store.measuring import add_posted_documents
from webapp.store.packs import export_pack, import_pack
from webapp.store.posting import plan_document
from webapp.store.price_updates import look_at_prices
from webapp.store.users import sign_in

WORK_DATE = date(2026, 3, 16)


def test_the_same_date_gives_the_same_company():
    assert demo.company_pack(WORK_DATE) == demo.company_pack(WORK_DATE)
    assert demo.orders(WORK_DATE) == demo.orders(WORK_DATE)
    other = demo.orders(date(2027, 1, 1))
    assert [order.header["description"] for order in other] == [o.header["description"] for o in demo.orders(WORK_DATE)]


def test_it_is_as_large_as_it_says():
    pack = demo.company_pack(WORK_DATE)
    sizes = {name: len(pack[name]) for name in ("customers", "items", "resources", "service_costs", "service_items")}
    assert sizes == {"customers": 40, "items": 60, "resources": 15, "service_costs": 12, "service_items": 80}
    assert Counter(row["country_code"] for row in pack["customers"]) == {"AT": 28, "DE": 6, "US": 6}
    in_warranty = sum(
        "warranty_end_parts" in row and row["warranty_end_parts"] >= WORK_DATE for row in pack["service_items"]
    )
    assert 10 < in_warranty < 60
    assert {row["vat_pct"] for row in pack["vat_posting_setup"]} == {20, 10, 0}
    open_orders = [order for order in demo.orders(WORK_DATE) if order.state != "posted"]
    assert 55 <= len(open_orders) <= 70
    assert {"open", "started", "delivered", "part_invoiced", "to_consume", "problem"} == {o.state for o in open_orders}


@pytest.mark.parametrize(
    "work_date",
    [
        WORK_DATE,
        pytest.param(date(2028, 2, 29), marks=pytest.mark.long),
        pytest.param(date(2026, 1, 1), marks=pytest.mark.long),
    ],
)
async def test_every_order_stands_as_its_state_says(database: str, work_date: date):
    loaded = await load_demo(work_date)
    assert (loaded.customers, loaded.items) == (40, 60)
    poster = Acting("POSTER", "poster", work_date)
    for number, order in enumerate(demo.orders(work_date), 1):
        key = DocumentKey("order", f"SO{10000 + number}")
        option = "ship_and_consume" if order.state == "to_consume" else "ship_and_invoice"
        plan = await plan_document(poster, key, REQUESTS[option])
        if order.state == "posted":
            assert plan is None, f"{key.no} is in the archive"
            continue
        assert plan is not None
        found = {finding.code for finding in plan.findings}
        if order.finding:
            assert order.finding in found, f"{key.no}: {found}"
        else:
            assert plan.may_post, f"{key.no}: {found}"
    async with reading() as session:
        assert (await session.fetch("SELECT SUM(amount) FROM gl_entry"))[0][0] == 0
        assert (await session.fetch("SELECT COUNT(*) FROM order_archive"))[0][0] == 16
    dates = RunDates(work_date, work_date)
    look = await look_at_run(poster, dates, ContractFilter())
    agreed = demo_contracts.contracts(work_date)
    assert len(agreed) == loaded.contracts == 60
    assert [found.code for one in look.skipped for found in one.findings] == [
        one.finding for one in agreed if one.finding
    ]
    assert len(look.invoices) > 40
    assert sorted(look.totals()) == ["EUR", "USD"]
    assert max(len(one.billed) for one in look.invoices) == 4
    rising = await look_at_prices(poster, PriceUpdate(work_date, Decimal(3)))
    assert [(one.difference > 0, one.findings) for one in rising] == [(True, ())] * 2


@pytest.mark.once
async def test_everyone_can_sign_in_and_the_company_is_a_pack(database: str):
    assert await is_empty()
    await load_demo(WORK_DATE)
    assert not await is_empty()
    for user_name, _, _ in demo.USERS:
        assert isinstance(await sign_in(user_name.lower(), demo.PASSWORD, "127.0.0.1"), str)
    again = await import_pack(system(WORK_DATE), await export_pack())
    assert (again.created, again.changed, again.findings) == (0, 0, ())


AMOUNTS = "SELECT description, posting_date, amount FROM service_invoice_header WHERE description LIKE 'Measuring%'"


@pytest.mark.once
async def test_documents_for_measuring_have_ten_lines_and_are_posted(database: str):
    """Orders of the first 30 days and machines are entered; those after them are copies."""
    await load_demo(WORK_DATE)
    await add_posted_documents(WORK_DATE, 70)
    async with reading() as session:
        lines = await session.fetch(
            "SELECT COUNT(*), MIN(amount) FROM service_invoice_line"
            " GROUP BY document_no ORDER BY document_no DESC LIMIT 35"
        )
        posted = {str(what): tuple(row) for what, *row in await session.fetch(AMOUNTS)}
    assert [count == 10 and Decimal(least) > 0 for count, least in lines] == [True] * 35
    assert len(posted) == 35
    assert all(posted[f"Measuring order {n}"] == posted[f"Measuring order {n + 30}"] for n in range(1, 6))
    assert await faults() == []
    made = await posted_e_invoices()
    assert {no: wrong for no, wrong in ((one.head["no"], faults_of(one)) for one in made) if wrong} == {}
    kinds = {
        (one.credits, one.paper.gross, one.paper.currency, bool(one.invoice_discounts), bool(one.head["contract_no"]),
         tuple(group.category for group in one.groups)): one
        for one in made
    }  # fmt: skip
    assert {str(kind): wrong for kind, one in kinds.items() if (wrong := broken_in_factur_x(cii(one)))} == {}
    assert len(kinds) > 4
