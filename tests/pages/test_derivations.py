"""Why this amount, from the browser: one click from each amount of a posted invoice."""

from __future__ import annotations

import html
import re

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store.acting import Acting
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
OWN = "/posted-service-invoices/I-1"


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 3 price 33.33 disc 10", "20000 resource LINA qty 2"])
    assert (await post_document(POLLY, key, REQUESTS["ship_and_invoice"])).ok
    await browser.sign_in("VERA")
    return browser


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.once
async def test_every_amount_leads_to_how_it_came_about(viewer: Browser) -> None:
    shown = (await viewer.get(OWN)).text
    for step in ("gross", "line_discount", "amount", "amount_including_vat"):
        assert f'href="{OWN}/why/10000#{step}"' in shown, step
    assert f'href="{OWN}/why#amount"' in shown
    assert re.search(rf'href="{OWN}/why#vat_[^"]+"', shown)
    line = await viewer.get(f"{OWN}/why/10000")
    for step in ("gross", "line_discount", "amount", "amount_including_vat"):
        assert f'id="{step}"' in line.text, step
    said = words(line.text)
    assert "Quantity × unit price 3 × 33.33" in said
    assert "\N{MINUS SIGN} Line discount 10 % of 99.99 10.00" in said
    assert "As posted" not in said.replace("“As posted”", "")
    assert "Amounts are rounded to 0.01 LCY, VAT to the nearest. So it was set up when the document was posted" in said
    assert "General ledger" in said and "Service ledger" in said
    totals = words((await viewer.get(f"{OWN}/why")).text)
    assert "Total excl. VAT the amounts of 2 lines" in totals
    assert "Customer ledger" in totals


@pytest.mark.once
async def test_what_has_no_amounts_has_no_derivation(viewer: Browser) -> None:
    for path in (f"{OWN}/why/15000", f"{OWN}/why/{10**20}", "/posted-service-invoices/NONE/why"):
        assert (await viewer.get(path)).status_code == 404, path
    for rest in ("/why", "/why/10000"):
        assert (await viewer.get(f"/posted-service-shipments/S-1{rest}")).status_code == 404
