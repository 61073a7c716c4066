"""The preview page: numbers that would be taken, entries by ledger, the reasons when nothing can be posted."""

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order


async def test_the_preview_names_numbers_and_entries(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3"])
    await browser.sign_in("CLARA")
    page = await browser.get("/service-orders/SO-1/preview")
    assert page.status_code == 200
    for words in ("Preview of order SO-1", "General ledger", "Service ledger", "closes", "Nothing has been written"):
        assert words in page.text, words
    nothing = await browser.get("/service-orders/SO-1/preview?option=invoice")
    assert "There is nothing to post." in nothing.text
    one_line = await browser.get("/service-orders/SO-1/preview?option=ship&chosen=1&line=20000")
    assert "Preview of 1 line of order SO-1" in one_line.text and "Item ledger" not in one_line.text
    assert (await browser.get("/service-orders/SO-9/preview")).status_code == 404
