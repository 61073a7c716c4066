"""Runs that make invoices of shipments: what they would make, how they begin, one invoice of them (D-56 … D-62)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from db.engine import reading
from db.session import Session
from webapp.billing.combining import Combination, CombineOptions, Group, combine, options_findings
from webapp.billing.shipment_lines import payer_of, reasons, take
from webapp.posting.amounts import document_totals
from webapp.posting.batches import run_date_findings
from webapp.posting.discounts import with_invoice_discount
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.batch_starts import RunAsked, Task, start_run
from webapp.store.batches import BatchRun, Started
from webapp.store.drafts import create_within, document_batches
from webapp.store.preferences import preference, set_preference
from webapp.store.shipment_lines import Which, load_offers
from webapp.store.snapshots import load_document, marks

REMEMBERED: Final = "combine_options"
DATES: Final = ("posting_date", "document_date", "vat_date")


@dataclass(frozen=True, slots=True)
class CombineFilter:
    """Whose shipments a run looks at; blank is all (D-56)."""

    customer_no: str = ""
    bill_to_customer_no: str = ""
    order_no: str = ""
    shipped_from: date | None = None
    shipped_until: date | None = None

    @property
    def words(self) -> str:
        """As the list of batches says it."""
        asked = [f"{name.replace('_', ' ')} {value}" for name, value in asdict(self).items() if value]
        return f"Shipments with {', '.join(asked)}" if asked else "All shipments to combine"


_CONDITIONS: Final = {
    "customer_no": "h.customer_no = ?",
    "bill_to_customer_no": "h.bill_to_customer_no = ?",
    "order_no": "h.no = ?",
    "shipped_from": "s.posting_date >= ?",
    "shipped_until": "s.posting_date <= ?",
}


def _which(asked: CombineFilter) -> Which:
    given = {name: value for name, value in asdict(asked).items() if value}
    conditions = [_CONDITIONS[name] for name in given]
    return Which(" AND ".join(["1 = 1", *conditions]), tuple(given.values()))


# --- looking --------------------------------------------------------------------------------------------------------


async def look_at_combination(asked: CombineFilter, options: CombineOptions) -> tuple[Combination, Setup]:
    """The invoices that a run would make now, and what it would leave out; reads only (D-62)."""
    async with reading() as session:
        found = await load_offers(session, _which(asked))
    return combine(found.offers, found.customers, found.setup, options), found.setup


def date_findings(acting: Acting, setup: Setup, options: CombineOptions) -> list[Finding]:
    """That nothing could be posted on this date (D-12)."""
    day = options.posting_date
    return run_date_findings(setup, setup.users.get(acting.user), day) if day else []


async def remembered_options(acting: Acting) -> CombineOptions:
    """The options as the user chose them last; the dates are the work date (D-57)."""
    text = await preference(acting.user, REMEMBERED)
    kept = json.loads(text) if text else {}
    known = {name: value for name, value in kept.items() if name in CombineOptions.__slots__ and name not in DATES}
    return CombineOptions(acting.work_date, acting.work_date, **known)


# --- starting -------------------------------------------------------------------------------------------------------


async def start_combining(
    acting: Acting,
    asked: CombineFilter,
    options: CombineOptions,
    *,
    chosen: Sequence[str] | None = None,
    token: str = "",
    worker: str = "",
) -> Started:
    """Begins a run over what is shipped now; `chosen` are the groups that were ticked, all of them with None.

    Refused without dates, when the invoices are to be posted on a date that is not allowed, and when no invoice would
    be made (D-57, D-61). What is left out stands in the result.
    """
    wrong = options_findings(options)
    if wrong:
        return Started(findings=tuple(wrong))
    combination, setup = await look_at_combination(asked, options)
    if options.post_invoices and (wrong := date_findings(acting, setup, options)):
        return Started(findings=tuple(wrong))
    groups = [one for one in combination.groups if chosen is None or name_of(one) in chosen]
    left_out = [one for one in combination.left_out if not one.silent]
    if not groups:
        what = "no group is ticked" if combination.groups else "nothing that is shipped fits"
        return Started(findings=(finding("combine_nothing", what=what), *(one.finding for one in left_out)))
    tasks = [Task(customer_name=one.customer_name, work=_work(one)) for one in groups]
    tasks += [Task(customer_name=one.customer_name, findings=(one.finding,)) for one in left_out]
    kept = {name: value for name, value in asdict(options).items() if name not in DATES}
    await set_preference(acting.user, REMEMBERED, json.dumps(kept))
    run = RunAsked("combine", "invoice", json.dumps(asdict(options), default=str), asked.words, options.post_invoices)
    return await start_run(acting, run, tasks, token=token, worker=worker)


def name_of(group: Group) -> str:
    """A group in a form: all that makes it one, so that it is found again when the shipments have changed."""
    return json.dumps(list(asdict(group.key).values()))


def _work(group: Group) -> str:
    places = [[*one.shipped.place] for one in group.offers]
    return json.dumps({"values": group.key.header_values, "places": places})


# --- one invoice ----------------------------------------------------------------------------------------------------


class NotMade(Exception):
    """An invoice of the run could not be made; nothing of it is kept."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Made:
    """An invoice that was made; without a key there was nothing left to make it of."""

    key: DocumentKey | None
    findings: tuple[Finding, ...] = ()
    row_version: int = 0
    amount: Decimal = Decimal(0)
    currency_code: str = ""
    work: str | None = None
    """What the row says from now on about what was done, where that is more than what was to be done."""


async def make_invoice(session: Session, run: BatchRun, work: str) -> Made:
    """The invoice of a group, in the transaction that writes its outcome. What others took meanwhile is left out and
    told. Raises NotMade with what is wrong (D-58 … D-60)."""
    options, wanted = _options(run.options), json.loads(work)
    places = {(str(no), int(line_no)) for no, line_no in wanted["places"]}
    shipments = sorted({no for no, _ in places})
    found = await load_offers(session, Which("1 = 1", (), tuple(shipments)), lock=True)
    offers = [one for one in found.offers if one.shipped.place in places and one.left > 0]
    gone = places - {one.shipped.place for one in offers}
    told = [_taken_meanwhile(place) for place in sorted(gone)]
    if not offers:
        return Made(None, tuple(told))
    key = await _created(session, run.acting, options, wanted["values"])
    document, setup = await load_document(session, key, lock=True)
    assert document is not None
    header = document.header
    unfit = [why for one in offers for why in reasons(one, payer_of(header), found.customers)]
    if unfit:
        raise NotMade(dict.fromkeys(unfit))
    texts = await _texts(session, shipments) if options.copy_text_lines else {}
    taking = take(setup, header, document.lines, offers, found.customers, texts)
    if taking.findings:
        raise NotMade(taking.findings)
    lines = list(taking.lines)
    if options.calculate_invoice_discount:
        lines = with_invoice_discount(setup, header, lines)
    after = changed(document, lines=tuple(lines))
    await session.execute_all(document_batches(key, document, after, run.acting.user))
    totals = document_totals(setup, header, lines)
    currency = header.currency_code or setup.ledger.lcy_code
    findings = (*told, *taking.notices)
    return Made(key, findings, header.row_version + 1, totals.amount_including_vat, currency)


def _options(text: str) -> CombineOptions:
    values = json.loads(text)
    days = {name: date.fromisoformat(values[name]) if values[name] not in (None, "None") else None for name in DATES}
    return CombineOptions(**{**values, **days})


def _taken_meanwhile(place: tuple[str, int]) -> Finding:
    return finding("combine_taken_meanwhile", shipment=place[0], shipment_line=place[1])


async def _created(session: Session, acting: Acting, options: CombineOptions, values: Mapping[str, Any]) -> DocumentKey:
    dates: dict[str, Any] = {"posting_date": options.posting_date, "document_date": options.document_date}
    if options.vat_date:
        dates["vat_date"] = options.vat_date
    saved = await create_within(session, acting, "invoice", {**values, **dates})
    if saved.key is None:
        raise NotMade(saved.findings)
    return saved.key


async def _texts(session: Session, shipments: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """The texts of shipments that hang on no line, by shipment (D-59)."""
    rows = await session.fetch(
        "SELECT document_no, line_no, description FROM service_shipment_line WHERE type = 'blank'"
        f" AND attached_to_line_no = 0 AND document_no IN ({marks(shipments)}) ORDER BY document_no, line_no",
        *shipments,
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for no, line_no, description in rows:
        found.setdefault(str(no), []).append((int(line_no), str(description)))
    return found
