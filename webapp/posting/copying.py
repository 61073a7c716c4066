"""Copying a document into an open one (D-42): lines as they are or priced anew, links left behind and named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from webapp.posting.changes import Changed, Draft
from webapp.posting.crediting import CreditSource, credited_lines
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import with_currency, with_customer, with_payment_method, with_terms
from webapp.posting.line_changes import is_heading
from webapp.posting.lines import blanks_of, fill, next_line_no, with_vat_setup
from webapp.posting.quantities import derived, initialised
from webapp.posting.records import changed, names_of
from webapp.posting.snapshot import ZERO, Header, ItemLine, Line

SOURCES: Final = ("order", "invoice", "credit_memo", "posted_shipment", "posted_invoice", "posted_credit_memo")
STEP: Final = 10000

_OF_THE_COPY = (
    *("document_type", "no", "posting_description", "row_version", "last_line_no", "status", "release_status"),
    *("posting_date", "document_date", "vat_date", "order_date", "order_time", "response_date", "response_time"),
    *("starting_date", "starting_time", "finishing_date", "finishing_time", "assigned_user", "correction"),
    *("no_series", "shipping_no_series", "posting_no_series", "applies_to_doc_type", "applies_to_doc_no"),
    *("applies_to_id", "contract_no", "external_document_no"),
)
"""What a header keeps when that of another document is copied into it."""

_PROGRESS = tuple(
    name
    for name in names_of(Line)
    if name.startswith(("qty_", "quantity_", "outstanding_qty")) and name != "qty_per_uom"
)


@dataclass(frozen=True, slots=True)
class CopySource:
    """The document that is copied. `credit`: a posted invoice, as far as credit memos may take from it;
    `rounding_line_no`: the line that rounded a posted document (P-139)."""

    kind: str
    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]
    credit: CreditSource | None = None
    rounding_line_no: int = 0


def copied(draft: Draft, source: CopySource, *, include_header: bool, recalculate: bool) -> Changed:
    """The open document with the lines of another after its own, and with its header if asked for."""
    at: dict[str, Any] = {"document": draft.header.no}
    if draft.header.release_status != "open":
        return Changed(draft, (finding("copy_into_released", no=draft.header.no, **at),))
    if include_header and draft.lines:
        return Changed(draft, (finding("copy_header_over_lines", no=draft.header.no, field="include_header", **at),))
    header, refused = _with_header(draft, source) if include_header else (draft.header, [])
    if not refused and not recalculate and _priced_otherwise(header, source.header):
        refused = [finding("copy_priced_otherwise", no=source.header.no, field="recalculate", **at)]
    if refused:
        return Changed(draft, tuple(refused))
    return _Copy(changed(draft, header=header), source, recalculate).made(draft)


def _priced_otherwise(header: Header, of: Header) -> bool:
    pairs = ((one.currency_code, one.prices_including_vat) for one in (header, of))
    return len(set(pairs)) > 1


def _with_header(draft: Draft, source: CopySource) -> tuple[Header, list[Finding]]:
    """The source's header with the number, the dates and the state of the document it comes into."""
    setup, of = draft.setup, source.header
    kept = {name: getattr(draft.header, name) for name in _OF_THE_COPY}
    header = changed(of, **kept)
    customer, payer = draft.customers.get(of.customer_no), draft.customers.get(of.bill_to_customer_no)
    if customer is None or payer is None:
        return header, [finding("reference_unknown", table="customer", field="no", name=of.customer_no)]
    _, findings = with_customer(setup, header, customer, payer)
    terms = setup.payment_terms.get(header.payment_terms_code)
    if header.document_type == "credit_memo" and not (terms and terms.disc_on_cr_memos):
        header = with_payment_method(setup, header, "")
    header, missing = with_currency(setup, with_terms(setup, header), header.currency_code)
    return header, [one for one in (*findings, *missing) if one.is_error]


class _Copy:
    """One copying: the lines as they come into the document, and what they lost."""

    def __init__(self, draft: Draft, source: CopySource, recalculate: bool) -> None:
        self.draft, self.source, self.recalculate = draft, source, recalculate
        self.header = draft.header
        self.item_lines = list(draft.item_lines)
        self.placed: dict[int, int] = {}
        self.findings: list[Finding] = []
        self.notices: list[Finding] = []
        self.lost: dict[str, list[int]] = {}

    def made(self, before: Draft) -> Changed:
        if self.header.document_type == "order":
            self._item_lines()
        takes_back = self._takes_back()
        credit = self.source.credit if takes_back else None
        if credit and credit.open and not self.header.applies_to_id:
            self.header = changed(self.header, applies_to_doc_type="invoice", applies_to_doc_no=self.source.header.no)
            self.header = with_payment_method(self.draft.setup, self.header, "")
        lines: list[Line] = []
        numbers: dict[int, int] = {}
        line_no = next_line_no(self.header, self.draft.lines)
        for origin, line in self._taken(takes_back):
            numbers.setdefault(origin.line_no, line_no)
            lines.append(self._line(origin, line, line_no, numbers, linked=takes_back))
            line_no += STEP
        if not lines and not self.findings:
            self.findings.append(finding("copy_nothing", no=self.source.header.no, document=self.header.no))
        if self.findings:
            return Changed(before, tuple(self.findings))
        for what, where in self.lost.items():
            self.notices.append(finding("copy_link_lost", what=what, lines=", ".join(map(str, where))))
        after = changed(
            self.draft,
            header=self.header,
            item_lines=tuple(self.item_lines),
            lines=(*self.draft.lines, *lines),
        )
        return Changed(after, notices=tuple(self.notices))

    def _takes_back(self) -> bool:
        """Whether the copy is a credit memo over the posted invoice itself: same payer, same money (D-19)."""
        header, of = self.header, self.source.header
        return (
            header.document_type == "credit_memo"
            and self.source.credit is not None
            and not self.source.credit.cancelled_by
            and header.bill_to_customer_no == of.bill_to_customer_no
            and not _priced_otherwise(header, of)
        )

    def _taken(self, takes_back: bool) -> Iterator[tuple[Line, Line]]:
        """Each line that is copied, with what comes of it: one line, or one by each item entry of its goods."""
        if takes_back and self.source.credit is not None:
            for one in self.source.credit.lines:
                if one.offered:
                    for part in credited_lines(
                        self.draft.setup, self.header, self.source.header.no, one, one.line.quantity
                    ):
                        yield one.line, part
                elif self._is_copied(one.line):
                    yield one.line, one.line
            return
        for line in self.source.lines:
            if self._is_copied(line):
                yield line, line

    def _is_copied(self, line: Line) -> bool:
        """Neither the line that rounded the document nor the text that names a shipment."""
        if line.is_text:
            return not is_heading(line) and not (line.system_created and line.shipment_no)
        return line.line_no != self.source.rounding_line_no

    def _item_lines(self) -> None:
        """Service item lines that the order does not have yet."""
        there = {one.service_item_no: one.line_no for one in self.item_lines if one.service_item_no}
        line_no = max((one.line_no for one in self.item_lines), default=0)
        same = self.header.customer_no == self.source.header.customer_no
        for one in self.source.item_lines:
            if one.service_item_no in there:
                self.placed[one.line_no] = there[one.service_item_no]
                continue
            line_no += STEP
            self.placed[one.line_no] = line_no
            fresh = changed(one, line_no=line_no, starting_date=None, starting_time=None)
            fresh = changed(fresh, finishing_date=None, finishing_time=None)
            if not same:
                fresh = changed(fresh, contract_no="", contract_line_no=0, contract_disc_pct=ZERO)
            self.item_lines.append(fresh)

    def _line(self, origin: Line, line: Line, line_no: int, numbers: dict[int, int], *, linked: bool) -> Line:
        header = self.header
        blank = blanks_of(Line)
        kept = ("appl_from_item_entry", "invoice_no", "invoice_line_no") if linked else ()
        self._note_links(line, line_no, linked=linked)
        line = changed(
            line,
            **{name: blank[name] for name in (*_PROGRESS, *_LINKS) if name not in kept},
            line_no=line_no,
            service_item_line_no=self.placed.get(line.service_item_line_no, 0),
            attached_to_line_no=numbers.get(line.attached_to_line_no, 0),
            posting_date=header.posting_date,
            order_date=header.order_date,
        )
        if line.is_text:
            return line
        if header.document_type != "order" or header.customer_no != self.source.header.customer_no:
            line = changed(line, contract_no="")
        line = changed(line, gen_bus_group=header.gen_bus_group, vat_bus_group=header.vat_bus_group)
        if self.recalculate:
            return self._priced(origin, line)
        fresh = initialised(with_vat_setup(line, self.draft.setup), header.document_type)
        fresh = derived(fresh, header.document_type, self._precision())
        discount = line.line_discount_amount
        if line.quantity != origin.quantity or not discount:
            return fresh
        gross = fresh.line_amount + fresh.line_discount_amount
        return changed(fresh, line_discount_amount=discount, line_amount=gross - discount)

    def _precision(self) -> Decimal:
        return changed(self.draft, header=self.header).precision

    def _priced(self, origin: Line, line: Line) -> Line:
        """The line as if it were typed now; its words and dimensions stay (D-42)."""
        line = changed(line, allow_line_disc=self.header.allow_line_disc, inv_discount_amount=ZERO)
        item_line = next((one for one in self.item_lines if one.line_no == line.service_item_line_no), None)
        filled, found = fill(line, self.header, item_line, self.draft.setup, self.draft.catalog)
        wrong = [one for one in found if one.is_error]
        self.findings += [changed(one, line=origin.line_no, document=self.source.header.no, field="") for one in wrong]
        self.notices += [one for one in found if not one.is_error]
        return changed(filled, description=line.description, dim_1=line.dim_1, dim_2=line.dim_2)

    def _note_links(self, line: Line, line_no: int, *, linked: bool) -> None:
        links = {
            "shipment": bool(line.shipment_no and line.shipment_line_no) and not linked,
            "contract entry": bool(line.appl_to_service_entry or line.contract_line_no),
            "item entry": bool(line.appl_to_item_entry or (line.appl_from_item_entry and not linked)),
            "posted invoice": bool(line.invoice_no) and not linked,
        }
        for what, had in links.items():
            if had:
                self.lost.setdefault(what, []).append(line_no)


_LINKS = (
    *("shipment_no", "shipment_line_no", "order_no", "order_line_no", "invoice_no", "invoice_line_no"),
    *("appl_to_item_entry", "appl_from_item_entry", "appl_to_service_entry"),
    *("contract_line_no", "period_from", "period_to"),
    *("amount", "amount_including_vat", "vat_base_amount", "inv_disc_amount_to_invoice"),
)


def to_be_filled(source: CopySource) -> Sequence[tuple[str, str]]:
    """What the lines name, to be looked up before they are priced anew."""
    return [(line.type, line.no) for line in source.lines if line.no]
