"""Makes the PDF of documents beside the event loop: a few in a thread, many in processes of their own.

A process lays out one document after the other and holds the interpreter meanwhile; only more processes make it faster.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from webapp.paper.cover import Cover
from webapp.paper.document import Paper
from webapp.paper.joining import joined
from webapp.paper.pdf import LaidOut, laid_out
from webapp.paper.plain import plain
from webapp.paper.sheets import Sheet, cover_html, file_html, margins, sheet_of, statement_html
from webapp.paper.statement import StatementPaper

__all__ = ["Rendered", "Renderer", "apart", "laid_out_well", "rendered", "rendered_here", "statement_pdf"]

FEW: Final = 4
AT_ONCE: Final = 6
MOST_PROCESSES: Final = 4


@dataclass(frozen=True, slots=True)
class Rendered:
    """The PDF of a document, and the sheet that it was made from."""

    sheet: Sheet
    content: bytes
    pages: int


def rendered_here(one: Paper | Sheet) -> Rendered:
    drawn = one if isinstance(one, Sheet) else sheet_of(one)
    made = laid_out_well(drawn)
    return Rendered(drawn, made.content, made.pages)


def statement_pdf(paper: StatementPaper) -> bytes:
    """The PDF of a statement of account."""
    return laid_out(statement_html(paper), margins(paper), paper.language).content


def laid_out_well(one: Sheet) -> LaidOut:
    """Laid out again until nothing stands alone, each time with one more sheet begun where it would."""
    breaks: set[int] = set()
    while True:
        made = laid_out(file_html(one, breaks), margins(one), one.language, one.style)
        lonely = apart(one, made.marks)
        if lonely is None or lonely in breaks:
            return made
        breaks.add(lonely)


def apart(one: Sheet, marks: Mapping[str, int]) -> int | None:
    """The first line that must begin a new sheet, so that a service item stands above its first line and the totals
    below the last one (D-117). The engine keeps a row together, and a block; not one with the next."""
    named = one.marks
    lines, below_machine = [mark for mark in named if mark.isdecimal()], set(named)
    for mark in lines:
        here = marks.get(mark)
        above = marks.get(f"over {mark}", here) if f"over {mark}" in below_machine else here
        below = marks.get("end", here) if mark == lines[-1] else here
        if not above == here == below:
            return int(mark)
    return None


async def rendered(papers: Sequence[Paper | Sheet]) -> list[Rendered]:
    """The PDF of a few documents, in a thread."""
    return [await asyncio.to_thread(rendered_here, paper) for paper in papers]


class Renderer:
    """Processes that make PDF, for as long as a run lasts: they start with the first documents and end with `close`."""

    def __init__(self) -> None:
        self._processes: ProcessPoolExecutor | None = None

    async def rendered(self, papers: Sequence[Paper | Sheet]) -> list[Rendered]:
        """The PDF of each document, in their order. A few are made here: processes take a second to start."""
        if self._processes is None and len(papers) <= FEW:
            return await rendered(papers)
        pool = self._pool()
        loop = asyncio.get_running_loop()
        easy = [one if isinstance(one, Sheet) else plain(one) for one in papers]
        parts = [easy[at : at + AT_ONCE] for at in range(0, len(easy), AT_ONCE)]
        made = await asyncio.gather(*(loop.run_in_executor(pool, _some, part) for part in parts))
        return [one for part in made for one in part]

    async def joined(self, cover: Cover, files: Sequence[Path], into: Path) -> int:
        """Writes the files into one, behind the cover sheet; how many pages it has. Many are joined in a new process:
        those that made them have grown."""
        if self._processes is None and len(files) <= FEW:
            return await asyncio.to_thread(_joined, cover, files, into)
        self.close()
        return await asyncio.get_running_loop().run_in_executor(self._pool(), _joined, cover, files, into)

    def _pool(self) -> ProcessPoolExecutor:
        if self._processes is None:
            count = max(1, min(MOST_PROCESSES, os.cpu_count() or 1))
            self._processes = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin)
        return self._processes

    def close(self) -> None:
        """Ends the processes. A document that one of them has in hand is made to its end first."""
        if self._processes is not None:
            self._processes.shutdown(wait=False, cancel_futures=True)
            self._processes = None


def _begin() -> None:
    """In a new process: behind whoever answers pages, and the collector looks only between documents."""
    with suppress(OSError):
        os.nice(5)
    gc.freeze()
    gc.disable()


def _joined(cover: Cover, files: Sequence[Path], into: Path) -> int:
    first = laid_out(cover_html(cover), "", "en")
    sheet = into.with_name(f"{into.name}-cover")
    sheet.write_bytes(first.content)
    pages = joined([sheet, *files], into)
    assert pages == first.pages + cover.pages, "every page of every document is in it"
    return pages


def _some(papers: Sequence[Paper | Sheet]) -> list[Rendered]:
    made = [rendered_here(paper) for paper in papers]
    gc.collect()
    return made
