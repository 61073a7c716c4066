"""The two global dimensions: which values must, may and must not stand on a document (P-84, D-74)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webapp.posting.case import Case
from webapp.posting.findings import Finding, finding
from webapp.posting.quantities import Taken
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Line

OWNERS = {"customer": "customer", "item": "item", "resource": "resource", "gl_account": "G/L account"}


def check_dimensions(case: Case) -> Iterator[Finding]:
    """Values blocked or unknown, combinations blocked, and what customer, item, resource and account demand (P-84)."""
    setup, header = case.setup, case.snapshot.header
    if not setup.dimension_values and not setup.default_dimensions:
        return
    place = _Place(case, "", (header.dim_1, header.dim_2), None)
    yield from place.values()
    for customer_no in dict.fromkeys((header.bill_to_customer_no, header.customer_no)):
        yield from place.demands("customer", customer_no)
    group = case.customer_group()
    if group is not None and case.totals.amount_including_vat_lcy:
        yield from place.demands("gl_account", group.receivables)
    for item_line in case.snapshot.item_lines:
        where = f" on service item line {item_line.line_no}"
        yield from _Place(case, where, (item_line.dim_1, item_line.dim_2), None).values()
    for taken in case.taken:
        line = taken.line
        if line.is_text:
            continue
        at = _Place(case, "", (line.dim_1, line.dim_2), line)
        yield from at.values()
        for table, no in dict.fromkeys(_owners(case, taken)):
            yield from at.demands(table, no)


def typed_value(setup: Setup, name: str, value: str, **at: Any) -> list[Finding]:
    """P-84 for a value that is being typed: what posting would refuse is not entered (dimension_value_unknown,
    dimension_value_blocked)."""
    ledger = setup.ledger
    codes = {"dim_1": ledger.global_dimension_1_code, "dim_2": ledger.global_dimension_2_code}
    dimension = codes.get(name, "")
    if not value or not dimension or not (setup.dimension_values or setup.default_dimensions):
        return []
    row = setup.dimension_values.get((dimension, value))
    if row is not None and not row.blocked:
        return []
    code = "dimension_value_blocked" if row else "dimension_value_unknown"
    return [finding(code, field=name, label=f"Dimension {dimension}", dimension=dimension, value=value, where="", **at)]


def _owners(case: Case, taken: Taken) -> Iterator[tuple[str, str]]:
    """The records whose demands count for a line: its own, and the accounts that its entries stand on."""
    line = taken.line
    if line.type in ("item", "resource"):
        yield line.type, line.no
    if taken.to_invoice or line.type in ("cost", "gl_account"):
        yield "gl_account", case.revenue_account(line)
    for account in (*_discount_and_vat_accounts(case, line), *_cost_accounts(case, taken)):
        yield "gl_account", account


def _discount_and_vat_accounts(case: Case, line: Line) -> Iterator[str]:
    general, vat = case.general(line), case.vat_setup(line)
    for row in case.posted:
        if row.line.line_no != line.line_no:
            continue
        if general and row.line_discount_lcy and case.posts_discount("line"):
            yield general.sales_line_disc
        if general and row.inv_discount_lcy and case.posts_discount("invoice"):
            yield general.sales_inv_disc
        if vat and row.vat_lcy:
            yield vat.sales_vat_account


def _cost_accounts(case: Case, taken: Taken) -> Iterator[str]:
    line, posting = taken.line, case.setup.inventory
    general, inventory = case.general(line), case.inventory(line)
    if general is None or inventory is None or not case.holds_stock(line) or not posting.automatic_cost_posting:
        return
    if taken.to_invoice:
        yield from (general.cogs, inventory.inventory_account)
    if taken.to_consume:
        yield from (general.inventory_adjmt, inventory.inventory_account)
    if posting.expected_cost_posting_to_gl and taken.to_ship - taken.to_consume > taken.to_invoice:
        yield from (general.cogs_interim, inventory.inventory_account_interim)


class _Place:
    """One set of dimension values, on the header, an item line or a line."""

    def __init__(self, case: Case, where: str, values: tuple[str, str], line: Line | None) -> None:
        ledger = case.setup.ledger
        self.case, self.where, self.line = case, where, line
        codes = (ledger.global_dimension_1_code, ledger.global_dimension_2_code)
        self.given = {code: value for code, value in zip(codes, values, strict=True) if code}

    def _finding(self, code: str, dimension: str, **values: str) -> Finding:
        ledger = self.case.setup.ledger
        first = dimension == ledger.global_dimension_1_code
        return finding(
            code,
            table="service_line" if self.line else "service_header",
            document=self.case.snapshot.header.no,
            line=self.line.line_no if self.line else None,
            field="dim_1" if first else "dim_2",
            label=f"Dimension {dimension}",
            dimension=dimension,
            **values,
        )

    def values(self) -> Iterator[Finding]:
        setup = self.case.setup
        for dimension, value in self.given.items():
            if not value:
                continue
            row = setup.dimension_values.get((dimension, value))
            if row is None or row.blocked:
                code = "dimension_value_blocked" if row else "dimension_value_unknown"
                yield self._finding(code, dimension, value=value, where=self.where)
        for row_ in setup.dimension_combinations:
            one = self.given.get(row_.dimension_1_code)
            two = self.given.get(row_.dimension_2_code)
            if one and two and row_.value_1_code in ("", one) and row_.value_2_code in ("", two):
                names = {"first": f"{row_.dimension_1_code} {one}", "second": f"{row_.dimension_2_code} {two}"}
                yield self._finding("dimension_combination_blocked", row_.dimension_1_code, **names)

    def demands(self, table: str, no: str) -> Iterator[Finding]:
        for rule in self.case.setup.default_dimensions.get((table, no), ()):
            if rule.dimension_code not in self.given:
                continue
            value = self.given[rule.dimension_code]
            owner = f"{OWNERS[table]} {no}"
            if rule.rule == "code_mandatory" and not value:
                yield self._finding("dimension_missing", rule.dimension_code, owner=owner)
            elif rule.rule == "no_code" and value:
                yield self._finding("dimension_must_be_empty", rule.dimension_code, owner=owner, value=value)
            elif rule.rule == "same_code" and value != rule.value_code:
                wanted = rule.value_code
                yield self._finding("dimension_must_be", rule.dimension_code, owner=owner, wanted=wanted, value=value)
