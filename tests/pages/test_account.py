"""The account page: a password is changed by the one who knows the old one."""

from tests.pages.conftest import PASSWORD, Browser
from webapp.posting.findings import CATALOGUE


async def test_the_old_password_must_be_right(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    refused = await browser.post("/account/password", {"old_password": "wrong", "new_password": "another long one"})
    assert refused.status_code == 422
    assert CATALOGUE["password_wrong"].message in refused.text
    changed = await browser.post("/account/password", {"old_password": PASSWORD, "new_password": "another long one"})
    assert changed.status_code == 303
    assert (await browser.sign_in("CLARA", "another long one")).status_code == 303
