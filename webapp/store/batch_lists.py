"""The list of batches: by what they do, how they stand and who started them (D-91)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from db import batches as tables
from db.engine import fetch, reading
from webapp.store.batches import RUN_NAMES, BatchRun, counted, run_of
from webapp.store.document_lists import DocumentList, list_documents

__all__ = ["BATCHES", "list_batches", "starters"]

_POSTS = "h.kind = 'post' AND NOT h.test_only AND h.document_type = "
BATCHES: Final = DocumentList(
    tables.BatchRun,
    RUN_NAMES,
    ("chosen_by", "requested_by"),
    views={
        "orders": f"{_POSTS} 'order'",
        "invoices": f"{_POSTS} 'invoice'",
        "credit-memos": f"{_POSTS} 'credit_memo'",
        "test-runs": "h.kind = 'post' AND h.test_only",
        "combine": "h.kind = 'combine'",
        "close-orders": "h.kind = 'close_orders'",
        "contract-invoices": "h.kind = 'contract_invoices'",
        "contract-orders": "h.kind = 'contract_orders'",
        "release-prepaid": "h.kind = 'release_prepaid'",
        "print": "h.kind = 'print'",
    },
    sort="-no",
)


async def list_batches(
    search: str = "",
    filters: Mapping[str, str | int] | None = None,
    sort: str = "",
    after: str = "",
    limit: int = 50,
    view: str = "",
) -> tuple[list[BatchRun], str]:
    """A page of the runs, the newest first, and the place where the next one goes on. A number finds that run."""
    given = dict(filters or {})
    if search.isascii() and search.isdecimal() and len(search) < 10:
        given, search = {**given, "no": int(search)}, ""
    found = await list_documents(BATCHES, search, given, sort, after, limit, view)
    async with reading() as session:
        return await counted(session, [run_of(row) for row in found.rows]), found.next


async def starters() -> list[tuple[str, str]]:
    """Who started batches: user name and name, by name."""
    sql = (
        "SELECT user_name, full_name FROM app_user u WHERE EXISTS"
        " (SELECT 1 FROM batch_run r WHERE r.requested_by = u.user_name) ORDER BY full_name, user_name"
    )
    return [(str(user), str(name or user)) for user, name in await fetch(sql)]
