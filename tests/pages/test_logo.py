"""The company's logo: a picture is kept and printed, anything else is refused and changes nothing (D-117)."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest

from tests.builders import TODAY
from tests.pages.conftest import Browser
from tests.posting.worlds import database_rows
from webapp.paper.pictures import MOST_BYTES, is_picture_address, kind_of
from webapp.store.acting import system
from webapp.store.masters import MASTERS, save_master

pytestmark = pytest.mark.once
PATH = "/set-up/company/logo"


def chunk(name: bytes, content: bytes = b"") -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
PNG = HEAD + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND")
JPEG = b"\xff\xd8\xff\xe0\0\x04JF" + b"\xff\xc0\0\x06\x08\0\1\0" + b"\xff\xda\0\x02picture\xff\xd9"
LARGE = HEAD + chunk(b"IDAT", b"\0" * MOST_BYTES) + chunk(b"IEND")
NO_PICTURES = [b"", b"%PDF-1.7", b"<svg/>", b"\x89PNG\r\n\x1a\n", PNG[:-4], PNG.replace(b"IDAT", b"IDAX"), HEAD,
               JPEG[:-2], b"\xff\xd8\xff\xe0\0\x04JF\xff\xda\0\x02\xff\xd9", b"GIF89a" + PNG]  # fmt: skip


async def sent(browser: Browser, content: bytes, **values: str) -> Any:
    data = {"_csrf_token": browser.token, **values}
    return await browser.client.post(PATH, data=data, files={"file": ("logo.png", content, "image/png")})


async def stored() -> str:
    return "".join(str(row["logo"]) for row in await database_rows("SELECT logo FROM company"))


def test_pictures_are_known_by_what_is_in_them() -> None:
    assert [kind_of(one) for one in (PNG, JPEG)] == ["image/png", "image/jpeg"]
    assert [kind_of(one) for one in NO_PICTURES] == [""] * len(NO_PICTURES)
    held = base64.b64encode(PNG).decode()
    assert is_picture_address(f"data:image/png;base64,{held}")
    for wrong in (f"data:image/jpeg;base64,{held}", "data:image/png;base64,", "data:image/png;base64,!", "https://x/y"):
        assert not is_picture_address(wrong)


async def test_a_logo_is_chosen_shown_and_removed(browser: Browser) -> None:
    await browser.sign_in("ADA")
    assert 'href="/set-up/company/logo"' in (await browser.get("/set-up/company")).text
    assert "There is no logo." in (await browser.get(PATH)).text
    assert (await sent(browser, PNG)).status_code == 303
    assert await stored() == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert "data:image/png;base64," in (await browser.get(PATH)).text
    for wrong, said in (*((one, "is no PNG or JPEG picture") for one in NO_PICTURES), (LARGE, "300 KB are possible")):
        refused = await sent(browser, wrong)
        assert refused.status_code == 422 and said in refused.text  # logo_no_picture, logo_too_large
    assert "data:image/png" in await stored()
    company = await browser.get("/set-up/company")
    assert 'name="logo"' not in company.text
    assert (await browser.post("/set-up/company", {"name": "Fell"})).status_code == 303
    assert "data:image/png" in await stored(), "saving the company keeps its logo"
    assert (await browser.post(PATH, {"remove": "1"})).status_code == 303
    assert await stored() == ""


async def test_who_may_not_change_the_company_only_looks(browser: Browser, database: str) -> None:
    await browser.sign_in("ANNA")
    assert 'type="file"' not in (await browser.get(PATH)).text
    assert (await sent(browser, PNG)).status_code == 403
    _, found = await save_master(system(TODAY), MASTERS["company"], (), {"name": "X", "logo": "data:text/html,x"}, None)
    assert [one.code for one in found] == ["logo_no_picture"]
