"""The sheet of a document as HTML: the same for the screen, for the browser's print and for PDF (D-119)."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from webapp.paper.cover import Cover
from webapp.paper.document import Paper
from webapp.paper.keeping import kept_of
from webapp.paper.payment_code import payment_code
from webapp.paper.statement import StatementPaper
from webapp.paper.texts import text
from webapp.posting.certificates import is_goods

__all__ = [
    "Sheet",
    "certificate_sheet",
    "cover_html",
    "file_html",
    "margins",
    "margins_of_many",
    "paper_style",
    "quoted",
    "sheet",
    "sheet_of",
    "statement_html",
    "statement_sheet",
]

DIRECTORY: Final = Path(__file__).parent.parent / "templates"
STYLE: Final = Path(__file__).parent.parent / "static" / "paper.css"
MARGINS: Final = "\n/* what stands in the margins */\n"

_MARK: Final = re.compile(r'<a class="at" href="at:([^"]*)">(.*?)</a>', re.DOTALL)
_LINES: Final = re.compile(r'<table class="(paper-table lines[^"]*)">\n(<thead>.*?</thead>)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as it was drawn once, with all that print and PDF are made from (D-120): nothing is read again.

    `article` has a mark at each line, as the PDF needs them to keep together what belongs together; `words` are
    what `kept_of` keeps, for an e-invoice that is made later.
    """

    title: str
    language: str
    company: str
    running: str
    imprint: str
    article: str
    style: str
    words: str = ""

    def drawn(self, copy: bool = False, place: int = 1) -> Markup:
        """For the browser; `place` counts the documents of a print."""
        article = _MARK.sub(r"\2", self.article)
        if place != 1:
            article = article.replace("sheet-1", f"sheet-{place}", 1)
        if copy:
            mark = f' <span class="copy">{html.escape(text("copy", self.language))}</span></h1>'
            article = article.replace("</h1>", mark, 1)
        return Markup(article)

    @property
    def marks(self) -> Sequence[str]:
        """The marks in their order: the numbers of the lines, `over` those that a service item stands above, `end`."""
        return [found[1] for found in _MARK.finditer(self.article)]

    def broken(self, breaks: Collection[int]) -> str:
        """The article with a new sheet before each of these lines."""
        article, head = self.article, _LINES.search(self.article)
        for line in sorted(breaks):
            assert head, "there are lines"
            at = article.find(f'href="at:over {line}"')
            at = article.rfind("<tr", 0, at if at >= 0 else article.index(f'href="at:{line}"'))
            begun = f'</tbody>\n</table>\n<table class="{head[1]} next">\n{head[2]}\n<tbody>\n'
            article = article[:at] + begun + article[at:]
        return article

    def to_file(self) -> str:
        """A page that every browser shows, without the product, for as long as documents are kept (D-128)."""
        style = Markup(f"<style>\n{self.style}{MARGINS}{margins(self)}\n</style>")
        return _environment().get_template("paper/kept.html").render(sheet=self, style=style)

    @classmethod
    def from_file(cls, page: str) -> Sheet:
        """The sheet that `to_file` wrote."""
        head, _, rest = page.partition("<style>\n")
        style, _, body = rest.partition("\n</style>")
        own, margins_there, _ = style.rpartition(MARGINS)
        article = body.partition("<main>\n")[2].rpartition("\n</main>")[0]
        language, title = re.search(r'lang="([^"]*)"', head), re.search(r"<title>(.*?)</title>", head, re.DOTALL)
        named = dict(re.findall(r'<meta name="(\w+)" content="([^"]*)">', head))
        assert language and title and margins_there and article, "a page that `to_file` wrote"
        company, running, imprint = (html.unescape(named[name]) for name in ("company", "running", "imprint"))
        words = html.unescape(named["words"])
        return cls(html.unescape(title[1]), language[1], company, running, imprint, article, own, words)


Paged = Paper | StatementPaper | Sheet


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(DIRECTORY),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["payment_code"] = payment_code
    return made


@cache
def paper_style() -> str:
    """The style of paper as it is today."""
    return STYLE.read_text()


def sheet_of(paper: Paper) -> Sheet:
    """A document as it is drawn now."""
    article = _environment().get_template("paper/sheet.html").render(paper=paper, at=_marked).strip()
    company = str(paper.words.company["name"])
    kept = kept_of(paper)
    return Sheet(paper.title, paper.language, company, paper.running, paper.imprint, article, paper_style(), kept)


def sheet(one: Paper | Sheet, copy: bool = False, place: int = 1) -> Markup:
    """The article of one document for the browser; `place` counts the documents of a print."""
    return (one if isinstance(one, Sheet) else sheet_of(one)).drawn(copy, place)


def statement_sheet(paper: StatementPaper, place: int = 1) -> Markup:
    """The article of one statement of account."""
    return Markup(_environment().get_template("paper/statement.html").render(paper=paper, place=place))


def statement_html(paper: StatementPaper) -> str:
    """A whole page with nothing but a statement, for its PDF."""
    return (
        _environment()
        .get_template("paper/file.html")
        .render(paper=paper, author=paper.sender[0], sheet=statement_sheet(paper))
    )


def file_html(one: Sheet, breaks: Collection[int] = ()) -> str:
    """A whole page with nothing but the document, from which its PDF is made with its `margins`. A new sheet begins
    before each line of `breaks`; what must stand on the same sheet as something else is marked."""
    article = Markup(one.broken(breaks))
    return _environment().get_template("paper/file.html").render(paper=one, author=one.company, sheet=article)


def _marked(mark: object, words: str) -> Markup:
    return Markup('<a class="at" href="at:{}">{}</a>').format(mark, words)


def certificate_sheet(paper: Paper) -> Markup:
    """What the customer signs when goods of a shipment have arrived in another country of the EU (D-107)."""
    head, t = paper.head, paper.t
    arrived = [str(head["ship_to_city"]), paper.country(str(head["ship_to_country_code"]))]
    facts = [
        (t("shipment_no"), head["no"]),
        (t("shipped"), paper.region.day(head["posting_date"])),
        (t("order_no"), head["order_no"]),
        (t("your_order_no"), head["external_document_no"]),
        (t("customer_no"), head["customer_no"]),
        (t("your_vat_no"), head["vat_registration_no"]),
    ]
    return Markup(
        _environment()
        .get_template("paper/certificate.html")
        .render(
            paper=paper,
            facts=[one for one in facts if one[1]],
            place=", ".join(part for part in arrived if part),
            goods=[line for line in paper.lines if is_goods(line)],
        )
    )


def cover_html(cover: Cover) -> str:
    """The page of the cover sheet of a print run."""
    return _environment().get_template("paper/cover.html").render(cover=cover)


# --- what stands in the margins -------------------------------------------------------------------------------------

NO_HEAD: Final = '{ @top-left { content: ""; } @top-right { content: ""; } }'


def margins(paper: Paged) -> str:
    """Company and document on every page but the first, the imprint and page n of m on each (D-117, D-119)."""
    return f"@page {{ {_texts(paper)} {_counted(paper)} }} @page :first {NO_HEAD}"


def margins_of_many(papers: Sequence[Paged]) -> str:
    """The same for several documents in one print of the browser: each counts its own pages, of which nobody knows
    how many they are."""
    if len(papers) == 1:
        counts = [_counted(papers[0])]
    else:
        counts = [_own_count(paper, f"document-{number}") for number, paper in enumerate(papers, 1)]
    rules = [
        f".sheet-{number} {{ page: sheet-{number}; }} @page sheet-{number} {{ {_texts(paper)} {counts[number - 1]} }}"
        for number, paper in enumerate(papers, 1)
    ]
    return "\n".join([*rules, f"@page sheet-1:first {NO_HEAD}"])


def _texts(paper: Paged) -> str:
    return (
        f"@top-left {{ content: {quoted(_company(paper))}; }}"
        f" @top-right {{ content: {quoted(paper.running)}; }} @bottom-left {{ content: {quoted(paper.imprint)}; }}"
    )


def _company(paper: Paged) -> str:
    return paper.company if isinstance(paper, Sheet) else str(paper.words.company["name"])


def _counted(paper: Paged) -> str:
    before, between, after = text("page_of", paper.language, page="\0", pages="\0").split("\0")
    content = f"{quoted(before)} counter(page) {quoted(between)} counter(pages) {quoted(after)}"
    return f"@bottom-right {{ content: {content}; }}"


def _own_count(paper: Paged, counter: str) -> str:
    before, after = text("page", paper.language, page="\0").split("\0")
    content = f"{quoted(before)} counter({counter}) {quoted(after)}"
    return f"counter-increment: {counter}; @bottom-right {{ content: {content}; }}"


def quoted(words: str) -> str:
    """A text as CSS quotes it, every character by its number."""
    return '"' + "".join(f"\\{ord(sign):06x}" for sign in words[:400]) + '"'
