"""Entering payments, applying what is open, and taking an application back (D-131, D-132)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted, typist
from webapp.pages.customer_ledger import entry_path, found_entry
from webapp.pages.finding_links import linked_to_master
from webapp.pages.ledgers import LINKS, PLANNED_LINKS, drawn_entries
from webapp.posting.application import Applied
from webapp.posting.credit_checks import entry_name
from webapp.posting.findings import Finding
from webapp.posting.payments import Choice, Payment, discount_is_due
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, OpenEntry
from webapp.security import requires
from webapp.store.payments import Paying, apply_entry, look_at_application, look_at_payment, post_payment
from webapp.store.unapplying import look_at_unapply, unapply

__all__ = ["ROUTES"]

PATH: Final = "/payments/new"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
FIELDS: Final = (
    Field("customer_no", "code", "Customer no.", length=20, required=True, lookup="customers"),
    Field("posting_date", "day", required=True),
    Field("amount", "money", "Amount received", blank_zero=True),
    Field("currency_code", "code", length=10, lookup="currencies", hint="Blank is the own currency."),
    Field("payment_method_code", "code", length=10, lookup="payment-methods"),
    Field("bank_account_no", "code", "Bank account", length=20, lookup="bank-accounts", hint="Where the money went."),
    Field("external_document_no", "text", "Reference", length=35, hint="Of the bank statement or the payer."),
    Field("description", "text", length=100),
)
DATE: Final = Field("posting_date", "day", required=True)
REASON: Final = Field("reason", "text", "Reason", length=100, required=True)


def _amount_field(entry: OpenEntry) -> Field:
    return Field(f"amount-{entry.entry_no}", "money", f"Amount to apply to {entry_name(entry)}", blank_zero=True)


# --- what was typed -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticks:
    """What was ticked among the open entries: the chosen ones, those whose discount may be kept back, and what the page
    said was left of each. `offered`: the discounts that the page showed; it decided by the date it opened with."""

    chosen: frozenset[int] = frozenset()
    discounts: frozenset[int] = frozenset()
    seen: Mapping[int, Decimal] | None = None
    offered: frozenset[int] = frozenset()

    def with_new_discounts(self, paying: Paying) -> Ticks:
        """A discount that only the typed date makes possible is taken, as it is on a page that opens on that date."""
        return changed(self, discounts=self.discounts | ((self.chosen | _all_discounts(paying)) - self.offered))


def _ticks(pairs: Iterable[tuple[str, str]]) -> Ticks:
    ticked: dict[str, set[int]] = {"entry": set(), "discount": set(), "offered": set()}
    seen: dict[int, Decimal] = {}
    for name, value in pairs:
        if name in ticked and value.isascii() and value.isdecimal() and len(value) < 19:
            ticked[name].add(int(value))
        found = re.fullmatch(r"seen-([0-9]{1,18})", name)
        if found and re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,5})?", value):
            seen[int(found[1])] = Decimal(value)
    return Ticks(frozenset(ticked["entry"]), frozenset(ticked["discount"]), seen, frozenset(ticked["offered"]))


def _choices(ticks: Ticks, form: Form) -> tuple[Choice, ...]:
    found = []
    for no in sorted(ticks.chosen):
        typed = form.values.get(f"amount-{no}")
        amount = typed if isinstance(typed, Decimal) else ZERO
        found.append(Choice(no, amount, no in ticks.discounts, (ticks.seen or {}).get(no)))
    return tuple(found)


def _read(request: Visit, fields: Sequence[Field], pairs: Sequence[tuple[str, str]], ticks: Ticks) -> Form:
    """The typed fields; an amount beside an entry that is not ticked does not matter."""
    names = {field.name for field in fields}
    form = read_form(fields, [pair for pair in pairs if pair[0] in names], typist(request))
    form.findings = [found for found in form.findings if not _of_unticked(found.field, ticks)]
    return form


def _of_unticked(name: str, ticks: Ticks) -> bool:
    place = re.fullmatch(r"amount-([0-9]+)", name)
    return place is not None and int(place[1]) not in ticks.chosen


def _placed(found: Finding) -> Finding:
    """A finding about an open entry stands beside its amount; one about the set-up leads there."""
    if found.table == "customer_ledger_entry" and found.field == "amount_to_apply":
        return changed(found, field=f"amount-{found.record}", table="", record="")
    return linked_to_master(found)


@dataclass(frozen=True, slots=True)
class Shown:
    """An open entry as the page lists it: its amount field, whether it is ticked, and its discount with the tick."""

    entry: OpenEntry
    field: Field
    chosen: bool
    discount: Decimal
    takes_discount: bool
    applied: Applied | None

    @property
    def name(self) -> str:
        return entry_name(self.entry)


def _listed(paying: Paying, ticks: Ticks, day: date) -> list[Shown]:
    applied = {one.entry.entry_no: one for one in paying.plan.applied} if paying.plan else {}
    return [
        Shown(
            entry,
            _amount_field(entry),
            no in ticks.chosen,
            entry.remaining_pmt_disc_possible if discount_is_due(entry, day) else ZERO,
            no in ticks.discounts,
            applied.get(no),
        )
        for no, entry in paying.open_entries.items()
        if entry.remaining > 0
    ]


def _all_discounts(paying: Paying) -> frozenset[int]:
    return frozenset(paying.open_entries)


# --- a payment ------------------------------------------------------------------------------------------------------


@get(PATH, guards=[requires("payments.edit")])
async def show_new(request: Visit) -> Template:
    """Who paid; then what is open of that payer, to be ticked."""
    asked = request.query_params
    customer_no = asked.get("customer_no", "").strip().upper()[:20]
    if not customer_no:
        form = show_form(FIELDS[:1], {}, request.user.locale)
        return page(request, "receivables/payer.html", form=form, findings=())
    day = request.user.work_date
    paying = await look_at_payment(request.user.acting, customer_no, None)
    if paying.customer is None:
        form = show_form(FIELDS[:1], {"customer_no": customer_no}, request.user.locale)
        paying = await look_at_payment(request.user.acting, customer_no, Payment(customer_no, day, ZERO))
        form.add(*[one for one in paying.plan.findings if one.field == "customer_no"] if paying.plan else ())
        return page(request, "receivables/payer.html", 422, form=form, findings=form.findings)
    customer = paying.customer
    entry_no = int(asked["entry"]) if asked.get("entry", "").isdecimal() and len(asked["entry"]) < 19 else 0
    entry = paying.open_entries.get(entry_no)
    values: dict[str, Any] = {
        "customer_no": customer.no,
        "posting_date": day,
        "currency_code": entry.currency_code if entry else customer.currency_code,
        "payment_method_code": customer.payment_method_code,
        "bank_account_no": _only_bank(paying),
    }
    if entry is not None and entry.remaining > 0:
        values["amount"] = entry.remaining - (entry.remaining_pmt_disc_possible if discount_is_due(entry, day) else 0)
    ticks = Ticks(frozenset({entry_no} if entry else ()), _all_discounts(paying))
    form = show_form(
        (*FIELDS, *(_amount_field(one) for one in paying.open_entries.values())), values, request.user.locale
    )
    return _payment_page(request, form, paying, ticks, day)


def _only_bank(paying: Paying) -> str:
    return paying.banks[0] if len(paying.banks) == 1 else ""


def _payment_page(
    request: Visit,
    form: Form,
    paying: Paying,
    ticks: Ticks,
    day: date,
    *,
    status: int = 200,
    findings: Sequence[Finding] = (),
    planned: bool = False,
    token: str = "",
) -> Template:
    plan = paying.plan if planned and paying.plan and paying.plan.may_post else None
    shown = _listed(paying, ticks, day)
    return page(
        request,
        "receivables/payment.html",
        status,
        form=form,
        customer=paying.customer,
        entries=shown,
        credits=[one for one in paying.open_entries.values() if one.remaining < 0],
        findings=findings,
        plan=plan,
        sections=drawn_entries(paying.entries, paying.lcy) if plan else [],
        links=PLANNED_LINKS,
        lcy=paying.lcy,
        token=token or secrets.token_urlsafe(24),
        entry_path=entry_path,
        entry_name=entry_name,
        fields=[one.name for one in FIELDS[1:]],
    )


@post(PATH, guards=[requires("payments.edit")], status_code=200)
async def enter_payment(request: Visit) -> Response[Any]:
    pairs = await submitted(request)
    given = dict(pairs)
    acting = request.user.acting
    customer_no = given.get("customer_no", "").strip().upper()[:20]
    paying = await look_at_payment(acting, customer_no, None)
    if paying.customer is None:
        return see_other(request, PATH)
    ticks = _ticks(pairs).with_new_discounts(paying)
    fields = (*FIELDS, *(_amount_field(one) for one in paying.open_entries.values()))
    form = _read(request, fields, pairs, ticks)
    day = form.values.get("posting_date")
    day = day if isinstance(day, date) else request.user.work_date
    if given.get("do") == "fill":
        ticks = _filled_in(form, paying, ticks, day, request.user.locale)
        return _payment_page(request, form, paying, ticks, day, findings=form.findings)
    token = given.get("token", "")
    if not form.ok:
        form.show_rest({}, request.user.locale)
        return _payment_page(request, form, paying, ticks, day, status=422, findings=form.findings)
    payment = _payment(form, customer_no, ticks)
    if given.get("do") == "post" and TOKEN.fullmatch(token):
        result = await post_payment(acting, payment, token)
        if result.ok:
            return see_other(
                request, entry_path(result.entry_no), _told(result.document_no, result.applied, result.left)
            )
        findings = result.findings
    else:
        findings = ()
    paying = await look_at_payment(acting, customer_no, payment)
    assert paying.plan is not None
    placed = [_placed(one) for one in dict.fromkeys([*findings, *paying.plan.findings])]
    form.add(*placed)
    wrong = any(one.is_error for one in placed)
    form.show_rest({}, request.user.locale)
    return _payment_page(
        request,
        form,
        paying,
        ticks,
        day,
        status=422 if wrong else 200,
        findings=form.findings,
        planned=True,
        token=token,
    )


def _payment(form: Form, customer_no: str, ticks: Ticks) -> Payment:
    values: dict[str, Any] = {name: form.values[name] for name in ("posting_date", "amount") if name in form.values}
    texts = ("currency_code", "payment_method_code", "bank_account_no", "external_document_no", "description")
    values |= {name: str(form.values.get(name) or "") for name in texts}
    amount = values.pop("amount", ZERO) or ZERO
    return Payment(customer_no, values.pop("posting_date"), amount, choices=_choices(ticks, form), **values)


def _told(no: str, applied: Sequence[str], left: str) -> Note:
    text = f"Payment {no} is posted"
    text += f" and applied to {', '.join(applied)}." if applied else "."
    if left:
        text += f" {left} of it stays open."
    return Note(text, (Link("Enter another payment", PATH),))


def _filled_in(form: Form, paying: Paying, ticks: Ticks, day: date, locale: str) -> Ticks:
    """Without an amount: the sum of what is ticked. With one: the oldest entries of its currency, until it is used up
    (D-131)."""
    typed, currency = form.values.get("amount"), str(form.values.get("currency_code") or "")
    own = [one for one in paying.open_entries.values() if one.remaining > 0 and one.currency_code == currency]

    def due(entry: OpenEntry) -> Decimal:
        takes = entry.entry_no in ticks.discounts and discount_is_due(entry, day)
        return entry.remaining - (entry.remaining_pmt_disc_possible if takes else ZERO)

    form.show_rest({}, locale)
    if not isinstance(typed, Decimal) or not typed:
        total = sum((due(one) for one in own if one.entry_no in ticks.chosen), ZERO)
        form.raw["amount"] = form.fields["amount"].typed(total, locale)
        return ticks
    left, chosen = typed, set()
    for entry in own:
        if left <= 0:
            break
        chosen.add(entry.entry_no)
        form.raw[f"amount-{entry.entry_no}"] = ""
        left -= due(entry) if left >= due(entry) else left
    return changed(ticks, chosen=frozenset(chosen))


# --- applying what is open ------------------------------------------------------------------------------------------


APPLICATION: Final = "/customer-ledger/{entry_no:int}/application"


@get(APPLICATION, guards=[requires("payments.edit")])
async def show_application(request: Visit, entry_no: FromPath[int]) -> Template:
    day = request.user.work_date
    found = await _looked(request, entry_no, day, None)
    form = show_form(
        (DATE, *(_amount_field(one) for one in found[1].open_entries.values())),
        {"posting_date": day},
        request.user.locale,
    )
    return _application_page(request, found, form, Ticks(frozenset(), _all_discounts(found[1])), day)


async def _looked(request: Visit, entry_no: int, day: date, choices: tuple[Choice, ...] | None) -> tuple[Any, Paying]:
    found = await look_at_application(request.user.acting, entry_no, day, choices) if 0 < entry_no < 2**63 else None
    if found is None:
        raise NotFoundException(f"There is no customer entry {entry_no}.")
    return found


def _application_page(
    request: Visit,
    found: tuple[Any, Paying],
    form: Form,
    ticks: Ticks,
    day: date,
    *,
    status: int = 200,
    findings: Sequence[Finding] = (),
    planned: bool = False,
    token: str = "",
) -> Template:
    source, paying = found
    plan = paying.plan if planned and paying.plan and paying.plan.may_post else None
    return page(
        request,
        "receivables/application.html",
        status,
        form=form,
        entry=source.entry,
        name=entry_name(source.entry),
        customer=paying.customer,
        entries=_listed(
            paying, ticks, source.entry.posting_date if source.entry.document_type == "payment" else date.max
        ),
        findings=findings,
        plan=plan,
        sections=drawn_entries(paying.entries, paying.lcy) if plan else [],
        links=LINKS,
        lcy=paying.lcy,
        token=token or secrets.token_urlsafe(24),
        entry_path=entry_path,
    )


@post(APPLICATION, guards=[requires("payments.edit")], status_code=200)
async def apply(request: Visit, entry_no: FromPath[int]) -> Response[Any]:
    pairs = await submitted(request)
    given, ticks = dict(pairs), _ticks(pairs)
    found = await _looked(request, entry_no, request.user.work_date, None)
    form = _read(request, (DATE, *(_amount_field(one) for one in found[1].open_entries.values())), pairs, ticks)
    day = form.values.get("posting_date")
    if not form.ok or not isinstance(day, date):
        form.show_rest({}, request.user.locale)
        return _application_page(
            request, found, form, ticks, request.user.work_date, status=422, findings=form.findings
        )
    choices, token = _choices(ticks, form), given.get("token", "")
    findings: Sequence[Finding] = ()
    if given.get("do") == "post" and TOKEN.fullmatch(token):
        result = await apply_entry(request.user.acting, entry_no, day, choices, token)
        if result is not None and result.ok:
            text = f"{entry_name(found[0].entry)} is applied to {', '.join(result.applied)}."
            return see_other(
                request, entry_path(entry_no), Note(text + (f" {result.left} stays open." if result.left else ""))
            )
        findings = result.findings if result else ()
    found = await _looked(request, entry_no, day, choices)
    assert found[1].plan is not None
    form.add(*(_placed(one) for one in dict.fromkeys([*findings, *found[1].plan.findings])))
    form.show_rest({}, request.user.locale)
    status = 200 if form.ok else 422
    return _application_page(
        request, found, form, ticks, day, status=status, findings=form.findings, planned=True, token=token
    )


# --- taking back ----------------------------------------------------------------------------------------------------


UNAPPLY: Final = "/customer-ledger/{entry_no:int}/unapply/{run:int}"


@get(UNAPPLY, guards=[requires("payments.edit")])
async def show_unapply(request: Visit, entry_no: FromPath[int], run: FromPath[int]) -> Template:
    form = show_form((DATE, REASON), {"posting_date": request.user.work_date}, request.user.locale)
    return await _unapply_page(request, entry_no, run, form, request.user.work_date)


async def _unapply_page(
    request: Visit, entry_no: int, run: int, form: Form, day: date, status: int = 200, findings: Sequence[Finding] = ()
) -> Template:
    entry = await found_entry(entry_no)
    looked = await look_at_unapply(request.user.acting, run, day) if 0 < run < 2**63 else None
    if looked is None or entry_no not in looked.plan.source.entries:
        raise NotFoundException(f"Posting run {run} applied nothing to {entry.name}.")
    plan = looked.plan
    return page(
        request,
        "receivables/unapply.html",
        status,
        entry=entry,
        run=run,
        form=form,
        plan=plan,
        findings=list(dict.fromkeys([*findings, *plan.findings])),
        reopened=[(plan.source.entries[one.entry_no], one) for one in plan.reopened],
        sections=drawn_entries(looked.entries, plan.source.setup.ledger.lcy_code),
        links=LINKS,
        path=entry_path(entry_no),
    )


@post(UNAPPLY, guards=[requires("payments.edit")], status_code=200)
async def take_back(request: Visit, entry_no: FromPath[int], run: FromPath[int]) -> Response[Any]:
    form = read_form((DATE, REASON), await submitted(request), typist(request))
    day = form.values.get("posting_date")
    if form.ok and isinstance(day, date):
        result = await unapply(request.user.acting, run, day, str(form.values["reason"])) if 0 < run < 2**63 else None
        if result is not None and result.ok:
            text = f"The application is taken back: {', '.join(result.names)} are open again."
            return see_other(request, entry_path(entry_no), Note(text))
        form.add(*(result.findings if result else ()))
    form.show_rest({}, request.user.locale)
    shown = day if isinstance(day, date) else request.user.work_date
    return await _unapply_page(request, entry_no, run, form, shown, 422, form.findings)


ROUTES: Final = (show_new, enter_payment, show_application, apply, show_unapply, take_back)
