"""F-10: a quantity is changed in an order of 200 lines, until row, totals and panel are drawn again in the browser."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from db import engine
from tests.bench.orders import enter
from tests.browser import program
from tests.pages.conftest import PASSWORD
from tests.serving import Server
from webapp.store import users

CHANGES = 30
WARM = 5
# From the change of the field until the frame is painted in which the panel is up to date; the row comes before it.
CHANGE = """
async ([line, value]) => {
  const field = document.getElementById(`f-line-${line}-qty_to_ship`);
  const panel = document.getElementById("will-be-posted");
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  let row = 0;
  const redrawn = (event) => { if (event.detail.ctx.sourceElement?.closest(`#line-${line}`)) row = performance.now(); };
  document.addEventListener("htmx:after:swap", redrawn);
  const current = new Promise((done) => {
    new MutationObserver((_, self) => {
      if (!panel.hasAttribute("aria-busy")) { self.disconnect(); done(); }
    }).observe(panel, { attributes: true, attributeFilter: ["aria-busy"] });
  });
  field.focus();
  field.value = value;
  const started = performance.now();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await current;
  await painted();
  document.removeEventListener("htmx:after:swap", redrawn);
  return [row - started, performance.now() - started];
}
"""


async def f_10(url: str, lines: int = 200) -> dict[str, dict[str, float]]:
    """On a migrated database with the bench's company; nothing, and a loud line, without Chromium."""
    chromium = program()
    if chromium is None:
        print("F-10 IS LEFT OUT: Chromium is not installed", file=sys.stderr)
        return {}
    async with engine.connected(url):
        order = (await enter("SCREEN", lines)).no
        await users.add_user("SCREEN", "Clerk at a screen", "poster", users.hash_password(PASSWORD))
    with tempfile.TemporaryDirectory() as data:
        server = Server(url, Path(data))
        async with server.running(), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium)
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await _sign_in(page, server.address)
            await page.goto(f"{server.address}/service-orders/{order}")
            await page.locator("#will-be-posted:not([aria-busy])").wait_for()
            times = [await page.evaluate(CHANGE, [10000 * (1 + at % 7), str(1 + at // 7 % 2)]) for at in range(CHANGES)]
            told = await page.locator("#will-be-posted .panel-state").inner_text()
            assert "Ready to post" in told, told
            await browser.close()
    rows, alls = zip(*times[WARM:], strict=True)
    return {
        f"F-10 a change among {lines} lines": {
            "row ms": statistics.median(rows),
            "row, totals and panel ms": statistics.median(alls),
            "p95 ms": statistics.quantiles(alls, n=20)[18],
        }
    }


async def _sign_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("User name").fill("SCREEN")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{address}/")
