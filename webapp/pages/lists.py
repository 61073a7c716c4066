"""Lists: what the address asks for, the rows found, and the links that ask for something else.

Search, filters, sort order and place are in the address, so a list can be bookmarked, reloaded and sent on. Paging is
by key ("after this row"), never by counting rows, so it stays fast however long the list is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.exceptions import ClientException

from webapp import formats, labels
from webapp.forms import NUMBERS
from webapp.pages.workbooks import workbook
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed

__all__ = [
    "MOST_FILTER",
    "Asked",
    "Column",
    "Filter",
    "Listing",
    "asked_columns",
    "csv_file",
    "excel_file",
    "filled",
    "in_currency",
    "list_file",
    "neutral",
    "only_known",
    "read_asked",
    "shown",
]

Row = Mapping[str, Any]
MOST_SEARCH: Final = 100
MOST_FILTER: Final = 1100
"""Long enough for a page of numbers as A|B|C."""
MOST_CURSOR: Final = 500
ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Column:
    """One column: kind as in `webapp.forms.Field`, and `chip` for a state. `unit` is the currency of its amounts."""

    name: str
    kind: str = "text"
    label: str = ""
    sortable: bool = False
    places: int = 2
    blank_zero: bool = True
    unit: str = ""

    @property
    def title(self) -> str:
        return self.label or labels.label(self.name)

    @property
    def numeric(self) -> bool:
        return self.kind in NUMBERS or self.kind == "amount"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter in the bar above a list: a choice of (value, words), or a text when there are no options."""

    name: str
    label: str = ""
    options: tuple[tuple[str, str], ...] = ()
    more: bool = False
    """Whether it stands behind "More filters"."""
    of_column: bool = True
    """Whether it compares a column of the list, and stands there while the list shows that column."""

    @property
    def title(self) -> str:
        return self.label or labels.label(self.name)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a list. `sort` is a column's name, with a hyphen before it for falling order."""

    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    after: str = ""
    columns: tuple[str, ...] = ()
    """Those to show; none for the list's own."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Filters with a value that they do not offer: an address may be older than the list."""
    faults: tuple[Finding, ...] = ()
    """What is wrong with those. Without them the list would be another one: it is not shown, exported or run over."""

    @property
    def narrowed(self) -> bool:
        """Whether rows are left out."""
        return bool(self.search or self.filters or self.unknown)

    @property
    def narrowing(self) -> list[tuple[str, str]]:
        """What leaves rows out, as fields that say the same again."""
        found = [("q", self.search), *self.filters.items(), *self.unknown.items()]
        return [(name, value) for name, value in found if value]


def read_asked(params: Iterable[tuple[str, str]], columns: Sequence[Column], filters: Sequence[Filter]) -> Asked:
    """What the address asks for. A sort order or a column that is not there is left out; a value that a filter does
    not offer is told."""
    given = {name: value.strip() for name, value in params}
    sortable = {column.name for column in columns if column.sortable}
    sort = given.get("sort", "")
    wanted = [(one, _printable(given.get(one.name, ""))[:MOST_FILTER]) for one in filters]
    filled_in = [(one, value) for one, value in wanted if value]
    wrong = [(one, value[:40]) for one, value in filled_in if not _offered(one, value)]
    return Asked(
        search=_printable(given.get("q", ""))[:MOST_SEARCH],
        filters={one.name: value for one, value in filled_in if _offered(one, value)},
        sort=sort if sort.removeprefix("-") in sortable else "",
        after=given.get("after", "")[:MOST_CURSOR],
        columns=_named(given.get("columns", ""), columns),
        unknown={one.name: value for one, value in wrong},
        faults=tuple(
            finding("filter_value_unknown", field=one.name, label=one.title, value=value) for one, value in wrong
        ),
    )


def only_known(asked: Asked) -> Asked:
    """What a file is made of: refused where a filter has a value that it does not offer."""
    if asked.faults:
        raise ClientException(" ".join(f"{one.message} {one.remedy}" for one in asked.faults))
    return asked


def _named(text: str, columns: Sequence[Column]) -> tuple[str, ...]:
    known = {column.name for column in columns} if text else set()
    return tuple(dict.fromkeys(name for name in text.split(",") if name in known))


def asked_columns(asked: Asked, own: Sequence[Column], offered: Sequence[Column]) -> Sequence[Column]:
    """The columns that are asked for, in the order in which they are offered, the first of all with them; else the
    list's own."""
    if not asked.columns:
        return own
    return [column for place, column in enumerate(offered) if not place or column.name in asked.columns]


def _offered(one: Filter, value: str) -> bool:
    return not one.options or value in {option for option, _ in one.options}


def _printable(value: str) -> str:
    return "".join(c for c in value if c.isprintable())


@dataclass
class Listing:
    """One page of a list, as the macros of `tables.html` draw it."""

    title: str
    path: str
    columns: Sequence[Column]
    asked: Asked
    rows: Sequence[Row]
    next: str = ""
    filters: Sequence[Filter] = ()
    href_of: Callable[[Row], str] | None = None
    id_of: Callable[[Row], str] | None = None
    totals: Row | None = None
    empty: str = "There is nothing here yet."
    new_href: str = ""
    new_text: str = ""
    exports: bool = True
    selectable: bool = False
    locale: str = formats.DEFAULT_LOCALE
    findings: Sequence[Finding] = ()
    links: Mapping[str, Callable[[Row], str]] = field(default_factory=dict)
    export: str = ".csv"
    excel: str = ".xlsx"
    sums: Sequence[Row] | None = None
    """By currency, what all rows come to; None when nobody asked, and `may_sum` says whether one can."""
    may_sum: bool = False
    saved: Sequence[tuple[str, str]] | None = None
    """Views that the user has saved; None for a list without them."""
    offered: Sequence[Column] = ()
    """Columns to choose from; none where there is no choice."""

    def __post_init__(self) -> None:
        if self.asked.faults:
            self.findings, self.rows, self.next = list(dict.fromkeys([*self.asked.faults, *self.findings])), [], ""

    def href(self, row: Row) -> str:
        return self.href_of(row) if self.href_of else ""

    def depends_on(self, row: Row) -> tuple[object, ...]:
        """All that the drawn row comes from: its values, and the list that it stands in."""
        return (self._kind, tuple(row.items()))

    @cached_property
    def _kind(self) -> str:
        """The list and its columns, in one word."""
        return " ".join([self.path, "select" if self.selectable else "", *(one.name for one in self.columns)])

    @cached_property
    def more_filters(self) -> Sequence[Filter]:
        return [one for one in self.filters if one.more]

    @cached_property
    def more_asked(self) -> int:
        """How many of the further filters are in use."""
        return sum(one.name in self.asked.filters or one.name in self.asked.unknown for one in self.more_filters)

    @cached_property
    def faults(self) -> Sequence[Finding]:
        """What is wrong with the filters, each leading to its own."""
        return [changed(one, link=one.link or f"#filter-{one.field}") for one in self.findings]

    @cached_property
    def faulty(self) -> frozenset[str]:
        """The filters with something wrong."""
        return frozenset(one.field for one in self.findings)

    def row_id(self, row: Row) -> str:
        return self.id_of(row) if self.id_of else str(row[self.columns[0].name])

    def shown(self, row: Row, column: Column) -> str:
        return shown(row.get(column.name), column, self.locale)

    def url(self, **changes: Any) -> str:
        """The address of this list with something else asked for."""
        asked = changed(self.asked, **changes)
        pairs = [*asked.narrowing, ("sort", asked.sort), ("after", asked.after)]
        pairs.append(("columns", ",".join(asked.columns)))
        query = urlencode([(name, value) for name, value in pairs if value], safe=",")
        return f"{self.path}?{query}" if query else self.path

    def sorted_by(self, column: Column) -> str:
        """For `aria-sort`: ascending, descending, or nothing."""
        if self.asked.sort.removeprefix("-") != column.name:
            return ""
        return "descending" if self.asked.sort.startswith("-") else "ascending"

    def sort_url(self, column: Column) -> str:
        rising = self.sorted_by(column) != "ascending"
        return self.url(sort=column.name if rising else f"-{column.name}", after="")

    @property
    def export_links(self) -> list[tuple[str, str]]:
        query = f"?{self.query}" if self.query else ""
        return [("CSV", f"{self.path}{self.export}{query}"), ("Excel", f"{self.path}{self.excel}{query}")]

    @property
    def query(self) -> str:
        """What the list asks for, from its first page on."""
        return self.url(after="").partition("?")[2]

    @property
    def sums_href(self) -> str:
        return (
            f"{self.path}?{self.query}{'&' if self.query else ''}totals=1" if self.may_sum and self.sums is None else ""
        )

    def link(self, row: Row, column: Column) -> str:
        """Where the value of a cell leads; "" for nowhere."""
        return self.links[column.name](row) if column.name in self.links else ""


def shown(value: Any, column: Column, locale: str) -> str:
    """A value as a cell shows it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else ""
    if isinstance(value, Decimal):
        return _number(value, column, locale)
    if isinstance(value, datetime):
        return formats.moment(value, locale)
    if isinstance(value, date):
        return formats.day(value, locale)
    if isinstance(value, time):
        return formats.clock(value)
    return labels.choice(value) if column.kind in {"choice", "chip"} else str(value)


def _number(value: Decimal, column: Column, locale: str) -> str:
    if column.kind in {"money", "amount"}:
        return formats.amount(value, column.places, locale, column.blank_zero)
    show = {"price": formats.price, "rate": formats.rate}.get(column.kind, formats.quantity)
    return show(value, locale, column.blank_zero)


def filled(columns: Iterable[Column], rows: Sequence[Row]) -> list[Column]:
    """The columns without those in which no row has anything to show; a flag may well be "no" everywhere."""
    return [
        column
        for column in columns
        if column.kind == "flag" or any(shown(row.get(column.name), column, "en_GB") for row in rows)
    ]


def in_currency(columns: Iterable[Column], code: str) -> list[Column]:
    """The columns with the currency in the heads of their amounts."""
    return [changed(column, unit=code) if column.kind in ("money", "price") else column for column in columns]


# --- export ------------------------------------------------------------------------------------------------------

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
PHONE_NO: Final = re.compile(r"\+[0-9][0-9 ()/-]{5,}")
GROUPS_APART: Final = re.compile(r"[0-9)] +[0-9(]")
FRACTION: Final = re.compile(r"\+[0-9]+ +[0-9]+ */ *[0-9]+")


def _is_phone_no(text: str) -> bool:
    """An international phone number, as no spreadsheet calculates it: without hyphen and slash, or with groups that
    only blanks separate, which no formula has. A whole number beside a fraction is the one thing that has both."""
    if not PHONE_NO.fullmatch(text):
        return False
    calculates = "-" in text or "/" in text
    return not calculates or (GROUPS_APART.search(text) is not None and not FRACTION.fullmatch(text))


def neutral(value: Any) -> str:
    """A cell for a spreadsheet: plain numbers and ISO dates; a text that would be a formula begins with ' (S-4).
    A phone number is none, and stays as it is dialled."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | int):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not _is_phone_no(text) else text


def csv_file(name: str, columns: Sequence[Column], rows: Iterable[Row]) -> Response[bytes]:
    """The rows as a file for a spreadsheet, in UTF-8 with its mark, so that spreadsheets read it right."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.title for column in columns])
    writer.writerows([neutral(row.get(column.name)) for column in columns] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def excel_file(name: str, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> Response[bytes]:
    """The rows as a workbook: numbers are numbers, dates are dates, and a text is a text, whatever it begins with."""
    kinds = ["day" if column.kind == "day" else "number" if column.numeric else "text" for column in columns]
    heads = [column.title for column in columns]
    body = workbook(title, heads, kinds, ([row.get(column.name) for column in columns] for row in rows))
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(
        body, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers=headers
    )


def list_file(path: str, name: str, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> Response[bytes]:
    """The rows as the file that the address ends with: a workbook, or comma-separated values."""
    return excel_file(name, title, columns, rows) if path.endswith(".xlsx") else csv_file(name, columns, rows)
