"""PDF of documents, where WeasyPrint and what it loads are installed (`finalize[pdf]`).

Laying out takes a tenth of a second a page and holds the interpreter: call it from a thread or another process.
"""

from __future__ import annotations

import logging
import re
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

__all__ = ["available", "pdf_of"]

STYLE: Final = Path(__file__).parent.parent / "static" / "paper.css"
_one_at_a_time: Final = threading.Lock()


@cache
def available() -> bool:
    """Whether PDF can be made here: the extra is installed, and Pango is."""
    if find_spec("weasyprint") is None:
        return False
    try:
        _tools()
    except OSError:  # no Pango
        return False
    return True


@cache
def _tools() -> tuple[Any, Any, Any, Any, Any]:
    """What WeasyPrint needs each time: read once in a process."""
    for name in ("weasyprint", "weasyprint.progress"):  # they tell each step of each page, and of reading the program
        logging.getLogger(name).setLevel(logging.ERROR)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    return (
        HTML,
        CSS,
        CSS(string=_for_paper(STYLE.read_text()), font_config=fonts),
        fonts,
        URLFetcher(allowed_protocols=("data",)),
    )


def _for_paper(style: str) -> str:
    """The style of paper without what is for the screen alone."""
    return re.sub(r"@media (screen|\(scripting)[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", style)


def pdf_of(html: str, margins: str) -> bytes:
    """The PDF of a page, with the style of its margins. The page carries all that it shows: every address is refused
    but those of pictures that lie in it."""
    with _one_at_a_time:
        page, sheet, style, fonts, fetch = _tools()
        own = sheet(string=margins, font_config=fonts)
        document = page(string=html, url_fetcher=fetch)
        made = document.write_pdf(stylesheets=[style, own], font_config=fonts)
    assert isinstance(made, bytes)
    return made
