"""Whatever is sent to a page, the answer is a page and nothing is changed by it (S-4)."""

from __future__ import annotations

import os
import random

import pytest

from db import engine
from tests.pages.conftest import Browser

COUNT = 5000 if os.environ.get("FINALIZE_LONG") == "1" else 120
TEXTS = (
    "",
    " ",
    "\0",
    "\U0001f600",
    "1e999",
    "NaN",
    "-" * 500,
    "9" * 60,
    "' OR 1=1 --",
    "{{ 7*7 }}",
    "<script>",
    "%00",
)
TEXTS += (
    "31-02",
    "99999999",
    "=1+1",
    "../../etc/passwd",
    "\u202e",
    "x" * 30_000,
    "true",
    "t+99999",
    "1/0",
    "a,b",
    "~",
    ",",
)
NAMES = (
    "no",
    "name",
    "credit_limit",
    "blocked",
    "combine_shipments",
    "row_version",
    "_csrf_token",
    "colour",
    "",
    "no[]",
    "a" * 300,
)
PATHS = (
    "/customers/new",
    "/customers/C-GOOD",
    "/customers/C-GOOD/deletion",
    "/set-up/ledger-setup",
    "/set-up/currency-rates/new",
)
PATHS += ("/account", "/account/work-date", "/account/password", "/set-up/nothing", "/customers/~,~", "/sign-in")
LISTS = (
    "/customers",
    "/set-up/currency-rates",
    "/search",
    "/look-up/customers",
    "/customers.csv",
    "/set-up/countries.csv",
)
PARAMETERS = ("q", "sort", "after", "blocked", "id", "next", "currency_code")


async def counted() -> list[tuple[object, ...]]:
    async with engine.reading() as session:
        return [
            *await session.fetch("SELECT no, name, credit_limit, row_version FROM customer ORDER BY no"),
            *await session.fetch("SELECT COUNT(*) FROM currency_rate"),
        ]


@pytest.fixture
async def viewer(browser: Browser, masters: None) -> Browser:
    await browser.sign_in("VERA")
    return browser


async def test_bad_forms_are_answered_and_change_nothing(browser: Browser, masters: None) -> None:
    await browser.sign_in("CLARA")
    token, before, dice = browser.token, await counted(), random.Random(20260315)
    for _ in range(COUNT):
        path = dice.choice(PATHS)
        values = {dice.choice(NAMES): dice.choice(TEXTS) for _ in range(dice.randrange(6))}
        values |= {"no": dice.choice(("", "\0", "x" * 99)), "row_version": "77", "name": dice.choice(TEXTS)}
        browser.token = token
        answer = await browser.post(path, values)
        assert answer.status_code < 500, (path, values)
    assert await counted() == before


async def test_bad_addresses_are_answered(viewer: Browser) -> None:
    dice = random.Random(20260315)
    for _ in range(COUNT):
        path = dice.choice(LISTS)
        params = {dice.choice(PARAMETERS): dice.choice(TEXTS)[:2000] for _ in range(dice.randrange(4))}
        answer = await viewer.client.get(path, params=params)
        assert answer.status_code < 500, (path, params)
        part = "".join(c for c in dice.choice(TEXTS)[:300] if c not in "\0/?#") or "~"
        answer = await viewer.client.get(f"/customers/{part}")
        assert answer.status_code in {200, 403, 404}, part


async def test_a_body_that_is_too_large_is_refused(viewer: Browser) -> None:
    answer = await viewer.post("/account", {"work_date": "x" * 3_000_000})
    assert answer.status_code == 413
    answer = await viewer.post("/account", {f"field{no}": "x" for no in range(30_000)})
    assert answer.status_code < 500
