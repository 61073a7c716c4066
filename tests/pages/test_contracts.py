"""Contracts on their pages: made, changed, signed, invoiced, with every question asked and every refusal explained."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import httpx
import pytest

from tests.pages.conftest import Browser
from tests.scenarios.world import row_hashes
from tests.store.contract_company import agreed, contract, contract_pack, enter, invoice, on, sign
from webapp.store import contract_steps

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PATH = "/service-contracts/SC-1"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter(contract_pack(contract_templates={"QPRE": {"invoice_period": "quarter", "prepaid": True,
                                                           "contract_account_group": "STD"}}))  # fmt: skip
    await browser.sign_in("POLLY")
    return browser


def form_of(answer: httpx.Response, form: str) -> dict[str, Any]:
    """The fields of a form of the page, as they stand."""
    html = answer.text.partition(f'id="{form}"')[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        ticked = 'type="checkbox"' not in tag or " checked" in tag
        if name and ticked:
            found[name[1]] = (value[1] if value else "").replace("&#34;", '"').replace("&quot;", '"')
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


async def test_a_contract_is_made_filled_and_signed(poster: Browser) -> None:
    made = await poster.post(
        "/service-contracts/new",
        {"customer_no": "C-GOOD", "description": "Care", "starting_date": "2025-02-10", "template_no": "QPRE"},
    )
    assert (made.status_code, made.headers["location"]) == (303, PATH)
    shown = await poster.get(PATH)
    assert "No line yet" in shown.text
    added = await poster.post(f"{PATH}/lines", {"new-service_item_no": "M1", "new-line_value": "1680"})
    assert added.status_code == 303
    stopped = await poster.get(f"{PATH}/steps/signing")
    assert f'href="{PATH}#f-service_period"' in stopped.text  # what stops it is told before the click
    shown = await poster.get(PATH)
    assert "Machine 1" in shown.text and "1,680.00" in shown.text and "420.00" in shown.text
    saved = await poster.post(f"{PATH}/header", form_of(shown, "header") | {"service_period": "3M"})
    assert saved.status_code == 303, saved.text
    page = await poster.get(f"{PATH}/steps/signing")
    assert "19 of 28 days of February 2025 × 140.00" in page.text and "95.00" in page.text
    assert "f-service_period" not in page.text
    refused = await poster.post(f"{PATH}/steps/signing", {"starting": "", "reason": ""})
    assert refused.status_code == 422 and "Say whether to invoice them now" in refused.text
    done = await poster.post(f"{PATH}/steps/signing", {"starting": "now", "reason": ""})
    assert done.status_code == 303
    shown = await poster.get(PATH)
    assert "CI-1 bills 10/02/2025 - 28/02/2025: 95.00" in shown.text and "Open invoice CI-1" in shown.text
    assert 'class="of-draft"' in shown.text and 'class="of-waiting"' in shown.text
    assert (await contract("SC-1")).contract.status == "signed"


async def test_the_lists_show_and_export_contracts_and_quotes(poster: Browser) -> None:
    await agreed("1200", description="Presses")
    listed = await poster.get("/service-contracts?q=presses")
    assert "SC-1" in listed.text and "1,200.00" in listed.text
    for view in ("due", "open", "not-signed", "expired"):
        assert (await poster.get(f"/service-contracts?view={view}")).status_code == 200
    assert "SC-1" in (await poster.get("/service-contracts.csv")).text
    assert "SC-1" not in (await poster.get("/service-contract-quotes")).text


async def test_a_new_annual_amount_is_spread_over_the_lines(poster: Browser) -> None:
    await agreed("40", "45", "63")
    shown = await poster.get(PATH)
    typed = form_of(shown, "header") | {"annual_amount": "139"}
    asked = await poster.post(f"{PATH}/header", typed)
    assert asked.status_code == 422 and "Evenly" in asked.text and "differ by" in asked.text
    assert "would cost nothing" not in asked.text
    low = await poster.post(f"{PATH}/header", typed | {"annual_amount": "28"})
    assert "Evenly: line 10000 would cost nothing any more." in low.text
    below = await poster.post(f"{PATH}/header", typed | {"annual_amount": "20", "_way": "even"})
    assert below.status_code == 422 and "Line 10000: The line amount would become -2.67." in below.text
    done = await poster.post(f"{PATH}/header", typed | {"_way": "even"})
    assert done.status_code == 303
    assert [line.line_amount for line in (await contract("SC-1")).lines] == [37, 42, 60]


@pytest.mark.once
async def test_amounts_that_may_differ_no_longer_are_spread_at_once(poster: Browser) -> None:
    """C-55: the ways are offered without typing the amount again; typing what the lines come to settles it."""
    await agreed("1002", "1002", allow_unbalanced_amounts=True)
    path = f"{PATH}/header"
    typed = form_of(await poster.get(PATH), "header") | {"annual_amount": "2700"}
    assert (await poster.post(path, typed)).status_code == 303
    typed = form_of(await poster.get(PATH), "header") | {"allow_unbalanced_amounts": "false"}
    asked = await poster.post(path, typed)
    assert asked.status_code == 422 and "differ by 696.00" in asked.text
    assert all(f">{way}</button>" in asked.text for way in ("Evenly", "By profit", "By line amount"))
    spread = form_of(asked, "header")
    settled = await poster.post(path, typed | {"annual_amount": "2004"})
    assert settled.status_code == 303
    assert [line.line_amount for line in (await contract("SC-1")).lines] == [1002, 1002]
    again = form_of(await poster.get(PATH), "header") | {"allow_unbalanced_amounts": "true", "annual_amount": "2700"}
    assert (await poster.post(path, again)).status_code == 303
    done = await poster.post(path, spread | {"_way": "even"})
    assert done.status_code == 303
    found = await contract("SC-1")
    assert [line.line_amount for line in found.lines] == [1350, 1350] and not found.contract.allow_unbalanced_amounts


async def test_what_is_wrong_with_a_line_leads_to_its_field(poster: Browser) -> None:
    await agreed("40", "0")
    typed = form_of(await poster.get(PATH), "header") | {"annual_amount": "139"}
    refused = await poster.post(f"{PATH}/header", typed)
    assert f'href="{PATH}/lines/20000#f-line_value">Line 20000: Line value is 0' in refused.text
    page = await poster.get(f"{PATH}/lines/10000")
    wrong = await poster.post(f"{PATH}/lines/10000", form_of(page, "edit") | {"line_value": "-5"})
    assert f'href="{PATH}/lines/10000#f-line_value"' in wrong.text
    assert 'id="f-line_value"' in wrong.text


async def test_a_line_is_changed_and_removed(poster: Browser) -> None:
    await agreed("1200", "600")
    page = await poster.get(f"{PATH}/lines/10000")
    typed = form_of(page, "edit")
    wrong = await poster.post(f"{PATH}/lines/10000", typed | {"line_value": "-5"})
    assert wrong.status_code == 422 and "must" in wrong.text.lower()
    done = await poster.post(f"{PATH}/lines/10000", typed | {"line_discount_pct": "10"})
    assert done.status_code == 303
    assert (await contract("SC-1")).contract.annual_amount == 1680
    assert (await poster.post(f"{PATH}/lines/20000/deletion", {})).status_code == 303
    assert len((await contract("SC-1")).lines) == 1
    assert (await poster.get(f"{PATH}/lines/20000")).status_code == 404


async def test_the_steps_of_a_signed_contract(poster: Browser) -> None:
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    asked = await poster.get(f"{PATH}/steps/invoice")
    assert "1 month × 100.00" in asked.text
    made = await poster.post(f"{PATH}/steps/invoice", {"earlier": ""})
    assert made.status_code == 303
    draft = await poster.post("/service-invoices/CI-1/deletion", {})
    assert "its days are billable again" in draft.text
    assert "_confirmed" in draft.text
    await invoice("SC-1", "2025-02-28")
    first = await poster.post("/service-invoices/CI-1/deletion", {})
    assert ">Back to invoice CI-1<" in first.text
    assert 'href="/service-invoices/CI-2"' in first.text and "must be deleted first" in first.text
    assert "_confirmed" not in first.text
    assert (await poster.post("/service-invoices/CI-2/deletion", {"_confirmed": "yes"})).status_code == 303
    locked = await poster.post(f"{PATH}/lines", {"new-service_item_no": "M2", "new-line_value": "600"})
    assert locked.status_code == 422 and f'href="{PATH}/steps/opening"' in locked.text
    for step in ("opening", "locking", "filing", "copy", "cancelling"):
        assert (await poster.get(f"{PATH}/steps/{step}")).status_code == 200
    assert (await poster.post(f"{PATH}/steps/opening", {})).status_code == 303
    assert (await poster.post(f"{PATH}/steps/locking", {"start": "", "new_lines": ""})).status_code == 303
    assert (await poster.post(f"{PATH}/steps/filing", {})).status_code == 303
    pending = await poster.post(f"{PATH}/steps/cancelling", {"cancel_reason_code": ""})
    assert pending.status_code == 422 and "unposted invoice CI-1" in pending.text
    told = await poster.get(f"{PATH}/steps/cancelling")
    assert "gives these days away" in told.text
    history = await poster.get(f"{PATH}/history")
    assert "Filed copies" in history.text and "/service-contracts/filed/1" in history.text
    assert "Filed copy 1" in (await poster.get("/service-contracts/filed/1")).text
    assert (await poster.post(f"{PATH}/comments", {"text": "Called them."})).status_code == 303
    assert "Called them." in (await poster.get(f"{PATH}/history")).text
    sure = {"cancel_reason_code": "", "_confirmed": "contract_pending_documents"}
    nobody = await poster.post(f"{PATH}/steps/cancelling", sure | {"cancel_reason_code": "NOPE"})
    assert nobody.status_code == 422 and "NOPE does not exist in Reason code" in nobody.text
    assert "Waiting" in (await poster.get(PATH)).text
    assert (await poster.post(f"{PATH}/steps/cancelling", sure)).status_code == 303
    assert (await contract("SC-1")).contract.status == "cancelled"
    ended = (await poster.get(PATH)).text
    assert "Never: the contract is cancelled" in ended and "Waiting" not in ended
    copied = await poster.post(f"{PATH}/steps/copy", {})
    assert copied.headers["location"] == "/service-contracts/SC-2"
    assert (await poster.post("/service-contracts/SC-2/steps/deletion", {})).status_code == 303


async def test_a_quote_becomes_a_contract_with_its_number(poster: Browser) -> None:
    made = await poster.post(
        "/service-contract-quotes/new",
        {"customer_no": "C-GOOD", "starting_date": "2025-01-01", "invoice_period": "month",
         "contract_account_group": "STD"},
    )  # fmt: skip
    quote = made.headers["location"]
    assert quote == "/service-contract-quotes/SC-1"
    await poster.post(f"{quote}/lines", {"new-service_item_no": "M1", "new-line_value": "1200"})
    await poster.post(f"{quote}/header", form_of(await poster.get(quote), "header") | {"service_period": "3M"})
    assert (await poster.get(f"{quote}/steps/invoice")).status_code == 404
    signed = await poster.post(f"{quote}/steps/signing", {"starting": "", "reason": ""})
    assert signed.headers["location"] == PATH
    assert (await poster.get(quote)).status_code == 404
    assert len((await contract("SC-1")).lines) == 1
    assert "/service-contracts/filed/1" in (await poster.get(f"{PATH}/history")).text


async def test_what_a_role_may_not_do_is_neither_offered_nor_possible(poster: Browser) -> None:
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    await poster.sign_in("CLARA")
    shown = await poster.get(PATH)
    assert "Create service invoice" not in shown.text and "Open for changes" in shown.text
    before = await row_hashes()
    for step in ("invoice", "signing", "cancelling"):
        assert (await poster.post(f"{PATH}/steps/{step}", {})).status_code == 403
    await poster.sign_in("VERA")
    assert (await poster.get(PATH)).status_code == 200
    assert (await poster.post(f"{PATH}/header", {})).status_code == 403
    assert (await poster.get(f"{PATH}/steps/opening")).status_code == 403
    after = await row_hashes()
    kept = ("service_contract", "service_contract_line", "service_header", "service_ledger_entry", "filed_contract")
    assert [table for table in kept if after[table] != before[table]] == []


async def test_a_contract_that_is_not_there(poster: Browser) -> None:
    assert (await poster.get("/service-contracts/NO")).status_code == 404
    assert (await poster.get("/service-contracts/filed/9")).status_code == 404
    assert (await poster.post("/service-contracts/NO/header", {})).status_code == 404
    assert (await poster.get(f"{PATH}/steps/flying")).status_code == 404


async def test_a_new_line_asks_when_its_days_are_invoiced(poster: Browser) -> None:
    no = await agreed("1200", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    await invoice(no, "2025-01-01")
    await contract_steps.open_contract(on("2025-02-10"), "contract", no)
    await poster.post("/account/work-date", {"work_date": "2025-02-10"})
    assert (
        await poster.post(f"{PATH}/lines", {"new-service_item_no": "M2", "new-line_value": "600"})
    ).status_code == 303
    page = await poster.get(f"{PATH}/steps/locking")
    assert "19 of 28 days of February 2025" in page.text
    refused = await poster.post(f"{PATH}/steps/locking", {"start": "", "new_lines": ""})
    assert refused.status_code == 422
    done = await poster.post(f"{PATH}/steps/locking", {"start": "", "new_lines": "now"})
    assert done.status_code == 303
    assert (await contract(no)).lines[1].invoiced_to_date == date(2025, 3, 31)
