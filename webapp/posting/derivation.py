"""Why an amount of a posted invoice or credit memo is what it is, step by step from its rows (P-134 … P-142).

Each step is calculated anew, by the functions that posted it and from nothing but the posted rows, and compared with
what was posted. What comes to the same is proven. What does not is shown as posted, with the reason why the rows alone
do not prove it; nothing is made up. The steps of a line always add up to its posted amounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from webapp.posting.amounts import (
    HUNDRED,
    PostedAmounts,
    VatGroup,
    rate_of,
    rounding_of,
    spread,
    to_lcy,
    with_lcy,
    with_vat,
)
from webapp.posting.money import round_to
from webapp.posting.records import changed
from webapp.posting.rounding import Roundings, discounted_together, rounding_line_no
from webapp.posting.setup import Currency
from webapp.posting.snapshot import ZERO, Header

__all__ = ["Booked", "PostedRows", "Proof", "Step", "derive_line", "derive_totals", "proof_of_entries"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `adds` is 1 where it is added to those before it, −1 where it is taken off, 0 where it says what they
    come to. `how` has the `values` by name in braces. `proven`: calculated anew it is the same; else `note` says why
    it cannot be."""

    name: str
    title: str
    amount: Decimal
    adds: int = 0
    how: str = ""
    values: Mapping[str, Decimal | str] = field(default_factory=dict)
    proven: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class PostedRows:
    """A posted invoice or credit memo: its header, its lines with a quantity in order, its VAT specification, and how
    its amounts were rounded; for one that does not keep this, how the set-up has it today."""

    header: Header
    rows: tuple[PostedAmounts, ...]
    groups: tuple[VatGroup, ...]
    roundings: Roundings

    @property
    def currency(self) -> Currency:
        return self.roundings.currency(self.header.currency_code)

    @property
    def precision(self) -> Decimal:
        return self.currency.amount_rounding_precision

    @property
    def lcy_precision(self) -> Decimal:
        return self.roundings.lcy_rounding_precision

    @property
    def rounding(self) -> PostedAmounts | None:
        """The invoice rounding line (P-139)."""
        no = rounding_line_no([row.line for row in self.rows[-1:]], self.roundings.inv_rounding_account)
        return self.rows[-1] if no else None

    @property
    def then(self) -> str:
        """How amounts that come out otherwise were calculated again."""
        return "it was set up then" if self.roundings.kept else "the set-up has it today"

    @property
    def own(self) -> Sequence[PostedAmounts]:
        """The lines without the invoice rounding."""
        return self.rows if self.rounding is None else self.rows[:-1]


Key = tuple[str, str, bool]


def _key(row: PostedAmounts) -> Key:
    """The VAT group of a line (P-136)."""
    return row.line.vat_identifier, row.line.vat_calculation_type, row.line_amount >= 0


def _key_of(group: VatGroup) -> Key:
    return group.vat_identifier, group.calculation_type, group.line_amount >= 0


def _of(rows: Sequence[PostedAmounts], row: PostedAmounts) -> PostedAmounts:
    """The row of the same line."""
    return next(one for one in rows if one.line.line_no == row.line.line_no)


def _vat(row: PostedAmounts) -> Decimal:
    return row.amount_including_vat - row.amount


# --- a line ---------------------------------------------------------------------------------------------------------


def derive_line(posted: PostedRows, line_no: int) -> list[Step]:
    """From quantity and price to the amounts of a line, in the document's currency and in LCY."""
    row = next(one for one in posted.rows if one.line.line_no == line_no)
    if row is posted.rounding:
        return _added_up([*_rounding_steps(posted, row), *_lcy_steps(posted, row)])
    steps = [*_priced(posted, row), *_discounted(posted, row), *_taxed(posted, row), *_lcy_steps(posted, row)]
    return _added_up(steps)


def _added_up(steps: Sequence[Step]) -> list[Step]:
    """The steps, each sum proven only when those before it come to it. LCY amounts are no sums of other steps."""
    total, result = ZERO, []
    for step in steps:
        total += step.adds * step.amount
        if not step.adds and not step.name.endswith("_lcy") and total != step.amount:
            step = changed(step, proven=False, note="The steps before it come to {sum}.", values={"sum": total})
        result.append(step)
    return result


def _priced(posted: PostedRows, row: PostedAmounts) -> list[Step]:
    """Quantity times price, and the line discount (P-134)."""
    line, gross = row.line, row.line_amount + row.line_discount
    again = round_to(row.quantity * line.unit_price, posted.precision)
    note = "" if again == gross else "Quantity times unit price comes to {again}."
    values: dict[str, Decimal | str] = {"quantity": row.quantity, "unit_price": line.unit_price, "again": again}
    steps = [
        Step(
            "gross",
            "Quantity × unit price",
            gross,
            1,
            "{quantity} × {unit_price}",
            values,
            again == gross,
            note,
        )
    ]
    if row.line_discount:
        by_pct = round_to(gross * line.line_discount_pct / HUNDRED, posted.precision)
        typed = "{line_discount_pct} % comes to {by_pct}: the discount was entered as an amount."
        steps.append(
            Step(
                "line_discount",
                "Line discount",
                row.line_discount,
                -1,
                "{line_discount_pct} % of {gross}",
                {"line_discount_pct": line.line_discount_pct, "gross": gross, "by_pct": by_pct},
                by_pct == row.line_discount,
                "" if by_pct == row.line_discount else typed,
            )
        )
        steps.append(Step("line_amount", "Line amount", row.line_amount))
    return steps


def _discounted(posted: PostedRows, row: PostedAmounts) -> list[Step]:
    """The line's part of the invoice discount (P-135)."""
    if not row.inv_discount:
        return []
    members = discounted_together(posted.own, row.line, posted.roundings.inv_disc_per_vat_id)
    base = sum((one.line_amount for one in members), ZERO)
    total = sum((one.inv_discount for one in members), ZERO)
    pct = posted.roundings.inv_discount_pct or None
    if pct is not None and round_to(base * pct / HUNDRED, posted.precision) != total:
        pct = None
    shares = spread(total, [one.line_amount for one in members], posted.precision)
    spreads = shares == [one.inv_discount for one in members]
    how = "its part of {total}, which is {pct} % of the {base} that allow it by the terms"
    if pct is None:
        how = "its part of {total}: {line_amount} of the {base} that allow it"
    note = "" if spreads else _OF_ORDER
    if spreads and pct is None and len(members) == 1:
        note = "It was entered as an amount, or by terms that were not set up any more when it was posted."
    values: dict[str, Decimal | str] = {"total": total, "line_amount": row.line_amount, "base": base}
    values |= {} if pct is None else {"pct": pct}
    return [
        Step("inv_discount", "Invoice discount", row.inv_discount, -1, how, values, not note, note),
        Step("net", "After discounts", row.net),
    ]


_OF_ORDER = (
    "Spread over these lines it comes out otherwise: the line took its part from an order of which this document"
    " invoices a share, and the order's own figures are not kept here."
)


def _taxed(posted: PostedRows, row: PostedAmounts) -> list[Step]:
    """VAT of the line by its group, and what rounding the group once moves (P-136, P-137)."""
    again, groups = with_vat(posted.own, posted.header, posted.currency)
    same = _of(again, row)
    group = next(one for one in groups if _key_of(one) == _key(row))
    proven = (same.amount, same.amount_including_vat) == (row.amount, row.amount_including_vat)
    note = "" if proven else f"Rounded as {posted.then}, it comes to {{again}}: it was rounded otherwise."
    pct, kind = rate_of(row.line), row.line.vat_calculation_type
    values: dict[str, Decimal | str] = {
        "pct": pct,
        "net": row.net,
        "identifier": row.line.vat_identifier,
        "group_net": group.net,
        "group_vat": group.vat,
        "again": same.amount_including_vat - same.amount,
    }
    including = Step("amount_including_vat", "Amount incl. VAT", row.amount_including_vat)
    without = Step("amount", "Amount", row.amount)
    if kind == "full":
        how = "the whole of {net} is VAT"
        return [including, Step("vat", "VAT", _vat(row), -1, how, values, proven, note), without]
    if kind == "reverse_charge":
        how = "none: the customer owes it"
        return [without, Step("vat", "VAT", _vat(row), 1, how, values, proven, note), including]
    inside = posted.header.prices_including_vat
    alone = _alone(posted, row.net, pct)
    taken = Step("vat", "VAT", alone, -1 if inside else 1, _VAT_INSIDE if inside else _VAT_UPON, values)
    steps = [taken]
    if (proven and _vat(row) != alone) or not proven:
        steps.append(
            Step("vat_rounding", "Rounding share", _vat(row) - alone, taken.adds, _GROUP_ROUNDED, values, proven, note)
        )
    return [including, *steps, without] if inside else [without, *steps, including]


_VAT_UPON = "{pct} % of {net}"
_VAT_INSIDE = "{pct} % within {net}"
_GROUP_ROUNDED = (
    "VAT is rounded once for all lines of {identifier}: {group_vat} for {group_net}; the lines share it with the rest"
    " carried on"
)


def _alone(posted: PostedRows, net: Decimal, pct: Decimal) -> Decimal:
    """VAT of the line if it were alone in its group."""
    direction = posted.currency.vat_rounding_type
    if posted.header.prices_including_vat:
        return round_to(net - net / (1 + pct / HUNDRED), posted.precision, direction)
    return round_to(net * pct / HUNDRED, posted.precision, direction)


def _rounding_steps(posted: PostedRows, row: PostedAmounts) -> list[Step]:
    """What rounds the total of the document (P-139)."""
    again = rounding_of(posted.currency, posted.own)
    total = sum((one.amount_including_vat for one in posted.own), ZERO)
    without = round_to(again / (1 + row.line.vat_pct / HUNDRED), posted.precision)
    priced = again if posted.header.prices_including_vat else without
    calculated = (priced, ZERO, ZERO, without, again)
    proven = calculated == (row.line_amount, row.line_discount, row.inv_discount, row.amount, row.amount_including_vat)
    note = "" if proven else f"Rounded as {posted.then}, it comes to {{again}}: it was rounded otherwise."
    values: dict[str, Decimal | str] = {
        "total": total,
        "step": posted.currency.inv_rounding_precision,
        "rounded": total + row.amount_including_vat,
        "again": again,
        "pct": row.line.vat_pct,
        "net": row.amount_including_vat,
    }
    how = "the lines come to {total}, rounded by {step} to {rounded}"
    return [
        Step("rounding", "Invoice rounding", row.amount_including_vat, 1, how, values, proven, note),
        Step("amount_including_vat", "Amount incl. VAT", row.amount_including_vat),
        Step("vat", "VAT", _vat(row), -1, _VAT_INSIDE, values, proven, note),
        Step("amount", "Amount", row.amount),
    ]


def _lcy_steps(posted: PostedRows, row: PostedAmounts) -> list[Step]:
    """Both amounts in LCY: totals are converted, and each line gets the difference (P-140)."""
    header = posted.header
    if not header.currency_code:
        return []
    again = _of(with_lcy(posted.rows, header, posted.lcy_precision), row)
    steps = []
    for name, title, value, lcy, now in (
        ("amount", "Amount", row.amount, row.amount_lcy, again.amount_lcy),
        (
            "amount_including_vat",
            "Amount incl. VAT",
            row.amount_including_vat,
            row.amount_including_vat_lcy,
            again.amount_including_vat_lcy,
        ),
    ):
        alone = round_to(to_lcy(value, header), posted.lcy_precision)
        moved = "; with the rest of the lines before carried on" if alone != lcy else ""
        note = "" if now == lcy else f"Converted as {posted.then}, it comes to {{again}}."
        steps.append(
            Step(
                f"{name}_lcy",
                f"{title} (LCY)",
                lcy,
                0,
                "{value} × {relational} / {exchange}" + moved,
                {
                    "value": value,
                    "relational": header.relational_amount,
                    "exchange": header.exchange_amount,
                    "again": now,
                },
                now == lcy,
                note,
            )
        )
    return steps


# --- the document ---------------------------------------------------------------------------------------------------


def derive_totals(posted: PostedRows, amount: Decimal, including: Decimal) -> list[Step]:
    """From the lines to the totals of the document, its VAT by groups (P-136, P-138, P-142)."""
    net = sum((row.amount for row in posted.rows), ZERO)
    gross = sum((row.amount_including_vat for row in posted.rows), ZERO)
    count: dict[str, Decimal | str] = {"count": str(len(posted.rows)), "again": net}
    how = "the amounts of {count} lines" if len(posted.rows) != 1 else "the amount of its line"
    steps = [Step("amount", "Total excl. VAT", amount, 1, how, count, net == amount, "" if net == amount else _LINES)]
    steps += [_group_step(posted, group) for group in posted.groups]
    note = "" if gross == including else _LINES
    values: dict[str, Decimal | str] = {"again": gross}
    steps.append(Step("amount_including_vat", "Total incl. VAT", including, 0, "", values, gross == including, note))
    return _added_up([*steps, *_totals_lcy(posted)] if posted.header.currency_code else steps)


_LINES = "The lines come to {again}."


def _group_step(posted: PostedRows, group: VatGroup) -> Step:
    """VAT of one group: once from its net, and by its lines the same (P-136, P-138)."""
    key = _key_of(group)
    _, again = with_vat(posted.own, posted.header, posted.currency)
    vat = sum((one.vat for one in again if _key_of(one) == key), ZERO)
    rounding = posted.rounding
    extra = _vat(rounding) if rounding is not None and _key(rounding) == key else ZERO
    lines = sum((_vat(row) for row in posted.rows if _key(row) == key), ZERO)
    proven = vat + extra == group.vat == lines
    values: dict[str, Decimal | str] = {
        "pct": group.vat_pct,
        "base": group.base,
        "including": group.including,
        "extra": extra,
        "again": vat + extra,
        "lines": lines,
    }
    hows = {"full": "the whole amount is VAT", "reverse_charge": "none on {base}: the customer owes it"}
    usual = "{pct} % within {including}" if posted.header.prices_including_vat else "{pct} % of {base}"
    how = hows.get(group.calculation_type, usual)
    if extra:
        how += ", {extra} of it from the invoice rounding"
    note = "" if proven else f"The lines come to {{lines}}; rounded as {posted.then}, it is {{again}}."
    return Step(f"vat_{group.vat_identifier}", f"VAT ({group.vat_identifier})", group.vat, 1, how, values, proven, note)


def _totals_lcy(posted: PostedRows) -> list[Step]:
    header = posted.header
    steps = []
    for name, title in (("amount", "Total excl. VAT"), ("amount_including_vat", "Total incl. VAT")):
        value = sum((getattr(row, name) for row in posted.rows), ZERO)
        lcy = sum((getattr(row, f"{name}_lcy") for row in posted.rows), ZERO)
        again = sum((getattr(row, f"{name}_lcy") for row in with_lcy(posted.rows, header, posted.lcy_precision)), ZERO)
        values: dict[str, Decimal | str] = {
            "value": value,
            "relational": header.relational_amount,
            "exchange": header.exchange_amount,
            "again": again,
        }
        how = "{value} × {relational} / {exchange}"
        note = "" if again == lcy else f"Converted as {posted.then}, it comes to {{again}}."
        steps.append(Step(f"{name}_lcy", f"{title} (LCY)", lcy, 0, how, values, again == lcy, note))
    return steps


# --- the entries ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Booked:
    """What of a G/L entry says which lines went into it."""

    entry_no: int
    amount: Decimal
    gen_posting_type: str
    gen_bus_group: str
    gen_prod_group: str
    vat_bus_group: str
    vat_prod_group: str
    dim_1: str
    dim_2: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The G/L entries that a line went into, together with the lines of the same groups: both sums in LCY, VAT
    included, as the entries have them turned round for an invoice."""

    entries: tuple[Booked, ...]
    lines: tuple[int, ...]
    lines_lcy: Decimal
    entries_lcy: Decimal

    @property
    def holds(self) -> bool:
        return self.lines_lcy == self.entries_lcy


_GROUPS = ("gen_bus_group", "gen_prod_group", "vat_bus_group", "vat_prod_group", "dim_1", "dim_2")


def proof_of_entries(posted: PostedRows, line_no: int, entries: Sequence[Booked]) -> Proof:
    """Revenue, its VAT and discounts on accounts of their own are one set of entries for the lines of the same groups
    and dimensions (P-123, P-124); these lines and these entries come to the same."""

    def groups(record: object) -> tuple[str, ...]:
        return tuple(getattr(record, name) or "" for name in _GROUPS)

    own = next(row for row in posted.rows if row.line.line_no == line_no)
    alike = [row for row in posted.rows if groups(row.line) == groups(own.line)]
    found = tuple(one for one in entries if one.gen_posting_type == "sale" and groups(one) == groups(own.line))
    sign = 1 if posted.header.document_type == "credit_memo" else -1
    lcy = sum((row.amount_including_vat_lcy for row in alike), ZERO)
    booked = sum((one.amount for one in found), ZERO)
    return Proof(found, tuple(row.line.line_no for row in alike), lcy, sign * booked)
