"""The account of a customer as it goes on paper, in the customer's language and region (D-117, D-135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from webapp.paper.document import Words, imprint_of
from webapp.paper.payment_code import code_of
from webapp.paper.regions import Region, region_of
from webapp.paper.texts import TEXTS, language_of, text

__all__ = ["StatementPaper"]


class Age(Protocol):
    """A column of the open amounts by age: how many days ago its youngest and its oldest are."""

    @property
    def days(self) -> tuple[int | None, int | None]: ...


class Account(Protocol):
    """What paper needs of a statement."""

    @property
    def customer(self) -> Mapping[str, Any]: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...
    @property
    def lcy(self) -> str: ...
    @property
    def columns(self) -> Sequence[Age]: ...
    @property
    def currencies(self) -> Sequence[Any]: ...
    @property
    def before(self) -> int: ...


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """One statement; `no` is the number that it bears."""

    account: Account
    words: Words
    no: int

    @property
    def language(self) -> str:
        return language_of(str(self.account.customer["language_code"]))

    @property
    def region(self) -> Region:
        customer = self.account.customer
        countries = (customer["country_code"], self.words.company.get("country_code"))
        return region_of(str(customer["format_region"]), self.language, *(str(one or "") for one in countries))

    def t(self, key: str, **values: Any) -> str:
        """A text of the catalogue in the language of the customer."""
        return text(key, self.language, **values)

    def currency(self, of: Any) -> str:
        return str(of.currency_code or self.account.lcy)

    def money(self, value: Decimal, currency: str) -> str:
        return self.region.amount(value, self.words.places.get(currency, 2))

    @property
    def title(self) -> str:
        return self.t("statement")

    @property
    def running(self) -> str:
        """What stands on top of every page but the first."""
        customer, last = self.account.customer, self.region.day(self.account.last)
        return f"{self.title} {self.no} · {last} · {customer['no']}"

    @property
    def imprint(self) -> str:
        return imprint_of(self.words.company, self.language)

    @property
    def sender(self) -> Sequence[str]:
        """The company: its name, and its address in one line."""
        company = self.words.company
        city = f"{company['post_code']} {company['city']}".strip()
        return [str(company["name"]), ", ".join(str(part) for part in (company["address"], city) if part)]

    @property
    def sender_line(self) -> str:
        company = self.words.company
        parts = (company["name"], company["address"], f"{company['post_code']} {company['city']}".strip())
        return " · ".join(str(part) for part in parts if part)

    @property
    def recipient(self) -> Sequence[str]:
        customer, country = self.account.customer, self.account.customer["country_code"]
        code = str(customer["language_code"])
        named = self.words.called("country", country, code) or country
        abroad = "" if country == self.words.company["country_code"] else named.upper()
        city = f"{customer['post_code']} {customer['city']}".strip()
        parts = (customer["name"], customer["address"], customer["address_2"], city, abroad)
        return [str(part) for part in parts if part]

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        account, day = self.account, self.region.day
        found = (
            ("date", self.region.long_day(account.last)),
            ("statement_no", str(self.no)),
            ("customer_no", str(account.customer["no"])),
            ("period", f"{day(account.first)} – {day(account.last)}"),
            ("your_vat_no", str(account.customer["vat_registration_no"])),
        )
        return [(self.t(key), value) for key, value in found if value]

    def document(self, row: Any) -> str:
        """A document of the account by its kind and number."""
        kind = self.t(row.document_type) if row.document_type in TEXTS else ""
        return f"{kind} {row.document_no}".strip()

    def what(self, line: Any) -> str:
        """What moved the account: the entry's own words, or that it was applied across currencies or discounted."""
        return {"application": self.t("applied_across"), "discount": self.t("payment_discount")}.get(
            line.kind, str(line.description)
        )

    @property
    def heads(self) -> Sequence[str]:
        """The heads of the ages; those by due date are counted from the day after the last."""
        found, before = [], self.account.before
        for column in self.account.columns:
            youngest, oldest = column.days
            if youngest is None:
                found.append(self.t("not_due"))
            elif oldest is None:
                found.append(self.t("over_days", days=youngest - 1 + before))
            else:
                found.append(self.t("days_from_to", first=youngest + before, last=oldest + before))
        return found

    @property
    def owed(self) -> Decimal:
        """What is to be paid in euros at the end; the payment code knows no other currency."""
        sums = [one.closing for one in self.account.currencies if self.currency(one) == "EUR"]
        return sum(sums, Decimal(0))

    @property
    def payment_code(self) -> str:
        return code_of(self.words.company, self.owed, str(self.account.customer["no"]))
