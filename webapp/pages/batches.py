"""Batches: the options of a run, its progress, its result, and what can be done with it (D-85 … D-91)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.contract_fields import contract_href
from webapp.pages.contract_links import contract_linked
from webapp.pages.contract_orders import again_href as orders_again_href
from webapp.pages.contract_runs import again_href
from webapp.pages.document_list import LISTS, filters_of
from webapp.pages.document_paths import ORDERS, Place, href_of, place_of
from webapp.pages.finding_links import linked, naming_in
from webapp.pages.lists import read_asked
from webapp.pages.posting import NAMES, PATHS, TOKEN
from webapp.pages.test_reports import marked
from webapp.posting.batches import whole
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.plan import OPTION_NAMES
from webapp.posting.records import changed
from webapp.posting.snapshot import BatchDates, DocumentKey, PostingRequest
from webapp.security import requires
from webapp.store.batch_rest import Rest, batch_rest, left_numbers
from webapp.store.batch_results import BatchDocument, batch_documents, batch_totals, last_documents
from webapp.store.batch_work import stop_batch
from webapp.store.batches import (
    BatchRun,
    Fixed,
    Selection,
    Started,
    count_selected,
    fixed_options,
    load_batch,
    options_findings,
    policy_request,
    post_ready,
    retry_batch,
    start_batch,
)
from webapp.store.contract_orders import KIND as ORDERS_RUN
from webapp.store.contract_orders import rows_of_orders
from webapp.store.contract_runs import KIND as CONTRACTS_RUN
from webapp.store.contract_runs import RowOfRun, open_invoices, rows_of_run, run_dates
from webapp.store.preferences import preference, set_preference
from webapp.store.releases import KIND as RELEASE
from webapp.store.users import names_of_users

__all__ = ["PRINTED", "ROUTES", "chip_of", "found_batch", "what_of"]

MOST_MARKED: Final = 5000
MOST_IN_ADDRESS: Final = 300
SHOWN: Final = 100
PRINTED: Final = 50  # orders on one print page: a browser lays out no thousand documents at once
MOST_PARTS: Final = 10
LAST_OPTIONS: Final = "batch-options"
ONCE: Final = "The same form had started this batch already. Nothing was started twice."
OUTSIDE: Final = "posting_date_outside_window"
CREATES: Final = ("combine", CONTRACTS_RUN)
OUTCOMES: Final = ("failed", "skipped", "posted", "ready", "waiting")
DISCOUNT_HINT: Final = "Calculated for each before it is posted."
FIELDS: Final = (
    Field("ship", "flag"),
    Field("invoice", "flag"),
    Field("posting_date", "day", hint="Goes to those that have no date, and to all when it replaces theirs."),
    Field("replace_posting_date", "flag", hint="The exchange rate of that day is used; unit prices stay."),
    Field("replace_document_date", "flag", hint="Due date and payment discount follow it."),
    Field("calculate_invoice_discount", "flag", hint=DISCOUNT_HINT),
)

# --- the options ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """What an address or a form asks to post: the documents, and the fields that say the same again (D-88). With
    `findings` it asks for something that is not there, and nothing is posted: without that it would be more."""

    place: Place
    selection: Selection
    fields: Sequence[tuple[str, str]]
    findings: Sequence[Finding] = ()


def _choice(pairs: Iterable[tuple[str, str]]) -> Choice:
    """The marked rows, else all that the list shows; of orders when the form does not say."""
    given = list(pairs)
    kind = dict(given).get("kind", "") or "order"
    if kind not in LISTS:
        shown = "".join(c for c in kind if c.isprintable())[:40]
        return Choice(ORDERS, Selection(nos=()), [("kind", shown)], [finding("batch_kind_unknown", value=shown)])
    own, place = LISTS[kind], place_of(kind)
    nos = tuple(marked(given, MOST_MARKED))
    if nos:
        return Choice(place, Selection(nos=nos), [("kind", kind), *(("select", no) for no in nos)])
    asked = read_asked(given, own.columns, own.filters)
    chosen = Selection(None, asked.search, filters_of(asked), asked.filters.get("view", ""))
    listed = f"{place.path}?{urlencode(asked.narrowing)}"
    wrong = [changed(one, link=f"{listed}#filter-{one.field}") for one in asked.faults]
    return Choice(place, chosen, [("kind", kind), *asked.narrowing], wrong)


@get("/batches/new", guards=[requires("batches.run")])
async def show_options(request: Visit) -> Template:
    return await _options_page(request, list(request.query_params.multi_items()))


@post("/batches/new", guards=[requires("batches.run")], status_code=200)
async def choose(request: Visit) -> Response[Any]:
    """The rows marked in the list arrive here; nothing is changed yet. They go on as an address, so that Back and
    reload lead here again, unless they are more than an address holds."""
    pairs = await submitted(request)
    fields = _choice(pairs).fields
    if len(fields) <= MOST_IN_ADDRESS:
        return see_other(request, f"/batches/new?{urlencode(fields)}")
    return await _options_page(request, pairs)


async def _options_page(
    request: Visit,
    pairs: Sequence[tuple[str, str]],
    form: Form | None = None,
    status: int = 200,
    found: Sequence[Finding] = (),
    outside: str = "",
) -> Template:
    """`outside`: the date outside the window that is told here once, and taken when the form comes again with it."""
    choice = _choice(pairs)
    place, chosen = choice.place, choice.selection
    fixed = await fixed_options(request.user.acting)
    count = 0 if choice.findings else await count_selected(place.document_type, chosen)
    form = form or show_form(FIELDS, await _defaults(request, fixed), request.user.locale)
    form.add(*found)
    nothing = [] if count else choice.findings or [finding("batch_empty", what=f"no {place.name.lower()} fits")]
    return page(
        request,
        "batches/options.html",
        422 if choice.findings else status,
        form=form,
        findings=[*form.findings, *nothing],
        place=place,
        fields=choice.fields,
        chosen=chosen,
        said="" if choice.findings else chosen.words,
        count=count,
        fixed=fixed,
        outside=outside,
        token=secrets.token_urlsafe(24),
    )


async def _defaults(request: Visit, fixed: Fixed) -> dict[str, bool]:
    """What the user chose for the last batch; the policy and the set-up go before it."""
    last = (await preference(request.user.user_name, LAST_OPTIONS)).split()
    both = fixed.policy == "mandatory"
    return {
        "ship": both or "ship" in last,
        "invoice": both or ("invoice" in last and fixed.policy == "allowed"),
        "calculate_invoice_discount": fixed.discount_is_automatic or "calculate_invoice_discount" in last,
    }


async def _remember(request: Visit, form: Form) -> None:
    chosen = [name for name in ("ship", "invoice", "calculate_invoice_discount") if form.values.get(name)]
    await set_preference(request.user.user_name, LAST_OPTIONS, " ".join(chosen))


def _request(form: Form) -> PostingRequest:
    day, values = form.values.get("posting_date"), form.values
    dates = BatchDates(
        day if isinstance(day, date) else None,
        bool(values.get("replace_posting_date")),
        bool(values.get("replace_document_date")),
    )
    return PostingRequest(
        bool(values.get("ship")),
        invoice=bool(values.get("invoice")),
        dates=dates,
        calculate_invoice_discount=bool(values.get("calculate_invoice_discount")),
    )


@post("/batches", guards=[requires("batches.run")], status_code=200)
async def start(request: Visit) -> Response[Any]:
    """Starts the run, or the test run over the same with the same options (D-91).

    A date outside the window is told first; pressed again, the run starts, and each document that meets it says so.
    """
    pairs = await submitted(request)
    names = {field.name for field in FIELDS}
    form = read_form(FIELDS, [pair for pair in pairs if pair[0] in names], typist(request))
    given, choice, acting = dict(pairs), _choice(pairs), request.user.acting
    if choice.findings or not form.ok:
        return await _options_page(request, pairs, form, 422)
    place, chosen = choice.place, choice.selection
    wanted = _request(form)
    if place is ORDERS:
        wanted = await policy_request(acting, wanted)
    else:
        wanted = whole(place.document_type, wanted)
    test_only = given.get("do") == "test"
    found = await options_findings(acting, place.document_type, wanted)
    day = wanted.dates.posting_date
    outside = day.isoformat() if day and {one.code for one in found} == {OUTSIDE} else ""
    if found and not (outside and (test_only or given.get("outside") == outside)):
        return await _options_page(request, pairs, form, 422, found, outside)
    token = "" if test_only or not TOKEN.fullmatch(given.get("token", "")) else given["token"]
    begun = await start_batch(acting, place.document_type, wanted, chosen, token=token, test_only=test_only)
    if begun.no is None:
        return await _options_page(request, pairs, form, 422, [_to_first(one) for one in begun.findings])
    if begun.repeated:
        return see_other(request, f"/batches/{begun.no}", Note(ONCE, tone="info"))
    if place is ORDERS:
        await _remember(request, form)
    return see_other(request, f"/batches/{begun.no}")


def _to_first(found: Finding) -> Finding:
    """A form that has started a batch leads to that one."""
    return changed(found, link=f"/batches/{found.record}") if found.table == "batch_run" else found


# --- one run --------------------------------------------------------------------------------------------------------


async def found_batch(no: int) -> BatchRun:
    run = await load_batch(no) if no < 2**31 else None
    if run is None:
        raise NotFoundException(f"There is no batch {no}.")
    return run


@dataclass(frozen=True, slots=True)
class Shown:
    """One document of a run as the page draws it."""

    document: BatchDocument
    links: Sequence[Link]
    findings: Sequence[Finding]
    about: RowOfRun | None = None
    """Of a run over contracts: which contracts the row is about."""

    @property
    def href(self) -> str:
        """Where the document stands; blank for one that was never made."""
        return href_of(self.key) if self.document.document_no else ""

    @property
    def key(self) -> DocumentKey:
        return DocumentKey(self.document.document_type, self.document.document_no)

    @property
    def duration(self) -> str:
        milliseconds = self.document.duration_ms
        if not milliseconds:
            return ""
        return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


async def _all_shown(run: BatchRun, documents: Sequence[BatchDocument]) -> list[Shown]:
    if run.kind == ORDERS_RUN:
        return [Shown(one, (), [contract_linked(found) for found in one.findings]) for one in documents]
    if run.kind != CONTRACTS_RUN:
        return await naming_in([_shown(one) for one in documents])
    about = await rows_of_run(run.no, [one.position for one in documents])
    return [Shown(one, (), [contract_linked(found) for found in one.findings], about[one.position])
            for one in documents]  # fmt: skip


def _shown(one: BatchDocument) -> Shown:
    numbers = {"shipment": one.shipment_no, "invoice": one.invoice_no, "credit_memo": one.credit_memo_no}
    links = [Link(f"{NAMES[kind]} {no}", f"{PATHS[kind]}/{no}") for kind, no in numbers.items() if no]
    key = DocumentKey(one.document_type, one.document_no)
    return Shown(one, links, [linked(found, key) for found in one.findings])


def chip_of(run: BatchRun) -> tuple[str, str]:
    """The shape and the word of a run's state."""
    return {"ended": "done", "stopped": "on_hold"}.get(run.state, run.state), run.state.capitalize()


TITLES: Final = {
    "close_orders": "Delete invoiced orders",
    "contract_invoices": "Create contract invoices",
    "release_prepaid": "Post prepaid contract entries",
    "print": "Print run",
    ORDERS_RUN: "Create contract service orders",
}


def what_of(run: BatchRun) -> str:
    """What the run does, in the words of the posting page."""
    if run.kind == "combine":
        return "Combine shipments and post" if run.request.invoice else "Combine shipments"
    if run.kind in TITLES:
        return TITLES[run.kind]
    asked = run.request
    if run.kind == "post" and run.document_type != "order":
        posted = "service invoices" if run.document_type == "invoice" else "service credit memos"
        return f"Test run: post {posted}" if run.test_only else f"Post {posted}"
    option = "ship_and_invoice" if asked.ship and asked.invoice else "ship" if asked.ship else "invoice"
    return f"Test run: {OPTION_NAMES[option].lower()}" if run.test_only else OPTION_NAMES[option]


@get("/batches/{no:int}", guards=[requires("batches.read")])
async def show_batch(request: Visit, no: FromPath[int]) -> Response[Any]:
    """The progress of a run while it is live, afterwards its result. htmx asks here again and again until it ends."""
    run = await found_batch(no)
    if request.headers.get("hx-request") == "true":
        if not run.live:
            return see_other(request, f"/batches/{no}")
        return fragment(
            "batches/show.html",
            "progress",
            run=run,
            last=await _all_shown(run, await last_documents(no)),
            words=WORDS.get(run.kind, {}),
        )
    if run.kind == RELEASE and not run.live:
        return see_other(request, f"/prepaid-releases/{no}")
    given = dict(request.query_params.items())
    outcome = given.get("outcome", "") if given.get("outcome", "") in OUTCOMES else ""
    after = int(given["after"]) if _is_number(given.get("after", "")) else 0
    documents, further = (
        ([], None) if run.live else await batch_documents(no, [outcome] if outcome else [], after, SHOWN)
    )
    rest = await batch_rest(no) if _can_go_on(run) else Rest()
    path = f"/batches/{no}"
    query = f"?outcome={outcome}" if outcome else ""
    return page(
        request,
        "batches/show.html",
        run=run,
        what=what_of(run),
        chip=chip_of(run),
        names=await names_of_users([run.requested_by, run.stop_requested_by]),
        last=await _all_shown(run, await last_documents(no)) if run.live else [],
        documents=await _all_shown(run, documents),
        totals=await batch_totals(no),
        tabs=_tabs(run, path),
        printing=_printing(run),
        here=f"{path}{query}",
        next=f"{path}{query}{'&' if query else '?'}after={further}" if further is not None else "",
        first=f"{path}{query}" if after else "",
        tokens={name: secrets.token_urlsafe(24) for name in ("retry", "ready")},
        rest=rest,
        again_text=_again_text(rest),
        ready_kind=KINDS[run.document_type].lower(),
        left_out=_left_out(run, rest) if _can_go_on(run) else "",
        words=WORDS.get(run.kind, {}),
        posting=await _posting_of_created(run),
        contract_run=await _contract_run(run) if run.kind == CONTRACTS_RUN else None,
        contract_href=contract_href,
        about=await rows_of_orders(no, [one.position for one in documents]) if run.kind == ORDERS_RUN else {},
        orders_again=orders_again_href(run) if run.kind == ORDERS_RUN else "",
    )


async def _contract_run(run: BatchRun) -> Mapping[str, Any]:
    """What the result of a run over contracts shows besides: its dates and where to run it again."""
    return {"dates": run_dates(run), "again": again_href(run)}


async def _posting_of_created(run: BatchRun) -> str:
    """Where the open ones of the invoices that a run made are posted: chosen in a batch, or in their list when they
    are more than an address holds; blank when there are none."""
    if not run.ready or run.live or run.kind not in CREATES:
        return ""
    made, further = await batch_documents(run.no, ["ready"], limit=MOST_IN_ADDRESS)
    still = await open_invoices([one.document_no for one in made])
    chosen = [("kind", "invoice"), *(("select", no) for no in still)]
    return "/service-invoices" if further is not None else f"/batches/new?{urlencode(chosen)}" if still else ""


# What became of a document, where a run does something else than post.
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "combine": {"ready": "Created", "skipped": "Left out"},
    "close_orders": {"posted": "Deleted", "skipped": "Staying"},
    "contract_invoices": {"ready": "Created"},
    ORDERS_RUN: {"ready": "Created", "skipped": "No order"},
    "print": {"posted": "Printed"},
}


def _again_text(rest: Rest) -> str:
    """What the button takes, by its outcomes: what was skipped is no failure. Blank when nothing is left."""
    failed = f"failed ({rest.failed})" if rest.failed else ""
    skipped = f"skipped ({rest.skipped})" if rest.skipped else ""
    return "Retry " + " and ".join(filter(None, (failed, skipped))) if failed or skipped else ""


def _can_go_on(run: BatchRun) -> bool:
    """Whether what the run did not post can be tried again, or what it tested be posted."""
    return not run.live and (run.kind == "post" or (run.kind == "combine" and run.request.invoice))


def _left_out(run: BatchRun, rest: Rest) -> str:
    """Why fewer are offered than the result names."""
    if run.test_only:
        gone = run.ready - rest.ready
        return f"{gone} of the ready ones not offered: posted, changed or deleted since the test." if gone else ""
    gone = run.failed + run.skipped - rest.failed - rest.skipped if run.kind == "post" else 0
    return f"{gone} not offered again: posted since, being posted, or deleted." if gone else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _printing(run: BatchRun) -> Sequence[Link]:
    """The print pages of what was posted: one, or one for each part of a long run."""
    if run.kind == "print":
        return [Link("PDF of all documents", f"/batches/{run.no}/documents.pdf")] if run.posted else []
    if run.kind == "close_orders":
        return []
    path = f"/batches/{run.no}/papers"
    if 0 < run.posted <= PRINTED:
        return [Link(f"Print all posted ({run.posted})", f"{path}/1/print")]
    starts = range(0, run.posted, PRINTED)[:MOST_PARTS]
    return [
        Link(f"Print {at + 1}–{min(at + PRINTED, run.posted)}", f"{path}/{part}/print")
        for part, at in enumerate(starts, 1)
    ]


def _tabs(run: BatchRun, path: str) -> Sequence[tuple[str, str, int]]:
    counts = [(name, getattr(run, name)) for name in ("failed", "skipped", "posted", "ready")]
    words = WORDS.get(run.kind, {})
    own = [(words.get(name, name.capitalize()), f"{path}?outcome={name}", count) for name, count in counts if count]
    return [("All", path, run.total), *own]


@post("/batches/{no:int}/stopping", guards=[requires("batches.run")], status_code=200)
async def stop(request: Visit, no: FromPath[int]) -> Response[Any]:
    run = await found_batch(no)
    asked = await stop_batch(request.user.acting, no)
    text = f"Batch {no} stops before its next document." if asked else f"Batch {no} had ended already: {run.summary}."
    return see_other(request, f"/batches/{no}", Note(text, tone="done" if asked else "info"))


@post("/batches/{no:int}/retrying", guards=[requires("batches.run")], status_code=200)
async def retry(request: Visit, no: FromPath[int]) -> Response[Any]:
    """A new run over what was not posted, with the same options (D-91)."""
    await found_batch(no)
    return _went(request, no, await retry_batch(request.user.acting, no, token=await _token(request)))


@get("/batches/{no:int}/options", guards=[requires("batches.run")])
async def choose_again(request: Visit, no: FromPath[int]) -> Response[Any]:
    """The options of a new run over what was not posted: what failed for its date is posted with another one (D-91)."""
    run = await found_batch(no)
    nos = await left_numbers(no, ("failed", "skipped"), MOST_MARKED) if _can_go_on(run) and run.kind == "post" else []
    if not nos:
        return see_other(
            request, f"/batches/{no}", Note(finding("batch_nothing_failed", no=no).message, tone="warning")
        )
    pairs = [("kind", run.document_type), *(("select", one) for one in nos)]
    if len(pairs) <= MOST_IN_ADDRESS:
        return see_other(request, f"/batches/new?{urlencode(pairs)}")
    return await _options_page(request, pairs)


@post("/batches/{no:int}/posting", guards=[requires("batches.run")], status_code=200)
async def post_what_is_ready(request: Visit, no: FromPath[int]) -> Response[Any]:
    """Posts what a test run found ready (D-91)."""
    run = await found_batch(no)
    if not run.test_only:
        raise NotFoundException(f"Batch {no} is no test run.")
    return _went(request, no, await post_ready(request.user.acting, no, token=await _token(request)))


async def _token(request: Visit) -> str:
    token = dict(await submitted(request)).get("token", "")
    return token if TOKEN.fullmatch(token) else ""


def _went(request: Visit, no: int, begun: Started) -> Response[Any]:
    if begun.no is not None:
        return see_other(request, f"/batches/{begun.no}")
    return see_other(request, f"/batches/{no}", Note(begun.findings[0].message, tone="warning"))


ROUTES: Final = (show_options, choose, start, show_batch, stop, retry, choose_again, post_what_is_ready)
