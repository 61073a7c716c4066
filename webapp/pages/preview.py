"""Preview posting: the documents and entries that posting would make now, with their numbers (D-78 … D-82).

Looking changes nothing (O-28). What was previewed last, for the comparison with it, is kept by the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp import formats
from webapp.forms import Form
from webapp.pages.answers import Visit, page, read_sealed, sealed_cookie, see_other, submitted
from webapp.pages.closed_orders import not_open
from webapp.pages.document_paths import Place, href_of, key_of, place_at, place_of, places, requires_of_place
from webapp.pages.finding_links import linked, naming_in
from webapp.pages.ledgers import LINKS, drawn_entries
from webapp.pages.paper import papers_of, style_file
from webapp.pages.posted_kinds import KINDS_OF
from webapp.pages.posting import Asked, asked_for, date_form, option_asked, options_of
from webapp.pages.test_reports import marked
from webapp.paper.sheets import margins_of_many, sheet
from webapp.posting.findings import Finding, finding
from webapp.posting.plan import OPTION_NAMES, PostingPlan
from webapp.posting.snapshot import ZERO, DocumentKey
from webapp.store.posted import PostedDocument
from webapp.store.preview import Preview, previews

__all__ = ["ROUTES"]

Pairs = Sequence[tuple[str, str]]
SEVERAL: Final = "/preview"
MOST: Final = 50
COOKIE: Final = "finalize_preview"
A_DAY: Final = 86_400
# What is summed at the foot of each group (D-82).
SUMMED: Final[Mapping[str, tuple[str, ...]]] = {
    "general-ledger": ("debit_amount", "credit_amount"),
    "vat": ("base", "amount"),
    "customer-ledger": ("sales_lcy", "profit_lcy"),
    "detailed-customer-ledger": ("amount", "amount_lcy"),
    "item-ledger": ("quantity", "invoiced_quantity"),
    "value-entries": (
        "sales_amount_expected",
        "sales_amount_actual",
        "cost_amount_expected",
        "cost_amount_actual",
        "cost_posted_to_gl",
    ),
    "resource-ledger": ("quantity", "total_cost", "total_price"),
    "service-ledger": ("quantity", "charged_qty", "cost_amount", "discount_amount", "amount_lcy"),
    "warranty-ledger": ("quantity", "amount"),
}


@dataclass(frozen=True)
class Shown:
    """One document in the preview; `preview` is None when it does not exist (any more)."""

    key: DocumentKey
    preview: Preview | None
    findings: Sequence[Finding]

    @property
    def path(self) -> str:
        return href_of(self.key)

    @property
    def no(self) -> str:
        return self.key.no

    @property
    def place(self) -> Place:
        return place_of(self.key.document_type)

    @property
    def fate(self) -> str:
        """What becomes of the open document itself."""
        if not self.place.is_order:
            return f"becomes the posted {self.place.name.lower()}"
        return "closes" if self.plan.closes_order else "stays open"

    @property
    def plan(self) -> PostingPlan:
        assert self.preview is not None
        return self.preview.plan

    @property
    def may_post(self) -> bool:
        return self.preview is not None and self.plan.may_post

    @property
    def currency(self) -> str:
        return self.plan.header.currency_code or self.lcy

    @property
    def lcy(self) -> str:
        return self.plan.case.setup.ledger.lcy_code

    @property
    def documents(self) -> Sequence[tuple[str, str, int]]:
        """The documents that would arise: kind, number, lines."""
        assert self.preview is not None
        return [
            (KINDS_OF[one.kind].paper, one.header["no"], sum(line["type"] != "blank" for line in one.lines))
            for one in self.preview.documents
        ]

    @cached_property
    def sections(self) -> Sequence[Mapping[str, Any]]:
        """The entries by ledger, each with its sums."""
        assert self.preview is not None
        drawn = drawn_entries(self.preview.entries, self.lcy)
        return [{**one, "totals": _summed(one)} for one in drawn]

    @property
    def debit_and_credit(self) -> tuple[Decimal, Decimal]:
        gl = self.plan.ledgers.gl
        return sum((row.debit_amount for row in gl), ZERO), sum((row.credit_amount for row in gl), ZERO)

    def figures(self, locale: str) -> Mapping[str, str]:
        """What is compared with the last preview, in words: documents, sums, entries by ledger."""
        if not self.may_post:
            return {"Problems": ", ".join(f.message for f in self.findings if f.is_error)[:200]}
        found = {kind: f"{no}, {_lines(count)}" for kind, no, count in self.documents}
        if self.plan.parts.invoice:
            totals = self.plan.totals
            sums = {
                "Total excl. VAT": totals.amount,
                "VAT amount": totals.vat,
                "Total incl. VAT": totals.amount_including_vat,
            }
            found |= {name: f"{formats.amount(value, 2, locale)} {self.currency}" for name, value in sums.items()}
        for one in self.sections:
            amounts = [formats.quantity(value, locale) for value in one["totals"].values() if value]
            found[one["ledger"].title] = "; ".join([_entries(len(one["rows"])), *dict.fromkeys(amounts)])
        found[self.place.name] = self.fate
        return found


def _summed(section: Mapping[str, Any]) -> Mapping[str, Decimal]:
    shown = {column.name for column in section["columns"]}
    names = [name for name in SUMMED.get(section["ledger"].slug, ()) if name in shown]
    sums = {name: sum((row[name] for row in section["rows"]), ZERO) for name in names}
    return sums if any(sums.values()) else {}  # what was used and sold at once cancels out


def _lines(count: int) -> str:
    return f"{count} line" if count == 1 else f"{count} lines"


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def _shown(key: DocumentKey, preview: Preview | None, form: Form) -> Shown:
    if preview is None:
        kind = place_of(key.document_type).name
        return Shown(key, None, [finding("document_gone", document=key.no, kind=kind, no=key.no)])
    plan = preview.plan
    return Shown(key, preview, [linked(one, key) for one in (*form.findings, *plan.findings, *plan.notices)])


# --- the pages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """What the address asks for, and what came of it."""

    place: Place
    asked: Asked
    option: str
    shown: Sequence[Shown]

    @property
    def documents(self) -> Sequence[PostedDocument]:
        """Everything that would be printed, document by document."""
        return [one for shown in self.shown if shown.preview is not None for one in shown.preview.documents]


async def _look(request: Visit, nos: Sequence[str], single: bool = False) -> Look:
    """Of one document by itself the option is looked at that has something to do, when none was asked for."""
    pairs = list(request.query_params.multi_items())
    form = date_form(request, pairs)
    asked = asked_for(pairs, form)
    place, path = place_at(request.url.path), request.url.path
    given = option_asked(place.document_type, asked.option)
    option = given or "ship_and_invoice"  # of an order
    keys = [key_of(path, no) for no in nos]
    proposed = single and not given
    found = await previews(request.user.acting, keys, asked.request(option), asked.posting_date, proposed)
    if proposed and (one := found[keys[0]]) is not None:
        option = one.plan.option_asked
    return Look(place, asked, option, await naming_in([_shown(key, preview, form) for key, preview in found.items()]))


@get(places("/{no:str}/preview"), guards=[requires_of_place("check")])
async def show_preview(request: Visit, no: FromPath[str]) -> Template:
    """What posting would write, for one option; the others are a link away."""
    look = await _look(request, [no], single=True)
    one = look.shown[0]
    if one.preview is None:
        raise await not_open(one.key)
    lines = sorted(look.asked.lines) if look.asked.lines is not None and look.place.is_order else None
    of = f"{look.place.document_type} {no} {look.option} {lines}"
    figures = dict(one.figures(request.user.locale))
    answer = _page(
        request,
        look,
        href_of(one.key, SEVERAL),
        [],
        head=one.plan.header,
        lines=lines,
        since=_since(read_sealed(request, COOKIE), of, figures),
    )
    answer.cookies.append(sealed_cookie(request, COOKIE, {"of": of, "figures": figures}, A_DAY))
    return answer


def _since(
    last: Mapping[str, Any] | None, of: str, figures: Mapping[str, str]
) -> Sequence[tuple[str, str, str]] | None:
    """What differs from the last preview of the same: (what, then, now). None when something else was previewed."""
    if last is None or last["of"] != of:
        return None
    before = last["figures"]
    names = dict.fromkeys((*before, *figures))
    return [
        (name, before.get(name, ""), figures.get(name, ""))
        for name in names
        if before.get(name, "") != figures.get(name, "")
    ]


def _numbers(request: Visit) -> list[str]:
    return marked(list(request.query_params.multi_items()), MOST)


@get(places(SEVERAL), guards=[requires_of_place("check")])
async def show_previews(request: Visit) -> Template:
    """Several documents one after another: those marked in the list, each looked at for itself."""
    nos = _numbers(request)
    look = await _look(request, nos)
    return _page(
        request, look, f"{look.place.path}{SEVERAL}", [("select", no) for no in nos], head=None, lines=None, since=None
    )


@post(places(SEVERAL), guards=[requires_of_place("check")], status_code=200)
async def choose_previews(request: Visit) -> Response[Any]:
    """The documents marked in the list; the preview has an address of its own."""
    pairs = [("select", no) for no in marked(await submitted(request), MOST)]
    path = f"{place_at(request.url.path).path}{SEVERAL}"
    return see_other(request, f"{path}?{urlencode(pairs)}" if pairs else path)


def _page(request: Visit, look: Look, path: str, own: Pairs, **context: Any) -> Template:
    options = options_of(look.place.document_type)
    query = {name: _query(own, look.asked, name) for name in options}
    return page(
        request,
        "posting/preview.html",
        look=look,
        option=OPTION_NAMES[look.option],
        place=look.place,
        path=path,
        tabs=[(OPTION_NAMES[name], f"{path}?{query[name]}", None) for name in options if len(options) > 1],
        here=f"{path}?{query[look.option]}",
        links=LINKS,
        post_query=_query([], look.asked, look.option),
        paper=f"{path}/print?{query[look.option]}" if look.documents else "",
        **context,
    )


def _query(own: Pairs, asked: Asked, option: str) -> str:
    pairs: list[tuple[str, object]] = [*own, ("option", option)]
    if asked.lines is not None:
        pairs += [("chosen", "1"), *(("line", no) for no in sorted(asked.lines))]
    if asked.posting_date is not None:
        pairs.append(("posting_date", asked.posting_date.isoformat()))
    return urlencode(pairs)


# --- as it would be printed -----------------------------------------------------------------------------------------


async def _paper(request: Visit, nos: Sequence[str], path: str, single: bool = False) -> Template:
    """The documents as they would be printed, with a watermark (D-82)."""
    look = await _look(request, nos, single)
    papers = await papers_of(look.documents)
    names = [f"{KINDS_OF[one.kind].paper} {one.header['no']}" for one in look.documents]
    query = request.url.query
    return page(
        request,
        "posting/preview_print.html",
        papers=papers,
        back=f"{path}?{query}",
        style=f"{path}/paper.css?{query}",
        title=f"Preview: {', '.join(names) or 'nothing to print'}",
        sheet=sheet,
    )


@get(places("/{no:str}/preview/print"), guards=[requires_of_place("check")])
async def show_paper(request: Visit, no: FromPath[str]) -> Template:
    return await _paper(request, [no], href_of(key_of(request.url.path, no), SEVERAL), single=True)


@get(places(f"{SEVERAL}/print"), guards=[requires_of_place("check")])
async def show_papers(request: Visit) -> Template:
    return await _paper(request, _numbers(request), f"{place_at(request.url.path).path}{SEVERAL}")


@get(places("/{no:str}/preview/paper.css"), guards=[requires_of_place("check")])
async def paper_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    look = await _look(request, [no], single=True)
    return style_file(margins_of_many(await papers_of(look.documents)))


@get(places(f"{SEVERAL}/paper.css"), guards=[requires_of_place("check")])
async def papers_style(request: Visit) -> Response[bytes]:
    look = await _look(request, _numbers(request))
    return style_file(margins_of_many(await papers_of(look.documents)))


ROUTES: Final = (
    show_preview,
    show_previews,
    choose_previews,
    show_paper,
    show_papers,
    paper_style,
    papers_style,
)
