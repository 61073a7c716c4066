"""Posted documents on paper: the print page is a preview, its button counts a print (D-95, D-117 … D-123)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp import formats
from webapp.pages.answers import Link, Note, Visit, page, see_other
from webapp.pages.document_paths import href_of, key_of, places
from webapp.pages.posted_documents import CREDIT_MEMO, KINDS_OF, SHIPMENT, Kind, found_document, kind_of, posted
from webapp.pages.posting import href_of_posted, posting_of
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.paper import Words, count_prints, words_for
from webapp.store.posted import PostedDocument, Step
from webapp.store.posting import PostedDocument as Named
from webapp.store.supplies import Supply

__all__ = ["ROUTES", "Paper", "counted_prints", "papers_css", "papers_of", "papers_page"]

Row = Mapping[str, Any]
FOUR_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as it goes on paper."""

    kind: Kind
    document: PostedDocument
    words: Words
    corrections: bool = False

    @property
    def head(self) -> Row:
        return self.document.header

    @property
    def title(self) -> str:
        return f"{self.kind.paper} {self.head['no']}"

    @property
    def corrects(self) -> Sequence[Step]:
        """The invoices that a credit memo corrects, with their dates (D-124, D-127 point 219)."""
        if self.kind is not CREDIT_MEMO:
            return ()
        named = self.document.chain.get("invoices", ())
        applied = str(self.head.get("applies_to_doc_no") or "") if not named else ""
        return [Step(applied, None)] if applied and self.head["applies_to_doc_type"] == "invoice" else named

    @property
    def currency(self) -> str:
        return str(self.head["currency_code"] or self.words.lcy)

    @property
    def lines(self) -> Sequence[Row]:
        """The lines as they are printed: without undone ones unless `corrections` are asked for, without empty texts at
        the end (D-121, D-123)."""
        lines = [line for line in self.document.lines if self.corrections or not line.get("correction")]
        while lines and lines[-1]["type"] == "blank" and not lines[-1]["description"]:
            lines.pop()
        return lines

    @property
    def groups(self) -> Iterator[tuple[str, Row]]:
        """Each line with the service item whose lines begin with it, "" for the others (D-122)."""
        current = ""
        for line in self.lines:
            machine = str(line["service_item_no"])
            begins = line["type"] != "blank" and machine != current
            current = machine if begins else current
            yield machine if begins else "", line

    def machine(self, no: str) -> str:
        """A service item with its description and serial number."""
        description, serial = self.words.machines.get(no, ("", ""))
        return ", ".join(part for part in (f"{no} {description}".strip(), serial and f"serial no. {serial}") if part)

    @property
    def recipient(self) -> Sequence[str]:
        """The address for the window of the envelope: the payer's on invoices, the ship-to's on shipments. The
        country is named, in capitals, when it is another one than the company's."""
        prefix = "ship_to" if self.kind is SHIPMENT else "bill_to"
        head = self.head
        city = f"{head[f'{prefix}_post_code']} {head[f'{prefix}_city']}".strip()
        country = head[f"{prefix}_country_code"]
        abroad = "" if country == self.words.company["country_code"] else self.country(country).upper()
        parts = (head[f"{prefix}_name"], head[f"{prefix}_contact"], head[f"{prefix}_address"])
        return [part for part in (*parts, head[f"{prefix}_address_2"], city, abroad) if part]

    def country(self, code: str) -> str:
        return self.words.of("country", code) or code

    def supplies(self, line_no: int) -> Sequence[Supply]:
        """What was shipped for a line of the invoice."""
        return [one for one in self.document.supplies if one.invoiced.line_no == line_no]

    @property
    def supply_days(self) -> Sequence[Any]:
        """The dates of supply; the posting date when no shipment is known (D-121, D-127)."""
        days = sorted({one.shipped.day for one in self.document.supplies})
        return days or [self.head["posting_date"]]

    def net_price(self, line: Row) -> Decimal:
        """The unit price without VAT where prices include it, to four places (D-127)."""
        price, rate = Decimal(line["unit_price"]), Decimal(line["vat_pct"])
        return (price * 100 / (100 + rate)).quantize(FOUR_PLACES, ROUND_HALF_UP).normalize() + Decimal(0)

    @property
    def rates(self) -> Sequence[Decimal]:
        """The rates of the VAT that is charged; none where the recipient owes it."""
        return sorted({row["vat_pct"] for row in self.document.vat if row["calculation_type"] != "reverse_charge"})

    @property
    def clauses(self) -> Sequence[str]:
        """The texts of the VAT clauses in the language of the document, each once."""
        language = str(self.head["language_code"])
        texts = [self.words.clause(row["vat_clause_code"], language) for row in self.document.vat]
        return list(dict.fromkeys(text for text in texts if text))

    @property
    def logo(self) -> str:
        """The company's logo as an address that holds the picture itself; "" when there is none."""
        logo = str(self.words.company["logo"]).strip()
        return logo if logo.startswith("data:image/") else ""


# --- pages ----------------------------------------------------------------------------------------------------------


def _own(kind: Kind, no: str) -> str:
    return href_of_posted(Named(kind.name, no))


def _of_posting(key: DocumentKey, token: str) -> str:
    return f"{href_of(key)}/postings/{quote(token, safe='')}"


async def papers_of(documents: Sequence[PostedDocument], corrections: bool = False) -> list[Paper]:
    """The documents as they go on paper."""
    words = await words_for(documents)
    return [Paper(KINDS_OF[one.kind], one, words, corrections) for one in documents]


async def papers_page(
    request: Visit, documents: Sequence[PostedDocument], back: str, corrections: bool = False
) -> Template:
    papers = await papers_of(documents, corrections)
    title = ", ".join(paper.title for paper in papers)
    return page(
        request,
        "posted/print.html",
        papers=papers,
        company=papers[0].words.company,
        back=back,
        title=title,
        corrections=corrections,
        undone=any(line.get("correction") for one in documents for line in one.lines),
        imprint=imprint,
    )


@get(posted("/{no:str}/print"), guards=[requires("posted.print")])
async def show_paper(request: Visit, no: FromPath[str]) -> Template:
    kind = kind_of(request)
    corrections = request.query_params.get("corrections") == "1"
    return await papers_page(request, [await found_document(kind, no)], _own(kind, no), corrections)


@get(places("/{no:str}/postings/{token:str}/print"), guards=[requires("posted.print")])
async def show_papers(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    """What a posting made, on paper: the shipment, the invoice, or both (D-41)."""
    key = key_of(request.url.path, no)
    return await papers_page(request, await _posted_with(key, token), _of_posting(key, token))


async def _posted_with(key: DocumentKey, token: str) -> list[PostedDocument]:
    return [await found_document(KINDS_OF[one.kind], one.no) for one in (await posting_of(key, token)).posted]


# --- printing -------------------------------------------------------------------------------------------------------


@post(posted("/{no:str}/printing"), guards=[requires("posted.print")], status_code=200)
async def print_paper(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = kind_of(request)
    await found_document(kind, no)
    return await counted_prints(request, [(kind.name, no)], _own(kind, no))


@post(places("/{no:str}/postings/{token:str}/printing"), guards=[requires("posted.print")], status_code=200)
async def print_papers(request: Visit, no: FromPath[str], token: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    papers = [(one.kind, one.no) for one in (await posting_of(key, token)).posted]
    return await counted_prints(request, papers, _of_posting(key, token))


async def counted_prints(request: Visit, papers: Sequence[tuple[str, str]], back: str) -> Response[Any]:
    """Counts, then shows the print page once more; the note says that this is the print that was counted."""
    counts = await count_prints(request.user.acting, papers)
    done = [f"{KINDS_OF[kind].paper} {no}: print {count}" for (kind, no), count in zip(papers, counts, strict=True)]
    return see_other(request, f"{back}/print", Note(f"Counted. {'. '.join(done)}.", (Link("Back", back),), "printing"))


# --- what stands in the margins -------------------------------------------------------------------------------------


@get(posted("/{no:str}/paper.css"), guards=[requires("posted.print")])
async def paper_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """Company and document on every page but the first, the imprint and page n of m on each (D-119)."""
    kind = kind_of(request)
    document = await found_document(kind, no)
    paper = Paper(kind, document, await words_for([document]))
    of_page = '@bottom-right { content: "Page " counter(page) " of " counter(pages); }'
    style = f"@page {{ {_margins(paper, request.user.locale)} {of_page} }}"
    return _style(f'{style} @page :first {{ @top-left {{ content: ""; }} @top-right {{ content: ""; }} }}')


@get(places("/{no:str}/postings/{token:str}/paper.css"), guards=[requires("posted.print")])
async def papers_style(request: Visit, no: FromPath[str], token: FromPath[str]) -> Response[bytes]:
    """The same for several documents in one print: each counts its own pages."""
    return await papers_css(request, await _posted_with(key_of(request.url.path, no), token))


async def papers_css(request: Visit, documents: Sequence[PostedDocument]) -> Response[bytes]:
    """The margins of several documents in one print."""
    words = await words_for(documents)
    papers = [Paper(KINDS_OF[one.kind], one, words) for one in documents]
    if len(papers) == 1:
        of_page = ['@bottom-right { content: "Page " counter(page) " of " counter(pages); }']
    else:
        counters = [f"document-{number}" for number in range(1, len(papers) + 1)]
        of_page = [f'counter-increment: {c}; @bottom-right {{ content: "Page " counter({c}); }}' for c in counters]
    rules = [
        f".sheet-{number} {{ page: sheet-{number}; }}"
        f" @page sheet-{number} {{ {_margins(paper, request.user.locale)} {of_page[number - 1]} }}"
        for number, paper in enumerate(papers, 1)
    ]
    first = '@page sheet-1:first { @top-left { content: ""; } @top-right { content: ""; } }'
    return _style("\n".join([*rules, first]))


def _margins(paper: Paper, locale: str) -> str:
    head, company = paper.head, paper.words.company
    about = f"{paper.title} · {formats.day(head['document_date'], locale)} · {head['bill_to_customer_no']}"
    return (
        f"@top-left {{ content: {_text(company['name'])}; }} @top-right {{ content: {_text(about)}; }}"
        f" @bottom-left {{ content: {_text(imprint(company))}; }}"
    )


def imprint(company: Row) -> str:
    """The company's last line on paper."""
    vat, registered = company["vat_registration_no"], company["registration_no"]
    parts = (
        company["name"],
        company["phone_no"],
        company["e_mail"],
        str(company["home_page"]).removeprefix("https://"),
        vat and f"VAT no. {vat}",
        registered and f"Reg. no. {registered}",
    )
    return " · ".join(str(part) for part in parts if part)


def _text(text: str) -> str:
    """A text as CSS quotes it, every character by its number."""
    return '"' + "".join(f"\\{ord(c):06x}" for c in text[:400]) + '"'


def _style(text: str) -> Response[bytes]:
    return Response(text.encode(), media_type="text/css")


ROUTES: Final = (show_paper, show_papers, print_paper, print_papers, paper_style, papers_style)
