"""Why this amount: from any amount of a posted invoice or credit memo to how it came about (P-134 … P-142)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp import formats, labels
from webapp.pages.answers import Visit, page
from webapp.pages.contract_fields import contract_href
from webapp.pages.ledgers import LINKS, drawn_entries
from webapp.pages.posted_documents import found_document, kind_of, posted
from webapp.pages.posted_kinds import Kind
from webapp.pages.posting import href_of_posted
from webapp.pages.why_links import why_line, why_total
from webapp.posting.derivation import Step, derive_line, derive_totals
from webapp.posting.rounding import Roundings
from webapp.security import requires
from webapp.store.derivations import Behind, behind
from webapp.store.posted import Entries, PostedDocument, lcy_code
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

HOW: Final[Mapping[str, Callable[..., str]]] = {
    "quantity": formats.quantity,
    "unit_price": formats.price,
    "pct": formats.percent,
    "line_discount_pct": formats.percent,
    "relational": formats.rate,
    "exchange": formats.rate,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A step in the words of the person who looks."""

    step: Step
    how: str
    note: str

    @property
    def sign(self) -> str:
        return {1: "+", -1: formats.MINUS, 0: "="}[self.step.adds]


def shown(steps: Sequence[Step], locale: str) -> list[Shown]:
    """The first step has no sign: nothing stands before it."""
    return [Shown(one, _spoken(one.how, one, locale), _spoken(one.note, one, locale)) for one in steps]


def _spoken(words: str, step: Step, locale: str) -> str:
    values = {name: _written(name, value, locale) for name, value in step.values.items()}
    return words.format_map(values)


def _written(name: str, value: Decimal | str, locale: str) -> str:
    if isinstance(value, str):
        return value
    write = HOW.get(name)
    return write(value, locale=locale) if write else formats.amount(value, locale=locale)


async def _looked(request: Visit, no: str) -> tuple[Kind, PostedDocument, Behind]:
    kind = kind_of(request)
    if kind.name == "shipment":
        raise NotFoundException("A shipment has no amounts.")
    document = await found_document(kind, no)
    return kind, document, await behind(document)


async def _answer(
    request: Visit,
    kind: Kind,
    document: PostedDocument,
    entries: Sequence[Entries],
    roundings: Roundings,
    **shown_: Any,
) -> Template:
    head = document.header
    lcy = await lcy_code()
    own = href_of_posted(Named(kind.name, head["no"]))
    return page(
        request,
        "posted/why.html",
        head=head,
        name=f"{kind.paper} {head['no']}",
        own=own,
        currency=head["currency_code"] or lcy,
        lcy=lcy,
        sections=drawn_entries(entries, lcy),
        links=LINKS,
        why_totals=why_total(kind.name, head["no"]),
        rounded=roundings,
        **shown_,
    )


@get(posted("/{no:str}/why"), guards=[requires("posted.read")])
async def why_totals(request: Visit, no: FromPath[str]) -> Template:
    kind, document, found = await _looked(request, no)
    head = document.header
    steps = derive_totals(found.rows, head["amount"], head["amount_including_vat"])
    wanted = ("customer_ledger_entry", "detailed_customer_entry", "gl_entry", "vat_entry")
    return await _answer(
        request,
        kind,
        document,
        title="its totals",
        steps=shown(steps, request.user.locale),
        rows=found.rows.rows,
        why=lambda line_no: why_line(kind.name, no, line_no),
        clause=None,
        line=None,
        proof=None,
        entries=[one for one in found.entries if one.ledger.name in wanted],
        roundings=found.rows.roundings,
    )


@get(posted("/{no:str}/why/{line_no:int}"), guards=[requires("posted.read")])
async def why_of_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    kind, document, found = await _looked(request, no)
    rows = {row.line.line_no: row for row in found.rows.rows}
    if line_no not in rows:
        raise NotFoundException(f"{kind.title} {no} has no amounts on line {line_no}.")
    line, clause = rows[line_no].line, found.clauses.get(line_no)
    proof, entries = found.of_line(line_no)
    return await _answer(
        request,
        kind,
        document,
        title=f"line {line_no}",
        steps=shown(derive_line(found.rows, line_no), request.user.locale),
        rows=(),
        clause=clause,
        contract=contract_href("contract", clause.contract_no) if clause else "",
        line=line,
        discount_from=labels.choice(line.line_discount_type, "line_discount_type") if line.line_discount_pct else "",
        proof=proof,
        entries=entries,
        roundings=found.rows.roundings,
        why=lambda other: why_line(kind.name, no, other),
    )


ROUTES: Final = (why_totals, why_of_line)
