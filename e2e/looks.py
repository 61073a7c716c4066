"""How pages look to everybody: axe, and nothing wider than the screen (A-4)."""

import json
import re
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.conftest import LONG

AXE = (Path(__file__).parent / "axe-4.14.1.min.js").read_text()
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RULES_OF_LOOKS = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")
LIKE_THE_ROWS_ABOVE = "tbody tr:nth-of-type(n+13)"
WIDE, NARROW = 1440, 390  # the narrow one is also what 200 % zoom leaves of a small window


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands; through the debugger, which no content security policy binds.

    Scroll boxes go back to their start first, and the panel at the lower edge to its own place: a row that lies half
    under the fixed head of its table, or under the panel, would count as too small to hit. Of a long table the first
    rows speak for the rest.
    Every page is looked at in light; in dark, which has the same elements, only by the rules of colours and sizes.
    Also a fault: a day in the words of the core instead of those of the user.
    """
    page.locator(".table-frame").evaluate_all("(boxes) => boxes.forEach((box) => box.scrollTo(0, 0))")
    at_the_edge = page.locator(".will-be-posted")
    at_the_edge.evaluate_all("(panels) => panels.forEach((one) => one.style.setProperty('position', 'static'))")
    debugger = page.context.new_cdp_session(page)
    if not page.evaluate("typeof axe === 'object'"):
        debugger.send("Runtime.evaluate", {"expression": AXE})
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    only = {"type": "rule", "values": RULES_OF_LOOKS} if dark else {"type": "tag", "values": RULES}
    options = json.dumps({"runOnly": only, "resultTypes": ["violations"]})
    context = json.dumps({"include": [["html"]], "exclude": [[LIKE_THE_ROWS_ABOVE]]})
    run = f"axe.run({context}, {options}).then((found) => JSON.stringify(found.violations))"
    answer = debugger.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    debugger.detach()
    at_the_edge.evaluate_all("(panels) => panels.forEach((one) => one.removeAttribute('style'))")
    found = json.loads(answer["result"]["value"])
    days = re.findall(r"\b20\d\d-\d\d-\d\d\b.{0,60}", page.locator("body").inner_text())
    faults = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    return faults + [f"a day that is not written as the user writes days: {text}" for text in days]


def overflows(page: Page, width: int) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth")) > width


class Looks:
    """Looks at pages narrow and dark, then wide and light, and keeps what is wrong with them.

    The colours of the dark are those of all pages: in the short form axe looks at them where `dark` says so, and
    elsewhere only at the light; that nothing is wider than a narrow screen is asked of every page.
    """

    def __init__(self, page: Page, dark: bool = LONG) -> None:
        self.page, self.dark = page, dark
        self.found: dict[str, list[str]] = {}

    def visit(self, *paths: str) -> None:
        for path in paths:
            self.page.goto(path)
            self.at(path)

    def at(self, name: str) -> None:
        """The page as it stands."""
        self._at(f"{name}, narrow", "dark" if self.dark else "light", NARROW, axe=self.dark)
        self._at(name, "light", WIDE)

    def _at(self, name: str, scheme: Literal["light", "dark"], width: int, axe: bool = True) -> None:
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour on its way to another
        self.page.set_viewport_size({"width": width, "height": 844})
        faults = violations(self.page) if axe else []
        if overflows(self.page, width):
            faults.append("wider than the screen")
        if faults:
            self.found[name] = faults
