"""The list of batches (D-91)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Response, get

from webapp.pages.answers import Visit, fragment, page
from webapp.pages.batches import chip_of, what_of
from webapp.pages.lists import Asked, Column, Filter, Listing, list_file, only_known, read_asked
from webapp.security import requires
from webapp.store.batch_lists import list_batches, starters
from webapp.store.batches import BatchRun
from webapp.store.preferences import saved_views
from webapp.store.users import names_of_users

__all__ = ["ROUTES"]

PATH: Final = "/batches"
MOST_EXPORTED: Final = 20_000
COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("state", "chip", sortable=True),
    Column("what", "text", "What"),
    Column("chosen_by", "text", "Chosen"),
    Column("summary", "text", "Result"),
    Column("failed", "whole", "Failed", sortable=True),
    Column("skipped", "whole", "Skipped", sortable=True),
    Column("requested_by", "text", "Started by", sortable=True),
    Column("requested_at", "moment", "Requested"),
)
KINDS: Final = (
    ("orders", "Post orders"),
    ("invoices", "Post service invoices"),
    ("credit-memos", "Post service credit memos"),
    ("test-runs", "Test runs"),
    ("combine", "Combine shipments"),
    ("close-orders", "Delete invoiced orders"),
    ("contract-invoices", "Create contract invoices"),
    ("contract-orders", "Create contract service orders"),
    ("release-prepaid", "Post prepaid contract entries"),
    ("print", "Print runs"),
)
STATES: Final = (("waiting", "Waiting"), ("running", "Running"), ("ended", "Ended"), ("stopped", "Stopped"))


async def _filters() -> Sequence[Filter]:
    return (
        Filter("view", "What", KINDS),
        Filter("state", "State", STATES),
        Filter("requested_by", "Started by", tuple(await starters())),
    )


def _given(asked: Asked) -> dict[str, str | int]:
    return {name: value for name, value in asked.filters.items() if name != "view"}


async def _rows(runs: Sequence[BatchRun]) -> list[Mapping[str, Any]]:
    names = await names_of_users([run.requested_by for run in runs])
    return [{"run": run, "what": what_of(run), "chip": chip_of(run), "by": names[run.requested_by]} for run in runs]


@get(PATH, guards=[requires("batches.read")])
async def show_batches(request: Visit) -> Response[Any]:
    """The runs, the newest first; htmx gets the rows alone."""
    filters = await _filters()
    asked = read_asked(request.query_params.multi_items(), COLUMNS, filters)
    view = asked.filters.get("view", "")
    runs, after = await list_batches(asked.search, _given(asked), asked.sort, asked.after, view=view)
    listing = Listing("Batches", PATH, COLUMNS, asked, [{"no": run.no} for run in runs], after, filters)
    listing.saved = await saved_views(request.user.user_name, PATH)
    shown: dict[str, Any] = {"listing": listing, "runs": await _rows(runs)}
    if request.headers.get("hx-request") != "true":
        return page(request, "batches/list.html", **shown)
    answer = fragment("batches/list.html", "results", **shown)
    answer.headers["HX-Replace-Url"] = listing.url()
    return answer


@get([f"{PATH}.csv", f"{PATH}.xlsx"], guards=[requires("batches.read")])
async def export_batches(request: Visit) -> Response[bytes]:
    """All that the list shows, as a file."""
    asked = only_known(read_asked(request.query_params.multi_items(), COLUMNS, await _filters()))
    found: list[BatchRun] = []
    after, view = "", asked.filters.get("view", "")
    while len(found) < MOST_EXPORTED:
        runs, after = await list_batches(asked.search, _given(asked), asked.sort, after, 1000, view)
        found += runs
        if not after:
            break
    return list_file(request.url.path, "batches", "Batches", COLUMNS, [_exported(row) for row in await _rows(found)])


def _exported(row: Mapping[str, Any]) -> dict[str, Any]:
    run: BatchRun = row["run"]
    own = {"what": row["what"], "requested_by": row["by"], "state": row["chip"][1]}
    return {one.name: own[one.name] if one.name in own else getattr(run, one.name) for one in COLUMNS}


ROUTES: Final = (show_batches, export_batches)
