"""PDF files put together, counted, and marked as copies."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any, Final

__all__ = ["copied", "joined", "pages_of"]

# The mark stands at the very top, in the middle: nothing else is printed there on any page.
TOP_MM: Final = 9
TOGETHER: Final = 50
POINTS_OF_MM: Final = Decimal(72) / Decimal("25.4")


def _opened(content: bytes) -> Any:
    return import_module("pikepdf").Pdf.open(io.BytesIO(content))


def pages_of(content: bytes) -> int:
    """How many pages a file has."""
    with _opened(content) as pdf:
        return len(pdf.pages)


def joined(files: Sequence[bytes]) -> bytes:
    """All files in one, in their order; each keeps its own page numbers, for they are printed on its pages. Many are
    joined part by part: what is open at the same time stays small."""
    while len(files) > TOGETHER:
        files = [_joined(files[at : at + TOGETHER]) for at in range(0, len(files), TOGETHER)]
    return _joined(files)


def _joined(files: Sequence[bytes]) -> bytes:
    pikepdf = import_module("pikepdf")
    with pikepdf.Pdf.new() as whole:
        opened = []
        for content in files:
            part = _opened(content)
            opened.append(part)
            whole.pages.extend(part.pages)
        out = io.BytesIO()
        whole.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
        for part in opened:
            part.close()
    return out.getvalue()


def copied(content: bytes, word: str) -> bytes:
    """The file with a word such as COPY on top of every page; nothing else of it changes (D-120)."""
    pikepdf = import_module("pikepdf")
    with _opened(content) as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name("/Helvetica-Bold"),
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
        for page in pdf.pages:
            _mark(pdf, page, font, word)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def _mark(pdf: Any, page: Any, font: Any, word: str) -> None:
    pikepdf = import_module("pikepdf")
    left, _, right, top = (Decimal(str(one)) for one in page.mediabox)
    wide, high = Decimal(9 * len(word) + 10), Decimal(15)
    x, y = (left + right - wide) / 2, top - TOP_MM * POINTS_OF_MM - high
    text = word.encode("cp1252", "replace").hex()
    drawn = (
        f"q 0 G 0 g 1 w {x:.2f} {y:.2f} {wide} {high} re S"
        f" BT /CopyMark 10 Tf 1.4 Tc {x + 6:.2f} {y + 4:.2f} Td <{text}> Tj ET Q"
    )
    name = page.add_resource(font, pikepdf.Name.Font, pikepdf.Name.CopyMark)
    assert str(name) == "/CopyMark"
    # What the page itself draws is shut in first, so that its coordinates do not move the mark.
    page.contents_add(b"q", prepend=True)
    page.contents_add(f"Q {drawn}".encode())
