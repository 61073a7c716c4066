"""A print run: many posted documents into one file with a cover sheet, each with its own page 1 of n (D-118, D-120).

It is a batch like any other: rows of the database, worked on by whoever has its lease, taken up again by another one.
Each document's own file is made and stored on the way; the one file of the run is joined from them at the end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog

from db.engine import Unavailable, fetch, reading, transaction
from db.session import Batch, Session
from webapp.paper import pdf
from webapp.paper.cover import Cover, Left
from webapp.paper.rendering import Renderer
from webapp.posting.findings import Finding, finding
from webapp.store.acting import Acting
from webapp.store.batch_results import batch_totals, packed_findings, posted_in
from webapp.store.batch_starts import RunAsked, Task, start_run
from webapp.store.batch_turns import OUTCOME, Turn, next_turns
from webapp.store.batches import BatchRun, Selection, Started
from webapp.store.document_lists import CREDIT_MEMOS, INVOICES, SHIPMENTS, selected
from webapp.store.paper import HEADERS, LOG_KINDS, issue_words, log_row, words_of
from webapp.store.posted_files import NoPdf, make_files, stored_files
from webapp.store.rows import codec

__all__ = ["KIND", "MOST", "batch_file", "count_to_print", "print_some", "rest_of", "start_printing"]

KIND: Final = "print"
MOST: Final = 5000  # one file of more is nothing that a printer or a person can work with
AT_ONCE: Final = 24
UNPACKED_AT_ONCE: Final = 50
JOINING: Final = timedelta(minutes=5)
LISTS: Final = {"shipment": SHIPMENTS, "invoice": INVOICES, "credit_memo": CREDIT_MEMOS}
NAMES: Final = {"shipment": "Shipment", "invoice": "Invoice", "credit_memo": "Credit memo"}
log = structlog.get_logger()

Key = tuple[str, str]
Period = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which documents a print run takes: of one kind what a list shows or what is marked in it; or all of a batch."""

    kind: str = "invoice"
    selection: Selection = field(default_factory=Selection)
    period: Period = (None, None)

    @property
    def words(self) -> str:
        """As the list of batches says it."""
        if self.selection.of_run is not None:
            return f"All posted by batch {self.selection.of_run}"
        name = f"{NAMES[self.kind]}s"
        days = [f"{word} {day.isoformat()}" for word, day in zip(("from", "until"), self.period, strict=True) if day]
        words = "Marked documents" if self.selection.nos is not None else self.selection.words
        words = "All" if self.selection == Selection() else words
        return ", ".join([f"{name}: {words}", *days])[:250]


# --- what is to be printed ------------------------------------------------------------------------------------------


def rest_of(chosen: Chosen) -> tuple[str, list[Any]]:
    """What is chosen of one kind of document, as the rest of a statement after its columns, and its arguments."""
    asked = chosen.selection
    if asked.nos is not None:
        marks = ", ".join("?" * max(1, len(asked.nos)))
        return f"FROM {codec(HEADERS[chosen.kind]).name} h WHERE h.no IN ({marks})", list(asked.nos or ("",))
    rest, args = selected(LISTS[chosen.kind], asked.search, asked.filters, asked.view)
    for sign, day in zip((">=", "<="), chosen.period, strict=True):
        if day is not None:
            rest += f" {'AND' if ' WHERE ' in rest else 'WHERE'} h.posting_date {sign} ?"
            args.append(day)
    return rest, args


async def count_to_print(chosen: Chosen) -> int:
    """How many documents a print run would take now."""
    if chosen.selection.of_run is not None:
        return len(await posted_in(chosen.selection.of_run, 0, MOST + 1))
    rest, args = rest_of(chosen)
    return int((await fetch(f"SELECT COUNT(*) {rest}", *args))[0][0])


async def _tasks(chosen: Chosen) -> list[Task]:
    """The documents in the order of their numbers; those of a batch in the order in which it posted them."""
    if chosen.selection.of_run is not None:
        keys = await posted_in(chosen.selection.of_run, 0, MOST + 1)
        return [Task(customer_name=f"{NAMES[kind]} {no}", work=json.dumps([kind, no])) for kind, no in keys]
    rest, args = rest_of(chosen)
    async with reading() as session:
        by_no = 'h.no COLLATE "C"' if session.dialect == "postgresql" else "h.no"
        rows = await session.fetch(f"SELECT h.no, h.customer_name {rest} ORDER BY {by_no} LIMIT {MOST + 1}", *args)
    return [Task(customer_name=str(name), work=json.dumps([chosen.kind, str(no)])) for no, name in rows]


async def start_printing(acting: Acting, chosen: Chosen, *, token: str = "", worker: str = "") -> Started:
    """Writes the run down. Refused: nothing to print, more than one file holds, PDF not installed."""
    if not pdf.available():
        return Started(findings=(finding("pdf_not_installed"),))
    tasks = await _tasks(chosen)
    if not tasks:
        return Started(findings=(finding("print_run_empty"),))
    if len(tasks) > MOST:
        return Started(findings=(finding("print_run_too_large", most=MOST),))
    asked = RunAsked(KIND, "invoice", chosen.kind, chosen.words)
    return await start_run(acting, asked, tasks, token=token, worker=worker)


# --- working on it --------------------------------------------------------------------------------------------------


async def print_some(run: BatchRun, renderer: Renderer) -> bool:
    """Makes the files of the next documents and writes down what became of each; False when none is left, after the
    one file of the run is stored."""
    async with reading() as session:
        turns = await next_turns(session, run.no, AT_ONCE)
    if not turns:
        await _join(run, renderer)
        return False
    faults = await _made(run, [_key(turn) for turn in turns], renderer)
    async with transaction() as session:
        mine = {turn.id for turn in turns}
        locked = [turn for turn in await next_turns(session, run.no, AT_ONCE, lock=True) if turn.id in mine]
        if locked:
            await session.execute_all(await _outcomes(session, run, locked, faults))
    return True


def _key(turn: Turn) -> Key:
    kind, no = json.loads(turn.work)
    return str(kind), str(no)


async def _made(run: BatchRun, keys: Sequence[Key], renderer: Renderer) -> Mapping[Key, Finding]:
    """Makes the files of all; when anything breaks off, one by one, so that its reason is told of the right one."""
    try:
        await make_files(run.acting, keys, renderer)
        return {}
    except NoPdf:
        return {key: finding("pdf_not_installed", document=key[1]) for key in keys}
    except Unavailable:
        raise
    except Exception:
        renderer.close()  # a process may have died
        log.warning("files are made one by one", batch=run.no, exc_info=True)
    faults = {}
    for key in keys:
        try:
            await make_files(run.acting, [key])
        except Unavailable:
            raise
        except Exception:
            log.exception("a file could not be made", batch=run.no, document=key)
            faults[key] = finding("document_not_printed", document=key[1], kind=NAMES[key[0]], no=key[1])
    return faults


async def _outcomes(
    session: Session, run: BatchRun, turns: Sequence[Turn], faults: Mapping[Key, Finding]
) -> list[Batch]:
    """What is written about the documents: the print is counted and logged, as one from the browser is (D-95)."""
    at, keys = datetime.now(UTC), [_key(turn) for turn in turns]
    prints = [
        (f"UPDATE {codec(HEADERS[kind]).name} SET printed = printed + 1 WHERE no = ?", [(no,)])
        for kind, no in keys
        if (kind, no) not in faults
    ]
    if prints:
        await session.execute_all(_together(prints))
    amounts = await _amounts(session, keys)
    outcomes, logged = [], []
    for turn, key in zip(turns, keys, strict=True):
        kind, no = key
        wrong = faults.get(key)
        if wrong is None and key not in amounts:
            wrong = finding("document_not_printed", document=no, kind=NAMES[kind], no=no)
        amount, currency, count = amounts[key] if wrong is None else (0, "", 0)
        numbers = [no if one == kind else "" for one in ("shipment", "invoice", "credit_memo")]
        found = packed_findings([wrong] if wrong else [])
        outcomes.append(("failed" if wrong else "posted", *numbers, found, amount, currency, 0, at, turn.id))
        if wrong is None:
            said = issue_words(count, f"print run {run.no}")
            logged.append(log_row(LOG_KINDS[kind], no, "Printed", at, run.requested_by, said))
    return [(OUTCOME, outcomes), *([(logged[0][0], [one[1:] for one in logged])] if logged else [])]


def _together(batches: Sequence[Batch]) -> list[Batch]:
    """Rows of the same statement in one."""
    found: dict[str, list[Sequence[object]]] = {}
    for sql, rows in batches:
        found.setdefault(sql, []).extend(rows)
    return list(found.items())


async def _amounts(session: Session, keys: Sequence[Key]) -> Mapping[Key, tuple[int, str, int]]:
    """For each document that there is its amount with VAT, its currency and how often it was issued; no amount for
    shipments, which have none."""
    found: dict[Key, tuple[int, str, int]] = {}
    for kind in dict.fromkeys(kind for kind, _ in keys):
        numbers = [no for one, no in keys if one == kind]
        priced = "h.amount_including_vat, COALESCE(h.currency_code, l.lcy_code)"
        names = "0, ''" if kind == "shipment" else priced
        sql = f"SELECT h.no, {names}, h.printed FROM {codec(HEADERS[kind]).name} h LEFT JOIN ledger_setup l ON 1 = 1"
        rows = await session.fetch(f"{sql} WHERE h.no IN ({', '.join('?' * len(numbers))})", *numbers)
        found |= {
            (kind, str(no)): (int(amount), str(currency or ""), int(count)) for no, amount, currency, count in rows
        }
    return found


# --- the one file ---------------------------------------------------------------------------------------------------


async def batch_file(no: int) -> bytes | None:
    """The file of a print run; None while there is none."""
    rows = await fetch("SELECT content FROM batch_file WHERE run_no = ?", no)
    return bytes(rows[0][0]) if rows else None


async def _join(run: BatchRun, renderer: Renderer) -> None:
    """Joins the files of what was printed behind a cover sheet, and stores the whole; once."""
    async with transaction() as session:
        rows = await session.fetch("SELECT 1 FROM batch_file WHERE run_no = ?", run.no)
        until = datetime.now(UTC) + JOINING
        await session.execute(
            "UPDATE batch_run SET lease_until = ? WHERE no = ? AND lease_by = ?", until, run.no, run.lease_by
        )
    keys = await posted_in(run.no, 0, MOST)
    if rows or not keys:
        return
    with TemporaryDirectory() as folder:
        paths, pages = await _unpacked(run, keys, Path(folder))
        cover, whole = await _cover(run, keys, pages), Path(folder) / "whole"
        try:
            made = await renderer.joined(cover, paths, whole)
        except Exception:  # the documents have their files; the run ends and says that the one file is not there
            log.exception("the file of a print run could not be made", batch=run.no)
            return
        content = await asyncio.to_thread(whole.read_bytes)
    async with transaction() as session:
        await session.execute(
            "INSERT INTO batch_file (run_no, content, sha256, documents, pages, made_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (run_no) DO NOTHING",
            run.no,
            content,
            hashlib.sha256(content).hexdigest(),
            len(keys),
            made,
            datetime.now(UTC),
        )


async def _unpacked(run: BatchRun, keys: Sequence[Key], folder: Path) -> tuple[list[Path], int]:
    """The stored files of all documents as files on the disk, in their order, and how many pages they have."""
    paths: list[Path] = []
    pages = 0
    for at in range(0, len(keys), UNPACKED_AT_ONCE):
        some = keys[at : at + UNPACKED_AT_ONCE]
        await make_files(run.acting, some)  # lines of a shipment may have been undone since
        for one in await stored_files(some):
            paths.append(folder / f"{len(paths)}.pdf")
            await asyncio.to_thread(paths[-1].write_bytes, one.content)
            pages += one.pages
    assert len(paths) == len(keys), "every document of the run has its file"
    return paths, pages


async def _cover(run: BatchRun, keys: Sequence[Key], pages: int) -> Cover:
    words = await words_of({})
    totals = [(one.currency_code, one.documents, one.amount) for one in await batch_totals(run.no)]
    numbers = {NAMES[kind]: [no for one, no in keys if one == kind] for kind in dict.fromkeys(kind for kind, _ in keys)}
    left = [
        Left(NAMES[kind], no)
        for kind, no in (
            json.loads(str(row[0]))
            for row in await fetch(
                "SELECT work FROM batch_run_document WHERE run_no = ? AND outcome <> 'posted' ORDER BY position"
                " LIMIT 100",
                run.no,
            )
        )
    ]
    return Cover(run.no, str(words.company["name"]), run.chosen_by, run.requested_by, run.work_date, numbers, totals,
                 pages, run.total, left)  # fmt: skip
