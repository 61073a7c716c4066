"""The question that a change of the header asks before it rebuilds or deletes lines, or takes another exchange rate
(D-12, D-20 … D-22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from webapp.formats import DEFAULT_LOCALE, day, rate
from webapp.forms import Field
from webapp.labels import choice, in_sentence, label, plural
from webapp.pages.document_fields import header_fields
from webapp.posting.findings import Finding
from webapp.posting.rebuilds import Rebuild
from webapp.posting.snapshot import DocumentKey, Line
from webapp.store.foresight import foreseen_rebuild

__all__ = ["ASKS", "Question", "question_of"]

ASKS: Final = frozenset({"rebuild_not_confirmed", "rate_not_confirmed"})
_KEEPS_PRICES: Final = frozenset({"bill_to_customer_no", "gen_bus_group", "vat_bus_group", "prices_including_vat"})


@dataclass(frozen=True, slots=True)
class Question:
    """One change that asks, of this field, and what it would do to the rest of the document."""

    field: str
    rebuild: Rebuild
    others: Sequence[tuple[str, str, str]]
    """The other fields of the header that change with it: label, value now, value then."""
    locale: str

    @property
    def title(self) -> str:
        old, new = (getattr(head, self.field) for head in (self.rebuild.before, self.rebuild.after))
        if isinstance(new, bool):
            return f"{label(self.field)}: {_word(new)} instead of {_word(old)}?"
        old, new = (_word(value, self.locale) for value in (old, new))
        return f"Change {in_sentence(label(self.field))} from {old} to {new}?"

    @property
    def keep(self) -> str:
        old = getattr(self.rebuild.before, self.field)
        return f"Keep {_word(old, self.locale)}" if old and not isinstance(old, bool) else "Keep it as it is"

    @property
    def effects(self) -> Sequence[str]:
        """What else changes, a sentence each."""
        if self.of_rate:
            return [self._rates, "Unit prices stay as they are."]
        made = self.rebuild
        gone = [_counted(made.deleted, "service line" if made.before.document_type == "order" else "line")]
        gone += [_counted(made.deleted_items, "service item line")]
        told = [" and ".join(part for part in gone if part)]
        sentences = (
            [f"{told[0]} {'is' if made.deleted + made.deleted_items == 1 else 'are'} deleted."] if told[0] else []
        )
        if made.lines:
            stays = f"; {_counted(made.unchanged, 'line')} as before" if made.unchanged else ""
            sentences.append(
                f"Price, discount or VAT of {_counted(len(made.lines), 'line')} is looked up again{stays}."
            )
        elif made.unchanged:
            sentences.append("No line gets another price, discount or VAT.")
        return sentences

    @property
    def of_rate(self) -> bool:
        """Whether it asks for the exchange rate, which a new date may leave as it is (D-12)."""
        return self.field == "posting_date"

    @property
    def _rates(self) -> str:
        before, after = self.rebuild.before, self.rebuild.after
        now, then = (
            " for ".join(rate(one, self.locale) for one in (head.relational_amount, head.exchange_amount))
            for head in (before, after)
        )
        day = _word(after.posting_date, self.locale)
        return f"The exchange rate of {after.currency_code} on {day} is {then}; the document has {now}."

    @property
    def lines(self) -> Sequence[tuple[Line, Line]]:
        return self.rebuild.lines

    @property
    def keeping(self) -> str:
        """What may stay although the field changes: the exchange rate (D-12), or the prices of the lines (D-20, D-22);
        blank when nothing may."""
        if self.of_rate:
            return "rate"
        new_prices = any(old.unit_price != new.unit_price for old, new in self.lines)
        return "prices" if self.field in _KEEPS_PRICES and new_prices else ""

    @property
    def change(self) -> str:
        """What the button says that it does."""
        if self.of_rate:
            return "Change it and take the new rate"
        gone = self.rebuild.deleted + self.rebuild.deleted_items
        return f"Change it and delete {plural(gone, 'line')}" if gone else "Change it"

    @property
    def changing(self) -> Sequence[str]:
        """The columns in which any line gets another value."""
        names = ("unit_price", "line_discount_pct", "vat_pct", "line_amount")
        return [name for name in names if any(getattr(old, name) != getattr(new, name) for old, new in self.lines)]


def _word(value: object, locale: str = DEFAULT_LOCALE) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return day(value, locale)
    return str(value) if value else "blank"


def _counted(count: int, what: str) -> str:
    return plural(count, what) if count else ""


async def question_of(
    key: DocumentKey, changes: Mapping[str, Any], found: Sequence[Finding], locale: str
) -> Question | None:
    """The first change among the findings that asks; None when none does. One field may ask for another, as a contract
    does that brings its currency."""
    asked = next((one for one in found if one.code in ASKS), None)
    rebuild = await foreseen_rebuild(key, changes) if asked else None
    if asked is None or rebuild is None:
        return None
    fields = [one for one in header_fields(key.document_type) if one.name in rebuild.header]
    others = [
        (
            one.title,
            _shown(one, getattr(rebuild.before, one.name), locale),
            _shown(one, getattr(rebuild.after, one.name), locale),
        )
        for one in fields
        if one.name not in changes
    ]
    field = asked.field if asked.field in changes else next(iter(changes), asked.field)
    return Question(field, rebuild, [one for one in others if one[1] != one[2]], locale)


def _shown(field: Field, value: Any, locale: str) -> str:
    if field.kind == "choice":
        return choice(str(value), field.name)
    return _word(value) if isinstance(value, bool) else field.typed(value, locale)
