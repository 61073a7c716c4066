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
from pathlib import Path
from typing import Final

from webapp.paper.cover import Cover
from webapp.paper.document import Paper, plain
from webapp.paper.joining import joined
from webapp.paper.pdf import LaidOut, laid_out
from webapp.paper.sheets import cover_html, file_html, margins, statement_html
from webapp.paper.statement import StatementPaper

__all__ = ["Rendered", "Renderer", "apart", "laid_out_well", "rendered", "rendered_here", "statement_pdf"]

FEW: Final = 4
AT_ONCE: Final = 6
MOST_PROCESSES: Final = 4

Rendered = tuple[bytes, int]


def rendered_here(paper: Paper) -> Rendered:
    """The PDF of a document, and how many pages it has."""
    made = laid_out_well(paper)
    return made.content, made.pages


def statement_pdf(paper: StatementPaper) -> bytes:
    """The PDF of a statement of account."""
    return laid_out(statement_html(paper), margins(paper), paper.language).content


def laid_out_well(paper: Paper) -> LaidOut:
    """Laid out again until nothing stands alone, each time with one more sheet begun where it would."""
    breaks: set[int] = set()
    while True:
        made = laid_out(file_html(paper, breaks), margins(paper), paper.language)
        lonely = apart(paper, made.marks)
        if lonely is None or lonely in breaks:
            return made
        breaks.add(lonely)


def apart(paper: Paper, marks: Mapping[str, int]) -> int | None:
    """The first line that must begin a new sheet, so that a service item stands above its first line and the totals
    below the last one (D-117). The engine keeps a row together, and a block; not one with the next."""
    last = len(paper.lines) - 1
    for at, (machine, line) in enumerate(paper.groups):
        here = marks.get(str(line["line_no"]))
        above = marks.get(f"over {line['line_no']}", here) if machine else here
        below = marks.get("end", here) if at == last else here
        if not above == here == below:
            return int(line["line_no"])
    return None


async def rendered(papers: Sequence[Paper]) -> list[Rendered]:
    """The PDF of a few documents, in a thread."""
    return [await asyncio.to_thread(rendered_here, paper) for paper in papers]


class Renderer:
    """Processes that make PDF, for as long as a run lasts: they start with the first documents and end with `close`."""

    def __init__(self) -> None:
        self._processes: ProcessPoolExecutor | None = None

    async def rendered(self, papers: Sequence[Paper]) -> list[Rendered]:
        """The PDF of each document, in their order. A few are made here: processes take a second to start."""
        if self._processes is None and len(papers) <= FEW:
            return await rendered(papers)
        pool = self._pool()
        loop = asyncio.get_running_loop()
        parts = [[plain(paper) for paper in papers[at : at + AT_ONCE]] for at in range(0, len(papers), AT_ONCE)]
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


def _some(papers: Sequence[Paper]) -> list[Rendered]:
    made = [rendered_here(paper) for paper in papers]
    gc.collect()
    return made
