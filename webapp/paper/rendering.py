"""Makes the PDF of documents beside the event loop: a few in a thread, many in processes of their own.

A process lays out one document after the other and holds the interpreter meanwhile; only more processes make it faster.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from typing import Final

from webapp.paper.cover import Cover
from webapp.paper.document import Paper, plain
from webapp.paper.joining import joined, pages_of
from webapp.paper.pdf import pdf_of
from webapp.paper.sheets import cover_html, file_html, margins

__all__ = ["Rendered", "Renderer", "rendered", "rendered_here"]

FEW: Final = 4
AT_ONCE: Final = 6
MOST_PROCESSES: Final = 4

Rendered = tuple[bytes, int]


def rendered_here(paper: Paper) -> Rendered:
    """The PDF of a document, and how many pages it has."""
    content = pdf_of(file_html(paper), margins(paper))
    return content, pages_of(content)


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

    async def joined(self, cover: Cover, files: Sequence[bytes]) -> bytes:
        """The files in one, behind the cover sheet."""
        if self._processes is None and len(files) <= FEW:
            return await asyncio.to_thread(_joined, cover, files)
        return await asyncio.get_running_loop().run_in_executor(self._pool(), _joined, cover, files)

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


def _joined(cover: Cover, files: Sequence[bytes]) -> bytes:
    return joined([pdf_of(cover_html(cover), ""), *files])


def _some(papers: Sequence[Paper]) -> list[Rendered]:
    made = [rendered_here(paper) for paper in papers]
    gc.collect()
    return made
