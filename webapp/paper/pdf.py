"""PDF of documents, where what lays them out is installed (`finalize[pdf]`).

Laying out takes some hundredths of a second a page: call it from a thread or another process.
"""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

__all__ = ["LaidOut", "available", "laid_out", "pdf_of"]

STYLE: Final = Path(__file__).parent.parent / "static" / "paper.css"
MARK: Final = "at:"
_one_at_a_time: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A page as a PDF: its content, how many sheets it fills, and on which of them each of its marks stands."""

    content: bytes
    pages: int
    marks: dict[str, int]


@cache
def available() -> bool:
    """Whether PDF can be made here: the extra is installed, for this kind of machine."""
    try:
        import_module("pikepdf")
        _engine()
    except (ImportError, OSError):
        return False
    return True


@cache
def _engine() -> tuple[Any, Any]:
    """The engine, and what it asks for the files that a page names: it gets nothing, whatever they are. Pictures that
    lie in the page itself are not asked for."""
    engine = import_module("plutoprint")

    def nothing(_self: object, _url: str) -> Any:
        return engine.ResourceData(b"", "text/plain", "utf-8")

    return engine, type("Nothing", (engine.ResourceFetcher,), {"fetch_url": nothing})()


@lru_cache(maxsize=8)
def _for_sheets(style: str) -> str:
    """The style of paper without what is for the screen alone, and with the one family that every system has: looking
    for each of a list takes six times as long as all else."""
    style = re.sub(r"@media (screen|\(scripting)[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", style)
    return re.sub(r"system-ui,[^;]*?sans-serif", "sans-serif", style)


def pdf_of(html: str, margins: str, language: str = "en") -> bytes:
    """The PDF of a page, with the style of its margins. The page carries all that it shows."""
    return laid_out(html, margins, language).content


def laid_out(html: str, margins: str, language: str, style: str = "") -> LaidOut:
    """The same with what is known of its pages; in the style of today unless it has kept its own."""
    with _one_at_a_time:
        engine, nothing = _engine()
        book = engine.Book(engine.PAGE_SIZE_A4, engine.PAGE_MARGINS_NONE, engine.MEDIA_TYPE_PRINT)
        book.custom_resource_fetcher = nothing
        book.load_html(html.replace("\0", ""), user_style=_for_sheets(style or STYLE.read_text()) + margins)
        made = io.BytesIO()
        book.write_to_pdf_stream(made)
    return _finished(made, language)


def _finished(made: io.BytesIO, language: str) -> LaidOut:
    """Marks are links in what was made: they are read, and taken out."""
    pikepdf = import_module("pikepdf")
    marks: dict[str, int] = {}
    with pikepdf.Pdf.open(made) as pdf:
        for at, page in enumerate(pdf.pages):
            for link in page.obj.get("/Annots", ()):
                marks.setdefault(str(link.A.URI).removeprefix(MARK), at)
            if "/Annots" in page.obj:
                del page.obj["/Annots"]
        pdf.Root.Lang = language
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
        return LaidOut(out.getvalue(), len(pdf.pages), marks)
