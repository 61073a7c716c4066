"""Certificates of supply: which shipments need one, how it is noted when it comes back, and its print (D-107)."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.undo import UndoRequest
from webapp.store.acting import Acting
from webapp.store.certificates import Certificate, certificate_of, note_certificate
from webapp.store.posting import post_document
from webapp.store.undo import undo_lines

POLLY = Acting("POLLY", "poster", TODAY)


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def company(**demanded: bool) -> None:
    """A company in Austria with customers in Germany, in the EU, and in Norway, outside of it."""
    made = pack(customers={"C-EU": {"country_code": "DE"}, "C-GOOD": {"country_code": "NO"}})
    made["company"] = [{**made["company"][0], "country_code": "AT"}]
    made["countries"] = [{"code": code, "description": code, "eu": code != "NO"} for code in ("AT", "DE", "NO")]
    if demanded.get("group", True):
        for row in made["vat_posting_setup"]:
            row["certificate_of_supply"] = True
    await enter_company(made)


async def shipped(customer: str, no: str) -> str:
    result = await post_document(POLLY, await enter_order(customer, ["10000 item PUMP qty 4"], no=no), REQUESTS["ship"])
    assert result.ok, result.findings
    return result.posted[0].no


@pytest.mark.parametrize(
    ("customer", "option", "group", "needed"),
    [
        ("C-EU", "ship", True, True),
        ("C-EU", "ship_and_invoice", True, True),
        ("C-EU", "ship_and_consume", True, False),  # what is consumed is no supply
        ("C-EU", "ship", False, False),  # no VAT group demands it
        ("C-GOOD", "ship", True, False),  # not in the EU
    ],
)
async def test_which_shipments_need_one(database: str, customer: str, option: str, group: bool, needed: bool) -> None:
    await company(group=group)
    key = await enter_order(customer, ["10000 item PUMP qty 4"])
    if option == "ship_and_consume":
        async with transaction() as session:
            await session.execute("UPDATE service_line SET qty_to_consume = qty_to_ship, qty_to_invoice = 0,"
                                  " qty_to_consume_base = qty_to_ship_base, qty_to_invoice_base = 0")  # fmt: skip
    result = await post_document(POLLY, key, REQUESTS[option])
    assert result.ok, result.findings
    assert await certificate_of("S-1") == (Certificate("required", None) if needed else None)
    assert await faults() == []


@pytest.mark.parametrize(("line", "needed"), [("10000 resource LINA qty 2", False), ("10000 item PUMP qty 4", True)])
async def test_work_is_no_goods(database: str, line: str, needed: bool) -> None:
    await company()
    result = await post_document(POLLY, await enter_order("C-EU", [line]), REQUESTS["ship"])
    assert result.ok, result.findings
    assert (await database_rows("SELECT shipment_no FROM supply_certificate") != []) == needed
    assert (await certificate_of("S-1") is not None) == needed


async def test_what_was_undone_is_not_confirmed(browser: Browser) -> None:
    """Goods that were undone need none any more, though work was left; the paper names what is left of the goods."""
    await company()
    lines = ["10000 item PUMP qty 4", "20000 resource LINA qty 1", "30000 item PUMP qty 3"]
    result = await post_document(POLLY, await enter_order("C-EU", lines), REQUESTS["ship"])
    no = result.posted[0].no
    path = f"/posted-service-shipments/{no}"
    required = "/posted-service-shipments?view=certificate-required"
    await browser.sign_in("POLLY")
    for line_no, left, gone in ((10000, 3, False), (30000, 0, True)):
        undone = await undo_lines(POLLY, no, UndoRequest("undo_shipment", frozenset({line_no})), None)
        assert undone.ok, undone.findings
        assert (no not in text_of((await browser.get(required)).text)) == gone
        assert (f'href="{path}/certificate"' not in (await browser.get(path)).text) == gone
        paper = await browser.get(f"{path}/certificate/print")
        assert paper.status_code == (404 if gone else 200)
        if left:
            goods = paper.text.partition("<tbody>")[2].partition("</tbody>")[0]
            assert text_of(goods).startswith("PUMP") and f" {left} " in text_of(goods) and "LINA" not in goods
    assert (await browser.post(f"{path}/certificate", {"status": "received"})).status_code == 404
    assert await faults() == []


async def test_at_home_none_is_needed(database: str) -> None:
    await company()
    async with transaction() as session:
        await session.execute("UPDATE company SET country_code = 'DE'")
    await shipped("C-EU", "SO-1")
    assert await certificate_of("S-1") is None


async def test_it_is_printed_and_noted_when_it_comes_back(browser: Browser) -> None:
    await company()
    no = await shipped("C-EU", "SO-1")
    await shipped("C-GOOD", "SO-2")
    path = f"/posted-service-shipments/{no}"
    await browser.sign_in("POLLY")
    assert f'href="{path}/certificate"' in (await browser.get(path)).text
    listed = (await browser.get("/posted-service-shipments?view=certificate-required")).text
    assert no in text_of(listed) and "S-2" not in text_of(listed)
    paper = await browser.get(f"{path}/certificate/print")
    for words in ("Certificate of supply", "PUMP", "4", "arrived in", "signature of the recipient"):
        assert words in text_of(paper.text)
    assert (await browser.post(f"{path}/certificate/printing")).status_code == 303
    day = TODAY.strftime("%d/%m/%Y")
    seen = {"seen-status": "required", "seen-receipt_date": ""}
    wrong = await browser.post(f"{path}/certificate", {"status": "received", "receipt_date": "", **seen})
    assert wrong.status_code == 422 and "has a date of receipt" in wrong.text  # certificate_date_missing
    asked = {"status": "received", "receipt_date": day, **seen}
    assert (await browser.post(f"{path}/certificate", asked)).headers["location"] == path
    assert await certificate_of(no) == Certificate("received", TODAY)
    again = await browser.post(f"{path}/certificate", {**asked, "status": "not_received", "receipt_date": ""})
    assert again.status_code == 422, "somebody has noted it meanwhile"
    log = await database_rows("SELECT event, after FROM service_document_log WHERE document_no = 'S-1'")
    assert [tuple(row.values()) for row in log] == [
        ("Certificate printed", ""),
        ("Certificate of supply", f"Received on {TODAY}"),
    ]
    assert await database_rows("SELECT printed FROM service_shipment_header WHERE printed > 0") == []
    assert (await browser.get("/posted-service-shipments/S-2/certificate")).status_code == 404
    assert no in text_of((await browser.get("/posted-service-shipments?view=certificate-received")).text)


@pytest.mark.parametrize(
    ("status", "days", "code"),
    [
        ("received", None, "certificate_date_missing"),
        ("received", -1, "certificate_date_outside"),
        ("received", 1, "certificate_date_outside"),
        ("not_received", 0, "certificate_date_without_receipt"),
        ("not_received", None, ""),
    ],
)
async def test_a_date_goes_with_what_was_received(database: str, status: str, days: int | None, code: str) -> None:
    await company()
    no = await shipped("C-EU", "SO-1")
    day = None if days is None else TODAY + timedelta(days)
    found = await note_certificate(POLLY, no, Certificate(status, day), Certificate("required", None), TODAY)
    assert [one.code for one in found] == ([code] if code else [])
    assert await certificate_of(no) == Certificate("required" if code else status, None)


async def test_who_only_reads_changes_nothing(browser: Browser) -> None:
    await company()
    no = await shipped("C-EU", "SO-1")
    await browser.sign_in("VERA")
    shown = await browser.get(f"/posted-service-shipments/{no}/certificate")
    assert shown.status_code == 200 and ">Save<" not in shown.text
    assert (
        await browser.post(f"/posted-service-shipments/{no}/certificate", {"status": "received"})
    ).status_code == 403
