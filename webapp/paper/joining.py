"""PDF files put together, counted, and marked as copies."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final

__all__ = ["copied", "joined"]

# The mark stands at the very top, in the middle: nothing else is printed there on any page.
TOP_MM: Final = 9
TOGETHER: Final = 50
POINTS_OF_MM: Final = Decimal(72) / Decimal("25.4")


def _opened(content: bytes) -> Any:
    return import_module("pikepdf").Pdf.open(io.BytesIO(content))


def joined(files: Sequence[Path], into: Path) -> int:
    """Writes all files into one, in their order, and says how many pages it has; each keeps its own page numbers, for
    they are printed on its pages. They lie on the disk, and many are joined part by part: little of them is in memory
    at the same time."""
    step = 0
    while len(files) > TOGETHER:
        parts = []
        for at in range(0, len(files), TOGETHER):
            parts.append(into.with_name(f"{into.name}-{step}-{at}"))
            _joined(files[at : at + TOGETHER], parts[-1])
        files, step = parts, step + 1
    return _joined(files, into)


def _joined(files: Sequence[Path], into: Path) -> int:
    pikepdf = import_module("pikepdf")
    with ExitStack() as opened, pikepdf.Pdf.new() as whole:
        for path in files:
            whole.pages.extend(opened.enter_context(pikepdf.Pdf.open(path)).pages)
        whole.save(into, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
        return len(whole.pages)


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
