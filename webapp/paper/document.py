"""A posted document as it goes on paper: what is printed of it, in which order and in which words (D-121 … D-127).

Nothing is read and nothing is written here: the rows come in, and the words of their codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from typing import Any, Final, Protocol

from webapp.paper.periods import Period, names_days_of, periods_of, with_days_of, without_names
from webapp.paper.regions import Region, region_of
from webapp.paper.texts import language_of, text

__all__ = ["Only", "Paper", "Posted", "Words", "imprint_of"]

Row = Mapping[str, Any]
FOUR_PLACES: Final = Decimal("0.0001")


class Named(Protocol):
    """A document that another one names."""

    @property
    def no(self) -> str: ...
    @property
    def day(self) -> date | None: ...


class Posted(Protocol):
    """What paper needs of a posted document."""

    @property
    def kind(self) -> str: ...
    @property
    def header(self) -> Row: ...
    @property
    def lines(self) -> Sequence[Row]: ...
    @property
    def item_lines(self) -> Sequence[Row]: ...
    @property
    def vat(self) -> Sequence[Row]: ...
    @property
    def chain(self) -> Mapping[str, Sequence[Any]]: ...
    @property
    def supplies(self) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class Words:
    """The company, its currency, and what the codes of some documents stand for: table, code -> words."""

    company: Row
    lcy: str
    by_table: Mapping[str, Mapping[str, str]]
    machines: Mapping[str, tuple[str, str]]
    clauses: Mapping[tuple[str, str], str]
    places: Mapping[str, int] = field(default_factory=dict)
    """The decimals of the currencies that have other than two."""
    comments: Mapping[tuple[str, str], Sequence[tuple[int, str, str]]] = field(default_factory=dict)
    """What is printed of the comments of a document (kind, number): service item line, type and text of each (D-32)."""

    titles: Mapping[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict)
    """By kind, country of the payer and language, "" for any: what a document is called, and in how many copies it is
    printed (O-20)."""

    def titled(self, kind: str, country: str, language: str) -> tuple[str, int]:
        """The title and the copies for a document; the row that says most of country and language counts."""
        for place in ((kind, country, language), (kind, country, ""), (kind, "", language), (kind, "", "")):
            if place in self.titles:
                return self.titles[place]
        return "", 1

    debits: frozenset[str] = frozenset()
    """The payment methods by which the company collects what is due."""

    translations: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """By table, code and language: what it is called on documents in that language (D-117)."""

    def of(self, table: str, code: str) -> str:
        return self.by_table[table].get(code, "")

    def called(self, table: str, code: str, language: str) -> str:
        """What a code stands for in the language of a document; as it is described where it is not translated."""
        return self.translations.get((table, code, language)) or self.of(table, code)

    def clause(self, code: str, language: str) -> str:
        """The text of a VAT clause in the language of a document; in English, or as it is set up, without one."""
        return self.clauses.get((code, language)) or self.of("vat_clause", code)


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as it goes on paper."""

    document: Posted
    words: Words
    corrections: bool = False

    # --- language and region ------------------------------------------------------------------------------------------

    @property
    def language(self) -> str:
        return language_of(str(self.head["language_code"]))

    @property
    def region(self) -> Region:
        countries = (self.head.get("bill_to_country_code"), self.words.company.get("country_code"))
        return region_of(str(self.head["format_region"]), self.language, *(str(one or "") for one in countries))

    def t(self, key: str, **values: Any) -> str:
        """A text of the catalogue in the language of the document."""
        return text(key, self.language, **values)

    def money(self, value: Decimal) -> str:
        """An amount in the currency of the document."""
        return self.region.amount(value, self.words.places.get(self.currency, 2))

    def own_money(self, value: Decimal) -> str:
        """An amount in the currency of the company."""
        return self.region.amount(value, self.words.places.get(self.words.lcy, 2))

    # --- the head -----------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return self.document.kind

    @property
    def head(self) -> Row:
        return self.document.header

    @property
    def name(self) -> str:
        return self._titled[0] or self.t(self.kind)

    @property
    def copies(self) -> int:
        """How many are printed at once, the first one included."""
        return self._titled[1]

    @property
    def _titled(self) -> tuple[str, int]:
        head = self.head
        country = str(head.get("bill_to_country_code") or head.get("country_code") or "")
        return self.words.titled(self.kind, country, str(head["language_code"] or ""))

    @property
    def title(self) -> str:
        return f"{self.name} {self.head['no']}"

    @property
    def invoices(self) -> bool:
        """Whether it is an invoice or a credit memo: a document with amounts."""
        return self.kind != "shipment"

    @property
    def currency(self) -> str:
        return str(self.head["currency_code"] or self.words.lcy) if self.invoices else self.words.lcy

    @property
    def logo(self) -> str:
        """The company's logo as an address that holds the picture itself; "" when there is none."""
        logo = str(self.words.company["logo"]).strip()
        return logo if logo.startswith(("data:image/png;", "data:image/jpeg;")) else ""

    @property
    def sender(self) -> Sequence[str]:
        """The company: its name, and its address in one line."""
        company = self.words.company
        city = f"{company['post_code']} {company['city']}".strip()
        parts = (company["address"], company["address_2"], city, self.country(company["country_code"]))
        return [str(company["name"]), ", ".join(str(part) for part in parts if part)]

    @property
    def sender_line(self) -> str:
        """What stands in small above the address."""
        company = self.words.company
        parts = (company["name"], company["address"], f"{company['post_code']} {company['city']}".strip())
        return " · ".join(str(part) for part in parts if part)

    def address(self, prefix: str, *, contact: bool = True) -> Sequence[str]:
        """An address of the document, a line each. The country is named, in capitals, when it is another one than the
        company's."""
        head = self.head
        city = f"{head[f'{prefix}_post_code']} {head[f'{prefix}_city']}".strip()
        country = head[f"{prefix}_country_code"]
        abroad = "" if country == self.words.company["country_code"] else self.country(country).upper()
        who = (head[f"{prefix}_name"], head[f"{prefix}_contact"] if contact else "")
        parts = (*who, head[f"{prefix}_address"], head[f"{prefix}_address_2"], city, abroad)
        return [str(part) for part in parts if part]

    @property
    def recipient(self) -> Sequence[str]:
        """The address for the window of the envelope: the payer's on invoices, the ship-to's on shipments."""
        return self.address("bill_to" if self.invoices else "ship_to")

    def country(self, code: str) -> str:
        return self.words.called("country", code, str(self.head["language_code"])) or code

    def unit(self, code: str) -> str:
        """A unit of measure as it is called in the language of the document; its code where it is not translated."""
        return self.words.translations.get(("unit_of_measure", code, str(self.head["language_code"]))) or code

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """What stands beside the address: name and value of each fact that there is (D-121, D-123)."""
        head, region, t = self.head, self.region, self.t
        customer = head["bill_to_customer_no" if self.invoices else "customer_no"]
        posting_date = region.day(head["posting_date"])
        ordered, shipped = self.kind == "order", self.kind == "shipment"
        found = [
            ("order_date" if ordered else "date", region.long_day(head["order_date" if ordered else "document_date"])),
            (f"{self.kind}_no", head["no"]),
            ("order_no", head["order_no"]),
            ("contract_no", head["contract_no"]),
            ("customer_no", customer),
            ("your_vat_no", head["vat_registration_no"] if self.invoices else ""),
            ("your_reference", head["your_reference"]),
            ("your_order_no", head["external_document_no"]),
            ("salesperson", self.words.of("salesperson", head["salesperson_code"])),
            self._supplied(),
            ("posting_date", posting_date if self._posted_later() else ""),
            ("shipped", posting_date if shipped else ""),
            ("agreed_for", region.moment(head["response_date"], head["response_time"]) if ordered else ""),
            ("work_begun", region.moment(head["starting_date"], head["starting_time"]) if shipped or ordered else ""),
            ("work_ended", region.moment(head["finishing_date"], head["finishing_time"]) if shipped or ordered else ""),
            ("due_date", region.day(head["due_date"]) if self.kind == "invoice" and not self.paid else ""),
        ]
        return [(t(key), str(value)) for key, value in found if value]

    def _posted_later(self) -> bool:
        invoice = self.kind in ("invoice", "credit_memo")
        return invoice and self.head["posting_date"] != self.head["document_date"]

    def _supplied(self) -> tuple[str, str]:
        """The date of supply; the days that a contract's lines bill, or that its credit memo takes back (D-127)."""
        periods, days = self.periods, self.supply_days
        first, last = self.region.day(days[0]), self.region.day(days[-1])
        if self.kind != "invoice" and not periods:
            return "date_of_supply", ""
        if first == last:
            return "date_of_supply", first
        return "period_of_supply" if periods else "date_of_supply", f"{first} – {last}"

    @property
    def about(self) -> Sequence[str]:
        """What stands under the title: what is corrected, what it is about, where the work was done or goes."""
        head = self.head
        found = []
        for one in self.corrects:
            day = self.region.day(one.day)
            found.append(self.t("corrects_of", no=one.no, day=day) if day else self.t("corrects", no=one.no))
        found += [str(head["description"])] if head["description"] else []
        other = head["customer_no"] != head["bill_to_customer_no"]
        if self.kind in ("invoice", "order") and (other or head["ship_to_address"] != head["bill_to_address"]):
            found += self._elsewhere("service_for", "ship_to")
        elif not self.invoices and other:
            found += self._elsewhere("invoice_to", "bill_to")
        return found

    def _elsewhere(self, key: str, prefix: str) -> Sequence[str]:
        address = ", ".join(self.address(prefix, contact=False))
        return [self.t(key, address=address)] if address else []

    @property
    def corrects(self) -> Sequence[Named]:
        """The invoices that a credit memo corrects, with their dates (D-124, D-127 point 219)."""
        if self.kind != "credit_memo":
            return ()
        named: Sequence[Named] = self.document.chain.get("credited", ())
        applied = str(self.head.get("applies_to_doc_no") or "") if not named else ""
        return [Only(applied)] if applied and self.head["applies_to_doc_type"] == "invoice" else named

    # --- lines --------------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> Sequence[Row]:
        """The lines as they are printed: without undone ones unless `corrections` are asked for, without empty texts at
        the end, without what a contract's invoice says of a machine that is named above its amounts (D-121 … D-123)."""
        lines = [line for line in self.document.lines if self.corrections or not line.get("correction")]
        while lines and lines[-1]["type"] == "blank" and not lines[-1]["description"]:
            lines.pop()
        return without_names(lines) if self.invoices else lines

    @property
    def undone(self) -> bool:
        """Whether all of a shipment was undone and nothing but texts is left to be shown (D-123)."""
        undone = any(line.get("correction") for line in self.document.lines)
        return undone and all(line["type"] == "blank" for line in self.lines)

    @property
    def groups(self) -> Iterator[tuple[str, Row]]:
        """Each line with the service item whose lines begin with it, "" for the others (D-122). The days that a credit
        memo takes back belong to the machine of the amount below them."""
        current, lines = "", self.lines
        for line, follows in zip_longest(lines, lines[1:]):
            owner = follows if follows is not None and names_days_of(line, follows) else line
            machine = str(owner["service_item_no"])
            begins = owner["type"] != "blank" and machine != current
            current = machine if begins else current
            yield machine if begins else "", line

    def machine(self, no: str) -> str:
        """A service item with its description and serial number."""
        description, serial = self.words.machines.get(no, ("", ""))
        serial_no = self.t("serial_no_of", no=serial) if serial else ""
        return ", ".join(part for part in (f"{no} {description}".strip(), serial_no) if part)

    def description(self, line: Row) -> str:
        """What a line says; the days that a contract's line bills as the region writes them (C-96, D-117)."""
        text = str(line["description"])
        return with_days_of(self.region, text) if line["contract_no"] else text

    def no(self, line: Row) -> str:
        """The number of a line: lines of a contract show the service item, not the account (D-121)."""
        of_contract = line["contract_no"] and line["type"] == "gl_account" and line["service_item_no"]
        return str(line["service_item_no"] if of_contract else line["no"])

    @property
    def supplied(self) -> Mapping[int, str]:
        """By line no. when the quantity of a line was shipped, where a document has several days of it (D-121). Asked
        for once: it goes over all lines."""
        if self.kind != "invoice" or len(self.supply_days) < 2:
            return {}
        region = self.region
        parts: dict[int, list[tuple[Decimal, str]]] = defaultdict(list)
        for one in self.document.supplies:
            parts[one.invoiced.line_no].append((one.quantity, region.day(one.shipped.day)))
        own = self.t("supplied", day=region.day(self.head["posting_date"]))
        found = {line["line_no"]: own for line in self._of_its_own}
        for line_no, several in parts.items():
            texts = [self.t("quantity_on", quantity=region.quantity(part), day=day) for part, day in several]
            one_day = self.t("supplied", day=several[0][1])
            found[line_no] = one_day if len(several) == 1 else self.t("supplied_parts", parts=", ".join(texts))
        return found

    @property
    def supply_days(self) -> Sequence[Any]:
        """The dates of supply (D-121, D-127). What a contract's lines bill was supplied on their days; what no shipment
        is known of with the invoice itself: all of it, or the lines of its own beside the others."""
        days = {one.shipped.day for one in self.document.supplies}
        days |= {day for period in self.periods.values() for day in period}
        if not days or self._of_its_own:
            days.add(self.head["posting_date"])
        return sorted(days)

    @property
    def periods(self) -> Mapping[int, Period]:
        """By line no. the first and the last day of what the lines of a contract bill or take back."""
        return periods_of(self.document.lines) if self.kind in ("invoice", "credit_memo") else {}

    @property
    def _of_its_own(self) -> Sequence[Row]:
        """An invoice's lines that come from no order and bill no contract: neither texts nor the line that rounds."""
        if self.kind != "invoice":
            return ()
        periods = self.periods
        return [
            line
            for line in self.document.lines
            if line["quantity"] and not line["order_no"] and line["line_no"] not in periods
            and not (line["type"] == "gl_account" and line.get("system_created", False))
        ]  # fmt: skip

    @property
    def gross(self) -> bool:
        """Whether prices include VAT."""
        return self.invoices and bool(self.head["prices_including_vat"])

    def net_price(self, line: Row) -> Decimal:
        """The unit price without VAT where prices include it, to four places (D-127)."""
        price, rate = Decimal(line["unit_price"]), Decimal(line["vat_pct"])
        return (price * 100 / (100 + rate)).quantize(FOUR_PLACES, ROUND_HALF_UP).normalize() + Decimal(0)

    @property
    def in_columns(self) -> bool:
        """Whether every figure fits the columns that are usual; otherwise columns take the width that they need."""
        rows, region = self.lines, self.region
        figures = [(self.money(line["line_amount"]), 10) for line in rows]
        figures += [(region.price(self.net_price(line) if self.gross else line["unit_price"]), 9) for line in rows]
        figures += [(region.quantity(line["quantity"]), 7) for line in rows]
        figures += [(self.unit(line["uom"]), 6) for line in rows]
        return all(len(text) <= most for text, most in figures)

    @property
    def comments(self) -> Sequence[tuple[str, str]]:
        """The comments that are printed: what they are about and their text (D-32)."""
        names = {one["line_no"]: one["service_item_no"] or one["description"] for one in self.document.item_lines}
        return [
            (
                ", ".join(filter(None, (names.get(line_no, ""), "" if kind == "general" else self.t(kind)))),
                words,
            )
            for line_no, kind, words in self.words.comments.get((self.kind, str(self.head["no"])), ())
        ]

    # --- totals -------------------------------------------------------------------------------------------------------

    @property
    def rates(self) -> Sequence[Decimal]:
        """The rates of the VAT that is charged; none where the recipient owes it."""
        return sorted({row["vat_pct"] for row in self.document.vat if row["calculation_type"] != "reverse_charge"})

    @property
    def sums(self) -> Sequence[tuple[str, str, bool]]:
        """The totals: name, amount, and whether it is the one to be paid. With prices that include VAT the total with
        it comes first (D-121)."""
        head, t = self.head, self.t
        discount = sum((row["inv_discount_amount"] for row in self.document.vat), Decimal(0))
        subtotal = sum((row["line_amount"] for row in self.document.vat), Decimal(0))
        before = [("subtotal", subtotal), ("invoice_discount", -discount)] if discount else []
        rates = self.rates
        vat = t("vat_of", pct=self.region.quantity(rates[0])) if len(rates) == 1 else t("vat")
        excl = (t("total_excl", currency=self.currency), head["amount"], False)
        tax = (vat, head["amount_including_vat"] - head["amount"], False)
        incl = (t("total_incl", currency=self.currency), head["amount_including_vat"], True)
        ordered = (incl, tax, excl) if self.gross else (excl, tax, incl)
        rows = [*((t(key), value, False) for key, value in before), *ordered]
        return [(name, self.money(value), main) for name, value, main in rows]

    @property
    def order_sums(self) -> Sequence[tuple[str, str, bool]]:
        """What the lines of an order come to, with VAT where its prices include it (D-125)."""
        subtotal = sum((line["line_amount"] for line in self.lines), Decimal(0))
        discount = sum((line["inv_discount_amount"] for line in self.lines), Decimal(0))
        before = [("subtotal", subtotal), ("invoice_discount", -discount)] if discount else []
        total = self.t("total_incl" if self.gross else "total_excl", currency=self.currency)
        return [*((self.t(key), self.money(value), False) for key, value in before),
                (total, self.money(subtotal - discount), True)]  # fmt: skip

    @property
    def vat_discounted(self) -> bool:
        return any(row["inv_discount_amount"] for row in self.document.vat)

    def vat_sum(self, column: str) -> Decimal:
        return sum((row[column] for row in self.document.vat), Decimal(0))

    @property
    def clauses(self) -> Sequence[str]:
        """The texts of the VAT clauses in the language of the document, each once; where the recipient owes the tax
        and no clause is set up, what the law asks for; cash accounting and the tax representative (D-127 points 7a, 11,
        11a, 15)."""
        language = str(self.head["language_code"])
        texts = [self.words.clause(row["vat_clause_code"], language) for row in self.document.vat]
        owed = any(row["calculation_type"] == "reverse_charge" and not row["vat_clause_code"]
                   for row in self.document.vat)  # fmt: skip
        found = list(dict.fromkeys(text for text in texts if text))
        found += [self.t("reverse_charge_clause")] if owed else []
        found += [self.t("cash_accounting")] if self.cash_accounting else []
        return [*found, self.representative] if self.representative else found

    @property
    def cash_accounting(self) -> bool:
        """Whether the VAT of the document falls due when it is paid: what is charged, not what the recipient owes
        (D-127 point 7a)."""
        charged = any(row["amount"] and row["calculation_type"] != "reverse_charge" for row in self.document.vat)
        return self.invoices and charged and bool(self.words.company.get("cash_accounting"))

    @property
    def representative(self) -> str:
        """The tax representative with number, name and address; blank without one (D-127 point 15)."""
        company = self.words.company
        name = str(company.get("representative_name") or "")
        if not name or not self.invoices:
            return ""
        city = f"{company['representative_post_code']} {company['representative_city']}".strip()
        parts = (company["representative_address"], city, self.country(company["representative_country_code"]))
        address = ", ".join(str(part) for part in parts if part)
        return self.t("tax_representative", name=name, address=address, no=company["representative_vat_no"])

    @property
    def exchange_rate(self) -> str:
        head, region = self.head, self.region
        if not self.invoices or not head["currency_code"]:
            return ""
        return self.t(
            "exchange_rate",
            from_amount=region.rate(head["exchange_amount"]),
            currency=head["currency_code"],
            to_amount=region.rate(head["relational_amount"]),
            lcy=self.words.lcy,
        )

    @property
    def terms(self) -> str:
        """How the document is to be paid, or what is credited, in a sentence."""
        head, words, t = self.head, self.words, self.t
        amount = f"{self.money(head['amount_including_vat'])} {self.currency}"
        if self.kind == "credit_memo":
            return t("we_credit", amount=amount)
        language = str(head["language_code"])
        named = [words.called(table, head[f"{table}_code"], language) for table in ("payment_terms", "payment_method")]
        if self.paid:
            return t("paid_by", method=named[1]) if named[1] else t("paid")
        terms = ", ".join(name for name in named if name)
        parts = self._collected(amount) if self.collected else self._asked(amount)
        parts[-1] += f", {t('with_reference', no=self.payment_reference)}."
        return " ".join([*([t("payment_terms", terms=terms)] if terms else []), " ".join(parts)])

    def _asked(self, amount: str) -> list[str]:
        head, region, t = self.head, self.region, self.t
        parts = [t("please_pay", amount=amount)]
        if head["due_date"]:
            parts.append(t("pay_by", day=region.day(head["due_date"])))
        if head["pmt_discount_pct"] and head["pmt_discount_date"]:
            pct, day = region.quantity(head["pmt_discount_pct"]), region.day(head["pmt_discount_date"])
            parts[-1] += f", {t('pay_discount', pct=pct, day=day)}"
        if bank := self._bank():
            parts.append(t("pay_to", bank=bank))
        return parts

    def _collected(self, amount: str) -> list[str]:
        due = self.head["due_date"]
        on = f", {self.t('collected_on', day=self.region.day(due))}" if due else ""
        return [self.t("we_collect", amount=amount) + on]

    @property
    def collected(self) -> bool:
        """Whether it is an invoice whose amount is collected by direct debit: no transfer is asked for (D-93)."""
        return self.kind == "invoice" and not self.paid and self.head.get("payment_method_code") in self.words.debits

    @property
    def paid(self) -> bool:
        """Whether it is an invoice that was paid when it was posted: nothing is asked for (P-127)."""
        return self.kind == "invoice" and bool(self.head.get("bal_account_no") and self.head["amount_including_vat"])

    @property
    def payment_reference(self) -> str:
        """What the customer writes on the transfer: what was agreed for this document, else its number (D-93)."""
        return str(self.head.get("payment_reference") or self.head["no"])

    def _bank(self) -> str:
        company = self.words.company
        account = self.t("iban", iban=unbroken(company["iban"])) if company["iban"] else str(company["bank_account_no"])
        if not account:
            return ""
        bic = self.t("bic", bic=company["bic"]) if company["bic"] else ""
        return ", ".join(part for part in (str(company["bank_name"]), account, bic) if part)

    @property
    def vat_in_columns(self) -> bool:
        """The same for the VAT specification."""
        return not self.vat_discounted and not self.head["currency_code"] and abs(self.head["amount"]) < 10**8

    # --- the margins --------------------------------------------------------------------------------------------------

    @property
    def running(self) -> str:
        """What stands on top of every page but the first."""
        head = self.head
        return f"{self.title} · {self.region.day(head['document_date'])} · {head['bill_to_customer_no']}"

    @property
    def imprint(self) -> str:
        return imprint_of(self.words.company, self.language)


@dataclass(frozen=True, slots=True)
class Only:
    """A document of which no more is known than its number, and perhaps its day."""

    no: str
    day: date | None = None


def unbroken(text: str) -> str:
    """A text that no line breaks."""
    return str(text).replace(" ", "\N{NO-BREAK SPACE}")


def imprint_of(company: Row, language: str = "en") -> str:
    """The company's last line on paper."""
    vat, registered = company["vat_registration_no"], company["registration_no"]
    parts = (
        company["name"],
        company["phone_no"],
        company["e_mail"],
        str(company["home_page"]).removeprefix("https://"),
        vat and text("vat_no", language, no=vat),
        registered and text("registration_no", language, no=registered),
    )
    return " · ".join(str(part) for part in parts if part)
