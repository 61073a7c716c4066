"""The sheet of a document as HTML: the same for the screen, for the browser's print and for PDF (D-119)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from webapp.paper.cover import Cover
from webapp.paper.document import Paper
from webapp.paper.payment_code import payment_code
from webapp.paper.statement import StatementPaper

__all__ = [
    "cover_html",
    "file_html",
    "margins",
    "margins_of_many",
    "quoted",
    "sheet",
    "statement_html",
    "statement_sheet",
]

Paged = Paper | StatementPaper
DIRECTORY: Final = Path(__file__).parent.parent / "templates"


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


def sheet(paper: Paper, copy: bool = False, place: int = 1) -> Markup:
    """The article of one document; `place` counts the documents of a print."""
    template = _environment().get_template("paper/sheet.html")
    return Markup(template.render(paper=paper, copy=copy, place=place, at=_unmarked, breaks=()))


def statement_sheet(paper: StatementPaper, place: int = 1) -> Markup:
    """The article of one statement of account."""
    return Markup(_environment().get_template("paper/statement.html").render(paper=paper, place=place))


def statement_html(paper: StatementPaper) -> str:
    """A whole page with nothing but a statement, for its PDF."""
    return _environment().get_template("paper/file.html").render(paper=paper, sheet=statement_sheet(paper))


def file_html(paper: Paper, breaks: Collection[int] = ()) -> str:
    """A whole page with nothing but the document, from which its PDF is made with its `margins`. A new sheet begins
    before each line of `breaks`; what must stand on the same sheet as something else is marked."""
    template = _environment().get_template("paper/sheet.html")
    article = Markup(template.render(paper=paper, copy=False, place=1, at=_marked, breaks=breaks))
    return _environment().get_template("paper/file.html").render(paper=paper, sheet=article)


def _unmarked(_mark: object, text: str) -> Markup:
    return escape(text)


def _marked(mark: object, text: str) -> Markup:
    return Markup('<a class="at" href="at:{}">{}</a>').format(mark, text)


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
        f"@top-left {{ content: {quoted(str(paper.words.company['name']))}; }}"
        f" @top-right {{ content: {quoted(paper.running)}; }} @bottom-left {{ content: {quoted(paper.imprint)}; }}"
    )


def _counted(paper: Paged) -> str:
    before, between, after = paper.t("page_of", page="\0", pages="\0").split("\0")
    content = f"{quoted(before)} counter(page) {quoted(between)} counter(pages) {quoted(after)}"
    return f"@bottom-right {{ content: {content}; }}"


def _own_count(paper: Paged, counter: str) -> str:
    before, after = paper.t("page", page="\0").split("\0")
    content = f"{quoted(before)} counter({counter}) {quoted(after)}"
    return f"counter-increment: {counter}; @bottom-right {{ content: {content}; }}"


def quoted(text: str) -> str:
    """A text as CSS quotes it, every character by its number."""
    return '"' + "".join(f"\\{ord(sign):06x}" for sign in text[:400]) + '"'
